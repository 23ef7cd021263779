import { type Selectable, sql } from 'kysely';
import type { Instant } from '../kernel/ports.ts';
import type { PackagesTable, VersionsTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export type PackageRow = Selectable<PackagesTable>;

/** The package of that name, also one that was removed whole. */
export async function readPackage(tx: Reading, name: string): Promise<PackageRow | undefined> {
  return tx.sql.selectFrom('packages').selectAll().where('name', '=', name).executeTakeFirst();
}

/** Another living package that nobody could tell from this name, unless the account maintains it. */
export async function findLookalike(
  tx: Reading,
  wanted: { name: string; confusable: string; account: string },
): Promise<string | undefined> {
  const found = await tx.sql
    .selectFrom('packages')
    .select('name')
    .where('confusable', '=', wanted.confusable)
    .where('name', '!=', wanted.name)
    .where('unpublished_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('maintainers')
            .select('account_id')
            .whereRef('package_id', '=', 'packages.id')
            .where('account_id', '=', wanted.account),
        ),
      ),
    )
    .executeTakeFirst();
  return found?.name;
}

export async function insertPackage(tx: Writing, row: PackageRow): Promise<void> {
  await tx.sql.insertInto('packages').values(row).execute();
}

export async function insertMaintainer(tx: Writing, packageId: string, account: string): Promise<void> {
  await tx.sql
    .insertInto('maintainers')
    .values({ package_id: packageId, account_id: account, since: tx.now })
    .execute();
}

/** Remembers that a name, or a scope with its `@`, is ours (UP2). */
export async function claimName(tx: Writing, name: string): Promise<void> {
  await tx.sql
    .insertInto('claims')
    .values({ name, created_at: tx.now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Writes the package's new revision together with whatever else changed in its row. */
export async function updatePackage(
  tx: Writing,
  id: string,
  changes: Partial<
    Pick<PackageRow, 'visibility' | 'requires_second_factor' | 'bypass_allowed' | 'unpublished_at'>
  > & {
    revision: number;
  },
): Promise<void> {
  await tx.sql
    .updateTable('packages')
    .set({ ...changes, updated_at: tx.now, change_sequence: null })
    .where('id', '=', id)
    .execute();
}

export type NewVersion = Omit<VersionsTable, 'unpublished_at' | 'deprecated'>;

export async function insertVersion(tx: Writing, row: NewVersion): Promise<void> {
  await tx.sql
    .insertInto('versions')
    .values({ ...row, deprecated: null, unpublished_at: null })
    .execute();
}

/** One version with its texts, also a tombstone. */
export async function readVersion(
  tx: Reading,
  packageId: string,
  version: string,
): Promise<VersionsTable | undefined> {
  return tx.sql
    .selectFrom('versions')
    .selectAll()
    .where('package_id', '=', packageId)
    .where('version', '=', version)
    .executeTakeFirst();
}

/** How many versions are there. */
export async function countVersions(tx: Reading, packageId: string): Promise<number> {
  const { versions } = await tx.sql
    .selectFrom('versions')
    .select(({ fn }) => fn.countAll<number | string>().as('versions'))
    .where('package_id', '=', packageId)
    .where('unpublished_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(versions);
}

/** How many bytes the manifests of the versions that are there take together, as they are stored. */
export async function measureManifests(tx: Reading, packageId: string): Promise<number> {
  const { bytes } = await tx.sql
    .selectFrom('versions')
    .select(sql<number | string>`coalesce(sum(octet_length(manifest)), 0)`.as('bytes'))
    .where('package_id', '=', packageId)
    .where('unpublished_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(bytes);
}

export interface VersionFacts {
  version: string;
  shasum: string;
  deprecated: string | null;
  published_at: Instant;
  unpublished_at: Instant | null;
}

/** All versions without their texts, oldest first, tombstones too. */
export async function readVersions(tx: Reading, packageId: string): Promise<VersionFacts[]> {
  return tx.sql
    .selectFrom('versions')
    .select(['version', 'shasum', 'deprecated', 'published_at', 'unpublished_at'])
    .where('package_id', '=', packageId)
    .orderBy('sequence')
    .execute();
}

/** Turns a version into a tombstone: its number stays taken for ever, its texts go. */
export async function buryVersion(tx: Writing, packageId: string, version: string): Promise<void> {
  await tx.sql
    .updateTable('versions')
    .set({
      unpublished_at: tx.now,
      manifest: '',
      abbreviated: '',
      readme: null,
      provenance: null,
      predicate: null,
    })
    .where('package_id', '=', packageId)
    .where('version', '=', version)
    .where('unpublished_at', 'is', null)
    .execute();
}

export async function updateDeprecation(
  tx: Writing,
  packageId: string,
  version: string,
  message: string | null,
): Promise<void> {
  await tx.sql
    .updateTable('versions')
    .set({ deprecated: message })
    .where('package_id', '=', packageId)
    .where('version', '=', version)
    .execute();
}

export interface TagRow {
  tag: string;
  version: string;
}

/** All tags, `latest` first, the others by name. */
export async function readTags(tx: Reading, packageId: string): Promise<TagRow[]> {
  const rows = await tx.sql
    .selectFrom('tags')
    .select(['tag', 'version'])
    .where('package_id', '=', packageId)
    .execute();
  const rank = ({ tag }: TagRow): string => (tag === 'latest' ? '' : tag);
  return rows.sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
}

export async function writeTag(tx: Writing, packageId: string, tag: string, version: string): Promise<void> {
  await tx.sql
    .insertInto('tags')
    .values({ package_id: packageId, tag, version })
    .onConflict((conflict) => conflict.columns(['package_id', 'tag']).doUpdateSet({ version }))
    .execute();
}

export async function deleteTag(tx: Writing, packageId: string, tag: string): Promise<void> {
  await tx.sql.deleteFrom('tags').where('package_id', '=', packageId).where('tag', '=', tag).execute();
}

export interface MaintainerRow {
  id: string;
  name: string;
  email: string;
}

/** Who maintains the package, the first of them first. */
export async function readMaintainers(tx: Reading, packageId: string): Promise<MaintainerRow[]> {
  return tx.sql
    .selectFrom('maintainers')
    .innerJoin('accounts', 'accounts.id', 'maintainers.account_id')
    .select(['accounts.id', 'accounts.name', 'accounts.email'])
    .where('maintainers.package_id', '=', packageId)
    .orderBy('maintainers.since')
    .orderBy('accounts.name')
    .execute();
}

/** Whether any living version has these bytes. */
export async function isBlobUsed(tx: Reading, blob: string): Promise<boolean> {
  const found = await tx.sql
    .selectFrom('versions')
    .select('version')
    .where('blob', '=', blob)
    .where('unpublished_at', 'is', null)
    .executeTakeFirst();
  return found !== undefined;
}
