/** Packuments: assembled from stored fragments at the first read after a change, then kept as bytes (design §5). */
import { createHash, type Hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Instant } from '../kernel/ports.ts';
import type { Reading } from '../store/store.ts';
import { closeFragment, type Form, type Person } from './fragment.ts';
import { asJsonObject } from './json.ts';
import { appendLines, emptyListing, hashListing, type Joined, joinListing, type Listing } from './listing.ts';
import { type PackageRow, readMaintainers, readTags, readVersion, type TagRow } from './packages.sql.ts';
import { type FragmentRow, readFragments } from './reading.sql.ts';
import { editionOf, revisionOf } from './revision.ts';
import { readAccountsOf } from './search.sql.ts';
import { readStargazers } from './stars.sql.ts';

/** Bytes ready to send, with the tag that tells whether a client has them already. */
export interface Document extends Joined {
  readonly etag: string;
  /** The package's edition that it shows (revision.ts). */
  readonly edition: number;
}

/** Rows between two turns of everybody else: a few milliseconds of work. */
const page = 50;

/** What the full form repeats of the latest version at its top level (§2.2). */
const copiedFields = [
  'description',
  'readmeFilename',
  'author',
  'contributors',
  'bugs',
  'homepage',
  'keywords',
  'license',
  'repository',
];

const iso = (instant: Instant): string => new Date(instant).toISOString();
const member = (key: string, value: unknown): string => `${JSON.stringify(key)}:${JSON.stringify(value)}`;

/** Weak, so that it holds for every encoding; with the edition, so that it changes whenever `_rev` does (§1.5). */
const tagOf = (edition: number, hash: Hash): string =>
  `W/"${edition}-${hash.digest('base64url').slice(0, 22)}"`;

/** What every version of a packument shares. */
interface Surroundings {
  publicUrl: string;
  row: PackageRow;
  form: Form;
  maintainers: Person[];
  /** The members that follow `dist`, by the id of the publisher; filled as publishers are met. */
  membersBy: Map<string, string>;
}

async function readSurroundings(
  tx: Reading,
  row: PackageRow,
  form: Form,
  publicUrl: string,
): Promise<Surroundings> {
  const maintainers = (await readMaintainers(tx, row.id)).map(({ name, email }) => ({ name, email }));
  return { publicUrl, row, form, maintainers, membersBy: new Map() };
}

/** Finds the members of publishers that were not met yet. */
async function meetPublishers(tx: Reading, around: Surroundings, ids: Iterable<string>): Promise<void> {
  const { form, maintainers, membersBy } = around;
  const strangers = [...new Set(ids)].filter((id) => !membersBy.has(id));
  if (form === 'abbreviated' || strangers.length === 0) return;
  for (const { id, name, email } of await readAccountsOf(tx, strangers))
    membersBy.set(id, `,${member('_npmUser', { name, email })},${member('maintainers', maintainers)}`);
}

const close = (around: Surroundings, found: FragmentRow): string =>
  closeFragment(found.fragment, {
    publicUrl: around.publicUrl,
    name: around.row.name,
    version: found.version,
    deprecated: found.deprecated,
    predicate: found.predicate,
    signature:
      found.signature_key === null || found.signature === null
        ? null
        : { keyid: found.signature_key, sig: found.signature },
    members: around.membersBy.get(found.published_by) ?? '',
  });

/** JSON of some versions: members of `versions` and of `time`, each without a comma at its ends. */
interface Lines {
  versions: string;
  times: string;
}

async function describeRows(tx: Reading, around: Surroundings, rows: FragmentRow[]): Promise<Lines> {
  await meetPublishers(
    tx,
    around,
    rows.map((found) => found.published_by),
  );
  const living = rows.filter(({ unpublished_at }) => unpublished_at === null);
  return {
    versions: living.map((found) => `${JSON.stringify(found.version)}:${close(around, found)}`).join(','),
    times: rows.map((found) => member(found.version, iso(found.published_at))).join(','),
  };
}

/** All versions, read page by page so that nobody else has to wait. */
async function gatherListing(tx: Reading, around: Surroundings): Promise<Listing> {
  let listing = emptyListing(around.row.revision);
  for (let after = 0; ; ) {
    const rows = await readFragments(tx, { packageId: around.row.id, form: around.form, after, limit: page });
    const last = rows.at(-1);
    if (last === undefined) break;
    listing = appendLines(listing, await describeRows(tx, around, rows));
    if (rows.length < page) break;
    after = last.sequence;
    await setImmediate();
  }
  return { ...listing, membersBy: around.membersBy };
}

