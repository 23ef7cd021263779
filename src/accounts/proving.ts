/** Proving that somebody knows an account's password. */
import { fail, isFailure } from '../kernel/failure.ts';
import type { Store } from '../store/store.ts';
import { readSecret, replaceHash } from './accounts.sql.ts';
import { type AddressRules, giveBackGuess, reserveGuess } from './guesses.ts';
import { whyNameIsRefused } from './names.ts';
import { hashPassword, isOutdated, matchesPassword } from './passwords.ts';

/**
 * A password that was right a moment ago. Whoever acts on it checks inside the transaction that the account still has
 * this version of it.
 */
export interface ProvenPassword {
  readonly account: { readonly id: string; readonly name: string };
  readonly passwordVersion: number;
}

/**
 * Checks the password of the account of a name. Slow (Argon2id), so it runs before the transaction that acts; works
 * just as long for a name that nobody has, and answers the same (RL9). A hash that costs less than new ones do is
 * replaced on the way (PW4).
 *
 * Fails with `password_wrong`, with `too_many_attempts` when a budget of guesses is used up (nothing is checked or
 * counted then), and with `busy` when too many hashes wait (not counted either).
 */
export async function provePassword(
  store: Store,
  claim: { readonly name: string; readonly password: string },
  from: { readonly address: string | null; readonly device: string | null },
  rules: AddressRules,
): Promise<ProvenPassword> {
  const { password } = claim;
  // No account can have such a name; kept apart, it could fill the memory of guesses with texts of any length.
  const name = whyNameIsRefused(claim.name) === undefined ? claim.name : '';
  const reservation = await reserveGuess(
    store,
    { name, password, address: from.address, device: from.device },
    rules,
  );
  const { secret, tools } = await store.read(async (tx) => ({
    secret: await readSecret(tx, name),
    tools: { vault: tx.vault, random: tx.random },
  }));
  try {
    const right = await matchesPassword(tools, secret?.password, password);
    if (!right || secret === undefined) return fail('password_wrong');
    const newer = isOutdated(secret.password) ? await hashPassword(tools, password) : undefined;
    if (newer !== undefined) {
      await store.write((tx) => replaceHash(tx, secret.id, secret.version, newer));
    }
    await giveBackGuess(store, reservation);
    return { account: { id: secret.id, name }, passwordVersion: secret.version };
  } catch (thrown) {
    if (!isFailure(thrown, 'password_wrong')) await giveBackGuess(store, reservation);
    throw thrown;
  }
}
