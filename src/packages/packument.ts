/** Packuments: assembled from stored fragments at the first read after a change, then kept as bytes (design §5). */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Instant } from '../kernel/ports.ts';
import type { Reading } from '../store/store.ts';
import { closeFragment, type Form, type Person } from './fragment.ts';
import { asJsonObject } from './json.ts';
import { type PackageRow, readMaintainers, readTags, readVersion, type TagRow } from './packages.sql.ts';
import { type FragmentRow, readFragments, readPublishers } from './reading.sql.ts';
import { editionOf, revisionOf } from './revision.ts';
import { readStargazers } from './stars.sql.ts';

/** Bytes ready to send, with the tag that tells whether a client has them already. */
export interface Document {
  bytes: Buffer;
  etag: string;
  /** The package's edition that it shows (revision.ts). */
  edition: number;
}

const page = 100;

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
function sealDocument(text: string | Buffer, row: PackageRow): Document {
  const edition = editionOf(row);
  const bytes = Buffer.isBuffer(text) ? text : Buffer.from(text);
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return { bytes, etag: `W/"${edition}-${hash}"`, edition };
}

/** What every version of a packument shares. */
interface Surroundings {
  publicUrl: string;
  row: PackageRow;
  form: Form;
  maintainers: Person[];
  /** The members that follow `dist`, by the id of the publisher. */
  membersBy: Map<string, string>;
}

async function readSurroundings(
  tx: Reading,
  row: PackageRow,
  form: Form,
  publicUrl: string,
): Promise<Surroundings> {
  const maintainers = (await readMaintainers(tx, row.id)).map(({ name, email }) => ({ name, email }));
  const membersBy = new Map<string, string>();
  if (form === 'full') {
    for (const { id, name, email } of await readPublishers(tx, row.id)) {
      membersBy.set(id, `,${member('_npmUser', { name, email })},${member('maintainers', maintainers)}`);
    }
  }
  return { publicUrl, row, form, maintainers, membersBy };
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

/** The members of `versions` and of `time`, read page by page so that nobody else has to wait. */
async function gatherVersions(
  tx: Reading,
  around: Surroundings,
): Promise<{ versions: Buffer; times: string[] }> {
  const pieces: Buffer[] = [];
  const times: string[] = [];
  let after = 0;
  for (;;) {
    const rows = await readFragments(tx, { packageId: around.row.id, form: around.form, after, limit: page });
    for (const found of rows) times.push(member(found.version, iso(found.published_at)));
    const living = rows.filter(({ unpublished_at }) => unpublished_at === null);
    const text = living.map((found) => `${JSON.stringify(found.version)}:${close(around, found)}`).join(',');
    if (text !== '') pieces.push(Buffer.from(pieces.length === 0 ? text : `,${text}`));
    const last = rows.at(-1);
    if (last === undefined || rows.length < page) return { versions: Buffer.concat(pieces), times };
    after = last.sequence;
    await setImmediate();
  }
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

/** Assembles one form of a living package's packument. `publicUrl` stands without a slash at its end. */
export async function assemblePackument(
  tx: Reading,
  row: PackageRow,
  form: Form,
  publicUrl: string,
): Promise<Document> {
  const around = await readSurroundings(tx, row, form, publicUrl);
  const tags = await readTags(tx, row.id);
  const { versions, times } = await gatherVersions(tx, around);
  const modified = iso(row.updated_at);
  const time = `"time":{${[member('created', iso(row.created_at)), member('modified', modified), ...times].join(',')}}`;
  const isFull = form === 'full';
  const head = isFull
    ? [member('_id', row.name), member('_rev', revisionOf(row)), member('name', row.name)]
    : [member('name', row.name), member('modified', modified)];
  const latest = tags.find(({ tag }) => tag === 'latest')?.version;
  const tail = isFull
    ? [
        time,
        member('maintainers', around.maintainers),
        ...(await describeStars(tx, row)),
        ...(await describeLatest(tx, row, latest)),
      ]
    : [time];
  return sealDocument(
    Buffer.concat([
      Buffer.from(`{${[...head, tagsMember(tags)].join(',')},"versions":{`),
      versions,
      Buffer.from(`},${tail.join(',')}}`),
    ]),
    row,
  );
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
  const fragment = wanted.form === 'full' ? stored.manifest : stored.abbreviated;
  return sealDocument(close(around, { ...stored, fragment }), row);
}
