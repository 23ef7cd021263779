/** Whether an e-mail address is its account's: asked by a mail with a link (RV7). */
import { fail } from '../kernel/failure.ts';
import { queueMail } from '../ledger/outbox.ts';
import type { Permit } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Writing } from '../store/store.ts';
import { type AccountRow, readAccountById } from './accounts.sql.ts';
import { countAskedMail } from './asked-mails.ts';
import { readLatestLink } from './mailed-links.sql.ts';
import { linkLives, makeLink } from './mailed-links.ts';
import { readSession } from './sessions.sql.ts';

const second = 1000;
/** As long as a password counts that was typed in a session (SE3). */
const passwordCounts = 5 * 60 * second;

type Asked = Pick<AccountRow, 'id' | 'name' | 'email'>;

const openings = {
  'sign-up': 'An account with this email address was created.',
  change: 'The email address of your account was changed to this one.',
  again: 'You asked for another link that confirms this email address.',
} as const;

async function mailConfirmation(
  tx: Writing,
  account: Asked,
  { because, asksPassword }: { because: keyof typeof openings; asksPassword: boolean },
): Promise<void> {
  const until = tx.now + linkLives['confirm-email'];
  const { email } = account;
  const path = await makeLink(tx, { account, kind: 'confirm-email', payload: email, asksPassword, until });
  await queueMail(tx, {
    to: email,
    account: account.name,
    what: 'Confirm your email address',
    paragraphs: [
      openings[because],
      'Confirm that it is yours with the link below, within 24 hours. Notices about the security of the account come here.',
      'If the account is not yours, do nothing: somebody mistyped their address.',
    ],
    link: { label: 'Confirm', path },
    until,
  });
}

/** Asks at sign-up whether the address is theirs who signed up; they have just chosen the password. */
export async function askNewcomer(
  tx: Writing,
  _permit: Permit<'account.create'>,
  { id }: { readonly id: string },
): Promise<void> {
  const account = (await readAccountById(tx, id)) ?? fail('credential_invalid');
  await mailConfirmation(tx, account, { because: 'sign-up', asksPassword: false });
}

/** Whether whoever acts has proven the account's password, now or in this session a moment ago. */
async function knowsPassword(tx: Reading, { actor, passwordProven }: Permit<Action>): Promise<boolean> {
  if (passwordProven) return true;
  if (actor.credential !== 'browser' || actor.session === null) return false;
  const at = (await readSession(tx, actor.session))?.password_at ?? null;
  return at !== null && at <= tx.now && tx.now - at < passwordCounts;
}

/** Asks at a new address whether it is the owner's: with the password, where that did not come with the change. */
export async function askMoved(tx: Writing, permit: Permit<Action>, account: Asked): Promise<void> {
  await mailConfirmation(tx, account, {
    because: 'change',
    asksPassword: !(await knowsPassword(tx, permit)),
  });
}

/**
 * Mails the link once more, at most three times a day. Fails with `too_many_requests`, and with `request_invalid` where
 * the address is confirmed.
 */
export async function askAgain(tx: Writing, permit: Permit<'account.sendConfirmation'>): Promise<void> {
  const { id } = permit.account ?? fail('credential_missing');
  const account = (await readAccountById(tx, id)) ?? fail('credential_invalid');
  if (account.email_verified_at !== null)
    fail('request_invalid', { reason: 'This address is confirmed already.' });
  await countAskedMail(tx, 'confirm-email', id);
  const before = await readLatestLink(tx, { account: id, kind: 'confirm-email', payload: account.email });
  // What is asked for again proves no more than it did the first time.
  await mailConfirmation(tx, account, { because: 'again', asksPassword: before?.asks_password !== 0 });
}
