/** A new device for an old one, and new recovery codes for old ones (OT5, RC4). */
import { fail } from '../kernel/failure.ts';
import { newId } from '../kernel/ids.ts';
import type { Actor } from '../policy/actor.ts';
import type { Permit } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Writing } from '../store/store.ts';
import { removeGuess } from './budget.sql.ts';
import { readCode } from './codes.ts';
import { pendingBinding, pendingLife } from './enrol.ts';
import {
  insertTotp,
  readPending,
  readTotp,
  removePending,
  removeTotp,
  replacePending,
} from './factors.sql.ts';
import { mailAppReplaced, mailCodesRegenerated } from './mails.ts';
import { replaceRecoveryCodes } from './recovery-codes.ts';
import { credentialOf, guessRow, rememberSpent } from './spent.ts';
import { createTotpSecret, endOfStep, findStep, type Tolerance, totpBinding, totpUri } from './totp.ts';

const ownerOf = (permit: Permit<Action>): { id: string; name: string } =>
  permit.account ?? fail('credential_missing');

/** Who may finish a replacement: the credential that began it, told apart from a first set-up. */
const replacing = (actor: Actor): string => `replace ${credentialOf(actor)}`;

/**
 * Begins to put another authenticator app in the place of the one that is on, which stays good until the new one has
 * proven itself. Returns the URI with the secret, this once. Fails with `request_invalid` where there is no app.
 */
export async function beginReplacement(
  tx: Writing,
  permit: Permit<'factor.replace'>,
  { issuer }: { readonly issuer: string },
): Promise<string> {
  const owner = ownerOf(permit);
  const on = await readTotp(tx, owner.id);
  if (!on) fail('request_invalid', { reason: 'There is no authentication app to replace: add one.' });
  const secret = createTotpSecret(tx.random);
  const id = newId(tx.now, tx.random);
  await replacePending(tx, {
    account_id: owner.id,
    id,
    secret: tx.vault.seal(secret, pendingBinding(owner.id, id)),
    mode: on.mode,
    credential: replacing(permit.actor),
    until: tx.now + pendingLife,
  });
  return totpUri(secret, issuer, owner.name);
}

/**
 * Finishes a replacement with the new app's first code, which is spent by that. The old app's codes open nothing from
 * then on; recovery codes and security keys stay. Fails with `otp_refused` when the code is wrong (the old app stays),
 * `otp_required` when none came, `request_invalid` when nothing waits. The caller counts the guess (`withinBudget`).
 */
export async function confirmReplacement(
  tx: Writing,
  permit: Permit<'factor.confirm'>,
  { code: typed, tolerance = 1 }: { readonly code: string; readonly tolerance?: Tolerance },
): Promise<void> {
  const { actor } = permit;
  const owner = ownerOf(permit);
  const begun = await readPending(tx, owner.id);
  if (begun?.credential !== replacing(actor) || !(await readTotp(tx, owner.id)))
    fail('request_invalid', {
      reason: 'This took longer than ten minutes, or was begun elsewhere: begin again.',
    });
  const code = readCode(typed) ?? fail('otp_required');
  const secret = tx.vault.open(begun.secret, pendingBinding(owner.id, begun.id));
  const step = findStep(secret, code.text, actor.receivedAt, tolerance);
  if (step === undefined) fail('otp_refused');
  await removePending(tx, owner.id);
  await removeTotp(tx, owner.id);
  await insertTotp(tx, {
    id: begun.id,
    account_id: owner.id,
    secret: tx.vault.seal(secret, totpBinding(owner.id, begun.id)),
    highest_step: step,
  });
  await rememberSpent(tx, { account: owner.id, actor, code, acts: null, until: endOfStep(step, tolerance) });
  await removeGuess(tx, guessRow(tx, owner.id, actor, code));
  await mailAppReplaced(tx, owner.id, actor);
}

/** Makes ten new recovery codes and every earlier one useless; returns them, this once. The owner is mailed. */
export async function regenerateCodes(tx: Writing, permit: Permit<'factor.regenerate'>): Promise<string[]> {
  const owner = ownerOf(permit);
  if (permit.factor === 'none') fail('otp_required');
  const codes = await replaceRecoveryCodes(tx, owner.id);
  await mailCodesRegenerated(tx, owner.id, permit.actor);
  return codes;
}
