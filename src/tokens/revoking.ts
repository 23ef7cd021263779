/** Ending a token on the operator's console, whosever it is. */
import { readAccountById } from '../accounts/accounts.sql.ts';
import { announceEnding } from '../accounts/endings.ts';
import { fail } from '../kernel/failure.ts';
import type { Permit } from '../policy/permit.ts';
import type { Reading, Writing } from '../store/store.ts';
import { mailTokenRevokedByOperator } from './mails.ts';
import { type OwnedToken, readByPrefix } from './revoking.sql.ts';
import { present, type Token } from './token.ts';
import { markRevoked } from './tokens.sql.ts';

const shortestKey = 6;

/**
 * The token of a key, or of the unambiguous beginning of one, and its owner's name. Fails with `not_found`, and with
 * `request_invalid` when the key is too short, ambiguous or no key.
 */
export async function findToken(tx: Reading, key: string): Promise<OwnedToken> {
  if (key.length < shortestKey || !/^[0-9a-f]+$/.test(key))
    fail('request_invalid', { reason: `The key of a token is 32 hex digits; give at least ${shortestKey}.` });
  const [row, another] = await readByPrefix(tx, key);
  if (row === undefined) return fail('not_found');
  if (another !== undefined)
    fail('request_invalid', { reason: 'More than one token has a key that begins so: give more of it.' });
  return row;
}

/** Revokes the token of a key, at once and on every server. Its owner is mailed. Fails as `findToken` does. */
export async function revokeForOwner(
  tx: Writing,
  _permit: Permit<'token.revokeForOwner'>,
  { key, reason }: { readonly key: string; readonly reason?: string | undefined },
): Promise<Token> {
  const row = await findToken(tx, key);
  await markRevoked(tx, row.id);
  announceEnding(tx, { token: row.id });
  const token = present(row);
  const owner = (await readAccountById(tx, row.account_id)) ?? fail('account_unknown', { name: row.owner });
  await mailTokenRevokedByOperator(tx, owner, { token, reason });
  return token;
}
