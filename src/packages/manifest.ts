/**
 * The manifest of a version: what the publisher posted, held against the `package.json` in the tarball, so that nobody
 * sees one thing in the registry and installs another (requirements IN4, protocol/packages.md §3.3 check 13).
 */
import semver from 'semver';
import { fail } from '../kernel/failure.ts';
import { binFolder, escapesPackage, expandBinFolder, normaliseBins, readBins } from './bins.ts';
import { bundledNames, plainDependencies, plainSpecifier, readDependencies } from './dependencies.ts';
import { asJsonObject, comparable, isJsonObject, type JsonObject, textEntries } from './json.ts';
import type { Tarball } from './tarball.ts';

/** Why the text is no version that may be published; undefined when it is one (check 7). */
export function refuseVersion(version: string): string | undefined {
  if (semver.valid(version) === version) return undefined;
  return `${JSON.stringify(version)} is not a version: write three numbers as in 1.0.0, without "v" and without build data.`;
}

const longestTag = 128;

/** A range has a digit, an `x` or a sign; to have semver refuse `latest` takes a hundred times as long as to see that. */
const isPlainWord = (text: string): boolean => /^[a-wyz]+$/i.test(text);

/** Why the text is no name for a tag; undefined when it is one (check 8). */
export function refuseTag(tag: string): string | undefined {
  if (!isPlainWord(tag) && semver.validRange(tag) !== null)
    return `A tag must not look like a version or a range: ${JSON.stringify(tag)}.`;
  // Clients print tags: control and format characters could rewrite what a terminal shows.
  const plain =
    /^[^\s\p{Cc}\p{Cf}%\\?#]+$/u.test(tag) && tag.isWellFormed() && !/(^|\/)\.{1,2}(\/|$)/.test(tag);
  if (plain && tag.length <= longestTag && tag !== '__proto__' && tag !== '_etag') return undefined;
  return `${JSON.stringify(tag.slice(0, longestTag))} is not a name for a tag.`;
}

const differs = (field: string): never =>
  fail('tarball_differs', {
    reason: `"${field}" in the package.json of the tarball and in the published document differ: pack and publish again.`,
  });

/** The first key at which two maps differ, as a path below `field`. */
function holdMaps(
  field: string,
  posted: Map<string, string>,
  packed: Map<string, string>,
  plain = (text: string) => text,
): void {
  for (const key of new Set([...posted.keys(), ...packed.keys()])) {
    const one = posted.get(key);
    const other = packed.get(key);
    if (one === undefined || other === undefined || plain(one) !== plain(other)) differs(`${field}.${key}`);
  }
}

function holdDependencies(posted: JsonObject, packed: JsonObject): void {
  const bundled = new Set(bundledNames(packed));
  const plain = plainDependencies(posted);
  const inside = plainDependencies(packed);
  for (const [name, range] of plain) {
    // npm ≤ 6 adds a bundled package that nobody depends on.
    if (range === '*' && !inside.has(name) && bundled.has(name)) plain.delete(name);
  }
  holdMaps('dependencies', plain, inside, plainSpecifier);
  for (const field of ['devDependencies', 'optionalDependencies', 'peerDependencies', 'acceptDependencies']) {
    holdMaps(field, readDependencies(posted[field]), readDependencies(packed[field]), plainSpecifier);
  }
  const names = (manifest: JsonObject): string => comparable([...new Set(bundledNames(manifest))].sort());
  if (names(posted) !== names(packed)) differs('bundleDependencies');
}

const binPath = /^(\.[/\\])?node_modules[/\\].bin[\\/]/;

/** Scripts as npm publishes them: texts only, without a path to their own tools. */
function readScripts(manifest: JsonObject): Map<string, string> {
  const scripts = textEntries(manifest.scripts);
  for (const [name, command] of scripts) scripts.set(name, command.replace(binPath, ''));
  return scripts;
}

/** What clients add to the scripts by looking at the files: `npm` and `yarn` fill these two in. */
function impliedScripts(tarball: Tarball): Map<string, string> {
  const implied = new Map<string, string>();
  if (tarball.files.includes('server.js')) implied.set('start', 'node server.js');
  if (tarball.files.some((file) => /^[^/]+\.gyp$/.test(file))) implied.set('install', 'node-gyp rebuild');
  return implied;
}

function holdScripts(posted: JsonObject, tarball: Tarball): Map<string, string> {
  const said = readScripts(posted);
  const packed = readScripts(tarball.manifest);
  for (const [name, command] of impliedScripts(tarball)) {
    if (said.get(name) === command && !packed.has(name)) packed.set(name, command);
  }
  holdMaps('scripts', said, packed);
  // yarn 1 announces a build even where the package says that there is none.
  if (tarball.manifest.gypfile === false && !readScripts(tarball.manifest).has('install'))
    packed.delete('install');
  return packed;
}

function holdBins(posted: JsonObject, tarball: Tarball): Map<string, string> {
  for (const [name, target] of readBins(tarball.manifest)) {
    if (escapesPackage(target))
      fail('tarball_refused', { reason: `The command "${name}" points out of the package.` });
  }
  const said = normaliseBins(posted);
  const folder = binFolder(tarball.manifest);
  if (folder === undefined) {
    const packed = normaliseBins(tarball.manifest);
    holdMaps('bin', said, packed);
    return packed;
  }
  // Clients list the folder each in their own way, or leave it to the installer.
  const packed = expandBinFolder(folder, tarball.files);
  for (const [name, target] of said) {
    if (!target.startsWith(`${folder}/`) || !target.endsWith(name)) differs(`bin.${name}`);
  }
  return packed;
}

/** `engines` in its object form: a list of `node >=4` is what old packages have. */
function readEngines(value: unknown): unknown {
  if (!Array.isArray(value)) return isJsonObject(value) ? value : {};
  const items = value.filter((item): item is string => typeof item === 'string');
  return Object.fromEntries(
    items.map((item) => item.trim().split(/ +/)).map(([name = '', ...range]) => [name, range.join(' ')]),
  );
}

const asList = (value: unknown): unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];

