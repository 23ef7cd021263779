/** What the links in mails do: each once, in the transaction that uses the link up. */
import { fail } from '../kernel/failure.ts';
import { record } from '../ledger/audit.ts';
import { asUtc, type NoticeWish, notice } from '../ledger/mail.ts';
import { queueMail } from '../ledger/outbox.ts';
import type { Permit } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Writing } from '../store/store.ts';
import { updateAccount } from './accounts.sql.ts';
import { endDevices, endLoginTokens, endSessions, endWaitingSignIns } from './endings.sql.ts';
import { announceEnding } from './endings.ts';
import { voidLinks } from './mailed-links.sql.ts';
import { type MailedLink, useLink } from './mailed-links.ts';
import { circumstances } from './mails.ts';
import { queueNotice } from './notices.ts';
import { markDeviceEnded, markSessionEnded } from './sessions.sql.ts';

/** The link's id, as it stood in the mail. */
export interface LinkedWish {
  readonly id: string;
}

/** The row of the account's log: the gate knows no account where nobody is signed in. */
const note = (
  tx: Writing,
  { action, actor }: Permit<Action>,
  { account: { id, name } }: MailedLink,
): Promise<void> =>
  record(tx, {
    action,
    outcome: 'done',
    account: id,
    actorKind: 'stranger',
    address: actor.address ?? undefined,
    userAgent: actor.userAgent,
    requestId: actor.requestId,
    target: name,
  });

/**
 * Confirms the address that the link was mailed to, where the account still has it. Fails with `link_over`, with
 * `account_frozen`, and with `password_missing` where the password was to be proven and was not.
 */
export async function confirmEmail(
  tx: Writing,
  permit: Permit<'account.confirmEmail'>,
  { id }: LinkedWish,
): Promise<void> {
  const link = await useLink(tx, 'confirm-email', id);
  if (link.asksPassword && !(permit.passwordProven && permit.account?.id === link.account.id))
    fail('password_missing');
  await updateAccount(tx, link.account.id, { email_verified_at: tx.now });
  await note(tx, permit, link);
}

const toldUndone = (before: string, after: string): Pick<NoticeWish, 'details' | 'advice'> => ({
  details: [
    `The change of the email address of your account was undone: it is ${after} again, not ${before}.`,
    'Every session of the website and every login of a command line ended. Access tokens that were made for programs go on.',
  ],
  advice:
    'Whoever changed the address knew your password or had one of your logins: sign in, set a new password, and look ' +
    'through your access tokens ("npm token list") and your second factors.',
});

/**
 * Gives the account the address back that it had before, confirmed, and ends all sessions, logins and known devices,
 * whether the account is held or not (RV7). Later changes cannot be undone any more: whoever made them must not come back
 * that way, nor freeze the account with links that were mailed to them. Fails with `link_over` and with `account_frozen`.
 */
export async function undoEmail(
  tx: Writing,
  permit: Permit<'account.undoEmail'>,
  { id }: LinkedWish,
): Promise<void> {
  const link = await useLink(tx, 'undo-email', id);
  const { account, payload: address } = link;
  await voidLinks(tx, { account: account.id, kind: 'undo-email', since: link.createdAt });
  await voidLinks(tx, { account: account.id, kind: 'freeze', since: link.createdAt });
  await voidLinks(tx, { account: account.id, kind: 'end-hold', since: 0 });
  await updateAccount(tx, account.id, { email: address, email_verified_at: tx.now });
  await endSessions(tx, account.id, null);
  await endLoginTokens(tx, account.id, null);
  await endDevices(tx, account.id);
  announceEnding(tx, { account: account.id });
  await note(tx, permit, link);
  const mail = { what: 'Email address changed back', ...circumstances(tx, permit.actor) };
  await queueNotice(
    tx,
    { ...account, email: address, email_verified_at: tx.now },
    { ...mail, ...toldUndone(account.email, address), calm: '' },
  );
  // Nobody there may do anything with the account.
  if (account.email !== address)
    await queueMail(tx, {
      account: account.name,
      what: mail.what,
      to: account.email,
      paragraphs: [
        'The email address of the account is not this one any more: its change was undone from the address before.',
        `When: ${asUtc(tx.now)}.`,
      ],
    });
}

/**
 * Freezes the account until the people who run the registry let it go on; ends nothing. Fails with `link_over` and, where
 * it is frozen, with `account_frozen`.
 */
export async function freezeByLink(
  tx: Writing,
  permit: Permit<'account.freezeByLink'>,
  { id }: LinkedWish,
): Promise<void> {
  const link = await useLink(tx, 'freeze', id);
  const { account } = link;
  await updateAccount(tx, account.id, { frozen_at: tx.now });
  await endWaitingSignIns(tx, account.id);
  announceEnding(tx, { account: account.id });
  await note(tx, permit, link);
  const details = [
    'Your account was frozen with the link in one of its mails. Nobody can sign in to it, and its access tokens publish and change nothing. Public packages can still be installed.',
  ];
  const advice = 'Nothing was removed. Ask the people who run this registry to let it go on.';
  const mail = { to: account.email, account: account.name, what: 'Account frozen', details, advice };
  await queueMail(tx, notice({ ...mail, ...circumstances(tx, permit.actor), calm: '' }));
}

/**
 * Ends the session that the mail was about, and makes its browser unknown. Fails with `link_over`, also where the session
 * has ended, and with `account_frozen`.
 */
export async function endSessionByLink(
  tx: Writing,
  permit: Permit<'account.endSessionByLink'>,
  { id }: LinkedWish,
): Promise<void> {
  const link = await useLink(tx, 'end-session', id);
  const { account, session } = link;
  if (session === undefined || !(await markSessionEnded(tx, session.id))) fail('link_over');
  if (session.device_id !== null) await markDeviceEnded(tx, account.id, session.device_id);
  await note(tx, permit, link);
}
