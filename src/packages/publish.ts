/** Publishing: one version becomes visible in one transaction (IN5). It costs the same for the first and the thousandth. */
import { fail } from '../kernel/failure.ts';
import { newId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/ports.ts';
import type { Permit } from '../policy/permit.ts';
import type { PublishedWith } from '../store/schema.ts';
import type { Writing } from '../store/store.ts';
import { noteBypassPublish } from '../tokens/bypass-publishes.ts';
import { insertNeeds } from './dependants.sql.ts';
import { confusionKey, splitName } from './names.ts';
import {
  claimName,
  countVersions,
  findLookalike,
  insertMaintainer,
  insertPackage,
  insertVersion,
  measureManifests,
  type PackageRow,
  readPackage,
  readTags,
  readVersion,
  writeTag,
} from './packages.sql.ts';
import type { PreparedPublish } from './prepare.ts';
import { advance, type Forget, holdRevision, revisionOf } from './revision.ts';
import { openSigner } from './signing.ts';
import { mostVersions } from './upload/read-upload.ts';

const minute = 60_000;
const MiB = 1024 * 1024;
/**
 * The most that the manifests of a package may take together: clients send whole documents back to deprecate and to
 * unpublish, with 64 MiB at most (IN1), and every reader would have to take a larger one.
 */
const largestDocument = 48 * MiB;
/** Smaller manifests fill a document with thousands of versions only, and are not measured. */
const largeManifest = 16 * 1024;

/** How long a publish that is sent again counts as the same one (protocol/packages.md §1.6). */
const retryTime: Instant = 10 * minute;
/** How long a name rests after its package was removed whole (§4.3). */
const restTime: Instant = 24 * 60 * minute;

/** What a publish came to. */
export interface Published {
  /** The package's `_rev` now. */
  revision: string;
  /** The client wished for another visibility than the package has; changing it is another command. */
  visibilityKept: 'public' | 'restricted' | undefined;
}

interface Publisher {
  id: string;
  name: string;
  factor: PublishedWith;
}

/** A token that bypasses the second factor proves none, and the page says so. */
const factorOf = ({ actor, factor }: Permit<'package.publish'>): PublishedWith =>
  factor === 'none' && actor.credential === 'automation' ? 'bypass' : factor;

const visibilityOf = (name: string, access: 'public' | 'restricted' | undefined): 'public' | 'restricted' =>
  name.startsWith('@') && access !== 'public' ? 'restricted' : 'public';

async function createPackage(
  tx: Writing,
  prepared: PreparedPublish,
  publisher: Publisher,
): Promise<PackageRow> {
  const { name, access } = prepared.wish;
  const confusable = confusionKey(name) ?? name;
  const lookalike = await findLookalike(tx, { name, confusable, account: publisher.id });
  if (lookalike !== undefined) {
    fail('name_refused', {
      reason: `Package name too similar to the existing package ${lookalike}: choose another name, or publish it under your scope as @${publisher.name}/${splitName(name).bare}.`,
    });
  }
  const row: PackageRow = {
    id: newId(tx.now, tx.random),
    name,
    confusable,
    revision: 0,
    star_changes: 0,
    visibility: visibilityOf(name, access),
    requires_second_factor: 0,
    bypass_allowed: 1,
    created_at: tx.now,
    updated_at: tx.now,
    unpublished_at: null,
    change_sequence: null,
  };
  await insertPackage(tx, row);
  await insertMaintainer(tx, row.id, publisher.id);
  const { scope } = splitName(name);
  await claimName(tx, scope === undefined ? name : `@${scope}`);
  return row;
}

/** A name whose package was removed whole rests for a day; then it is as new, for those who maintained it. */
function holdRest(tx: Writing, row: PackageRow): void {
  if (row.unpublished_at === null || tx.now - row.unpublished_at >= restTime) return;
  fail('name_refused', {
    reason: `${row.name} was unpublished on ${new Date(row.unpublished_at).toISOString()} and cannot be republished until 24 hours have passed.`,
  });
}

/** Whether all the tags that are wished for point to the version already. */
async function areTagged(
  tx: Writing,
  packageId: string,
  wish: Pick<PreparedPublish['wish'], 'version' | 'tags'>,
): Promise<boolean> {
  const mine = (await readTags(tx, packageId)).filter(({ version }) => version === wish.version);
  return wish.tags.every((wished) => mine.some(({ tag }) => tag === wished));
}

/**
 * Whether the version is there because this very publish was answered by an error after it was done: then it points every
 * tag to it that this one wishes for. What wishes for another tag would be lost without a word.
 */
async function isRetry(
  tx: Writing,
  row: PackageRow,
  prepared: PreparedPublish,
  publisher: Publisher,
): Promise<boolean> {
  const { version } = prepared.wish;
  const stored = await readVersion(tx, row.id, version);
  if (stored === undefined) return false;
  const isSame =
    stored.unpublished_at === null &&
    stored.published_by === publisher.id &&
    tx.now - stored.published_at <= retryTime &&
    stored.integrity === prepared.hashes.integrity &&
    stored.manifest === prepared.fragments.full &&
    (await areTagged(tx, row.id, prepared.wish));
  return isSame || fail('version_exists', { version });
}

/** npm 6 merges its version into the packument that it read: the others must be what is stored. */
async function holdOthers(tx: Writing, row: PackageRow, prepared: PreparedPublish): Promise<void> {
  for (const { version, shasum } of prepared.wish.others) {
    const stored = await readVersion(tx, row.id, version);
    if (stored === undefined || stored.unpublished_at !== null || stored.shasum !== shasum) {
      fail('document_invalid', {
        reason: `The document changes or adds version ${version}: publish one version at a time.`,
      });
    }
  }
}

/** A document that nobody could send back would be there for ever. */
async function holdSize(tx: Writing, row: PackageRow, { fragments }: PreparedPublish): Promise<void> {
  // Every version raised the revision by one at least.
  if (row.revision >= mostVersions && (await countVersions(tx, row.id)) >= mostVersions) {
    fail('document_invalid', {
      reason: `A package has at most ${mostVersions} versions: unpublish some of ${row.name}.`,
    });
  }
  const more = Buffer.byteLength(fragments.full);
  if (more <= largeManifest || (await measureManifests(tx, row.id)) + more <= largestDocument) return;
  fail('document_invalid', {
    reason: `The manifests of ${row.name} would take more than ${largestDocument / MiB} MiB together: publish a smaller package.json, or unpublish versions.`,
  });
}

async function storeVersion(
  tx: Writing,
  row: PackageRow,
  prepared: PreparedPublish,
  publisher: Publisher,
): Promise<void> {
  const { wish, fragments, hashes } = prepared;
  const { version } = wish;
  const sign = await openSigner(tx);
  await insertVersion(tx, {
    package_id: row.id,
    version,
    sequence: row.revision + 1,
    manifest: fragments.full,
    abbreviated: fragments.abbreviated,
    readme: prepared.readme,
    integrity: hashes.integrity,
    shasum: hashes.shasum,
    blob: prepared.blob.key,
    size: prepared.size,
    provenance: prepared.provenance?.bundle ?? null,
    predicate: prepared.provenance?.predicateType ?? null,
    ...sign({ name: row.name, version, integrity: hashes.integrity }),
    published_at: tx.now,
    published_by: publisher.id,
    factor: publisher.factor,
  });
  await insertNeeds(tx, { package_id: row.id, version }, prepared.needs);
  for (const tag of wish.tags) await writeTag(tx, row.id, tag, wish.version);
  const isTagged =
    wish.tags.includes('latest') || (await readTags(tx, row.id)).some(({ tag }) => tag === 'latest');
  if (!isTagged) await writeTag(tx, row.id, 'latest', wish.version);
}

/**
 * Makes a prepared version visible. The first publisher of a name becomes its maintainer. Fails with `version_exists`
 * (also for a version that was unpublished), `name_refused` (look-alike, or removed less than 24 hours ago),
 * `stale_revision`, `document_invalid`. Called by: npm libnpmpublish/lib/publish.js.
 */
export async function publishVersion(
  tx: Writing,
  permit: Permit<'package.publish'>,
  prepared: PreparedPublish,
  forget: Forget,
): Promise<Published> {
  const publisher = { ...(permit.account ?? fail('credential_missing')), factor: factorOf(permit) };
  const { name, access } = prepared.wish;
  const existing = await readPackage(tx, name);
  if (existing) {
    holdRest(tx, existing);
    const isReplay = await isRetry(tx, existing, prepared, publisher);
    if (isReplay) return { revision: revisionOf(existing), visibilityKept: undefined };
    if (existing.unpublished_at === null) holdRevision(existing, prepared.wish.revision);
  }
  const row = existing ?? (await createPackage(tx, prepared, publisher));
  await holdOthers(tx, row, prepared);
  await holdSize(tx, row, prepared);
  await storeVersion(tx, row, prepared, publisher);
  await noteBypassPublish(tx, permit, prepared.wish);
  const isNew = existing === undefined || existing.unpublished_at !== null;
  const changes = isNew ? { visibility: visibilityOf(name, access), unpublished_at: null } : {};
  const revision = await advance(tx, row, forget, changes);
  await prepared.blob.settled;
  const isKept = !isNew && access !== undefined && access !== row.visibility;
  return { revision, visibilityKept: isKept ? row.visibility : undefined };
}
