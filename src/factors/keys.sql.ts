/** Security keys, and what authenticators know accounts by. */
import type { Instant } from '../kernel/ports.ts';
import type { SecurityKeysTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export type KeyRow = SecurityKeysTable;

/** The account's keys, oldest first. */
export async function readKeys(tx: Reading, account: string): Promise<KeyRow[]> {
  return tx.sql
    .selectFrom('security_keys')
    .selectAll()
    .where('account_id', '=', account)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** The key of a credential id with the user handle and the name of its account. */
export async function readKeyByCredential(
  tx: Reading,
  credential: string,
): Promise<(KeyRow & { handle: string; account: string }) | undefined> {
  return tx.sql
    .selectFrom('security_keys')
    .innerJoin('accounts', 'accounts.id', 'security_keys.account_id')
    .innerJoin('user_handles', 'user_handles.account_id', 'security_keys.account_id')
    .selectAll('security_keys')
    .select(['user_handles.handle', 'accounts.name as account'])
    .where('credential_id', '=', credential)
    .executeTakeFirst();
}

export async function readKey(tx: Reading, account: string, id: string): Promise<KeyRow | undefined> {
  return tx.sql
    .selectFrom('security_keys')
    .selectAll()
    .where('account_id', '=', account)
    .where('id', '=', id)
    .executeTakeFirst();
}

export async function insertKey(tx: Writing, row: Omit<KeyRow, 'created_at'>): Promise<void> {
  await tx.sql
    .insertInto('security_keys')
    .values({ ...row, created_at: tx.now })
    .execute();
}

export async function updateKeyName(tx: Writing, id: string, name: string): Promise<void> {
  await tx.sql.updateTable('security_keys').set({ name }).where('id', '=', id).execute();
}

export async function removeKeyRow(tx: Writing, id: string): Promise<void> {
  await tx.sql.deleteFrom('security_keys').where('id', '=', id).execute();
}

/** What an assertion says of its key. */
export interface KeyUse {
  readonly key: string;
  readonly counter: number;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** Whether from now on a verification of the user counts (see `spendAssertion`). */
  readonly uv: boolean;
}

/**
 * Notes a use of a key if its counter rose, or neither it nor the stored one counts at all, and if it is still as copyable
 * as it was; says whether so. One statement, so that two uses with one counter cannot both win (WA5).
 */
export async function raiseCounter(tx: Writing, use: KeyUse): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('security_keys')
    .set({
      counter: use.counter,
      backed_up: use.backedUp ? 1 : 0,
      last_used_at: tx.now,
      ...(use.uv ? { uv: 1 as const } : {}),
    })
    .where('id', '=', use.key)
    .where('backup_eligible', '=', use.backupEligible ? 1 : 0)
    .where((eb) => (use.counter === 0 ? eb('counter', '=', 0) : eb('counter', '<', use.counter)))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Marks a key as possibly copied; says whether it was not marked since an instant. */
export async function markPossibleCopy(tx: Writing, id: string, since: Instant): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('security_keys')
    .set({ possible_copy_at: tx.now })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('possible_copy_at', 'is', null), eb('possible_copy_at', '<=', since)]))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function readHandle(tx: Reading, account: string): Promise<string | undefined> {
  const row = await tx.sql
    .selectFrom('user_handles')
    .select('handle')
    .where('account_id', '=', account)
    .executeTakeFirst();
  return row?.handle;
}

export async function insertHandle(tx: Writing, account: string, handle: string): Promise<void> {
  await tx.sql.insertInto('user_handles').values({ account_id: account, handle }).execute();
}
