/** What is left behind when the last factor of an account goes. */
import { endDevices, endSessions } from '../accounts/endings.sql.ts';
import { endHandoffs } from '../accounts/handoffs.sql.ts';
import type { Permit } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Writing } from '../store/store.ts';
import { removeFactors } from './factors.sql.ts';
import { mailFactorOff } from './mails.ts';
import { removeRecoveryCodes } from './recovery-codes.sql.ts';
import { removeProofs } from './spent.sql.ts';

/**
 * Forgets all of an account's two-factor authentication (MD4): app, keys, recovery codes, whatever waits, spent
 * codes, approvals, known devices; ends its other sessions of the website. The owner is mailed.
 */
export async function forgetSecondFactor(
  tx: Writing,
  account: string,
  { actor, factor }: Pick<Permit<Action>, 'actor' | 'factor'>,
): Promise<void> {
  await removeFactors(tx, account);
  await removeRecoveryCodes(tx, account);
  await removeProofs(tx, account);
  await endHandoffs(tx, account);
  await endSessions(tx, account, actor.session);
  await endDevices(tx, account);
  await mailFactorOff(tx, account, actor, factor);
}
