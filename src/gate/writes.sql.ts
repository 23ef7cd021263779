import { sql } from 'kysely';
import type { Instant } from '../kernel/ports.ts';
import type { Bucket } from '../kernel/rate.ts';
import type { Reading, Writing } from '../store/store.ts';

/** What an account wrote lately, in no particular order. */
export function readWrites(tx: Reading, account: string): Promise<Bucket[]> {
  return tx.sql
    .selectFrom('counted_writes')
    .select(['since', 'count'])
    .where('account_id', '=', account)
    .execute();
}

/** Counts one more. */
export async function addWrite(tx: Writing, account: string, since: Instant): Promise<void> {
  await tx.sql
    .insertInto('counted_writes')
    .values({ account_id: account, since, count: 1 })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'since']).doUpdateSet({ count: sql`counted_writes.count + 1` }),
    )
    .execute();
}

/** Forgets what an account wrote in buckets that began at these instants. */
export async function forgetWrites(tx: Writing, account: string, since: readonly Instant[]): Promise<void> {
  await tx.sql
    .deleteFrom('counted_writes')
    .where('account_id', '=', account)
    .where('since', 'in', since)
    .execute();
}
