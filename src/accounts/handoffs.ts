/**
 * Requests of command line clients that a person answers on a page of the website: a login (`npm login`), or the proof
 * that an act asks for (§12; protocol/auth.md §4.3, §5.1). The client holds one random id, the page another; neither
 * leads to the other. What comes of the answer is handed out elsewhere (tokens/handoffs.ts).
 */
import { isLoopback, networkOf } from '../kernel/address.ts';
import { fail } from '../kernel/failure.ts';
import { newId } from '../kernel/ids.ts';
import type { Instant, Random } from '../kernel/ports.ts';
import { hashSecret, pickSymbols } from '../kernel/secrets.ts';
import { seeCommitted } from '../ledger/committed.sql.ts';
import { asOneLine } from '../ledger/plain-text.ts';
import type { Actor } from '../policy/actor.ts';
import type { Permit } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import { readAccountById } from './accounts.sql.ts';
import { forgetActs, insertAct, readFillingAct } from './guesses.sql.ts';
import {
  ageHandoffs,
  dropOldest,
  type HandoffRow,
  insertHandoff,
  moveHandoff,
  readByPage,
  readOpenLogins,
} from './handoffs.sql.ts';

const second = 1000;
const minute = 60 * second;

/** How long a request waits for its answer, and the client for what it asked for. */
export const handoffLife = 10 * minute;
/** How long the same answer is given again to the address that got it: clients repeat a GET. */
export const repeatLife = 30 * second;
/** How long it is still told how a request ended. */
const remembered = 60 * minute;

const mostOpenLogins = 100;
const mostOpenProofs = 20;
/** How many writes one approval of a release serves. */
export const mostReleaseUses = 200;

const longestHostname = 255;
/** Without signs that look like others: 0 O, 1 I L, 2 Z, 5 S, 8 B, U V. */
const clearSigns = '34679ACDEFGHJKMNPQRTWXY';

/** What the operator's settings say to logins that begin. */
export interface LoginStartRules {
  readonly loginLimit: { readonly count: number; readonly window: number } | 'off';
  /** Whether this machine itself is free of limits per address. */
  readonly loopbackExempt: boolean;
}

/** The two secrets of a request; shown once, in the answer that creates it. */
export interface HandoffIds {
  /** Of the page: 64 lower-case hex digits. */
  readonly page: string;
  /** Of the client, which asks with it for the outcome. */
  readonly done: string;
}

const mintIds = (random: Random): HandoffIds => ({
  page: random.bytes(32).toString('hex'),
  done: random.bytes(32).toString('hex'),
});

/** For a person to compare. */
const mintComparison = (random: Random): string => pickSymbols(random, clearSigns, 8);

async function insert(
  tx: Writing,
  actor: Pick<Actor, 'address' | 'userAgent'>,
  row: Pick<HandoffRow, 'kind'> & Partial<HandoffRow>,
): Promise<HandoffIds> {
  const ids = mintIds(tx.random);
  await insertHandoff(tx, {
    ...row,
    id: newId(tx.now, tx.random),
    page_hash: hashSecret(ids.page),
    done_hash: hashSecret(ids.done),
    address: actor.address,
    network: networkOf(actor.address ?? undefined, 'customer'),
    user_agent: actor.userAgent,
    until: tx.now + handoffLife,
  });
  return ids;
}

const limitName = 'login-start';
const refuseUntil = (room: Instant, now: Instant): never =>
  fail('logins_limited', { retryAfter: Math.max(1, Math.ceil((room - now) / second)) });

async function countStart(tx: Writing, address: string | null, rules: LoginStartRules): Promise<void> {
  const { loginLimit } = rules;
  if (loginLimit === 'off' || (rules.loopbackExempt && address !== null && isLoopback(address))) return;
  const network = networkOf(address ?? undefined, 'customer');
  const { count, first } = await readOpenLogins(tx, network);
  if (count >= mostOpenLogins) refuseUntil(first ?? tx.now, tx.now);
  const after = tx.now - loginLimit.window;
  await forgetActs(tx, limitName, network, after);
  const filling = await readFillingAct(tx, limitName, network, after, loginLimit.count);
  if (filling !== undefined) refuseUntil(filling + loginLimit.window, tx.now);
  await insertAct(tx, limitName, network);
}

/** What a client tells of itself when it begins a login. */
export interface LoginStart {
  readonly hostname?: string | undefined;
  /** Whether it wants a new account (`npm adduser`). */
  readonly wantsAccount: boolean;
}

/**
 * Begins a login that is approved on a page (LK1). Fails with `logins_limited` when the address began too many lately, or
 * has too many that wait (RL6).
 */
export async function startLogin(
  tx: Writing,
  { actor }: Permit<'handoff.start'>,
  start: LoginStart,
  rules: LoginStartRules,
): Promise<HandoffIds & { readonly comparison: string }> {
  await countStart(tx, actor.address, rules);
  const comparison = mintComparison(tx.random);
  const hostname = start.hostname === undefined ? '' : asOneLine(start.hostname, longestHostname);
  const ids = await insert(tx, actor, {
    kind: 'login',
    comparison,
    hostname: hostname === '' ? null : hostname,
    wants_account: start.wantsAccount ? 1 : 0,
  });
  return { ...ids, comparison };
}

/** An act that was refused for want of a factor. */
export interface Challenged {
  readonly account: { readonly id: string };
  readonly actor: Pick<Actor, 'address' | 'userAgent'>;
  /** What the proof will be bound to: token, or password (factors/spent.ts). */
  readonly credential: string;
  readonly action: Action;
  /** To what; for a publish `name@version` and its integrity. */
  readonly subject: string;
}

