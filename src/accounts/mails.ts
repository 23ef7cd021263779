/** Mails about accounts (ML1), written in the transaction of the act. */
import type { Instant } from '../kernel/ports.ts';
import { asUtc, type NoticeWish, notice } from '../ledger/mail.ts';
import { queueMail } from '../ledger/outbox.ts';
import { asOneLine } from '../ledger/plain-text.ts';
import type { Actor } from '../policy/actor.ts';
import type { Writing } from '../store/store.ts';
import { linkLives, makeLink } from './mailed-links.ts';
import { type Notified, queueNotice } from './notices.ts';

/** When, from where and with what an actor did something, as notices tell it. */
export const circumstances = (tx: Writing, actor: Actor): Pick<NoticeWish, 'at' | 'address' | 'client'> => ({
  at: tx.now,
  address: actor.address ?? undefined,
  client: actor.userAgent,
});

/** The same for what the operator or staff did; who of them is not told. */
export const byOperator = (tx: Writing): Pick<NoticeWish, 'at' | 'address' | 'calm'> => ({
  at: tx.now,
  address: 'the people who run this registry',
  calm: 'If you asked for it, there is nothing to do.',
});

/** The same for what happens by itself. */
export const byItself = (tx: Writing): Pick<NoticeWish, 'at' | 'address'> => ({
  at: tx.now,
  address: 'the registry itself',
});

/** A sign-in on the website from a browser that is not known (SE7). */
export async function mailNewSignIn(
  tx: Writing,
  { actor }: { actor: Actor },
  account: Notified,
  session: { readonly id: string; readonly until: Instant; readonly isConfirmed?: boolean },
): Promise<void> {
  const wish = {
    what: 'New sign-in',
    details: [
      'Somebody signed in to your account with a browser that it was not signed in with before.',
      ...(session.isConfirmed ? ['The link that was mailed to you for it was opened in that browser.'] : []),
    ],
    advice: 'If it was not you, act now: end the session with the link below, and set a new password.',
  };
  const path = await makeLink(tx, {
    account,
    kind: 'end-session',
    payload: session.id,
    until: session.until,
  });
  const link = { label: 'End this session', path };
  await queueNotice(tx, account, { ...wish, ...circumstances(tx, actor) }, link);
}

/** A sign-in that waits for its link to be opened where it began (SE7); `path` is the link's. */
export async function mailSignInWaits(
  tx: Writing,
  { actor }: { actor: Actor },
  account: Notified,
  { path, factor, until }: { readonly path: string; readonly factor: string; readonly until: Instant },
): Promise<void> {
  const wish = {
    what: 'Confirm your sign-in',
    details: [
      `Somebody gave the password of your account and a right ${factor}, in a browser that it was not signed in with before. ` +
        'They are not signed in yet.',
    ],
    calm: `If it was you, open the link below in the same browser until ${asUtc(until)}: it works there alone, and once.`,
    advice:
      'If it was not you, do not open it, and give it to nobody: whoever it was knows your password and had a code of ' +
      'yours. Set a new password now.',
  };
  await queueNotice(
    tx,
    account,
    { ...wish, ...circumstances(tx, actor) },
    { label: 'Finish signing in', path },
  );
}

export async function mailPasswordChanged(
  tx: Writing,
  { actor }: { actor: Actor },
  account: Notified,
): Promise<void> {
  const details = [
    'The password of your account was changed. Every other login ended; access tokens that you made for programs go on.',
  ];
  await queueNotice(tx, account, { what: 'Password changed', details, ...circumstances(tx, actor) });
}

/**
 * The address before hears of the change. Where its owner had confirmed it they may undo that (RV7); links to an address
 * that was perhaps only mistyped would go to a stranger.
 */
export async function mailEmailChanged(
  tx: Writing,
  { actor }: { actor: Actor },
  { before, after }: { before: Notified; after: string },
): Promise<void> {
  const details = [`The email address of your account was changed from ${before.email} to ${after}.`];
  const wish = { what: 'Email address changed', details, ...circumstances(tx, actor) };
  if (before.email_verified_at === null) {
    await queueMail(tx, notice({ ...wish, to: before.email, account: before.name }));
    return;
  }
  const until = tx.now + linkLives['undo-email'];
  const path = await makeLink(tx, { account: before, kind: 'undo-email', payload: before.email, until });
  const advice =
    `If it was not you, act now: take your address back with the link below, until ${asUtc(until)}. It ends every ` +
    'session and login. Do it before you freeze the account, if you do: a frozen one refuses this link.';
  await queueNotice(tx, before, { ...wish, advice }, { label: 'Take my address back', path });
}

const sayKey = ({ name, fingerprint }: { name: string; fingerprint: string }): string =>
  `"${asOneLine(name)}" (${fingerprint})`;

export async function mailSshKeyAdded(
  tx: Writing,
  { actor }: { actor: Actor },
  account: Notified,
  key: { name: string; fingerprint: string },
): Promise<void> {
  const wish = {
    what: 'An SSH key was added',
    details: [
      `The SSH key ${sayKey(key)} was added to your account. It opens nothing by itself; it can prove that a request for ` +
        'help is yours, should you lose every second factor.',
    ],
    advice:
      'If it was not you, act now: remove the key on the page "SSH Keys" of your settings, end the sessions that you do ' +
      'not know, and set a new password.',
  };
  await queueNotice(tx, account, { ...wish, ...circumstances(tx, actor) });
}

export async function mailSshKeyRemoved(
  tx: Writing,
  { actor }: { actor: Actor },
  account: Notified,
  key: { name: string; fingerprint: string },
): Promise<void> {
  const wish = {
    what: 'An SSH key was removed',
    details: [`The SSH key ${sayKey(key)} was removed from your account: it proves nothing any more.`],
    advice:
      'If it was not you, act now: end the sessions that you do not know on the page "Sessions" of your settings, set a ' +
      'new password, and add the key again.',
  };
  await queueNotice(tx, account, { ...wish, ...circumstances(tx, actor) });
}
