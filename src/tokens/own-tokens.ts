/** One's own tokens as the pages of the website show them, and ending a login of the command line there (SE4). */
import { announceEnding } from '../accounts/endings.ts';
import { fail } from '../kernel/failure.ts';
import type { Permit } from '../policy/permit.ts';
import type { Reading, Writing } from '../store/store.ts';
import { present, type Token } from './token.ts';
import { markRevoked, readLivingLogins, readLivingOwn } from './tokens.sql.ts';

/** The living login tokens of an account, the latest used first. */
export async function listLogins(tx: Reading, account: string): Promise<Token[]> {
  return (await readLivingLogins(tx, account)).map(present);
}

/** A living token of an account by its key. Fails with `not_found` for everybody else's and for a dead one. */
export async function findToken(tx: Reading, account: string, key: string): Promise<Token> {
  return present((await readLivingOwn(tx, account, key)) ?? fail('not_found'));
}

/** Ends one of one's own login tokens. Fails with `not_found` for whatever else a key stands for. */
export async function endLogin(
  tx: Writing,
  permit: Permit<'account.endSession'>,
  key: string,
): Promise<void> {
  const { id } = permit.account ?? fail('session_ended');
  const row = await readLivingOwn(tx, id, key);
  if (row?.kind !== 'session') fail('not_found');
  await markRevoked(tx, row.id);
  announceEnding(tx, { token: row.id });
}
