/** What the manifest of a version says to a reader of its page: foreign text, read without trusting it, and bounded. */
import { bundledNames, packageOf, readDependencies } from './dependencies.ts';
import { asJsonObject, isJsonObject, type JsonObject, textEntries } from './json.ts';
import { keywordsOf, linksOf } from './search-index.ts';

/** Of those that are installed with it, and of each other kind: so many are shown. */
const mostDependencies = 100;
const mostOfKind = 50;
const mostCommands = 50;
const longestText = 1024;

/** Something that a version needs. */
export interface Dependency {
  /** As it is written, so that the code that loads it reads the same. */
  name: string;
  range: string;
  /** The package of this registry that it means, where there is one that the reader may see. */
  page: string | undefined;
  /** Of a peer: it may be missing. */
  optional: boolean;
}

/** What a version needs; of each kind the first 50, of plain dependencies 100. */
export interface DependencyLists {
  dependencies: Dependency[];
  peer: Dependency[];
  optional: Dependency[];
  development: Dependency[];
  /** Names of what its tarball brings along. */
  bundled: string[];
  /** How many plain dependencies there are in all. */
  needed: number;
  /** How many of all kinds are left out. */
  more: number;
}

/** What the manifest of a version says to a reader; foreign text, bounded. */
export interface ManifestFacts {
  description: string;
  keywords: string[];
  licence: string | undefined;
  /** Pages, http or https only. */
  links: { homepage?: string; repository?: string; bugs?: string };
  /** The folder of the package in its repository. */
  directory: string | undefined;
  /** Commands that it installs. */
  commands: string[];
  /** The range of Node.js that it asks for. */
  node: string | undefined;
  installScript: boolean;
  fileCount: number | undefined;
  /** In bytes. */
  unpackedSize: number | undefined;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, longestText) : undefined;

const countOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

/** SPDX, or how it was written before: `{ type }`, or a list of these. */
function licenceOf({ license, licenses }: JsonObject): string | undefined {
  const one = (value: unknown): string | undefined => textOf(isJsonObject(value) ? value.type : value);
  if (license !== undefined) return one(license);
  const list = Array.isArray(licenses) ? licenses.slice(0, 10).flatMap((value) => one(value) ?? []) : [];
  return list.length === 0 ? undefined : list.join(' OR ');
}

/** Reads what stands in a manifest with its `dist`. */
export function describeManifest(manifest: JsonObject): ManifestFacts {
  const dist = asJsonObject(manifest.dist);
  return {
    description: textOf(manifest.description) ?? '',
    keywords: keywordsOf(manifest.keywords),
    licence: licenceOf(manifest),
    links: linksOf(manifest),
    directory: textOf(asJsonObject(manifest.repository).directory),
    commands: [...textEntries(manifest.bin).keys()].slice(0, mostCommands),
    node: textOf(asJsonObject(manifest.engines).node),
    installScript: manifest.hasInstallScript === true,
    fileCount: countOf(dist.fileCount),
    unpackedSize: countOf(dist.unpackedSize),
  };
}

/** Every kind of dependency, not yet linked: `page` is what each means, whether or not it is here. */
export function listDependencies(manifest: JsonObject): DependencyLists {
  const meta = asJsonObject(manifest.peerDependenciesMeta);
  let more = 0;
  const listed = (field: string, most = mostOfKind): Dependency[] => {
    const entries = [...readDependencies(manifest[field])];
    more += Math.max(0, entries.length - most);
    return entries.slice(0, most).map(([name, range]) => ({
      name,
      range: range.slice(0, longestText),
      page: packageOf(name, range),
      optional: field === 'peerDependencies' && asJsonObject(meta[name]).optional === true,
    }));
  };
  return {
    dependencies: listed('dependencies', mostDependencies),
    peer: listed('peerDependencies'),
    optional: listed('optionalDependencies'),
    development: listed('devDependencies'),
    bundled: bundledNames(manifest).slice(0, mostDependencies),
    needed: readDependencies(manifest.dependencies).size,
    more,
  };
}
