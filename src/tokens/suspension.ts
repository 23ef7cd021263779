/** Letting a token work again that too many wrong codes stopped: by its owner on the website, or by the operator (RL2). */
import { type AccountRow, readAccount, readAccountById } from '../accounts/accounts.sql.ts';
import { fail } from '../kernel/failure.ts';
import type { Permit } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Writing } from '../store/store.ts';
import { mailTokenResumed } from './mails.ts';
import { present, type Token } from './token.ts';
import { liftSuspension, readLivingOwn, readOwnByPrefix, type TokenRow } from './tokens.sql.ts';

const shortestKey = 6;

/** A living token of an account that is suspended. Fails with `not_found` for any other. */
export async function findSuspended(tx: Reading, account: string, key: string): Promise<Token> {
  const row = await readLivingOwn(tx, account, key);
  return row === undefined || row.suspended_at === null ? fail('not_found') : present(row);
}

async function lift(tx: Writing, permit: Permit<Action>, owner: AccountRow, row: TokenRow): Promise<Token> {
  if (!(await liftSuspension(tx, row.id)))
    fail('request_invalid', { reason: `The token ${row.id} is not suspended.` });
  const token = present({ ...row, suspended_at: null });
  await mailTokenResumed(tx, permit, owner, token);
  return token;
}

/**
 * Lifts the suspension of one of one's own tokens, named by its whole key. Its wrong codes no longer count against it;
 * against the account they still do. Mailed. Fails with `not_found` for any other token, a dead one and one that is not
 * suspended.
 */
export async function resumeOwnToken(
  tx: Writing,
  permit: Permit<'token.resumeOwn'>,
  key: string,
): Promise<Token> {
  const { id } = permit.account ?? fail('session_ended');
  const owner = (await readAccountById(tx, id)) ?? fail('session_ended');
  const row = (await readLivingOwn(tx, id, key)) ?? fail('not_found');
  return row.suspended_at === null ? fail('not_found') : lift(tx, permit, owner, row);
}

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
  return lift(tx, permit, owner, row);
}
