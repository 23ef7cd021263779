/**
 * Spending: one code opens one door, once (OT3, OT8, RC3). It happens inside the transaction of the act, so a code is
 * spent exactly when its act is done, and the row counts of single statements decide who of many was first.
 */
import { recogniseDevice } from '../accounts/devices.ts';
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import type { Actor } from '../policy/actor.ts';
import type { ProvenFactor } from '../policy/permit.ts';
import { type Action, policy } from '../policy/policy.ts';
import type { FactorsTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';
import { findApproval, useApproval } from './approvals.ts';
import { removeGuess } from './budget.sql.ts';
import { liftBar } from './budget.ts';
import { type PresentedCode, readCode } from './codes.ts';
import { raiseStep, readTotp } from './factors.sql.ts';
import { mailRecoveryCodeUsed } from './mails.ts';
import { useRecoveryCode } from './recovery-codes.ts';
import { readProof } from './spent.sql.ts';
import { credentialOf, guessRow, hashCode, rememberSpent } from './spent.ts';
import { endOfStep, findStep, type Tolerance, totpBinding } from './totp.ts';
import { useTypedCode } from './typed-codes.ts';

const second = 1000;
/** How long a spent recovery code stays a proof. */
const recoveryProofLife = 90 * second;
/** How far apart the clocks of two processes may be before one of them counts as set back. */
const clockSkew = 5 * second;

export interface Spending {
  readonly account: { readonly id: string; readonly name: string };
  readonly actor: Actor;
  readonly action: Action;
  /** As it came. */
  readonly code: string;
  /** How many TOTP steps around the current one count; 1 when left out. */
  readonly tolerance?: Tolerance;
  /** To what the act is done: what was approved on a page is good for that alone. */
  readonly subject?: string | undefined;
}

/**
 * Spends a code for an act and says what opened the door: a TOTP, recovery code or code of a key page spent now, or the proof that the
 * same credential spent this code just before for the same kind of act. Fails with `otp_refused`, the same for wrong,
 * used, late and misshapen codes, and with `otp_required` when no code came. Codes are judged by the time at which the
 * request's headers arrived.
 */
export async function spendCode(tx: Writing, spending: Spending): Promise<Exclude<ProvenFactor, 'none'>> {
  const code = readCode(spending.code) ?? fail('otp_required');
  if (code.kind === 'web') return spendApproval(tx, spending, code);
  switch (code.kind) {
    case 'totp':
      return spendTotp(tx, spending, code, (await readTotp(tx, spending.account.id)) ?? fail('otp_refused'));
    case 'recovery-code':
      return spendRecoveryCode(tx, spending, code);
    case 'key-page':
      return spendTypedCode(tx, spending, code);
    default:
      return fail('otp_refused');
  }
}

/** What was approved on a page: once, or as often as a release may. */
async function spendApproval(
  tx: Writing,
  spending: Spending,
  code: PresentedCode,
): Promise<'page' | 'proof'> {
  const approval = (await findApproval(tx, spending, code.text)) ?? fail('otp_refused');
  if (!(await useApproval(tx, approval, spending.subject)))
    return approval.isRelease ? fail('otp_refused') : acceptProof(tx, spending, code);
  await keepProof(tx, spending, code, approval.until);
  return 'page';
}

async function spendTotp(
  tx: Writing,
  spending: Spending,
  code: PresentedCode,
  factor: FactorsTable,
): Promise<'totp' | 'proof'> {
  const { account, actor, tolerance = 1 } = spending;
  // Who shut the app's codes did it from elsewhere: a known device is the owner's (RL3).
  if (factor.barred_at !== null && !(await recogniseDevice(tx, account.id, actor.device)))
    fail('codes_barred');
  const secret = tx.vault.open(factor.secret, totpBinding(account.id, factor.id));
  const step = findStep(secret, code.text, actor.receivedAt, tolerance);
  if (step === undefined) fail('otp_refused');
  if (!(await raiseStep(tx, factor.id, step))) return acceptProof(tx, spending, code);
  await keepProof(tx, spending, code, endOfStep(step, tolerance));
  return 'totp';
}

async function spendRecoveryCode(
  tx: Writing,
  spending: Spending,
  code: PresentedCode,
): Promise<'recovery-code' | 'proof'> {
  const { account, actor } = spending;
  if (!(await useRecoveryCode(tx, account.id, code.text))) return acceptProof(tx, spending, code);
  await keepProof(tx, spending, code, tx.now + recoveryProofLife);
  await liftBar(tx, account.id);
  await mailRecoveryCodeUsed(tx, account.id, actor);
  return 'recovery-code';
}

/** A code of a key page stands for the touch that the page asked before it showed the code. */
async function spendTypedCode(
  tx: Writing,
  spending: Spending,
  code: PresentedCode,
): Promise<'security-key' | 'proof'> {
  const { account, actor, action } = spending;
  const until = await useTypedCode(tx, { account: account.id, actor, action, code });
  if (until === undefined) return acceptProof(tx, spending, code);
  await keepProof(tx, spending, code, until);
  return 'security-key';
}

/** Remembers a spent code until it could not be accepted anyway, and takes its guess off the budget. */
async function keepProof(
  tx: Writing,
  spending: Spending,
  code: PresentedCode,
  until: Instant,
): Promise<void> {
  const { account, actor, action } = spending;
  await rememberSpent(tx, { account: account.id, actor, code, acts: policy[action].proof, until });
  await removeGuess(tx, guessRow(tx, account.id, actor, code));
}

/**
 * The second use of a code: a proof where credential, address and kind of act are the same, a replay otherwise. An
 * unknown address equals none, not even itself.
 */
async function acceptProof(tx: Reading, spending: Spending, code: PresentedCode): Promise<'proof'> {
  const { account, actor, action } = spending;
  const acts = policy[action].proof;
  const proof = await readProof(tx, account.id, hashCode(tx, account.id, code));
  const holds =
    proof !== undefined &&
    acts !== null &&
    proof.acts === acts &&
    proof.credential === credentialOf(actor) &&
    actor.address !== null &&
    proof.address === actor.address &&
    actor.receivedAt < proof.until &&
    tx.now >= proof.seen_at - clockSkew;
  return holds ? 'proof' : fail('otp_refused');
}
