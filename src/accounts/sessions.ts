/**
 * Sessions of the website (requirements §6): kept on the server alone, so that ending one holds everywhere at once. A
 * cookie's value is a secret of 256 bits, of which the store has the hash, and is replaced with every proof.
 */
import { networkOf } from '../kernel/address.ts';
import { fail } from '../kernel/failure.ts';
import { newId } from '../kernel/ids.ts';
import type { Instant, Random } from '../kernel/ports.ts';
import { hashSecret } from '../kernel/secrets.ts';
import type { Actor } from '../policy/actor.ts';
import type { Permit, ProvenFactor } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import { noteNetwork, readAccountById } from './accounts.sql.ts';
import { recogniseDevice, rememberDevice } from './devices.ts';
import { endWaitingSignIns } from './endings.sql.ts';
import { mailNewSignIn } from './mails.ts';
import {
  countTry,
  forgetEnded,
  insertSession,
  markSessionEnded,
  readLivingSessions,
  readSession,
  replaceSessionHash,
  type SessionRow,
} from './sessions.sql.ts';

/** How long sessions and known devices live, in milliseconds. */
export interface SessionRules {
  readonly idle: number;
  readonly life: number;
  readonly staffIdle: number;
  readonly staffLife: number;
  readonly deviceLife: number;
  /** Whether sign-ins with typed codes in browsers that are not known wait for a mailed link (SE7). */
  readonly confirmNewDevice: boolean;
}

/** A session as its owner sees it. */
export interface Session {
  readonly id: string;
  readonly createdAt: Instant;
  readonly lastUsedAt: Instant;
  readonly address: string | null;
  readonly userAgent: string;
}

const minute = 60_000;
const halfwayLife = 10 * minute;
const halfwayTries = 5;
const mostSessions = 20;
const secretBytes = 32;
const keptAfterEnd = 24 * 60 * minute;

/** A new value of a cookie: 256 random bits. */
export const mintCookie = (random: Random): string => random.bytes(secretBytes).toString('base64url');

const present = (row: SessionRow): Session => ({
  id: row.id,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  address: row.address,
  userAgent: row.user_agent,
});

const circumstancesOf = ({ address, userAgent }: Actor) => ({ address, user_agent: userAgent });

async function store(
  tx: Writing,
  actor: Actor,
  row: Pick<
    SessionRow,
    'account_id' | 'halfway' | 'idle_life' | 'factor_at' | 'factor' | 'password_at' | 'device_id'
  > & {
    life: number;
  },
): Promise<{ id: string; cookie: string; until: Instant }> {
  const cookie = mintCookie(tx.random);
  const { life, ...told } = row;
  const id = newId(tx.now, tx.random);
  const until = tx.now + life;
  await insertSession(tx, {
    ...told,
    id,
    hash: hashSecret(cookie),
    created_at: tx.now,
    last_used_at: tx.now,
    expires_at: until,
    ended_at: null,
    tries: 0,
    ...circumstancesOf(actor),
  });
  return { id, cookie, until };
}

/**
 * Begins a sign-in whose second step is still to come: ten minutes and five tries that open nothing else (SE1). Returns
 * the value of its cookie.
 */
export async function beginHalfway(tx: Writing, permit: Permit<'account.halfSignIn'>): Promise<string> {
  const account = permit.account ?? fail('password_wrong');
  const begun = await store(tx, permit.actor, {
    account_id: account.id,
    halfway: 1,
    idle_life: halfwayLife,
    life: halfwayLife,
    factor_at: null,
    factor: null,
    password_at: tx.now,
    device_id: null,
  });
  return begun.cookie;
}

/** Reserves one of the five codes that a sign-in halfway may present. Fails with `session_ended` when they are used up. */
export async function reserveTry(keeper: Store, session: string): Promise<void> {
  const counted = await keeper.write((tx) => countTry(tx, session, halfwayTries));
  if (!counted) fail('session_ended');
}

/** The values of the cookies that a sign-in sets. */
export interface SignedIn {
  readonly session: string;
  /** Only after a sign-in with both factors. */
  readonly device?: string | undefined;
}

/**
 * Ends the sign-in halfway that an actor goes on from, once; returns when its password was proven, which is now where there
 * is none. Fails with `session_ended`.
 */
export async function leaveHalfway(tx: Writing, { session }: Actor): Promise<Instant> {
  const halfway = session === null ? undefined : await readSession(tx, session);
  if (halfway && !(await markSessionEnded(tx, halfway.id))) fail('session_ended');
  return halfway?.password_at ?? tx.now;
}

/** What a session begins with. */
export interface Beginning {
  readonly account: { readonly id: string };
  readonly rules: SessionRules;
  /** What was proven, and when. */
  readonly factor: ProvenFactor;
  readonly factorAt: Instant;
  readonly passwordAt: Instant;
  /** Whether the link in a mail was opened for it. */
  readonly isConfirmed: boolean;
}

