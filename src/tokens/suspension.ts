/** Letting a token work again that too many wrong codes stopped (RL2). */
import { readAccount } from '../accounts/accounts.sql.ts';
import { fail } from '../kernel/failure.ts';
import type { Permit } from '../policy/permit.ts';
import type { Writing } from '../store/store.ts';
import { mailTokenResumed } from './mails.ts';
import { present, type Token } from './token.ts';
import { liftSuspension, readOwnByPrefix } from './tokens.sql.ts';

const shortestKey = 6;

/**
 * Lifts the suspension of an account's token, named by its key or the unambiguous beginning of it. Its wrong codes no
 * longer count against it; against the account they still do. The owner is mailed. Fails with `account_unknown`,
 * `not_found`, and `request_invalid` when the key is ambiguous or the token is not suspended.
 */
export async function resumeToken(
  tx: Writing,
  permit: Permit<'token.resume'>,
  wish: { account: string; key: string },
): Promise<Token> {
  const owner = (await readAccount(tx, wish.account)) ?? fail('account_unknown', { name: wish.account });
  if (wish.key.length < shortestKey || !/^[0-9a-f]+$/.test(wish.key)) {
    fail('request_invalid', { reason: `The key of a token is 32 hex digits; give at least ${shortestKey}.` });
  }
  const [row, another] = await readOwnByPrefix(tx, owner.id, wish.key);
  if (row === undefined) return fail('not_found');
  if (another !== undefined)
    fail('request_invalid', { reason: 'More than one token has a key that begins so.' });
  if (!(await liftSuspension(tx, row.id)))
    fail('request_invalid', { reason: `The token ${row.id} is not suspended.` });
  const token = present({ ...row, suspended_at: null });
  await mailTokenResumed(tx, permit, owner, token);
  return token;
}