function holdIdentity(posted: JsonObject, packed: JsonObject): void {
  if (typeof packed.name !== 'string' || packed.name.trim() !== posted.name) differs('name');
  const version = packed.version;
  if (typeof version !== 'string' || semver.clean(version, { loose: true }) !== posted.version)
    differs('version');
}

function hasInstallScript(scripts: Map<string, string>, tarball: Tarball): boolean {
  if (['preinstall', 'install', 'postinstall'].some((name) => scripts.has(name))) return true;
  return tarball.files.includes('binding.gyp') && tarball.manifest.gypfile !== false;
}

const unlessEmpty = (value: unknown): unknown => {
  const isEmpty = Array.isArray(value)
    ? value.length === 0
    : isJsonObject(value) && Object.keys(value).length === 0;
  return isEmpty ? undefined : value;
};

/** Fields that an installer acts on, as the tarball has them. */
function installFields(
  tarball: Tarball,
  scripts: Map<string, string>,
  bins: Map<string, string>,
): JsonObject {
  const packed = tarball.manifest;
  const map = (entries: Map<string, string>): unknown => unlessEmpty(Object.fromEntries(entries));
  return {
    dependencies: map(plainDependencies(packed)),
    devDependencies: map(readDependencies(packed.devDependencies)),
    optionalDependencies: map(readDependencies(packed.optionalDependencies)),
    peerDependencies: map(readDependencies(packed.peerDependencies)),
    acceptDependencies: map(readDependencies(packed.acceptDependencies)),
    peerDependenciesMeta: unlessEmpty(asJsonObject(packed.peerDependenciesMeta)),
    bundleDependencies: unlessEmpty(bundledNames(packed)),
    scripts: map(scripts),
    bin: map(bins),
    directories: isJsonObject(packed.directories) ? packed.directories : undefined,
    engines: unlessEmpty(readEngines(packed.engines)),
    os: unlessEmpty(asList(packed.os)),
    cpu: unlessEmpty(asList(packed.cpu)),
    libc: unlessEmpty(asList(packed.libc)),
    gypfile: packed.gypfile,
    hasInstallScript: hasInstallScript(scripts, tarball) ? true : undefined,
    _hasShrinkwrap: tarball.hasShrinkwrap,
  };
}

/** Keys of the posted manifest that the server writes itself, or that nobody else should see (§2.2). */
const dropped = new Set([
  'dist',
  'readme',
  'maintainers',
  'deprecated',
  'bundledDependencies',
  'integrity',
  'shasum',
  'users',
  'time',
]);
const keptInternals = new Set(['_nodeVersion', '_npmVersion']);

const isKept = (key: string): boolean =>
  !dropped.has(key) && (!key.startsWith('_') || keptInternals.has(key));

/**
 * The manifest that is stored and served: descriptive fields as posted, everything that an installer acts on from the
 * tarball. Without `dist`, `_npmUser`, `maintainers`, `deprecated`, which are the server's.
 * Fails with `tarball_differs` naming the first field that was posted otherwise, `tarball_refused` for a command that
 * leads out of the package, `document_invalid` for a private package.
 */
export function deriveManifest(posted: JsonObject, tarball: Tarball): JsonObject {
  const packed = tarball.manifest;
  holdIdentity(posted, packed);
  if (posted.private || packed.private) {
    fail('document_invalid', {
      reason:
        'This package has been marked as private: remove "private" from its package.json to publish it.',
    });
  }
  holdDependencies(posted, packed);
  for (const field of ['peerDependenciesMeta', 'engines']) {
    const read = field === 'engines' ? readEngines : asJsonObject;
    if (comparable(read(posted[field])) !== comparable(read(packed[field]))) differs(field);
  }
  for (const field of ['os', 'cpu', 'libc']) {
    if (comparable(asList(posted[field])) !== comparable(asList(packed[field]))) differs(field);
  }
  const scripts = holdScripts(posted, tarball);
  const bins = holdBins(posted, tarball);
  const kept = Object.fromEntries(Object.entries(posted).filter(([key]) => isKept(key)));
  const derived = installFields(tarball, scripts, bins);
  const manifest = { name: posted.name, version: posted.version, ...kept, ...derived };
  return { ...manifest, _id: `${String(posted.name)}@${String(posted.version)}` };
}
