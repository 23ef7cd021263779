import type { Instant } from '../kernel/ports.ts';
import type { WaitingSignInsTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export type WaitingRow = WaitingSignInsTable;

/** What proved a sign-in: a kind of factor, and which one of it. */
type ProvenBy = Pick<WaitingRow, 'factor' | 'factor_id'>;

export async function insertWaiting(tx: Writing, row: WaitingRow): Promise<void> {
  await tx.sql.insertInto('waiting_sign_ins').values(row).execute();
}

/** By the link or by the browser, whether it is over or not. */
export async function readWaiting(
  tx: Reading,
  by: Partial<Pick<WaitingRow, 'link_hash' | 'browser_hash'>>,
): Promise<WaitingRow | undefined> {
  const [[column, hash] = []] = Object.entries(by) as ['link_hash' | 'browser_hash', string][];
  if (column === undefined || hash === undefined) return undefined;
  return tx.sql.selectFrom('waiting_sign_ins').selectAll().where(column, '=', hash).executeTakeFirst();
}

/** Ends one; whether it waited until now. */
export async function markWaitingEnded(tx: Writing, id: string): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('waiting_sign_ins')
    .set({ ended_at: tx.now, next_page: null })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** The id of the app, or of the recovery code that was used in this very transaction. */
export async function readFactorId(
  tx: Reading,
  account: string,
  factor: WaitingRow['factor'],
): Promise<string | undefined> {
  const found =
    factor === 'totp'
      ? await tx.sql.selectFrom('factors').select('id').where('account_id', '=', account).executeTakeFirst()
      : await tx.sql
          .selectFrom('recovery_codes')
          .select('id')
          .where('account_id', '=', account)
          .where('used_at', '=', tx.now)
          .executeTakeFirst();
  return found?.id;
}

/** Whether the app, or the set of recovery codes, is still the account's. */
export async function isFactorThere(
  tx: Reading,
  account: string,
  { factor, factor_id: id }: ProvenBy,
): Promise<boolean> {
  const found = await tx.sql
    .selectFrom(factor === 'totp' ? 'factors' : 'recovery_codes')
    .select('id')
    .where('id', '=', id)
    .where('account_id', '=', account)
    .executeTakeFirst();
  return found !== undefined;
}

/** Forgets those whose time was over before an instant; returns how many. */
export async function removeWaiting(tx: Writing, before: Instant): Promise<number> {
  const { numDeletedRows } = await tx.sql
    .deleteFrom('waiting_sign_ins')
    .where('until', '<', before)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