/**
 * Begins a session. The oldest end where there would be more than twenty. A sign-in from a browser that is not known is
 * mailed (SE7), but for the first of all.
 */
export async function openSession(
  tx: Writing,
  permit: Permit<'account.signIn' | 'account.finishSignIn' | 'account.create' | 'account.confirmSignIn'>,
  { account, rules, factor, factorAt, passwordAt, isConfirmed }: Beginning,
): Promise<SignedIn> {
  const { actor } = permit;
  const owner = (await readAccountById(tx, account.id)) ?? fail('credential_invalid');
  const known = await recogniseDevice(tx, account.id, actor.device);
  const device =
    factor === 'none' ? undefined : await rememberDevice(tx, actor, account.id, known, rules.deviceLife);
  const session = await store(tx, actor, {
    account_id: account.id,
    halfway: 0,
    idle_life: owner.staff === 1 ? rules.staffIdle : rules.idle,
    life: owner.staff === 1 ? rules.staffLife : rules.life,
    factor_at: factor === 'none' ? null : factorAt,
    factor: factor === 'none' ? null : factor,
    password_at: passwordAt,
    device_id: device?.id ?? null,
  });
  for (const old of (await readLivingSessions(tx, account.id)).slice(mostSessions))
    await markSessionEnded(tx, old.id);
  const network = networkOf(actor.address ?? undefined, 'site');
  const before = await noteNetwork(tx, account.id, network, { makesKnown: actor.address !== null });
  const isNew = factor === 'none' ? before === undefined : known === undefined;
  if (isNew && permit.action !== 'account.create')
    await mailNewSignIn(tx, permit, owner, { ...session, isConfirmed });
  return { session: session.cookie, device: device?.cookie };
}

/** Begins a session after all that was asked of the account has been proven (`openSession`). */
export async function startSession(
  tx: Writing,
  permit: Permit<'account.signIn' | 'account.finishSignIn' | 'account.create'>,
  { account, rules }: { account: { readonly id: string }; rules: SessionRules },
): Promise<SignedIn> {
  const { actor, factor } = permit;
  const passwordAt = await leaveHalfway(tx, actor);
  const proven = { factor, factorAt: tx.now, passwordAt };
  return openSession(tx, permit, { account, rules, ...proven, isConfirmed: false });
}

/**
 * Replaces the cookie's value of a session that has just proven a factor or its password, and notes the proof (SE1,
 * SE3). Returns the new value, or undefined where nothing was proven or the act ended the session.
 */
export async function renewSession(tx: Writing, permit: Permit<Action>): Promise<string | undefined> {
  const { actor, factor, passwordProven } = permit;
  const isProven = factor !== 'none' && factor !== 'proof';
  if (actor.credential !== 'browser' || actor.session === null || !(isProven || passwordProven))
    return undefined;
  const cookie = mintCookie(tx.random);
  const lives = await replaceSessionHash(tx, actor.session, {
    hash: hashSecret(cookie),
    ...(isProven ? { factor_at: tx.now, factor } : {}),
    ...(passwordProven ? { password_at: tx.now } : {}),
  });
  return lives ? cookie : undefined;
}

/**
 * Which factor stands behind an act: the one that was proven for it or, where the window of step-up sufficed (SE3), the
 * one that this session proved last.
 */
export async function factorBehind(tx: Reading, { actor, factor }: Permit<Action>): Promise<ProvenFactor> {
  if (factor !== 'none' || actor.credential !== 'browser' || actor.session === null) return factor;
  return ((await readSession(tx, actor.session))?.factor ?? 'none') as ProvenFactor;
}

/** The living sessions of an account, the latest used first. */
export async function listSessions(tx: Reading, account: string): Promise<Session[]> {
  return (await readLivingSessions(tx, account)).map(present);
}

const ownerOf = (permit: Permit<Action>): { id: string } => permit.account ?? fail('session_ended');

/** Ends one of one's own sessions. Fails with `not_found` for anybody else's. */
export async function endSession(
  tx: Writing,
  permit: Permit<'account.endSession' | 'account.signOut'>,
  id: string,
): Promise<void> {
  const row = await readSession(tx, id);
  if (row?.account_id !== ownerOf(permit).id) fail('not_found');
  await markSessionEnded(tx, id);
}

/** Ends every session of one's own but the one that asks. */
export async function endOtherSessions(tx: Writing, permit: Permit<'account.endSession'>): Promise<number> {
  const others = (await readLivingSessions(tx, ownerOf(permit).id)).filter(
    ({ id }) => id !== permit.actor.session,
  );
  for (const { id } of others) await markSessionEnded(tx, id);
  await endWaitingSignIns(tx, ownerOf(permit).id);
  return others.length;
}

/** Forgets sessions and devices a day after their end; returns how many went. */
export const sweepSessions = (keeper: Store): Promise<number> =>
  keeper.write((tx) => forgetEnded(tx, tx.now - keptAfterEnd));
