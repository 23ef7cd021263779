/** Turning the second factor on and off, and choosing when it is asked (OT5–OT7, MD3, MD4). */
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
  readMode,
  readPending,
  readTotp,
  removePending,
  replacePending,
  setMode,
} from './factors.sql.ts';
import { mailAppAdded, mailFactorOn, mailModeChanged } from './mails.ts';
import { replaceRecoveryCodes } from './recovery-codes.ts';
import { credentialOf, guessRow, rememberSpent } from './spent.ts';
import { createTotpSecret, endOfStep, findStep, type Tolerance, totpBinding, totpUri } from './totp.ts';
import { forgetSecondFactor } from './turning-off.ts';

export type { FactorMode };

/** How long a set-up waits for its first code. */
export const pendingLife = 10 * 60_000;

/** What seals a secret to its row (KY1). */
export const pendingBinding = (account: string, factor: string): string[] => [
  'pending_factors',
  account,
  factor,
];

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
  const mode = await readMode(tx, account);
  if (mode) return { mode, pending: false };
  const pending = await readPending(tx, account);
  return pending ? { mode: pending.mode, pending: true } : null;
}

/** What beginning led to: a secret to put into an app, or, where the factor was on already, its mode. */
export type Beginning =
  | { readonly step: 'scan'; readonly uri: string }
  | { readonly step: 'done'; readonly mode: FactorMode };

/**
 * Begins to set up an authenticator app, in place of any set-up begun before. The secret is told in the returned URI
 * and never again. Where two-factor authentication is on already, changes its mode instead and keeps secret and codes;
 * with `beside` an account that has security keys alone gets an app beside them, and its mode stays.
 */
export async function enableFactor(
  tx: Writing,
  permit: Permit<'factor.enable'>,
  wish: { mode: FactorMode; issuer: string; beside?: boolean },
): Promise<Beginning> {
  const owner = ownerOf(permit);
  const on = await readMode(tx, owner.id);
  const addsApp = wish.beside === true && !(await readTotp(tx, owner.id));
  if (on && !addsApp) return changeMode(tx, permit, on, wish.mode);
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
  permit: Permit<'factor.enable' | 'factor.mode'>,
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

/** Chooses when the second factor is asked. Fails with `request_invalid` while there is none. */
export async function chooseMode(
  tx: Writing,
  permit: Permit<'factor.mode'>,
  mode: FactorMode,
): Promise<void> {
  const on = await readMode(tx, ownerOf(permit).id);
  if (!on) fail('request_invalid', { reason: 'Two-factor authentication is off: add it first.' });
  await changeMode(tx, permit, on, mode);
}

const nothingToConfirm =
  'There is no set-up of two-factor authentication to finish, or it is older than 10 minutes: ' +
  'run npm profile enable-2fa again.';

/**
 * Finishes a set-up with the app's first code, which is spent by that, and returns the recovery codes, this once (none
 * where there were keys, and so codes, before). Only the credential that began may finish. Fails with `otp_refused` when the code is wrong (the set-up goes on waiting),
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

  const isFirst = (await readMode(tx, owner.id)) === undefined;
  await insertTotp(tx, {
    id: begun.id,
    account_id: owner.id,
    secret: tx.vault.seal(secret, totpBinding(owner.id, begun.id)),
    highest_step: step,
  });
  await removePending(tx, owner.id);
  await rememberSpent(tx, { account: owner.id, actor, code, acts: null, until: endOfStep(step, tolerance) });
  await removeGuess(tx, guessRow(tx, owner.id, actor, code));
  if (!isFirst) {
    await mailAppAdded(tx, owner.id, actor);
    return [];
  }
  await setMode(tx, owner.id, begun.mode);
  await mailFactorOn(tx, owner.id, actor, begun.mode);
  return replaceRecoveryCodes(tx, owner.id);
}

/**
 * Turns the second factor off and forgets all of it: app, security keys, recovery codes, set-ups, proofs. Without one it drops a
 * set-up that waits. Says which it was.
 */
export async function disableFactor(
  tx: Writing,
  permit: Permit<'factor.disable'>,
): Promise<'off' | 'dropped' | 'nothing'> {
  const owner = ownerOf(permit);
  const on = await readMode(tx, owner.id);
  if (on && permit.factor === 'none') fail('otp_required');
  const waiting = await readPending(tx, owner.id);
  await removePending(tx, owner.id);
  if (!on) return waiting ? 'dropped' : 'nothing';
  await forgetSecondFactor(tx, owner.id, permit);
  return 'off';
}
