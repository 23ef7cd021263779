import { factorCount } from '../factors/factors.sql.ts';
import type { Instant } from '../kernel/ports.ts';
import type { VersionsTable } from '../store/schema.ts';
import type { Reading } from '../store/store.ts';
import type { ListedRow } from './lists.sql.ts';

/** One version as a list of versions shows it, and who published it. */
export type VersionLineRow = Pick<
  VersionsTable,
  'version' | 'published_at' | 'factor' | 'deprecated' | 'predicate' | 'signature' | 'size' | 'unpublished_at'
> & { publisher: string };

const lineColumns = [
  'versions.version',
  'versions.published_at',
  'versions.factor',
  'versions.deprecated',
  'versions.predicate',
  'versions.signature',
  'versions.size',
  'versions.unpublished_at',
  'accounts.name as publisher',
] as const;

/** A page of a package's versions, the one that was published last first, tombstones too. */
export async function readVersionLines(
  tx: Reading,
  packageId: string,
  page: { limit: number; offset: number },
): Promise<VersionLineRow[]> {
  return tx.sql
    .selectFrom('versions')
    .innerJoin('accounts', 'accounts.id', 'versions.published_by')
    .select(lineColumns)
    .where('versions.package_id', '=', packageId)
    .orderBy('versions.sequence', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute();
}

/** How many versions a package has, and how many of them were removed. */
export async function countVersions(
  tx: Reading,
  packageId: string,
): Promise<{ all: number; unpublished: number }> {
  const { all, unpublished } = await tx.sql
    .selectFrom('versions')
    .select(({ fn }) => [
      fn.countAll<number>().as('all'),
      fn.count<number>('versions.unpublished_at').as('unpublished'),
    ])
    .where('package_id', '=', packageId)
    .executeTakeFirstOrThrow();
  return { all: Number(all), unpublished: Number(unpublished) };
}

/** What a page tells of one version: its line, and the texts that are long. */
export type ShownVersionRow = VersionLineRow &
  Pick<VersionsTable, 'manifest' | 'readme' | 'integrity' | 'shasum' | 'signature_key'>;

export async function readShownVersion(
  tx: Reading,
  packageId: string,
  version: string,
): Promise<ShownVersionRow | undefined> {
  return tx.sql
    .selectFrom('versions')
    .innerJoin('accounts', 'accounts.id', 'versions.published_by')
    .select(lineColumns)
    .select([
      'versions.manifest',
      'versions.readme',
      'versions.integrity',
      'versions.shasum',
      'versions.signature_key',
    ])
    .where('versions.package_id', '=', packageId)
    .where('versions.version', '=', version)
    .executeTakeFirst();
}

/** The living version that was published last. */
export async function readNewestVersion(tx: Reading, packageId: string): Promise<string | undefined> {
  const row = await tx.sql
    .selectFrom('versions')
    .select('version')
    .where('package_id', '=', packageId)
    .where('unpublished_at', 'is', null)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.version;
}

export interface PageMaintainerRow {
  id: string;
  name: string;
  since: Instant;
  /** How many factors he has: none means that his two-factor authentication is off. */
  factors: number;
}

/** Who maintains the package, the first of them first, and how well each is protected. */
export async function readPageMaintainers(tx: Reading, packageId: string): Promise<PageMaintainerRow[]> {
  const rows = await tx.sql
    .selectFrom('accounts')
    .innerJoin('maintainers', 'maintainers.account_id', 'accounts.id')
    .select(['accounts.id', 'accounts.name', 'maintainers.since'])
    .select((accounts) => factorCount(accounts).as('factors'))
    .where('maintainers.package_id', '=', packageId)
    .orderBy('maintainers.since')
    .orderBy('accounts.name')
    .execute();
  return rows.map((row) => ({ ...row, factors: Number(row.factors) }));
}

/** Some of the other living packages of which a version needs the package: at most `limit`, in no order. */
export async function readSomeDependants(
  tx: Reading,
  needed: { id: string; name: string },
  limit: number,
): Promise<ListedRow[]> {
  return tx.sql
    .selectFrom('packages')
    .select(['id', 'name', 'visibility'])
    .where('id', 'in', tx.sql.selectFrom('dependencies').select('package_id').where('name', '=', needed.name))
    .where('id', '!=', needed.id)
    .where('unpublished_at', 'is', null)
    .limit(limit)
    .execute();
}
