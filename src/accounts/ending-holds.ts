/**
 * Ending a hold before its time (RV6): by a security key that was there for a week, or by a link in a mail to the confirmed
 * address, after a change the one before, together with a factor. Both end every hold of the account.
 */
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import type { Hold } from '../policy/hold.ts';
import type { Permit } from '../policy/permit.ts';
import type { Reading, Writing } from '../store/store.ts';
import { type AccountRow, readAccountById } from './accounts.sql.ts';
import { countAskedMail } from './asked-mails.ts';
import { type HoldRow, readHolds, removeHold } from './holds.sql.ts';
import { mailHoldEnded, readHold } from './holds.ts';
import { voidLinks } from './mailed-links.sql.ts';
import { findLink, linkLives, makeLink, useLink } from './mailed-links.ts';
import { circumstances } from './mails.ts';
import { type Notified, queueNotice } from './notices.ts';

type HoldPermit = Permit<'hold.mailLink' | 'hold.endByLink' | 'hold.endByKey'>;

/** What the page of a hold tells. */
export interface HeldAccount {
  /** The strictest hold, or null. */
  readonly hold: Hold | null;
  /** Where a link that ends it would go; null where no address is confirmed. */
  readonly mailTo: string | null;
}

/** The address before a change is trusted, and no later one; a confirmed one where nothing was changed. */
function trustedAddress(account: AccountRow, holds: readonly HoldRow[]): Notified | null {
  const { id, name, email, email_verified_at } = account;
  const before = holds.find(({ mail_to }) => mail_to !== '');
  if (before) return { id, name, email: before.mail_to, email_verified_at: before.since };
  return email_verified_at === null ? null : { id, name, email, email_verified_at };
}

/** The hold of an account, if it is held. Fails with `credential_invalid` where there is no such account. */
export async function readHeldAccount(tx: Reading, id: string): Promise<HeldAccount> {
  const account = (await readAccountById(tx, id)) ?? fail('credential_invalid');
  const address = trustedAddress(account, await readHolds(tx, id));
  return { hold: await readHold(tx, id), mailTo: address?.email ?? null };
}

async function readHeld(tx: Writing, { account }: HoldPermit) {
  const { id } = account ?? fail('session_ended');
  const row = (await readAccountById(tx, id)) ?? fail('session_ended');
  const holds = await readHolds(tx, id);
  if (holds.length === 0) fail('request_invalid', { reason: 'This account is not held.' });
  return { row, holds };
}

/**
 * Mails the link that ends the holds which stand now; it is good for 15 minutes and takes the place of an earlier one. At
 * most three a day. Fails with `too_many_requests`, and with `request_invalid` where there is no hold or no confirmed address.
 */
export async function mailHoldLink(tx: Writing, permit: Permit<'hold.mailLink'>): Promise<void> {
  const { row, holds } = await readHeld(tx, permit);
  const to =
    trustedAddress(row, holds) ??
    fail('request_invalid', { reason: 'The email address of this account was not confirmed.' });
  await countAskedMail(tx, 'end-hold', row.id);
  await voidLinks(tx, { account: row.id, kind: 'end-hold', since: 0 });
  const until = tx.now + linkLives['end-hold'];
  const path = await makeLink(tx, { account: row, kind: 'end-hold', payload: to.email, until });
  const wish = {
    what: 'Ending the hold on your account',
    details: [
      'Somebody who is signed in to your account asked for the link that ends the hold on it before its time.',
      'The link is good for 15 minutes, once, and for whoever is signed in to your account and proves it once more.',
    ],
    calm: 'If it was you, open the link in the browser in which you are signed in.',
    advice:
      'If it was not you, do not open it: somebody is signed in to your account. Set a new password now.',
  };
  await queueNotice(tx, to, { ...wish, ...circumstances(tx, permit.actor) }, { label: 'End the hold', path });
}

/** Ends the holds that began before an instant; tells the account's address and the one before. */
async function endHeld(tx: Writing, permit: HoldPermit, before: Instant): Promise<void> {
  const { row, holds } = await readHeld(tx, permit);
  const around = circumstances(tx, permit.actor);
  const said =
    permit.action === 'hold.endByKey' ? 'was ended with a security key' : 'was ended by a mailed link';
  for (const hold of holds.filter(({ since }) => since <= before)) {
    await removeHold(tx, hold);
    const trusted = trustedAddress(row, [hold]);
    const told = trusted === null || trusted.email === row.email ? [row] : [row, trusted];
    for (const address of told) await mailHoldEnded(tx, address, hold, { said, ...around });
  }
  await voidLinks(tx, { account: row.id, kind: 'end-hold', since: 0 });
}

/** Ends every hold of the account. Fails with `request_invalid` where there is none. */
export const endHoldByKey = (tx: Writing, permit: Permit<'hold.endByKey'>): Promise<void> =>
  endHeld(tx, permit, tx.now);

/** Fails with `link_over` unless the link is good and was mailed for this account. */
export async function findHoldLink(tx: Reading, account: string, id: string): Promise<void> {
  const link = await findLink(tx, 'end-hold', id);
  if (link.account.id !== account) fail('link_over');
}

/** Ends the holds that stood when the link was mailed. Fails with `link_over`, also for another account's. */
export async function endHoldByLink(
  tx: Writing,
  permit: Permit<'hold.endByLink'>,
  { id }: { readonly id: string },
): Promise<void> {
  const link = await useLink(tx, 'end-hold', id);
  if (link.account.id !== permit.account?.id) fail('link_over');
  await endHeld(tx, permit, link.createdAt);
}
