import type { Writing } from '../store/store.ts';

/** Ends every login token of an account but one. */
export async function endLoginTokens(tx: Writing, accountId: string, except: string | null): Promise<void> {
  let query = tx.sql
    .updateTable('tokens')
    .set({ revoked_at: tx.now })
    .where('account_id', '=', accountId)
    .where('kind', '=', 'session')
    .where('revoked_at', 'is', null);
  if (except !== null) query = query.where('id', '!=', except);
  await query.execute();
}
