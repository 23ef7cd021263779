import type { Instant } from '../kernel/ports.ts';
import type { BypassPublishesTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export async function insertPublish(tx: Writing, row: BypassPublishesTable): Promise<void> {
  await tx.sql.insertInto('bypass_publishes').values(row).execute();
}

export async function isAnyNoted(tx: Reading): Promise<boolean> {
  return (await tx.sql.selectFrom('bypass_publishes').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** Whether the token's owner got a mail after an instant. */
export async function wasMailedAfter(tx: Reading, token: string, after: Instant): Promise<boolean> {
  const row = await tx.sql
    .selectFrom('bypass_publishes')
    .select('id')
    .where('token_id', '=', token)
    .where('mailed_at', '>', after)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** What the token published and nobody was told of yet, oldest first. */
export async function readUntold(tx: Reading, token: string): Promise<BypassPublishesTable[]> {
  return tx.sql
    .selectFrom('bypass_publishes')
    .selectAll()
    .where('token_id', '=', token)
    .where('mailed_at', 'is', null)
    .orderBy('at')
    .orderBy('id')
    .execute();
}

/** Tokens that published something nobody was told of yet. */
export async function readWaitingTokens(tx: Reading, limit: number): Promise<string[]> {
  const rows = await tx.sql
    .selectFrom('bypass_publishes')
    .select('token_id')
    .distinct()
    .where('mailed_at', 'is', null)
    .limit(limit)
    .execute();
  return rows.map((row) => row.token_id);
}

export async function markMailed(tx: Writing, token: string): Promise<void> {
  await tx.sql
    .updateTable('bypass_publishes')
    .set({ mailed_at: tx.now })
    .where('token_id', '=', token)
    .where('mailed_at', 'is', null)
    .execute();
}

export async function forgetMailed(tx: Writing, before: Instant): Promise<void> {
  await tx.sql.deleteFrom('bypass_publishes').where('mailed_at', '<=', before).execute();
}
