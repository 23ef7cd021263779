/**
 * Holds (RV6): for some days after an account was got back without its second factor, or its address was changed,
 * whoever did that can do no lasting harm, and the owner can take it back.
 */
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import { record } from '../ledger/audit.ts';
import { asUtc, type NoticeWish } from '../ledger/mail.ts';
import type { Actor } from '../policy/actor.ts';
import type { Hold, HoldKind, HoldReason } from '../policy/hold.ts';
import { sayWhy, seasonedAfter } from '../policy/hold.ts';
import type { ProvenKey } from '../policy/permit.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import { readAccountById } from './accounts.sql.ts';
import { type HoldRow, putHold, readHolds, readOver, removeHold } from './holds.sql.ts';
import { byItself, byOperator, circumstances } from './mails.ts';
import { type Notified, queueNotice } from './notices.ts';

/** Where an account's hold is shown and ended, below the public URL. */
export const holdPage = '/settings/~/authentication/hold';

const present = ({ kind, reason, since, until }: HoldRow): Hold => ({ kind, reason, since, until });

/** The strictest hold on an account that is not over, or null. */
export async function readHold(tx: Reading, account: string): Promise<Hold | null> {
  const [strictest] = await readHolds(tx, account);
  return strictest === undefined ? null : present(strictest);
}

/** Whether a key was there for a week, and before whatever holds the account. */
export async function isSeasoned(tx: Reading, account: string, { addedAt }: ProvenKey): Promise<boolean> {
  const isBefore = (await readHolds(tx, account)).every(({ cause_at }) => addedAt < cause_at);
  return isBefore && tx.now - addedAt >= seasonedAfter;
}

/** What is to be held, and who hears of it. */
export interface HoldWish {
  readonly account: { readonly id: string; readonly name: string };
  /** Who did what holds it, where that is to be told. */
  readonly actor?: Actor | undefined;
  readonly kind: HoldKind;
  readonly reason: HoldReason;
  /** When what it is for began; now when left out. */
  readonly causeAt?: Instant | undefined;
  /** The confirmed address before, where it is changed. */
  readonly mailTo?: string | undefined;
  /** Milliseconds; no hold where it is 0. */
  readonly time: number;
  /** The addresses that hear of it; the account's own when left out. */
  readonly to?: readonly Pick<Notified, 'email' | 'email_verified_at'>[];
}

const stopped: Record<HoldKind, string> = {
  full:
    'Until then nothing can be published or changed with it: no packages, no access tokens, no maintainers, no email ' +
    'address, no second factor that is there already.',
  widening:
    'Until then it creates no access tokens and changes no maintainers, no email address and no second factor that is ' +
    'there already. Publishing goes on.',
};

const otherwise = (reason: HoldReason): string =>
  reason === 'email' ? 'take the address back with the link that was mailed to the one before, or ' : '';

/**
 * Holds an account from now on; a hold of that kind that is there already ends no sooner. Its owner is mailed, and the
 * security log says so.
 */
export async function startHold(tx: Writing, wish: HoldWish): Promise<void> {
  const { account, actor, kind, reason, time, to } = wish;
  if (time === 0) return;
  const until = tx.now + time;
  const { causeAt = tx.now, mailTo = '' } = wish;
  const row = { account_id: account.id, kind, reason, since: tx.now, until };
  await putHold(tx, { ...row, cause_at: causeAt, mail_to: mailTo });
  await record(tx, {
    action: 'hold.start',
    outcome: 'done',
    account: account.id,
    actor: account.name,
    actorKind: 'server',
    target: account.name,
    reason: `${kind}: ${reason}`,
  });
  for (const address of to ?? [(await readAccountById(tx, account.id)) ?? fail('credential_invalid')])
    await queueNotice(
      tx,
      { ...account, ...address },
      {
        what: 'Account held',
        details: [
          `Your account is held until ${asUtc(until)}, because ${sayWhy(reason)}.`,
          stopped[kind],
          'Reading and installing packages, ending access tokens, and setting up two-factor authentication where there is none go on.',
        ],
        ...(actor ? circumstances(tx, actor) : byOperator(tx)),
        calm: 'If this was you, there is nothing to do but wait, or to end the hold early on the page below.',
        advice: `If it was not you, ${otherwise(reason)}tell the people who run this registry before the hold is over.`,
      },
      { label: 'About this hold, and ending it early', path: holdPage },
    );
}

/** Tells the owner that a hold ended; `said` completes "The hold on your account …". */
export async function mailHoldEnded(
  tx: Writing,
  account: Notified,
  { reason }: Pick<HoldRow, 'reason'>,
  { said, ...around }: { readonly said: string } & Pick<NoticeWish, 'at' | 'address' | 'client' | 'calm'>,
): Promise<void> {
  const details = [
    `The hold on your account ${said}. It had begun because ${sayWhy(reason)}.`,
    'Everything that you may do, you can do again.',
  ];
  await queueNotice(tx, account, { what: 'Account no longer held', details, ...around });
}

const batch = 100;

/** Ends the holds that are over: their owners are mailed. Returns how many. Any process may call it at any time. */
export async function endHolds(store: Store): Promise<number> {
  if ((await store.read((tx) => readOver(tx, tx.now, 1))).length === 0) return 0;
  return store.write(
    async (tx) => {
      const over = await readOver(tx, tx.now, batch);
      for (const { name, email, email_verified_at, ...hold } of over) {
        await removeHold(tx, hold);
        await record(tx, {
          action: 'hold.end',
          outcome: 'done',
          account: hold.account_id,
          actor: name,
          actorKind: 'server',
          target: name,
          reason: `${hold.kind}: ${hold.reason}`,
        });
        await mailHoldEnded(tx, { id: hold.account_id, name, email, email_verified_at }, hold, {
          said: 'is over',
          ...byItself(tx),
          calm: '',
        });
      }
      return over.length;
    },
    { serialise: ['holds'] },
  );
}
