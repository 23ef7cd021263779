/**
 * Names of packages and the raw paths that carry them. Routing happens on the raw path: split first, decode each
 * segment once, then glue (protocol/packages.md §1.2), so that an encoded slash never becomes a separator and a
 * doubly encoded one never becomes a slash.
 */
import validate from 'validate-npm-package-name';

const longestName = 214;
/** What a scope and a bare name may look like when they are new here: requirements IN2, contract "One origin". */
const newPart = /^[a-z0-9][a-z0-9._-]*$/;
const never = new Set(['node_modules', 'favicon.ico']);

/** A name in its two parts; `scope` without its `@`, undefined for an unscoped name. */
export interface NameParts {
  scope: string | undefined;
  bare: string;
}

/** Splits a name at its scope. The name is taken as valid. */
export function splitName(name: string): NameParts {
  const slash = name.indexOf('/');
  if (!name.startsWith('@') || slash < 0) return { scope: undefined, bare: name };
  return { scope: name.slice(1, slash), bare: name.slice(slash + 1) };
}

/** Whether anything of this name can exist here at all; everything else is answered 404 without a look. */
export function isReadableName(name: string): boolean {
  // A half of a surrogate pair has no encoding in a URL: npm's rules throw at it.
  return name.length <= longestName && name.isWellFormed() && validate(name).validForOldPackages;
}

/** Why a package may not be created under this name, as one sentence; undefined when it may (checks 5 of §3.3). */
export function refuseNewName(name: string): string | undefined {
  if (name.length > longestName) return `A package name has at most ${longestName} characters.`;
  if (!name.isWellFormed()) return 'A package name is well-formed text.';
  const verdict = validate(name);
  if (!verdict.validForNewPackages) {
    const reasons = [...(verdict.errors ?? []), ...(verdict.warnings ?? [])];
    return `"${name}" is not a valid package name: ${reasons.join('; ')}.`;
  }
  const { scope, bare } = splitName(name);
  const parts = scope === undefined ? [bare] : [scope, bare];
  if (parts.every((part) => newPart.test(part) && !never.has(part))) return undefined;
  return `"${name}" is not a valid package name: use a-z, 0-9, ".", "_" and "-", beginning with a letter or digit.`;
}

/**
 * What two unscoped names must not have in common: the name without `-`, `_` and `.` (requirements IN2). Undefined for
 * a scoped name, whose scope belongs to one owner.
 */
export function confusionKey(name: string): string | undefined {
  return name.startsWith('@') ? undefined : name.toLowerCase().replace(/[-_.]/g, '');
}

/** The file name of a version's tarball in our own URLs: without the scope (§2.5). */
function tarballFile(name: string, version: string): string {
  return `${splitName(name).bare}-${version}.tgz`;
}

/** The path of a version's tarball under the public URL, with its leading slash. */
export function tarballPath(name: string, version: string): string {
  return `/${name}/-/${tarballFile(name, version)}`;
}

/** The version that a tarball's file name speaks of, or undefined where the file is not this package's. */
export function versionOfFile(name: string, file: string): string | undefined {
  const { bare } = splitName(name);
  if (!file.startsWith(`${bare}-`) || !file.endsWith('.tgz')) return undefined;
  const version = file.slice(bare.length + 1, -'.tgz'.length);
  return version === '' ? undefined : version;
}
