import { newId } from '../kernel/ids.ts';
import type { Reading, Writing } from '../store/store.ts';

export async function insertRecoveryCodes(
  tx: Writing,
  account: string,
  hashes: readonly string[],
): Promise<void> {
  const row = (hash: string) => ({
    id: newId(tx.now, tx.random),
    account_id: account,
    hash,
    created_at: tx.now,
    used_at: null,
  });
  await tx.sql.insertInto('recovery_codes').values(hashes.map(row)).execute();
}

export async function removeRecoveryCodes(tx: Writing, account: string): Promise<void> {
  await tx.sql.deleteFrom('recovery_codes').where('account_id', '=', account).execute();
}

/** Uses up an unused code of the account; says whether there was one. One statement, so that two uses cannot both win (RC3). */
export async function markUsed(tx: Writing, account: string, hash: string): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('recovery_codes')
    .set({ used_at: tx.now })
    .where('account_id', '=', account)
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Whether the account has used this code up before. */
export async function isUsed(tx: Reading, account: string, hash: string): Promise<boolean> {
  const row = await tx.sql
    .selectFrom('recovery_codes')
    .select('id')
    .where('account_id', '=', account)
    .where('hash', '=', hash)
    .where('used_at', 'is not', null)
    .executeTakeFirst();
  return row !== undefined;
}

/** How many codes the account has left. */
export async function countUnused(tx: Reading, account: string): Promise<number> {
  const { left } = await tx.sql
    .selectFrom('recovery_codes')
    .select(({ fn }) => fn.countAll<number>().as('left'))
    .where('account_id', '=', account)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(left);
}
