import { sql } from 'kysely';
import type { Instant } from '../kernel/ports.ts';
import type { FloodsTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

/** Adds counts to those of other processes for the same limit, source and window. */
export async function addCounts(tx: Writing, rows: readonly FloodsTable[]): Promise<void> {
  await tx.sql
    .insertInto('floods')
    .values([...rows])
    .onConflict((conflict) =>
      conflict
        .columns(['limit_name', 'source', 'window_start'])
        .doUpdateSet({ count: sql`floods.count + excluded.count` }),
    )
    .execute();
}

/** Counts of windows that began at or before an instant, oldest first. */
export async function readEnded(tx: Reading, startedUntil: Instant, limit: number): Promise<FloodsTable[]> {
  return tx.sql
    .selectFrom('floods')
    .selectAll()
    .where('window_start', '<=', startedUntil)
    .orderBy('window_start')
    .orderBy('limit_name')
    .orderBy('source')
    .limit(limit)
    .execute();
}

export async function removeCount(tx: Writing, row: FloodsTable): Promise<void> {
  await tx.sql
    .deleteFrom('floods')
    .where('limit_name', '=', row.limit_name)
    .where('source', '=', row.source)
    .where('window_start', '=', row.window_start)
    .execute();
}
