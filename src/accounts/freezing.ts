/** Freezing an account, and letting it go on (RV8, as far as the operator's console and staff go). */
import { fail } from '../kernel/failure.ts';
import { record } from '../ledger/audit.ts';
import { notice } from '../ledger/mail.ts';
import { queueMail } from '../ledger/outbox.ts';
import type { Permit } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Writing } from '../store/store.ts';
import { type AccountRow, readAccount, updateAccount } from './accounts.sql.ts';
import { endWaitingSignIns } from './endings.sql.ts';
import { announceEnding } from './endings.ts';
import { byOperator } from './mails.ts';
import { queueNotice } from './notices.ts';

/** Whose account, and what the operator said about it. */
export interface FreezeWish {
  readonly name: string;
  /** Shown to the owner and kept in the security log. */
  readonly reason?: string | undefined;
}

const longestReason = 500;

/** Checks what an operator gives as reason: one line of at most 500 characters. Fails with `request_invalid`. */
export function checkReason(reason: string | undefined): void {
  if (reason === undefined) return;
  if ([...reason].length > longestReason || /\p{Cc}/u.test(reason) || reason.trim() === '')
    fail('request_invalid', { reason: `A reason is one line of 1 to ${longestReason} characters.` });
}

/** What staff give at least: a sentence that tells its owner something. */
export const shortestStaffReason = 20;

/** Staff say why, and leave their own account alone: who took it over should not hide behind a freeze. */
function checkStaff({ action, account }: Permit<Action>, { name, reason = '' }: FreezeWish): void {
  if (!action.startsWith('staff.')) return;
  if (account?.name === name)
    fail('not_allowed', { reason: 'Nobody freezes or unfreezes their own account.' });
  if ([...reason.trim()].length < shortestStaffReason)
    fail('request_invalid', { reason: `Say why, in at least ${shortestStaffReason} characters.` });
}

async function readNamed(tx: Writing, permit: Permit<Action>, wish: FreezeWish): Promise<AccountRow> {
  const { name, reason } = wish;
  checkStaff(permit, wish);
  checkReason(reason);
  return (await readAccount(tx, name)) ?? fail('account_unknown', { name });
}

/** The owner's own log tells it too, without a name: whoever decided did so for the registry. */
const tellOwner = (
  tx: Writing,
  action: 'freeze.start' | 'freeze.end',
  { id, name }: AccountRow,
  { reason }: FreezeWish,
): Promise<void> =>
  record(tx, { action, outcome: 'done', account: id, actorKind: 'server', target: name, reason });

const toldReason = ({ reason }: FreezeWish): string[] =>
  reason === undefined ? [] : [`The reason that they gave: ${reason}`];

/**
 * Freezes an account: signing in, its tokens and everything that changes something are refused with `account_frozen` until
 * it is unfrozen; public packages are read as before. Nothing is ended. The owner is mailed. Fails with `account_unknown`,
 * with `request_invalid` when it is frozen already or the reason is not one line or, from staff, too short, and with
 * `not_allowed` for the account of the staff themselves.
 */
export async function freezeAccount(
  tx: Writing,
  permit: Permit<'account.freeze' | 'staff.freeze'>,
  wish: FreezeWish,
): Promise<void> {
  const account = await readNamed(tx, permit, wish);
  if (account.frozen_at !== null)
    fail('request_invalid', { reason: `The account ${wish.name} is frozen already.` });
  await updateAccount(tx, account.id, { frozen_at: tx.now });
  await endWaitingSignIns(tx, account.id);
  await tellOwner(tx, 'freeze.start', account, wish);
  announceEnding(tx, { account: account.id });
  // A link that freezes would do nothing.
  await queueMail(
    tx,
    notice({
      to: account.email,
      account: account.name,
      what: 'Account frozen',
      details: [
        'The people who run this registry froze your account. Nobody can sign in to it, and its access tokens publish and change nothing. Public packages can still be installed.',
        ...toldReason(wish),
      ],
      ...byOperator(tx),
      advice: 'Nothing was removed. Ask them to let it go on.',
    }),
  );
}

/**
 * Lets a frozen account go on as it was: its password, second factor and tokens that have not ended work again. The owner
 * is mailed. Fails with `account_unknown`, with `request_invalid` when it is not frozen or the reason is not one line or,
 * from staff, too short, and with `not_allowed` for the account of the staff themselves.
 */
export async function unfreezeAccount(
  tx: Writing,
  permit: Permit<'account.unfreeze' | 'staff.unfreeze'>,
  wish: FreezeWish,
): Promise<void> {
  const account = await readNamed(tx, permit, wish);
  if (account.frozen_at === null)
    fail('request_invalid', { reason: `The account ${wish.name} is not frozen.` });
  await updateAccount(tx, account.id, { frozen_at: null });
  await tellOwner(tx, 'freeze.end', account, wish);
  announceEnding(tx, { account: account.id });
  await queueNotice(tx, account, {
    what: 'Account no longer frozen',
    details: [
      'The people who run this registry let your account go on. Its password and its access tokens work again.',
      ...toldReason(wish),
    ],
    ...byOperator(tx),
    advice:
      'If somebody else may know them, set a new password with "npm profile set password", look through "npm token list" and end what you do not know with "npm token revoke".',
  });
}
