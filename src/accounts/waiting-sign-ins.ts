/**
 * Sign-ins that wait (SE7): where the operator wants it, password and typed code from a browser that is not known start no
 * session until a mailed link was opened in the same browser. Whoever phished both has neither mailbox nor link; the owner
 * who opens the link elsewhere starts nothing for anybody. Of link and browser the store has only hashes.
 */
import { fail } from '../kernel/failure.ts';
import { newId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/ports.ts';
import { areEqualSecrets, hashSecret } from '../kernel/secrets.ts';
import type { Permit, ProvenFactor } from '../policy/permit.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import { type AccountRow, readAccountById, updateAccount } from './accounts.sql.ts';
import { recogniseDevice } from './devices.ts';
import { forgetActs, insertAct, readFillingAct } from './guesses.sql.ts';
import { mailSignInWaits } from './mails.ts';
import { recordOfAccount } from './records.ts';
import {
  leaveHalfway,
  mintCookie,
  openSession,
  type SessionRules,
  type SignedIn,
  startSession,
} from './sessions.ts';
import {
  insertWaiting,
  isFactorThere,
  markWaitingEnded,
  readFactorId,
  readWaiting,
  removeWaiting,
  type WaitingRow,
} from './waiting-sign-ins.sql.ts';

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;
const keptAfterEnd = day;
const linkBytes = 32;
const limit = 'sign-in-link';
/** How many such mails an account gets at most: each took its password and a fresh code. */
const mailRates = [
  { count: 5, window: 15 * minute },
  { count: 20, window: day },
] as const;

/** How long a sign-in waits for its link, in milliseconds. */
export const waitingLife = 15 * minute;

/** The page of a link by its id. */
export const pathOfWaiting = (id: string): string => `/login/confirm/${id}`;

/** What a browser is told whose sign-in waits. */
export interface Waiting {
  /** The value of its cookie. */
  readonly browser: string;
}

/** What begins or ends the waiting of a sign-in. */
interface SignInWish {
  readonly account: { readonly id: string };
  readonly rules: SessionRules;
  /** The page to go on to, a path; empty for none. */
  readonly next: string;
  /** The hash of the cookie that an earlier sign-in of this browser waits with, or null. */
  readonly waiting: string | null;
}

const nameOfFactor = { totp: 'code of its authenticator app', 'recovery-code': 'recovery code' } as const;
type TypedFactor = keyof typeof nameOfFactor;

const isTyped = (factor: ProvenFactor): factor is TypedFactor => factor in nameOfFactor;

const sealBinding = (id: string): string[] => ['waiting_sign_ins', id];

/** Fails with `too_many_requests` where the account got too many of these mails lately. Nothing is spent then. */
async function countMail(tx: Writing, account: string): Promise<void> {
  const source = `account:${account}`;
  await forgetActs(tx, limit, source, tx.now - day);
  for (const { count, window } of mailRates) {
    const filling = await readFillingAct(tx, limit, source, tx.now - window, count);
    if (filling !== undefined)
      fail('too_many_requests', { retryAfter: Math.max(1, Math.ceil((filling + window - tx.now) / second)) });
  }
  await insertAct(tx, limit, source);
}

async function wait(
  tx: Writing,
  permit: Permit<'account.finishSignIn'>,
  { account: { id: accountId }, next, waiting }: SignInWish,
  factor: TypedFactor,
): Promise<Waiting> {
  const { actor } = permit;
  const account = (await readAccountById(tx, accountId)) ?? fail('credential_invalid');
  if (account.email === '') fail('sign_in_unmailed');
  const passwordAt = await leaveHalfway(tx, actor);
  await countMail(tx, account.id);
  // A browser waits for one link, the last that was mailed for it.
  const before = waiting === null ? undefined : await readWaiting(tx, { browser_hash: waiting });
  if (before) await markWaitingEnded(tx, before.id);

  const id = newId(tx.now, tx.random);
  const link = tx.random.bytes(linkBytes).toString('hex');
  const browser = mintCookie(tx.random);
  const until = tx.now + waitingLife;
  await insertWaiting(tx, {
    id,
    account_id: account.id,
    link_hash: hashSecret(link),
    browser_hash: hashSecret(browser),
    factor,
    factor_id: (await readFactorId(tx, account.id, factor)) ?? fail('otp_refused'),
    password_at: passwordAt,
    password_version: account.password_version,
    email: account.email,
    next_page: next === '' ? null : tx.vault.seal(Buffer.from(next), sealBinding(id)),
    created_at: tx.now,
    until,
    ended_at: null,
    address: actor.address,
    user_agent: actor.userAgent,
  });
  await recordOfAccount(tx, permit.actor, account, { action: 'signIn.wait', factor });
  const mail = { path: pathOfWaiting(link), factor: nameOfFactor[factor], until };
  await mailSignInWaits(tx, permit, account, mail);
  return { browser };
}

/**
 * Ends the second step of a sign-in: begins its session or, where a code was typed in a browser that is not known and the
 * operator wants that confirmed, mails a link that does. Fails with `session_ended`, with `too_many_requests` where the
 * account got too many such mails, and with `sign_in_unmailed` where it has no address.
 */
export async function finishSignIn(
  tx: Writing,
  permit: Permit<'account.finishSignIn'>,
  wish: SignInWish,
): Promise<SignedIn | Waiting> {
  const { actor, factor } = permit;
  const { rules, account } = wish;
  if (!rules.confirmNewDevice || !isTyped(factor) || (await recogniseDevice(tx, account.id, actor.device)))
    return startSession(tx, permit, wish);
  return wait(tx, permit, wish, factor);
}

/** A sign-in that waits, as its pages show it. */
export interface WaitingSignIn {
  readonly account: { readonly name: string };
  /** Where the link went. */
  readonly email: string;
  readonly createdAt: Instant;
  readonly until: Instant;
  readonly address: string | null;
  readonly userAgent: string;
  /** Whether it is this browser's. */
  readonly isHere: boolean;
}

/** Whether what was proven still stands: the password, the app or recovery codes, and the address of the mail. */
const stands = async (tx: Reading, row: WaitingRow, account: AccountRow): Promise<boolean> =>
  account.password_version === row.password_version &&
  account.email === row.email &&
  (await isFactorThere(tx, account.id, row));

async function requireStanding(
  tx: Reading,
  row: WaitingRow | undefined,
): Promise<{ row: WaitingRow; account: AccountRow }> {
  const account = row && (await readAccountById(tx, row.account_id));
  if (!row || !account || row.ended_at !== null) return fail('link_over');
  if (account.frozen_at !== null) fail('account_frozen');
  if (row.until <= tx.now) fail('sign_in_late');
  return (await stands(tx, row, account)) ? { row, account } : fail('link_over');
}

/**
 * The sign-in behind the id of a link, or that of the browser with a cookie of this hash where no link is given. Reads only.
 * Fails with `link_over` where it was used, became void or never was one, with `sign_in_late` after its time, and with
 * `account_frozen`.
 */
export async function findWaiting(
  tx: Reading,
  { link, browser }: { readonly link?: string; readonly browser: string | null },
): Promise<WaitingSignIn> {
  const by = link === undefined ? { browser_hash: browser ?? '' } : { link_hash: hashSecret(link) };
  const { row, account } = await requireStanding(tx, await readWaiting(tx, by));
  return {
    account: { name: account.name },
    email: row.email,
    createdAt: row.created_at,
    until: row.until,
    address: row.address,
    userAgent: row.user_agent,
    isHere: areEqualSecrets(row.browser_hash, browser ?? ''),
  };
}

/**
 * Begins the session that waits for this link, once, in the browser where the sign-in began; the address that the link was
 * mailed to is confirmed by that. Returns the page to go on to as well; undefined after its time, which ends it whatever the
 * clock says later (RN2). Fails as `findWaiting` does, and with `sign_in_elsewhere` in any other browser, which spends
 * nothing.
 */
export async function confirmSignIn(
  tx: Writing,
  permit: Permit<'account.confirmSignIn'>,
  told: { readonly link: string; readonly browser: string | null; readonly rules: SessionRules },
): Promise<(SignedIn & { readonly next: string }) | undefined> {
  const found = await readWaiting(tx, { link_hash: hashSecret(told.link) });
  if (found && found.until <= tx.now && (await markWaitingEnded(tx, found.id))) return undefined;
  const { row, account } = await requireStanding(tx, found);
  if (!areEqualSecrets(row.browser_hash, told.browser ?? '')) fail('sign_in_elsewhere');
  if (!(await markWaitingEnded(tx, row.id))) fail('link_over');
  if (account.email_verified_at === null) await updateAccount(tx, account.id, { email_verified_at: tx.now });
  const signedIn = await openSession(tx, permit, {
    account,
    rules: told.rules,
    factor: row.factor,
    factorAt: row.created_at,
    passwordAt: row.password_at,
    isConfirmed: true,
  });
  await recordOfAccount(tx, permit.actor, account, { action: permit.action, factor: row.factor });
  const next = row.next_page === null ? '' : tx.vault.open(row.next_page, sealBinding(row.id)).toString();
  return { ...signedIn, next };
}

/** Forgets sign-ins a day after their time; returns how many went. */
export const sweepWaiting = (store: Store): Promise<number> =>
  store.write((tx) => removeWaiting(tx, tx.now - keptAfterEnd));
