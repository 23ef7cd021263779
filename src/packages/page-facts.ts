/** All that the page of a package shows, gathered in few questions. Who may read it is the gate's business, before. */
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import type { PublishedWith } from '../store/schema.ts';
import type { Reading } from '../store/store.ts';
import { dayOf } from './download-periods.ts';
import { readDownloads, readPackagesNamed } from './downloads.sql.ts';
import { asJsonObject, type JsonObject } from './json.ts';
import { keepReadable, type Reader } from './lists.ts';
import { type PackageRow, readPackage, readTags, type TagRow } from './packages.sql.ts';
import {
  countVersions,
  readNewestVersion,
  readPageMaintainers,
  readShownVersion,
  readSomeDependants,
  readVersionLines,
  type ShownVersionRow,
  type VersionLineRow,
} from './page-facts.sql.ts';
import {
  type Dependency,
  type DependencyLists,
  describeManifest,
  listDependencies,
  type ManifestFacts,
} from './page-manifest.ts';

/** Versions on one page of the list. */
export const versionsPerPage = 50;
const mostDependants = 1000;
const namedDependants = 20;
const weeks = 26;

/** One version in the list. */
export interface VersionLine {
  version: string;
  publishedAt: Instant;
  publisher: string;
  /** The second factor behind the publish; null where nobody wrote it down. */
  factor: PublishedWith | null;
  deprecated: string | null;
  /** The type of what its provenance attests, where it has one. */
  predicate: string | null;
  signed: boolean;
  /** Bytes of the tarball. */
  size: number;
  unpublishedAt: Instant | null;
}

/** The version that the page is about. */
export interface ShownVersion extends VersionLine, ManifestFacts {
  readme: string | null;
  integrity: string;
  shasum: string;
  signatureKey: string | null;
  needs: DependencyLists;
}

export interface PackagePage {
  name: string;
  visibility: 'public' | 'restricted';
  requiresSecondFactor: boolean;
  bypassAllowed: boolean;
  createdAt: Instant;
  updatedAt: Instant;
  /** The version that `latest` names. */
  latest: string;
  tags: TagRow[];
  /** The version asked for; its texts and lists are empty where it was unpublished. */
  shown: ShownVersion;
  versions: { lines: VersionLine[]; page: number; pages: number; total: number; unpublished: number };
  /** Living packages that need this one, as far as the reader may see them; `more`: there are others uncounted. */
  dependants: { names: string[]; total: number; more: boolean };
  /** Whether each uses two-factor authentication is told to who maintains the package with them. */
  maintainers: { name: string; secondFactor: boolean | undefined }[];
  /** Whether the reader is one of them. */
  maintained: boolean;
  /** Downloads of the last 26 weeks, the current one last: seven days that end today. */
  downloads: number[];
}

/** What is asked for. */
export interface PageWish {
  name: string;
  /** A version or a tag; `latest` without it. */
  version?: string | undefined;
  /** The page of the list of versions, from 1. */
  page?: number | undefined;
}

const lineOf = (row: VersionLineRow): VersionLine => ({
  version: row.version,
  publishedAt: row.published_at,
  publisher: row.publisher,
  factor: row.factor,
  deprecated: row.deprecated,
  predicate: row.predicate,
  signed: row.signature !== null,
  size: row.size,
  unpublishedAt: row.unpublished_at,
});

interface Neighbours {
  needs: DependencyLists;
  dependants: PackagePage['dependants'];
}

/** What it needs and what needs it, held against what the reader may see in one go. */
async function readNeighbours(
  tx: Reading,
  row: PackageRow,
  lists: DependencyLists,
  reader: Reader,
): Promise<Neighbours> {
  const { dependencies, peer, optional, development } = lists;
  const all = [...dependencies, ...peer, ...optional, ...development];
  const meant = new Set(all.flatMap(({ page }) => page ?? []));
  const named = await readPackagesNamed(tx, [...meant]);
  const needing = await readSomeDependants(tx, row, mostDependants + 1);
  const readable = new Set((await keepReadable(tx, [...named, ...needing], reader)).map(({ id }) => id));
  const here = new Set(named.filter(({ id }) => readable.has(id)).map(({ name }) => name));
  const link = (list: readonly Dependency[]): Dependency[] =>
    list.map((one) => ({
      ...one,
      page: one.page !== undefined && here.has(one.page) ? one.page : undefined,
    }));
  const names = needing
    .slice(0, mostDependants)
    .filter(({ id }) => readable.has(id))
    .map(({ name }) => name)
    .sort();
  return {
    needs: {
      ...lists,
      dependencies: link(dependencies),
      peer: link(peer),
      optional: link(optional),
      development: link(development),
    },
    dependants: {
      names: names.slice(0, namedDependants),
      total: names.length,
      more: needing.length > mostDependants,
    },
  };
}

