/**
 * What a command line client gets when its request was approved on the page (LK4): a login token, or the value that proves
 * the approval of one act. Both are made at the moment when they are handed out, never before.
 */
import { readAccountById } from '../accounts/accounts.sql.ts';
import { type HandoffRow, moveHandoff, readByDone } from '../accounts/handoffs.sql.ts';
import { areFarApart, repeatLife } from '../accounts/handoffs.ts';
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import { hashSecret } from '../kernel/secrets.ts';
import { record } from '../ledger/audit.ts';
import type { Actor } from '../policy/actor.ts';
import type { Permit } from '../policy/permit.ts';
import type { Reading, Writing } from '../store/store.ts';
import { endOfLife, type TokenRules } from './life.ts';
import { mailFarLogin } from './mails.ts';
import { readByHash, readTokenById } from './tokens.sql.ts';
import { signIn } from './tokens.ts';

const second = 1000;
/** How long a value opens the act that was approved. */
const valueLife = 5 * 60 * second;
/** How far apart the clocks of two processes may be before one of them counts as set back. */
const clockSkew = 5 * second;

/** Who asks for the outcome: the id alone leads to it, a bearer can only be in the way. */
export interface Poll {
  /** The client's id, as it came. */
  readonly id: string;
  /** The bearer that came along, if one did. */
  readonly bearer: string | null;
}

/** A login ends with an error that npm tells its user; a proof with one that ends the command (LK4). */
const over = (row: HandoffRow, reason: string): never =>
  row.kind === 'login' ? fail('handoff_over', { reason }) : fail('not_found');

const sentences = {
  denied: 'The login was denied in the browser.',
  expired: 'The login was not approved in time: run npm login again.',
  collected: 'The access token of this login was handed out already: run npm login again.',
  changed: 'The account changed since the login was approved: run npm login again.',
} as const;

async function isOfAnother(tx: Reading, row: HandoffRow, bearer: string | null): Promise<boolean> {
  if (row.kind === 'login' || bearer === null) return false;
  const held = await readByHash(tx, hashSecret(bearer));
  if (held === undefined || held.account_id === row.account_id) return false;
  return held.revoked_at === null && (endOfLife(held) ?? Number.POSITIVE_INFINITY) > tx.now;
}

const isRepeated = (row: HandoffRow, address: string | null, now: Instant): boolean =>
  row.sealed !== null &&
  row.handed_at !== null &&
  address !== null &&
  row.handed_address === address &&
  now < row.handed_at + repeatLife &&
  now >= row.handed_at - clockSkew;

/** Whether what was approved may still be handed out: the account's state now counts, not that of the approval. */
async function isStillGood(tx: Reading, row: HandoffRow): Promise<boolean> {
  const account = row.account_id === null ? undefined : await readAccountById(tx, row.account_id);
  if (account === undefined || account.frozen_at !== null) return false;
  if (account.password_version !== row.password_version) return false;
  if (row.credential === null || row.credential === 'password') return true;
  const token = await readTokenById(tx, row.credential);
  if (token === undefined || token.revoked_at !== null || token.suspended_at !== null) return false;
  return (endOfLife(token) ?? Number.POSITIVE_INFINITY) > tx.now;
}

async function requirePolled(tx: Reading, { id, bearer }: Poll): Promise<HandoffRow> {
  const row = (await readByDone(tx, hashSecret(id))) ?? fail('not_found');
  if (await isOfAnother(tx, row, bearer)) fail('not_found');
  return row;
}

/** Whether there is something to hand out; fails as `collect` does. */
async function isReady(tx: Reading, row: HandoffRow, address: string | null): Promise<boolean> {
  const { state } = row;
  if (state === 'denied') return over(row, sentences.denied);
  if (state === 'handed-out') return isRepeated(row, address, tx.now) || over(row, sentences.collected);
  if (state === 'expired' || row.until <= tx.now) return over(row, sentences.expired);
  if (state === 'waiting') return false;
  return (await isStillGood(tx, row)) || over(row, sentences.changed);
}

/** Whether the page was answered, so that `collectHandoff` is worth a transaction; fails as that does. */
export async function isAnswered(tx: Reading, poll: Poll, actor: Pick<Actor, 'address'>): Promise<boolean> {
  return isReady(tx, await requirePolled(tx, poll), actor.address);
}

const sealBinding = ({ id }: HandoffRow): string[] => ['handoffs', id];

async function mintLogin(
  tx: Writing,
  permit: Permit<'handoff.collect'>,
  row: HandoffRow,
  rules: TokenRules,
): Promise<string> {
  const { actor } = permit;
  const account = (await readAccountById(tx, row.account_id ?? '')) ?? fail('not_found');
  const isFar = [row.address, actor.address].some((address) => areFarApart(address, row.approved_address));
  const created = await signIn(tx, permit, account, rules, { isFar });
  if (isFar) await mailFarLogin(tx, permit, account, { token: created, approvedFrom: row.approved_address });
  await record(tx, {
    action: permit.action,
    outcome: 'done',
    account: account.id,
    actor: account.name,
    actorKind: 'account',
    tokenKey: created.key,
    address: actor.address ?? undefined,
    userAgent: actor.userAgent,
    requestId: actor.requestId,
  });
  return created.token;
}

/** A proof of one act lives from here, one of a release from its approval. */
const mintValue = (tx: Writing, row: HandoffRow): { value: string; change: Partial<HandoffRow> } => {
  const value = tx.random.bytes(32).toString('hex');
  const value_until = row.release_until ?? tx.now + valueLife;
  return { value, change: { value_hash: hashSecret(value), value_until } };
};

/**
 * Hands out what was approved, once, and for 30 s again to the address that got it; undefined while nobody has answered.
 * Fails with `not_found` for an id that nobody has, or that a bearer of another account asks with. A request that was
 * denied, is too old, was handed out, or whose account was frozen or given another password since: `handoff_over` with a
 * sentence for a login, `not_found` for a proof.
 */
export async function collectHandoff(
  tx: Writing,
  permit: Permit<'handoff.collect'>,
  poll: Poll,
  rules: TokenRules,
): Promise<string | undefined> {
  const { address } = permit.actor;
  const row = await requirePolled(tx, poll);
  if (!(await isReady(tx, row, address))) return undefined;
  if (row.sealed !== null) return tx.vault.open(row.sealed, sealBinding(row)).toString();
  const handed: Partial<HandoffRow> = { state: 'handed-out', handed_at: tx.now, handed_address: address };
  // First the state, so that of many who ask at once only one makes anything.
  if (!(await moveHandoff(tx, row.id, ['approved'], handed))) return over(row, sentences.collected);
  const { value, change } =
    row.kind === 'login'
      ? { value: await mintLogin(tx, permit, row, rules), change: {} }
      : mintValue(tx, row);
  const sealed = tx.vault.seal(Buffer.from(value), sealBinding(row));
  await moveHandoff(tx, row.id, ['handed-out'], { ...change, sealed });
  return value;
}
