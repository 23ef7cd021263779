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

/** Ends every sign-in of an account that waits for the link in a mail. */
export async function endWaitingSignIns(tx: Writing, accountId: string): Promise<void> {
  await tx.sql
    .updateTable('waiting_sign_ins')
    .set({ ended_at: tx.now })
    .where('account_id', '=', accountId)
    .where('ended_at', 'is', null)
    .execute();
}

/** Ends every session of the website of an account but one, and every sign-in that is halfway or waits. */
export async function endSessions(tx: Writing, accountId: string, except: string | null): Promise<void> {
  let query = tx.sql
    .updateTable('sessions')
    .set({ ended_at: tx.now })
    .where('account_id', '=', accountId)
    .where('ended_at', 'is', null);
  if (except !== null) query = query.where('id', '!=', except);
  await query.execute();
  await endWaitingSignIns(tx, accountId);
}

/** Makes every device of an account unknown. */
export async function endDevices(tx: Writing, accountId: string): Promise<void> {
  await tx.sql
    .updateTable('devices')
    .set({ ended_at: tx.now })
    .where('account_id', '=', accountId)
    .where('ended_at', 'is', null)
    .execute();
}