/** The last weeks of downloads, counted back from today. */
async function readWeeks(tx: Reading, packageId: string): Promise<number[]> {
  const end = dayOf(tx.now);
  const days = await readDownloads(tx, [packageId], { start: end - weeks * 7 + 1, end });
  const counts = new Array<number>(weeks).fill(0);
  for (const { day, count } of days) {
    const week = weeks - 1 - Math.floor((end - day) / 7);
    counts[week] = (counts[week] ?? 0) + count;
  }
  return counts;
}

async function readVersionPage(
  tx: Reading,
  packageId: string,
  wished: number,
): Promise<PackagePage['versions']> {
  const { all, unpublished } = await countVersions(tx, packageId);
  const pages = Math.max(1, Math.ceil(all / versionsPerPage));
  const page = Math.min(Math.max(1, wished), pages);
  const offset = (page - 1) * versionsPerPage;
  const lines = await readVersionLines(tx, packageId, { limit: versionsPerPage, offset });
  return { lines: lines.map(lineOf), page, pages, total: all, unpublished };
}

/** The version that was asked for: by its number, by a tag, or the latest. */
async function findShown(
  tx: Reading,
  packageId: string,
  { wished, latest, tags }: { wished: string | undefined; latest: string; tags: readonly TagRow[] },
): Promise<ShownVersionRow> {
  const version = wished ?? latest;
  const found = await readShownVersion(tx, packageId, version);
  const tagged = found ? undefined : tags.find(({ tag }) => tag === version)?.version;
  const row = found ?? (tagged === undefined ? undefined : await readShownVersion(tx, packageId, tagged));
  return row ?? fail('version_not_found', { version });
}

/** The manifest of a row with its `dist`; an empty one for a tombstone. */
const manifestOf = ({ manifest }: ShownVersionRow): JsonObject =>
  manifest === '' ? {} : asJsonObject(JSON.parse(`${manifest}}}`));

/**
 * Reads what the page of a living package shows to the reader. Fails with `package_not_found`, or `version_not_found`
 * where neither a version nor a tag has the wished name; an unpublished version is found, with its texts gone.
 */
export async function readPackagePage(tx: Reading, wish: PageWish, reader: Reader): Promise<PackagePage> {
  const row = await readPackage(tx, wish.name);
  if (row === undefined || row.unpublished_at !== null) return fail('package_not_found');
  const tags = await readTags(tx, row.id);
  const latest =
    tags.find(({ tag }) => tag === 'latest')?.version ??
    (await readNewestVersion(tx, row.id)) ??
    fail('package_not_found');
  const shown = await findShown(tx, row.id, { wished: wish.version, latest, tags });
  const manifest = manifestOf(shown);
  const { needs, dependants } = await readNeighbours(tx, row, listDependencies(manifest), reader);
  const maintainers = await readPageMaintainers(tx, row.id);
  const maintained = maintainers.some(({ id }) => id === reader.actor.account?.id);
  return {
    name: row.name,
    visibility: row.visibility,
    requiresSecondFactor: row.requires_second_factor === 1,
    bypassAllowed: row.bypass_allowed === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    latest,
    tags,
    shown: {
      ...lineOf(shown),
      ...describeManifest(manifest),
      readme: shown.readme,
      integrity: shown.integrity,
      shasum: shown.shasum,
      signatureKey: shown.signature_key,
      needs,
    },
    versions: await readVersionPage(tx, row.id, wish.page ?? 1),
    dependants,
    maintainers: maintainers.map(({ name, factors }) => ({
      name,
      secondFactor: maintained ? factors > 0 : undefined,
    })),
    maintained,
    downloads: await readWeeks(tx, row.id),
  };
}
