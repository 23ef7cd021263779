/** Mails about accounts (ML1), written in the transaction of the act. */
import { type NoticeWish, notice } from '../ledger/mail.ts';
import { queueMail } from '../ledger/outbox.ts';
import { asOneLine } from '../ledger/plain-text.ts';
import type { Actor } from '../policy/actor.ts';
import type { Writing } from '../store/store.ts';

interface Addressed {
  readonly name: string;
  readonly email: string;
}

/** When, from where and with what an actor did something, as notices tell it. */
export const circumstances = (tx: Writing, actor: Actor): Pick<NoticeWish, 'at' | 'address' | 'client'> => ({
  at: tx.now,
  address: actor.address ?? undefined,
  client: actor.userAgent,
});

/** A sign-in on the website from a browser that is not known (SE7). */
export async function mailNewSignIn(
  tx: Writing,
  { actor }: { actor: Actor },
  account: Addressed,
): Promise<void> {
  const wish = {
    to: account.email,
    account: account.name,
    what: 'New sign-in',
    details: ['Somebody signed in to your account with a browser that it was not signed in with before.'],
    advice:
      'If it was not you, act now: end the session on the page "Sessions" of your settings, and set a new password.',
  };
  await queueMail(tx, notice({ ...wish, ...circumstances(tx, actor) }));
}

export async function mailPasswordChanged(
  tx: Writing,
  { actor }: { actor: Actor },
  account: Addressed,
): Promise<void> {
  const details = [
    'The password of your account was changed. Every other login ended; access tokens that you made for programs go on.',
  ];
  const wish = { to: account.email, account: account.name, what: 'Password changed', details };
  await queueMail(tx, notice({ ...wish, ...circumstances(tx, actor) }));
}

/** Both the old and the new address hear of the change: whoever owns one of them alone should know. */
export async function mailEmailChanged(
  tx: Writing,
  { actor }: { actor: Actor },
  { account, before }: { account: Addressed; before: string },
): Promise<void> {
  const details = [`The email address of your account was changed from ${before} to ${account.email}.`];
  const wish = { account: account.name, what: 'Email address changed', details, ...circumstances(tx, actor) };
  await queueMail(tx, notice({ ...wish, to: before }));
  await queueMail(tx, notice({ ...wish, to: account.email }));
}

const sayKey = ({ name, fingerprint }: { name: string; fingerprint: string }): string =>
  `"${asOneLine(name)}" (${fingerprint})`;

export async function mailSshKeyAdded(
  tx: Writing,
  { actor }: { actor: Actor },
  account: Addressed,
  key: { name: string; fingerprint: string },
): Promise<void> {
  const wish = {
    to: account.email,
    account: account.name,
    what: 'An SSH key was added',
    details: [
      `The SSH key ${sayKey(key)} was added to your account. It opens nothing by itself; it can prove that a request for ` +
        'help is yours, should you lose every second factor.',
    ],
    advice:
      'If it was not you, act now: remove the key on the page "SSH Keys" of your settings, end the sessions that you do ' +
      'not know, and set a new password.',
  };
  await queueMail(tx, notice({ ...wish, ...circumstances(tx, actor) }));
}

export async function mailSshKeyRemoved(
  tx: Writing,
  { actor }: { actor: Actor },
  account: Addressed,
  key: { name: string; fingerprint: string },
): Promise<void> {
  const wish = {
    to: account.email,
    account: account.name,
    what: 'An SSH key was removed',
    details: [`The SSH key ${sayKey(key)} was removed from your account: it proves nothing any more.`],
    advice:
      'If it was not you, act now: end the sessions that you do not know on the page "Sessions" of your settings, set a ' +
      'new password, and add the key again.',
  };
  await queueMail(tx, notice({ ...wish, ...circumstances(tx, actor) }));
}
