/**
 * Versions as they are stored: JSON ready to send, without host and open at the end of `dist`, so that a packument is
 * assembled by concatenation alone and nothing is parsed or serialised while serving.
 */
import type { JsonObject } from './json.ts';
import { tarballPath } from './names.ts';

/** Which of a package's two documents: with everything, or what installing needs (protocol/packages.md §2). */
export type Form = 'full' | 'abbreviated';

/** What the server says about a tarball; hashes as npm writes them, sizes in bytes. */
export interface Dist {
  integrity: string;
  shasum: string;
  fileCount: number;
  unpackedSize: number;
}

/** The two forms of one version (§2.2, §2.3). */
export interface Fragments {
  full: string;
  abbreviated: string;
}

/** All that the abbreviated form has, in this order (§2.3); `deprecated` and `dist` come with the ending. */
const abbreviatedFields = [
  'name',
  'version',
  'dependencies',
  'optionalDependencies',
  'devDependencies',
  'bundleDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'acceptDependencies',
  'bin',
  'directories',
  'engines',
  'os',
  'cpu',
  'libc',
  'funding',
  'hasInstallScript',
  '_hasShrinkwrap',
] as const;

const opened = (object: object): string => JSON.stringify(object).slice(0, -1);

/** Makes the fragments of a derived manifest. */
export function makeFragments(manifest: JsonObject, dist: Dist): Fragments {
  const reduced = Object.fromEntries(abbreviatedFields.map((field) => [field, manifest[field]]));
  const open = (object: object): string => `${opened(object)},"dist":${opened(dist)}`;
  return { full: open(manifest), abbreviated: open(reduced) };
}

/** A person as packuments name one. */
export interface Person {
  name: string;
  email: string;
}

/** What completes a fragment at the time of reading. */
export interface Ending {
  /** Base of every URL, without a slash at its end. */
  publicUrl: string;
  name: string;
  version: string;
  deprecated: string | null;
  /** The type of the provenance statement, where there is one. */
  predicate: string | null;
  /** The registry's signature, where there is one already. */
  signature: { readonly keyid: string; readonly sig: string } | null;
  /** JSON members that follow `dist`, with a comma before each; only the full form has any. */
  members: string;
}

/** The path of a version's attestations under the public URL, with its leading slash (§9.4). */
export const attestationsPath = (name: string, version: string): string =>
  `/-/npm/v1/attestations/${name}@${version}`;

/** Closes a fragment: the version's JSON, whole. */
export function closeFragment(fragment: string, ending: Ending): string {
  const { publicUrl, name, version, deprecated, predicate, signature, members } = ending;
  const tarball = JSON.stringify(`${publicUrl}${tarballPath(name, version)}`);
  const attestations =
    predicate === null
      ? ''
      : `,"attestations":${JSON.stringify({ url: `${publicUrl}${attestationsPath(name, version)}`, provenance: { predicateType: predicate } })}`;
  const signatures = signature === null ? '' : `,"signatures":${JSON.stringify([signature])}`;
  const warning = deprecated === null ? '' : `,"deprecated":${JSON.stringify(deprecated)}`;
  return `${fragment},"tarball":${tarball}${signatures}${attestations}}${members}${warning}}`;
}
