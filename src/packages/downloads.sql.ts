import { sql } from 'kysely';
import type { Reading, Writing } from '../store/store.ts';
import type { Day, Period } from './download-periods.ts';

export interface DownloadRow {
  package_id: string;
  day: Day;
  version: string;
  count: number;
}

/** Adds to the counts of versions. */
export async function addDownloads(tx: Writing, rows: readonly DownloadRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.sql
    .insertInto('downloads')
    .values([...rows])
    .onConflict((conflict) =>
      conflict
        .columns(['package_id', 'day', 'version'])
        .doUpdateSet({ count: sql<number>`downloads.count + excluded.count` }),
    )
    .execute();
}

/** Adds to the counts of all public packages together. */
export async function addTotals(tx: Writing, rows: readonly { day: Day; count: number }[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.sql
    .insertInto('download_totals')
    .values([...rows])
    .onConflict((conflict) =>
      conflict.column('day').doUpdateSet({ count: sql<number>`download_totals.count + excluded.count` }),
    )
    .execute();
}

export interface DayCount {
  package_id: string;
  day: Day;
  count: number;
}

/** Counts of packages by day, over their versions; days without any are left out. */
export async function readDownloads(
  tx: Reading,
  packageIds: readonly string[],
  { start, end }: Period,
): Promise<DayCount[]> {
  if (packageIds.length === 0) return [];
  const rows = await tx.sql
    .selectFrom('downloads')
    .select(({ fn }) => ['package_id', 'day', fn.sum<number>('count').as('count')])
    .where('package_id', 'in', packageIds)
    .where('day', '>=', start)
    .where('day', '<=', end)
    .groupBy(['package_id', 'day'])
    .orderBy('day')
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** Counts of all public packages by day. */
export async function readTotals(
  tx: Reading,
  { start, end }: Period,
): Promise<{ day: Day; count: number }[]> {
  return tx.sql
    .selectFrom('download_totals')
    .select(['day', 'count'])
    .where('day', '>=', start)
    .where('day', '<=', end)
    .orderBy('day')
    .execute();
}

/** The living packages of these names. */
export async function readPackagesNamed(
  tx: Reading,
  names: readonly string[],
): Promise<{ id: string; name: string; visibility: 'public' | 'restricted' }[]> {
  if (names.length === 0) return [];
  return tx.sql
    .selectFrom('packages')
    .select(['id', 'name', 'visibility'])
    .where('name', 'in', names)
    .where('unpublished_at', 'is', null)
    .execute();
}
