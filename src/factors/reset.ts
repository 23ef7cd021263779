/** Taking an account's second factor off without it: the operator's last resort when everything is lost. */
import { readAccount } from '../accounts/accounts.sql.ts';
import { endDevices, endLoginTokens, endSessions } from '../accounts/endings.sql.ts';
import { announceEnding } from '../accounts/endings.ts';
import { checkReason } from '../accounts/freezing.ts';
import { endHandoffs } from '../accounts/handoffs.sql.ts';
import { byOperator } from '../accounts/mails.ts';
import { queueNotice } from '../accounts/notices.ts';
import { fail } from '../kernel/failure.ts';
import type { Permit } from '../policy/permit.ts';
import type { Writing } from '../store/store.ts';
import { forgiveGuesses } from './budget.sql.ts';
import { readMode, readPending, removeFactors } from './factors.sql.ts';
import { removeRecoveryCodes } from './recovery-codes.sql.ts';
import { removeProofs } from './spent.sql.ts';

/** Long enough to say who asked, and how it was made sure that it was them. */
const shortestReason = 20;

/**
 * Removes the second factor of an account: app, security keys, recovery codes, a set-up that waits, spent codes and wrong
 * ones; ends its logins. The password stays and alone opens the account, until its owner enrols again. The owner is mailed, with the
 * reason. Fails with `account_unknown`, and with `request_invalid` when the reason has less than 20 characters or is not
 * one line, or when there is no second factor.
 */
export async function resetFactors(
  tx: Writing,
  _permit: Permit<'factor.reset'>,
  { name, reason }: { readonly name: string; readonly reason: string },
): Promise<void> {
  if ([...reason.trim()].length < shortestReason)
    fail('request_invalid', {
      reason: `Say in at least ${shortestReason} characters who asked for this and how you know that it was them.`,
    });
  checkReason(reason);
  const account = (await readAccount(tx, name)) ?? fail('account_unknown', { name });
  const { id } = account;
  if (!(await readMode(tx, id)) && !(await readPending(tx, id)))
    fail('request_invalid', { reason: `The account ${name} has no second factor.` });
  await removeFactors(tx, id);
  await removeRecoveryCodes(tx, id);
  await removeProofs(tx, id);
  await endHandoffs(tx, id);
  // They were guesses at a secret that is gone, and would bar the app that comes next.
  await forgiveGuesses(tx, id, tx.now);
  await endLoginTokens(tx, id, null);
  await endSessions(tx, id, null);
  await endDevices(tx, id);
  announceEnding(tx, { account: id });
  await queueNotice(tx, account, {
    what: 'Two-factor authentication was removed',
    details: [
      'The people who run this registry removed the two-factor authentication of your account. The password alone opens it now. The authenticator app, security keys and all recovery codes are forgotten, and every login ended.',
      `The reason that they gave: ${reason}`,
      'Log in with "npm login" and turn it on again now: "npm profile enable-2fa". Until then no access token of yours is asked for a code.',
    ],
    ...byOperator(tx),
    advice: 'If you did not, tell them at once: somebody may have asked in your name.',
  });
}
