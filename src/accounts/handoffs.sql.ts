import type { Selectable } from 'kysely';
import type { Instant } from '../kernel/ports.ts';
import type { HandoffsTable, HandoffUsesTable, TokenKind } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export type HandoffRow = Selectable<HandoffsTable>;

/** Everything that has not happened yet. */
const untouched = {
  comparison: null,
  hostname: null,
  wants_account: 0,
  account_id: null,
  credential: null,
  action: null,
  subject: null,
  password_version: null,
  approved_at: null,
  approved_address: null,
  release_until: null,
  uses: 0,
  value_hash: null,
  value_until: null,
  handed_at: null,
  handed_address: null,
  sealed: null,
} as const;

type Begun = 'id' | 'kind' | 'page_hash' | 'done_hash' | 'address' | 'network' | 'user_agent' | 'until';

/** Writes down a request that waits. */
export async function insertHandoff(
  tx: Writing,
  row: Pick<HandoffRow, Begun> & Partial<Omit<HandoffRow, Begun | 'state' | 'created_at'>>,
): Promise<void> {
  await tx.sql
    .insertInto('handoffs')
    .values({ ...untouched, ...row, state: 'waiting', created_at: tx.now })
    .execute();
}

export async function readByPage(tx: Reading, hash: string): Promise<HandoffRow | undefined> {
  return tx.sql.selectFrom('handoffs').selectAll().where('page_hash', '=', hash).executeTakeFirst();
}

export async function readByDone(tx: Reading, hash: string): Promise<HandoffRow | undefined> {
  return tx.sql.selectFrom('handoffs').selectAll().where('done_hash', '=', hash).executeTakeFirst();
}

/** The proof whose value hashes to this, while the account may use it at all. */
export async function readByValue(
  tx: Reading,
  accountId: string,
  hash: string,
): Promise<HandoffRow | undefined> {
  return tx.sql
    .selectFrom('handoffs')
    .selectAll()
    .where('value_hash', '=', hash)
    .where('account_id', '=', accountId)
    .where('state', '=', 'handed-out')
    .executeTakeFirst();
}

/** The logins from a network that wait for something: how many, and when the first of them ends. */
export async function readOpenLogins(
  tx: Reading,
  network: string,
): Promise<{ count: number; first: Instant | null }> {
  const row = await tx.sql
    .selectFrom('handoffs')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min<Instant | null>('until').as('first')])
    .where('network', '=', network)
    .where('until', '>', tx.now)
    .where('kind', '=', 'login')
    .where('state', 'in', ['waiting', 'approved'])
    .executeTakeFirstOrThrow();
  return { count: Number(row.count), first: row.first };
}

/** Forgets all but the newest `keep` proofs that wait for an answer, of those that one credential in one network asked for. */
export async function dropOldest(
  tx: Writing,
  asker: Pick<HandoffRow, 'account_id' | 'credential' | 'network'>,
  keep: number,
): Promise<void> {
  const rows = await tx.sql
    .selectFrom('handoffs')
    .select('id')
    .where('kind', '=', 'otp')
    .where('account_id', '=', asker.account_id)
    .where('credential', '=', asker.credential)
    .where('network', '=', asker.network)
    .where('state', '=', 'waiting')
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  const old = rows.slice(keep).map(({ id }) => id);
  if (old.length > 0) await tx.sql.deleteFrom('handoffs').where('id', 'in', old).execute();
}

/** Alters a request that is still in one of these states; says whether it was. */
export async function moveHandoff(
  tx: Writing,
  id: string,
  from: readonly HandoffRow['state'][],
  change: Partial<Omit<HandoffRow, 'id' | 'kind' | 'page_hash' | 'done_hash'>>,
): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('handoffs')
    .set(change)
    .where('id', '=', id)
    .where('state', 'in', from)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** The newest release of the account that goes on, for one credential and address. */
export async function readRelease(
  tx: Reading,
  asker: { account: string; credential: string; address: string },
  mostUses: number,
): Promise<HandoffRow | undefined> {
  return tx.sql
    .selectFrom('handoffs')
    .selectAll()
    .where('account_id', '=', asker.account)
    .where('credential', '=', asker.credential)
    .where('address', '=', asker.address)
    .where('kind', '=', 'otp')
    .where('state', 'in', ['approved', 'handed-out'])
    .where('release_until', '>', tx.now)
    .where('uses', '<', mostUses)
    .orderBy('approved_at', 'desc')
    .executeTakeFirst();
}

/** Counts and lists one use of a proof, unless it had `most` already; says whether it was counted. */
export async function countUse(tx: Writing, id: string, subject: string, most: number): Promise<boolean> {
  const counted = await tx.sql
    .updateTable('handoffs')
    .set(({ eb }) => ({ uses: eb('uses', '+', 1) }))
    .where('id', '=', id)
    .where('uses', '<', most)
    .returning('uses')
    .executeTakeFirst();
  if (counted === undefined) return false;
  await tx.sql
    .insertInto('handoff_uses')
    .values({ handoff_id: id, number: counted.uses, subject, at: tx.now })
    .execute();
  return true;
}

export async function readUses(tx: Reading, id: string): Promise<HandoffUsesTable[]> {
  return tx.sql
    .selectFrom('handoff_uses')
    .selectAll()
    .where('handoff_id', '=', id)
    .orderBy('number')
    .execute();
}

/** What a page shows of the token that asked, or undefined where it was none. */
export async function readAsker(
  tx: Reading,
  tokenId: string,
): Promise<{ prefix: string; name: string | null; kind: TokenKind } | undefined> {
  return tx.sql
    .selectFrom('tokens')
    .select(['prefix', 'name', 'kind'])
    .where('id', '=', tokenId)
    .executeTakeFirst();
}

/** Ends every proof of an account that waits, was approved or is in use, and every login that was approved. */
export async function endHandoffs(tx: Writing, accountId: string): Promise<void> {
  await tx.sql
    .updateTable('handoffs')
    .set({ state: 'denied', sealed: null })
    .where('account_id', '=', accountId)
    .where((where) => where.or([where('kind', '=', 'otp'), where('state', '=', 'approved')]))
    .execute();
}

/**
 * Lets time pass for all requests: what was handed out before `repeated` is no longer kept, what nobody answered or
 * fetched in time is over for good, what ended before `gone` is forgotten. Returns how many were forgotten.
 */
export async function ageHandoffs(
  tx: Writing,
  { repeated, gone }: { repeated: Instant; gone: Instant },
): Promise<number> {
  await tx.sql
    .updateTable('handoffs')
    .set({ sealed: null })
    .where('sealed', 'is not', null)
    .where('handed_at', '<=', repeated)
    .execute();
  await tx.sql
    .updateTable('handoffs')
    .set({ state: 'expired' })
    .where('until', '<=', tx.now)
    .where((where) =>
      where.or([
        where('state', '=', 'waiting'),
        where.and([where('state', '=', 'approved'), where('release_until', 'is', null)]),
      ]),
    )
    .execute();
  const { numDeletedRows } = await tx.sql
    .deleteFrom('handoffs')
    .where('until', '<=', gone)
    .where((where) => where.or([where('release_until', 'is', null), where('release_until', '<=', gone)]))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