/**
 * Begins a proof that is approved on a page (LK5). It needs no permit: nothing can come of it but what the owner of the
 * account approves. A credential that asks ever again displaces its own oldest requests.
 */
export async function openProof(tx: Writing, challenged: Challenged): Promise<HandoffIds> {
  const { account, actor, credential, action, subject } = challenged;
  const network = networkOf(actor.address ?? undefined, 'customer');
  await dropOldest(tx, { account_id: account.id, credential, network }, mostOpenProofs - 1);
  return insert(tx, actor, { kind: 'otp', account_id: account.id, credential, action, subject });
}

/** Whether two addresses are of different households (LK3); one that is unknown is of none. */
export function areFarApart(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return true;
  return networkOf(one, 'site') !== networkOf(other, 'site');
}

const alreadyOver =
  'This request was answered already, or is older than 10 minutes: start again in the terminal.';

const accountOf = (permit: Permit<Action>): { id: string; name: string } =>
  permit.account ?? fail('credential_missing');

/**
 * The request behind the id of a page. Fails with `not_found` when there is none of that kind, and with `not_allowed` when
 * it is another account's: nothing of it is told.
 */
export async function requireOwn(
  tx: Reading,
  account: { readonly id: string },
  { id, kind }: { readonly id: string; readonly kind?: HandoffRow['kind'] },
): Promise<HandoffRow> {
  const row = await readByPage(tx, hashSecret(id));
  if (row === undefined || (kind !== undefined && row.kind !== kind)) fail('not_found');
  if (row.account_id !== null && row.account_id !== account.id)
    fail('not_allowed', { reason: 'This request is not for your account.' });
  return row;
}

async function approve(
  tx: Writing,
  permit: Permit<'handoff.approveLogin' | 'handoff.approveOtp'>,
  row: HandoffRow,
  change: { readonly release_until?: Instant },
): Promise<void> {
  const { id } = accountOf(permit);
  const account = (await readAccountById(tx, id)) ?? fail('credential_invalid');
  if (row.until <= tx.now) fail('handoff_over', { reason: alreadyOver });
  const moved = await moveHandoff(tx, row.id, ['waiting'], {
    ...change,
    state: 'approved',
    account_id: id,
    password_version: account.password_version,
    approved_at: tx.now,
    approved_address: permit.actor.address,
  });
  if (!moved) fail('handoff_over', { reason: alreadyOver });
}

/**
 * Approves a login: the client that began it gets a login token of the account that approves. Fails with
 * `another_network` when it was begun elsewhere and the person does not say so, `handoff_over` when it is too late,
 * `not_found`, and `not_allowed` when another account approved it.
 */
export async function approveLogin(
  tx: Writing,
  permit: Permit<'handoff.approveLogin'>,
  { id, anotherNetwork }: { readonly id: string; readonly anotherNetwork: boolean },
): Promise<void> {
  const row = await requireOwn(tx, accountOf(permit), { id, kind: 'login' });
  if (row.state !== 'waiting') fail('handoff_over', { reason: alreadyOver });
  if (areFarApart(row.address, permit.actor.address) && !anotherNetwork) fail('another_network');
  await approve(tx, permit, row, {});
}

/** Whether one approval may serve all publishes for a while (SE5): the act is a publish with an access token. */
export const mayServeRelease = (row: Pick<HandoffRow, 'action' | 'credential' | 'address'>): boolean =>
  row.action === 'package.publish' && row.credential !== 'password' && row.address !== null;

/**
 * Approves one act, or with `release` every publish with the same token from the same address for as many milliseconds as
 * the rules say. Fails with `not_found`, `not_allowed` for another account's, `handoff_over` when it is too late, and
 * `request_invalid` when the act is none that a release may hold.
 */
export async function approveOtp(
  tx: Writing,
  permit: Permit<'handoff.approveOtp'>,
  { id, release }: { readonly id: string; readonly release: boolean },
  { releaseWindow }: { readonly releaseWindow: number },
): Promise<void> {
  const row = await requireOwn(tx, accountOf(permit), { id, kind: 'otp' });
  if (release && !mayServeRelease(row))
    fail('request_invalid', { reason: 'Only a publish with an access token can be approved for a release.' });
  await approve(tx, permit, row, release ? { release_until: tx.now + releaseWindow } : {});
}

/**
 * Denies a request, or ends what was approved: a value that was not used yet, a release that goes on. Fails with
 * `not_found`, with `not_allowed` for another account's, and with `handoff_over` when nothing is left to end.
 */
export async function denyHandoff(
  tx: Writing,
  permit: Permit<'handoff.deny'>,
  { id }: { readonly id: string },
): Promise<void> {
  const row = await requireOwn(tx, accountOf(permit), { id });
  const reason =
    row.kind === 'login' && row.state === 'handed-out'
      ? 'The token was handed out already: revoke it under "Access Tokens".'
      : alreadyOver;
  const from: HandoffRow['state'][] =
    row.kind === 'login' ? ['waiting', 'approved'] : ['waiting', 'approved', 'handed-out'];
  if (!(await moveHandoff(tx, row.id, from, { state: 'denied', sealed: null })))
    fail('handoff_over', { reason });
}

/** Forgets requests that are long over, and answers that were handed out; returns how many requests went. */
export const sweepHandoffs = (store: Store): Promise<number> =>
  store.write(
    async (tx) => {
      // It passes over all rows, and would make whatever happens to one of them repeat.
      await seeCommitted(tx);
      return ageHandoffs(tx, { repeated: tx.now - repeatLife, gone: tx.now - remembered });
    },
    { serialise: ['handoffs'] },
  );
