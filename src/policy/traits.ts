/** What follows from a row of the table beside the decision: holds, limits, and the rights that limited tokens need. */
import type { Need } from './grants.ts';
import { type Action, policy, type Who } from './policy.ts';

/**
 * Which hold stops an action (RV6). `full`: a full one, which stops whatever changes packages. `any`: a full or a widening
 * one, which stops whatever gives somebody more power.
 */
export type HeldBy = 'nothing' | 'full' | 'any';

/** They ask for a factor, but only let somebody in, take power away or open nothing by themselves. */
const harmless: readonly Action[] = [
  'account.login',
  'account.signIn',
  'account.finishSignIn',
  // What is approved on the page is held where it is done.
  'handoff.approveLogin',
  'handoff.approveOtp',
  // A changed address is held where it is changed (accounts/holds.ts).
  'account.update',
  'account.password',
  'factor.createCode',
  'token.revoke',
  'hold.endByLink',
  'hold.endByKey',
];
const widening: readonly Action[] = ['package.owners', 'package.require2fa'];

/** What asks for a factor whatever the mode gives power, unless it stands above. */
export function heldBy(action: Action): HeldBy {
  const { on, who, asks } = policy[action];
  if (on === 'package') {
    if (who === 'reader') return 'nothing';
    return widening.includes(action) ? 'any' : 'full';
  }
  return asks === 'auth' && !harmless.includes(action) ? 'any' : 'nothing';
}

/** Whether doing it counts as a write of its account (RL6). What defends an account never does. */
export const isWrite = (action: Action): boolean =>
  policy[action].on === 'package'
    ? policy[action].who !== 'reader'
    : action === 'account.update' || action === 'token.create';

const readers: readonly Who[] = ['anyone', 'visitor', 'reader', 'member', 'staff'];

/** Whether a limited token needs the right to change things for an action, or only to read them. */
export const needOf = (action: Action): Need =>
  readers.includes(policy[action].who) && policy[action].asks === 'never' ? 'read' : 'write';
