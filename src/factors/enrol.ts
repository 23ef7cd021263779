/** Turning the second factor on and off, and choosing when it is asked (OT5–OT7, MD3, MD4). */
import { endProofs } from '../accounts/handoffs.sql.ts';
import { fail } from '../kernel/failure.ts';
import { newId } from '../kernel/ids.ts';
import type { Permit } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Writing } from '../store/store.ts';
import { removeGuess } from './budget.sql.ts';
import { readCode } from './codes.ts';
import {
  type FactorMode,
  insertTotp,
  readPending,
  readTotp,
  removeFactors,
  removePending,
  replacePending,
  setMode,
} from './factors.sql.ts';
import { mailFactorOff, mailFactorOn, mailModeChanged } from './mails.ts';
import { removeRecoveryCodes } from './recovery-codes.sql.ts';
import { replaceRecoveryCodes } from './recovery-codes.ts';
import { removeProofs } from './spent.sql.ts';
import { credentialOf, guessRow, rememberSpent } from './spent.ts';
import { createTotpSecret, endOfStep, findStep, type Tolerance, totpBinding, totpUri } from './totp.ts';

export type { FactorMode };

/** How long a set-up waits for its first code. */
const pendingLife = 10 * 60_000;

/** What seals a secret to its row (KY1). */
const pendingBinding = (account: string, factor: string): string[] => ['pending_factors', account, factor];

const ownerOf = (permit: Permit<Action>): { id: string; name: string } =>
  permit.account ?? fail('credential_missing');

/** An account's second factor as its owner sees it; null when there is none, not even a set-up. */
export interface SecondFactor {
  readonly mode: FactorMode;
  /** Only a set-up that waits for its first code: the account is not protected. */
  readonly pending: boolean;
}

/** Reads an account's second factor, by the account's id. */
export async function readSecondFactor(tx: Reading, account: string): Promise<SecondFactor | null> {
  const on = await readTotp(tx, account);
  if (on) return { mode: on.mode, pending: false };
  const pending = await readPending(tx, account);
  return pending ? { mode: pending.mode, pending: true } : null;
}

/** What beginning led to: a secret to put into an app, or, where the factor was on already, its mode. */
export type Beginning =
  | { readonly step: 'scan'; readonly uri: string }
  | { readonly step: 'done'; readonly mode: FactorMode };

/**
 * Begins to set up an authenticator app, in place of any set-up begun before. The secret is told in the returned URI
 * and never again. Where the factor is on already, changes its mode instead and keeps secret and codes.
 */
export async function enableFactor(
  tx: Writing,
  permit: Permit<'factor.enable'>,
  wish: { mode: FactorMode; issuer: string },
): Promise<Beginning> {
  const owner = ownerOf(permit);
  const on = await readTotp(tx, owner.id);
  if (on) return changeMode(tx, permit, on.mode, wish.mode);
  const secret = createTotpSecret(tx.random);
  const id = newId(tx.now, tx.random);
  await replacePending(tx, {
    account_id: owner.id,
    id,
    secret: tx.vault.seal(secret, pendingBinding(owner.id, id)),
    mode: wish.mode,
    credential: credentialOf(permit.actor),
    until: tx.now + pendingLife,
  });
  return { step: 'scan', uri: totpUri(secret, wish.issuer, owner.name) };
}

async function changeMode(
  tx: Writing,
  permit: Permit<'factor.enable'>,
  from: FactorMode,
  to: FactorMode,
): Promise<Beginning> {
  const owner = ownerOf(permit);
  if (permit.factor === 'none') fail('otp_required');
  if (from !== to) {
    await setMode(tx, owner.id, to);
    await mailModeChanged(tx, owner.id, permit.actor, { from, to });
  }
  return { step: 'done', mode: to };
}

const nothingToConfirm =
  'There is no set-up of two-factor authentication to finish, or it is older than 10 minutes: ' +
  'run npm profile enable-2fa again.';

/**
 * Finishes a set-up with the app's first code, which is spent by that, and returns the recovery codes, this once. Only
 * the credential that began may finish. Fails with `otp_refused` when the code is wrong (the set-up goes on waiting),
 * `otp_required` when none came, `request_invalid` when nothing waits. The caller counts the guess (`withinBudget`).
 */
export async function confirmFactor(
  tx: Writing,
  permit: Permit<'factor.confirm'>,
  wish: { code: string; tolerance?: Tolerance },
): Promise<string[]> {
  const { tolerance = 1 } = wish;
  const { actor } = permit;
  const owner = ownerOf(permit);
  const pending = await readPending(tx, owner.id);
  const begun = pending?.credential === credentialOf(actor) ? pending : undefined;
  if (!begun || (await readTotp(tx, owner.id))) fail('request_invalid', { reason: nothingToConfirm });
  const code = readCode(wish.code) ?? fail('otp_required');
  const secret = tx.vault.open(begun.secret, pendingBinding(owner.id, begun.id));
  const step = findStep(secret, code.text, actor.receivedAt, tolerance);
  if (step === undefined) fail('otp_refused');

  await insertTotp(tx, {
    id: begun.id,
    account_id: owner.id,
    secret: tx.vault.seal(secret, totpBinding(owner.id, begun.id)),
    highest_step: step,
  });
  await setMode(tx, owner.id, begun.mode);
  await removePending(tx, owner.id);
  await rememberSpent(tx, { account: owner.id, actor, code, acts: null, until: endOfStep(step, tolerance) });
  await removeGuess(tx, guessRow(tx, owner.id, actor, code));
  await mailFactorOn(tx, owner.id, actor, begun.mode);
  return replaceRecoveryCodes(tx, owner.id);
}

/**
 * Turns the second factor off and forgets all of it: secret, recovery codes, set-ups, proofs. Without one it drops a
 * set-up that waits. Says which it was.
 */
export async function disableFactor(
  tx: Writing,
  permit: Permit<'factor.disable'>,
): Promise<'off' | 'dropped' | 'nothing'> {
  const owner = ownerOf(permit);
  const on = await readTotp(tx, owner.id);
  if (on && permit.factor === 'none') fail('otp_required');
  const waiting = await readPending(tx, owner.id);
  await removePending(tx, owner.id);
  if (!on) return waiting ? 'dropped' : 'nothing';
  await removeFactors(tx, owner.id);
  await removeRecoveryCodes(tx, owner.id);
  await removeProofs(tx, owner.id);
  await endProofs(tx, owner.id);
  await mailFactorOff(tx, owner.id, permit.actor, permit.factor);
  return 'off';
}
