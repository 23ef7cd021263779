import type { Instant } from '../kernel/ports.ts';
import type { Reading } from '../store/store.ts';
import type { Form } from './fragment.ts';
import type { PackageRow } from './packages.sql.ts';

/** One version as a packument takes it in; `fragment` is empty for a tombstone. */
export interface FragmentRow {
  version: string;
  sequence: number;
  fragment: string;
  deprecated: string | null;
  predicate: string | null;
  signature_key: string | null;
  signature: string | null;
  published_at: Instant;
  published_by: string;
  unpublished_at: Instant | null;
}

/** At most `limit` versions published after `sequence`, oldest first, tombstones too. */
export async function readFragments(
  tx: Reading,
  wanted: { packageId: string; form: Form; after: number; limit: number },
): Promise<FragmentRow[]> {
  return tx.sql
    .selectFrom('versions')
    .select([
      'version',
      'sequence',
      'deprecated',
      'predicate',
      'signature_key',
      'signature',
      'published_at',
      'published_by',
      'unpublished_at',
    ])
    .select(wanted.form === 'full' ? 'manifest as fragment' : 'abbreviated as fragment')
    .where('package_id', '=', wanted.packageId)
    .where('sequence', '>', wanted.after)
    .orderBy('sequence')
    .limit(wanted.limit)
    .execute();
}

/**
 * The package of that name, also one that was removed whole, with the ids of its maintainers. One question, so that the
 * time of the answer does not tell a hidden package from none.
 */
export async function readWithMaintainers(
  tx: Reading,
  name: string,
): Promise<{ row: PackageRow; maintainers: string[] } | undefined> {
  const rows = await tx.sql
    .selectFrom('packages')
    .leftJoin('maintainers', 'maintainers.package_id', 'packages.id')
    .selectAll('packages')
    .select('maintainers.account_id')
    .where('packages.name', '=', name)
    .execute();
  const [first] = rows;
  if (first === undefined) return undefined;
  const { account_id: _, ...row } = first;
  return { row, maintainers: rows.flatMap(({ account_id }) => account_id ?? []) };
}

/** Where a version's tarball lies; undefined for a tombstone. */
export async function readTarballPlace(
  tx: Reading,
  packageId: string,
  version: string,
): Promise<{ blob: string; size: number } | undefined> {
  return tx.sql
    .selectFrom('versions')
    .select(['blob', 'size'])
    .where('package_id', '=', packageId)
    .where('version', '=', version)
    .where('unpublished_at', 'is', null)
    .executeTakeFirst();
}
