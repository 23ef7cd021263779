/** Keeps what search finds in step with the packages: written in the transaction of every act that changes one. */
import { hash } from 'node:crypto';
import semver from 'semver';
import type { Writing } from '../store/store.ts';
import { asJsonObject, isJsonObject, type JsonObject } from './json.ts';
import { splitName } from './names.ts';
import { type PackageRow, readMaintainers } from './packages.sql.ts';
import { storableText } from './prepare.ts';
import {
  deleteSearch,
  insertSearch,
  type LatestRow,
  readLatest,
  readManifest,
  replaceSearch,
} from './search.sql.ts';
import { facetOf, indexWords, joined, seenBy, wordsOf } from './search-words.ts';

const longestDescription = 1024;
const longestKeyword = 128;
const mostKeywords = 100;
const longestLink = 1024;

/** Somebody as package.json names an author. */
interface Author {
  name: string;
  email?: string;
  url?: string;
}

/** What a result shows of the version that `latest` names, as it is stored. */
export interface Shown {
  description: string;
  keywords: string[];
  /** ISO 8601. */
  date: string;
  links: { homepage?: string; repository?: string; bugs?: string };
  author?: Author;
  /** The id of the account that published it. */
  publisher: string;
  flags: { unstable?: true; deprecated?: true };
}

const textOf = (value: unknown, bytes: number): string =>
  typeof value === 'string' ? storableText(value, bytes).trim() : '';

/** A link that a page may show as one: http or https, nothing else. */
function linkOf(value: unknown): string | undefined {
  const text = textOf(value, longestLink);
  return /^https?:\/\/[^\s"'<>]+$/i.test(text) ? text : undefined;
}

/** The page of a repository, from what git clones. */
function pageOf(repository: unknown): string | undefined {
  const url = isJsonObject(repository) ? repository.url : repository;
  if (typeof url !== 'string') return undefined;
  const page = url
    .replace(/^git\+/, '')
    .replace(/^(?:ssh:\/\/)?git@([^/:]+)[:/]/, 'https://$1/')
    .replace(/^git:\/\//, 'https://')
    .replace(/\.git(?=#|$)/, '');
  return linkOf(page);
}

const given = <T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** The pages that a manifest names, as far as they may be shown as links. */
export function linksOf(manifest: JsonObject): Shown['links'] {
  const { homepage, repository, bugs } = manifest;
  return given({
    homepage: linkOf(homepage),
    repository: pageOf(repository),
    bugs: linkOf(isJsonObject(bugs) ? bugs.url : bugs),
  });
}

/** Reads `Name <address> (page)` or its object form. */
function authorOf(value: unknown): Author | undefined {
  const text = textOf(value, longestDescription);
  const said = isJsonObject(value)
    ? value
    : {
        name: text.replace(/[<(].*$/s, ''),
        email: /<([^>]*)>/.exec(text)?.[1],
        url: /\(([^)]*)\)/.exec(text)?.[1],
      };
  const name = textOf(said.name, longestKeyword);
  if (name === '') return undefined;
  return { name, ...given({ email: textOf(said.email, 320) || undefined, url: linkOf(said.url) }) };
}

/** The keywords of a manifest, each once. */
export function keywordsOf(value: unknown): string[] {
  const list = typeof value === 'string' ? value.split(/[,\s]+/) : Array.isArray(value) ? value : [];
  const texts = list.slice(0, mostKeywords).map((keyword) => textOf(keyword, longestKeyword));
  return [...new Set(texts.filter((keyword) => keyword !== ''))];
}

function shownOf(latest: LatestRow, manifest: JsonObject): Shown {
  const author = authorOf(manifest.author);
  return {
    description: textOf(manifest.description, longestDescription),
    keywords: keywordsOf(manifest.keywords),
    date: new Date(latest.published_at).toISOString(),
    links: linksOf(manifest),
    ...(author ? { author } : {}),
    publisher: latest.published_by,
    flags: {
      ...(semver.lt(latest.version, '1.0.0') ? { unstable: true } : {}),
      ...(latest.deprecated === null ? {} : { deprecated: true }),
    },
  };
}

interface Person {
  id: string;
  name: string;
}

function viewersOf(row: PackageRow, maintainers: readonly Person[]): string[] {
  if (row.visibility === 'public') return [seenBy.everybody];
  const { scope } = splitName(row.name);
  return [
    ...maintainers.map(({ id }) => seenBy.account(id)),
    ...(scope === undefined ? [] : [seenBy.scope(scope)]),
  ];
}

function authorsOf({ author }: Shown, publisher: string | undefined): string[] {
  const written = author
    ? [author.name, ...wordsOf(author.name), ...(author.email ? [author.email] : [])]
    : [];
  return publisher === undefined ? written : [...written, publisher];
}

function facetsOf(row: PackageRow, shown: Shown, maintainers: readonly Person[]): string[] {
  const { scope, bare } = splitName(row.name);
  const publisher = maintainers.find(({ id }) => id === shown.publisher)?.name;
  const of = (kind: Parameters<typeof facetOf>[0], values: readonly string[]): string[] =>
    values.map((value) => facetOf(kind, value));
  return [
    ...of('seen', viewersOf(row, maintainers)),
    ...of('name', [row.name]),
    ...of('joined', [joined(row.name), joined(bare)]),
    ...of('author', authorsOf(shown, publisher)),
    ...of(
      'maintainer',
      maintainers.map(({ name }) => name),
    ),
    ...of('keyword', shown.keywords),
    ...of('scope', scope === undefined ? [] : [scope]),
    ...of('is', Object.keys(shown.flags)),
  ];
}

const stampOf = (row: PackageRow, latest: LatestRow, maintainers: readonly Person[]): string =>
  hash(
    'sha256',
    JSON.stringify([
      row.visibility,
      latest.version,
      latest.deprecated !== null,
      maintainers.map(({ id }) => id),
    ]),
  ).slice(0, 32);

/**
 * Writes what search finds of a package after a change of it: as it stands now, in the same transaction. Costs two small
 * reads where nothing changed that search knows.
 */
export async function refreshSearch(tx: Writing, row: PackageRow): Promise<void> {
  const latest = row.unpublished_at === null ? await readLatest(tx, row.id) : undefined;
  if (latest === undefined) return deleteSearch(tx, row.id);
  const maintainers = await readMaintainers(tx, row.id);
  const stamp = stampOf(row, latest, maintainers);
  if (latest.stamp === stamp) return;
  const manifest = asJsonObject(JSON.parse(`${await readManifest(tx, row.id, latest.version)}}}`));
  const shown = shownOf(latest, manifest);
  const { keywords, description } = shown;
  const facets = facetsOf(row, shown, maintainers);
  const words = indexWords({ name: row.name, keywords, description, facets });
  const written = { package_id: row.id, version: latest.version, stamp, shown: JSON.stringify(shown) };
  if (latest.sequence !== null && latest.indexed === latest.version)
    return replaceSearch(tx, latest.sequence, written, words);
  if (latest.sequence !== null) await deleteSearch(tx, row.id);
  return insertSearch(tx, written, words);
}
