/** How many mails of a kind an account may ask for: three a day. */
import { fail } from '../kernel/failure.ts';
import type { Writing } from '../store/store.ts';
import { forgetActs, insertAct, readFillingAct } from './guesses.sql.ts';

const second = 1000;
const day = 24 * 60 * 60 * second;
const most = 3;

/** Counts one more. Fails with `too_many_requests`. */
export async function countAskedMail(
  tx: Writing,
  limit: 'confirm-email' | 'end-hold',
  account: string,
): Promise<void> {
  const source = `account:${account}`;
  const after = tx.now - day;
  await forgetActs(tx, limit, source, after);
  const filling = await readFillingAct(tx, limit, source, after, most);
  if (filling !== undefined)
    fail('too_many_requests', { retryAfter: Math.ceil((filling + day - tx.now) / second) });
  await insertAct(tx, limit, source);
}