/**
 * What was listed before and the versions published since, where nothing else has happened: every change of a package
 * raises its revision by one, and a version's sequence is the revision that its publish made.
 */
async function extendListing(
  tx: Reading,
  around: Surroundings,
  before: Listing,
): Promise<Listing | undefined> {
  const { row, form } = around;
  const since = row.revision - before.revision;
  if (since < 0 || since > page) return undefined;
  const wanted = { packageId: row.id, form, after: before.revision, limit: since };
  const rows = since === 0 ? [] : await readFragments(tx, wanted);
  if (rows.length !== since || rows.some(({ unpublished_at }) => unpublished_at !== null)) return undefined;
  await meetPublishers(tx, around, before.membersBy.keys());
  for (const [id, members] of before.membersBy) if (around.membersBy.get(id) !== members) return undefined;
  const lines = await describeRows(tx, around, rows);
  return { ...appendLines(before, lines), revision: row.revision, membersBy: around.membersBy };
}

const tagsMember = (tags: TagRow[]): string =>
  `"dist-tags":{${tags.map(({ tag, version }) => member(tag, version)).join(',')}}`;

/** Who starred the package (§2.2); left out where nobody did. */
async function describeStars(tx: Reading, row: PackageRow): Promise<string[]> {
  const names = await readStargazers(tx, row.id);
  return names.length === 0 ? [] : [member('users', Object.fromEntries(names.map((name) => [name, true])))];
}

/** The top-level members of the full form that come from the latest version. */
async function describeLatest(tx: Reading, row: PackageRow, latest: string | undefined): Promise<string[]> {
  const stored = latest === undefined ? undefined : await readVersion(tx, row.id, latest);
  if (stored === undefined || stored.unpublished_at !== null) return [];
  const manifest = asJsonObject(JSON.parse(`${stored.manifest}}}`));
  const copied = copiedFields
    .filter((field) => manifest[field] !== undefined)
    .map((field) => member(field, manifest[field]));
  return stored.readme === null ? copied : [...copied, member('readme', stored.readme)];
}

/**
 * Assembles one form of a living package's packument. `publicUrl` stands without a slash at its end. With the document
 * `before` it, only what was published since is read.
 */
export async function assemblePackument(
  tx: Reading,
  row: PackageRow,
  { form, publicUrl, before }: { form: Form; publicUrl: string; before?: Document | undefined },
): Promise<Document> {
  const around = await readSurroundings(tx, row, form, publicUrl);
  const tags = await readTags(tx, row.id);
  const known = before?.listing && (await extendListing(tx, around, before.listing));
  const listing = known ?? (await gatherListing(tx, around));
  const modified = iso(row.updated_at);
  const isFull = form === 'full';
  const head = isFull
    ? [member('_id', row.name), member('_rev', revisionOf(row)), member('name', row.name)]
    : [member('name', row.name), member('modified', modified)];
  const latest = tags.find(({ tag }) => tag === 'latest')?.version;
  const tail = isFull
    ? [
        member('maintainers', around.maintainers),
        ...(await describeStars(tx, row)),
        ...(await describeLatest(tx, row, latest)),
      ]
    : [];
  const moments = [member('created', iso(row.created_at)), member('modified', modified)];
  const parts = {
    head: `{${[...head, tagsMember(tags)].join(',')},"versions":{`,
    middle: `},"time":{${moments.join(',')}`,
    tail: `${['}', ...tail].join(',')}}`,
  };
  const edition = editionOf(row);
  const etag = tagOf(edition, hashListing(listing, parts));
  return { ...joinListing(listing, parts), etag, edition };
}

/** One version's manifest by its number or by a tag (§2.4); undefined where there is none. */
export async function assembleManifest(
  tx: Reading,
  row: PackageRow,
  wanted: { version: string; form: Form; publicUrl: string },
): Promise<Document | undefined> {
  const tags = await readTags(tx, row.id);
  const version = tags.find(({ tag }) => tag === wanted.version)?.version ?? wanted.version;
  const stored = await readVersion(tx, row.id, version);
  if (stored === undefined || stored.unpublished_at !== null) return undefined;
  const around = await readSurroundings(tx, row, wanted.form, wanted.publicUrl);
  await meetPublishers(tx, around, [stored.published_by]);
  const fragment = wanted.form === 'full' ? stored.manifest : stored.abbreviated;
  const bytes = Buffer.from(close(around, { ...stored, fragment }));
  const edition = editionOf(row);
  const etag = tagOf(edition, createHash('sha256').update(bytes));
  return { pieces: [bytes], length: bytes.length, etag, edition };
}
