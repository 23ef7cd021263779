/** Taking versions back: allowed within the rules, and a number once used stays used (protocol/packages.md §4). */
import semver from 'semver';
import { fail } from '../kernel/failure.ts';
import type { Permit } from '../policy/permit.ts';
import type { Reading, Writing } from '../store/store.ts';
import { deleteNeeds } from './dependants.sql.ts';
import {
  buryVersion,
  deleteTag,
  type PackageRow,
  readPackage,
  readTags,
  readVersion,
  readVersions,
  type VersionFacts,
  writeTag,
} from './packages.sql.ts';
import { advance, type Forget, holdRevision, nameOf, requirePackage, revisionOf } from './revision.ts';
import { holdUnpublishRules, type UnpublishRules } from './unpublish-rules.ts';

/** What every unpublish goes by. */
export interface Unpublishing {
  readonly rules: UnpublishRules;
  readonly forget: Forget;
}

/** The version that `latest` falls to: the highest stable one, else the highest. */
function highestOf(versions: string[]): string | undefined {
  const sorted = [...versions].sort(semver.rcompare);
  return sorted.find((version) => semver.prerelease(version) === null) ?? sorted[0];
}

async function moveTags(tx: Writing, row: PackageRow, remaining: string[]): Promise<void> {
  const alive = new Set(remaining);
  for (const { tag, version } of await readTags(tx, row.id)) {
    if (alive.has(version)) continue;
    const next = tag === 'latest' ? highestOf(remaining) : undefined;
    if (next === undefined) await deleteTag(tx, row.id, tag);
    else await writeTag(tx, row.id, tag, next);
  }
}

async function bury(
  tx: Writing,
  permit: Permit<'package.unpublish'>,
  row: PackageRow,
  { gone, remaining }: { gone: VersionFacts[]; remaining: string[] },
  { rules, forget }: Unpublishing,
): Promise<string> {
  await holdUnpublishRules(tx, permit, row, gone, rules);
  for (const { version } of gone) {
    await buryVersion(tx, row.id, version);
    await deleteNeeds(tx, row.id, version);
  }
  await moveTags(tx, row, remaining);
  return advance(tx, row, forget, remaining.length === 0 ? { unpublished_at: tx.now } : {});
}

/**
 * Takes back every version that the client left out of its document; all else in the document is overlooked (MD5). Fails
 * with `stale_revision`, `unpublish_refused`. Called by: npm lib/commands/unpublish.js (libnpmpublish/lib/unpublish.js).
 */
export async function unpublishVersions(
  tx: Writing,
  permit: Permit<'package.unpublish'>,
  wish: { remaining: Set<string>; revision: string },
  around: Unpublishing,
): Promise<string> {
  const row = await requirePackage(tx, nameOf(permit));
  holdRevision(row, wish.revision);
  const living = (await readVersions(tx, row.id)).filter(({ unpublished_at }) => unpublished_at === null);
  const gone = living.filter(({ version }) => !wish.remaining.has(version));
  if (gone.length === 0) return revisionOf(row);
  const remaining = living.filter(({ version }) => wish.remaining.has(version)).map(({ version }) => version);
  return bury(tx, permit, row, { gone, remaining }, around);
}

/**
 * Removes the whole package. Its name stays with its maintainers and rests for 24 hours; its versions are never usable
 * again. Fails with `stale_revision`, `unpublish_refused`.
 */
export async function unpublishPackage(
  tx: Writing,
  permit: Permit<'package.unpublish'>,
  wish: { revision: string },
  around: Unpublishing,
): Promise<string> {
  const row = await requirePackage(tx, nameOf(permit));
  holdRevision(row, wish.revision);
  const living = (await readVersions(tx, row.id)).filter(({ unpublished_at }) => unpublished_at === null);
  return bury(tx, permit, row, { gone: living, remaining: [] }, around);
}

/**
 * The request with which npm ends an unpublish. The tarball went with its version, so this changes nothing: it only
 * refuses to say so of a version that is still there.
 */
export async function confirmRemoval(tx: Reading, wish: { name: string; version: string }): Promise<void> {
  const row = await readPackage(tx, wish.name);
  const stored = row && (await readVersion(tx, row.id, wish.version));
  if (!stored) fail('version_not_found', { version: wish.version });
  if (stored.unpublished_at === null) {
    fail('unpublish_refused', {
      reason: `${wish.name}@${wish.version} is still published: run npm unpublish ${wish.name}@${wish.version}.`,
    });
  }
}
