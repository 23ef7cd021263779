/** The memory of spent codes: what makes a second use a proof or a replay, and never one more guess. */
import { networkOf } from '../kernel/address.ts';
import type { Instant } from '../kernel/ports.ts';
import type { Actor } from '../policy/actor.ts';
import type { Reading, Writing } from '../store/store.ts';
import type { GuessRow } from './budget.sql.ts';
import type { PresentedCode } from './codes.ts';
import { isUsedRecoveryCode } from './recovery-codes.ts';
import { insertProof, readProof } from './spent.sql.ts';
import { stepAt } from './totp.ts';

/** What a code of an account is remembered by: keyed, because six digits alone could be searched through. */
export const hashCode = (tx: Reading, account: string, { kind, text }: PresentedCode): string =>
  tx.vault.hmac('presented-codes', `${account}\0${kind}\0${text}`).toString('hex');

/** The credential that a proof or a set-up is bound to: the token, or the account's password. */
export const credentialOf = (actor: Actor): string =>
  actor.session === null ? (actor.token ?? 'password') : `session:${actor.session}`;

/** The row that counts the presenting of a code; the same code within one 30-second step is the same row. */
export const guessRow = (tx: Reading, account: string, actor: Actor, code: PresentedCode): GuessRow => ({
  account_id: account,
  step: stepAt(actor.receivedAt),
  code_hash: hashCode(tx, account, code),
  token_id: actor.token,
  device_id: null,
  network: networkOf(actor.address ?? undefined, 'site'),
});

/** Writes down that a code is spent; `acts` is what it may open again, if anything. */
export async function rememberSpent(
  tx: Writing,
  spent: { account: string; actor: Actor; code: PresentedCode; acts: string | null; until: Instant },
): Promise<void> {
  await insertProof(tx, {
    account_id: spent.account,
    code_hash: hashCode(tx, spent.account, spent.code),
    credential: credentialOf(spent.actor),
    address: spent.actor.address,
    acts: spent.acts,
    until: spent.until,
  });
}

/** Whether the account has spent this code: whoever presents it again does not guess. */
export async function isSpent(
  tx: Reading,
  account: string,
  code: PresentedCode,
  receivedAt: Instant,
): Promise<boolean> {
  const proof = await readProof(tx, account, hashCode(tx, account, code));
  if (proof !== undefined && receivedAt < proof.until) return true;
  return code.kind === 'recovery-code' && isUsedRecoveryCode(tx, account, code.text);
}
