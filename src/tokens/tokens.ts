/** Access tokens: signing in, creating, listing, revoking. */
import { noteNetwork, readAccountById, readNetwork } from '../accounts/accounts.sql.ts';
import { announceEnding } from '../accounts/endings.ts';
import { factorBehind } from '../accounts/sessions.ts';
import { networkOf } from '../kernel/address.ts';
import { formatRange, parseAddressOrRange, type Range } from '../kernel/cidr.ts';
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import { hashSecret, mintToken } from '../kernel/secrets.ts';
import type { Grants } from '../policy/grants.ts';
import type { Permit, ProvenFactor } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Writing } from '../store/store.ts';
import { checkGrants } from './grants.ts';
import { lifeOf, replaced, type TokenRules, warningsBeyond } from './life.ts';
import { mailNewNetwork, mailTokenCreated, mailTokenRevoked } from './mails.ts';
import { type NewToken, present, type Token } from './token.ts';
import {
  countLiving,
  insertToken,
  markRevoked,
  readByHash,
  readLiving,
  readNamed,
  readOwn,
  setWarnings,
  shortenLife,
  type TokenRow,
} from './tokens.sql.ts';

/** What somebody wants to create. */
export interface TokenWish {
  /** `session`: a login token, which lives as those of `npm login` do. `automation`: is never asked a factor. */
  kind: Token['kind'];
  /** What it is limited to; `granular` and `automation` tokens always are. */
  grants?: Grants | undefined;
  name?: string | undefined;
  description?: string | undefined;
  /** Addresses and ranges, as typed. */
  cidr?: readonly string[] | undefined;
  /** Life in whole days. */
  days?: number | undefined;
}

const keyBytes = 16;
const prefixLength = 8;
/** What may make a token that bypasses the second factor (TK5); none where there is none to bypass. */
const bypassFactors: readonly ProvenFactor[] = ['none', 'totp', 'security-key'];
const day = 24 * 60 * 60_000;
/** A network without a sign-in for so long is not known any more. */
const networkRemembered = 30 * day;
/** How long each write of a guarded login asks a factor. */
const guardLife = day;
const longest = { ranges: 20, name: 100, description: 500 };

const ownerOf = (permit: Permit<Action>): { id: string; name: string } =>
  permit.account ?? fail('credential_missing');

/** Stores a fresh token; the only place where one is made. */
async function mint(
  tx: Writing,
  permit: Permit<Action>,
  accountId: string,
  row: Pick<TokenRow, 'kind' | 'name' | 'description' | 'cidr' | 'grants' | 'idle_life'> & {
    life: number;
    guarded_until?: Instant | null;
  },
): Promise<NewToken> {
  const token = mintToken(tx.random);
  const { life, ...told } = row;
  const stored: TokenRow = {
    guarded_until: null,
    ...told,
    id: tx.random.bytes(keyBytes).toString('hex'),
    account_id: accountId,
    hash: hashSecret(token),
    prefix: token.slice(0, prefixLength),
    created_at: tx.now,
    updated_at: tx.now,
    created_address: permit.actor.address,
    created_agent: permit.actor.userAgent,
    expires_at: tx.now + life,
    last_used_at: null,
    suspended_at: null,
    revoked_at: null,
    expired_at: null,
    warnings: warningsBeyond(life),
  };
  await insertToken(tx, stored);
  return { ...present(stored), token };
}

/**
 * Until when a login is guarded: where the operator wants that, one with a password and a factor is from a network from
 * which nobody signed in for a month (SE7). Whoever learned a password and one code then writes nothing without another.
 */
async function guardOf(
  tx: Reading,
  { action, factor }: Permit<Action>,
  { account, network }: { readonly account: string; readonly network: string },
  { guardsLogins = false }: TokenRules,
): Promise<Instant | null> {
  if (!guardsLogins || action !== 'account.login' || factor === 'none') return null;
  const knownAt = (await readNetwork(tx, account, network))?.known_at ?? null;
  const isKnown = knownAt !== null && knownAt > tx.now - networkRemembered;
  return isKnown ? null : tx.now + guardLife;
}

/**
 * Signs an account in: a login token (SE4). A sign-in from a network that is new to the account is mailed to its owner;
 * the first one ever, at sign-up, is not. `isFar`: the login was approved elsewhere than where the token goes, which makes
 * that network no known one.
 */
export async function signIn(
  tx: Writing,
  permit: Permit<'account.login' | 'account.create' | 'handoff.collect'>,
  account: { readonly id: string },
  rules: TokenRules,
  { isFar = false }: { readonly isFar?: boolean } = {},
): Promise<NewToken> {
  const { address } = permit.actor;
  const network = networkOf(address ?? undefined, 'site');
  const guardedUntil = await guardOf(tx, permit, { account: account.id, network }, rules);
  const token = await mint(tx, permit, account.id, {
    kind: 'session',
    name: `login from ${address ?? 'an unknown address'}`,
    description: null,
    cidr: null,
    grants: null,
    idle_life: rules.loginIdle,
    life: rules.loginLife,
    guarded_until: guardedUntil,
  });
  const makesKnown = guardedUntil === null && !isFar && address !== null;
  const before = await noteNetwork(tx, account.id, network, { makesKnown });
  if (before === undefined && permit.action !== 'account.create') {
    const owner = (await readAccountById(tx, account.id)) ?? fail('credential_invalid');
    await mailNewNetwork(tx, permit, owner, guardedUntil);
  }
  return token;
}

/** The ranges that were typed, masked; null when there are none. Fails with `request_invalid`. */
function readRanges(cidr: readonly string[] | undefined): string[] | null {
  if (cidr === undefined || cidr.length === 0) return null;
  if (cidr.length > longest.ranges) {
    fail('request_invalid', { reason: `An access token has at most ${longest.ranges} address ranges.` });
  }
  const ranges = cidr.map((typed): Range => {
    const range = parseAddressOrRange(typed);
    if (range !== undefined) return range;
    const shown = JSON.stringify(typed.slice(0, 60));
    return fail('request_invalid', {
      reason: `${shown} is no address range: write one such as 10.1.0.0/16 or 2001:db8::/32 (never /0).`,
    });
  });
  return [...new Set(ranges.map(formatRange))];
}

function checkText(what: 'name' | 'description', text: string | undefined): void {
  if (text === undefined) return;
  if (text === '' || [...text].length > longest[what] || /\p{Cc}/u.test(text)) {
    fail('request_invalid', {
      reason: `The ${what} of a token is one line of 1 to ${longest[what]} characters.`,
    });
  }
}

/** A wish that is checked. */
export interface ReadyToken {
  readonly kind: TokenWish['kind'];
  readonly name: string | null;
  readonly description: string | null;
  readonly ranges: readonly string[] | null;
  readonly grants: Grants | null;
  readonly life: number;
  readonly idleLife: number | null;
}

function grantsFor({ kind, grants }: TokenWish): Grants | null {
  if (grants !== undefined) return checkGrants(grants);
  if (kind === 'granular' || kind === 'automation') {
    fail('request_invalid', { reason: 'An access token of this kind needs to be limited to packages.' });
  }
  return null;
}

/** Checks a wish for a token, before any code is looked at. Fails with `request_invalid`. */
export function prepareToken(wish: TokenWish, rules: TokenRules): ReadyToken {
  checkText('name', wish.name);
  checkText('description', wish.description);
  return {
    kind: wish.kind,
    name: wish.name ?? null,
    description: wish.description ?? null,
    ranges: readRanges(wish.cidr),
    grants: grantsFor(wish),
    life: wish.kind === 'session' ? rules.loginLife : lifeOf(wish.days, rules),
    idleLife: wish.kind === 'session' ? rules.loginIdle : null,
  };
}

/** An older token of the same name makes way for its successor, but not at once (TK3). */
async function retireNamesakes(tx: Writing, accountId: string, name: string, overlap: number): Promise<void> {
  const end = tx.now + overlap;
  for (const older of await readNamed(tx, accountId, name)) {
    if (older.expires_at !== null && older.expires_at <= end) {
      await setWarnings(tx, older.id, replaced);
      continue;
    }
    await shortenLife(tx, older.id, end, replaced);
    announceEnding(tx, { token: older.id });
  }
}

/**
 * Creates an access token; the only answer that shows it. The owner is mailed. Fails with `not_allowed` when a recovery
 * code opened the door to a token that is never asked a factor (RC5, TK5).
 */
export async function createToken(
  tx: Writing,
  permit: Permit<'token.create'>,
  ready: ReadyToken,
  rules: TokenRules,
): Promise<NewToken> {
  const owner = ownerOf(permit);
  const { kind, name, description, ranges, grants, life, idleLife } = ready;
  if (kind === 'automation' && !bypassFactors.includes(await factorBehind(tx, permit))) {
    fail('not_allowed', {
      reason:
        'A token that bypasses two-factor authentication is not made with a recovery code, nor by approving it in the ' +
        'browser: use a code of your authenticator app (--otp=<code>) or of a security key. On the website a recovery ' +
        'code that was used counts for five minutes.',
    });
  }
  if (name !== null) await retireNamesakes(tx, owner.id, name, rules.overlap);
  const cidr = ranges === null ? null : JSON.stringify(ranges);
  const token = await mint(tx, permit, owner.id, {
    kind,
    name,
    description,
    cidr,
    grants: grants === null ? null : JSON.stringify(grants),
    idle_life: idleLife,
    life,
  });
  const account = (await readAccountById(tx, owner.id)) ?? fail('credential_invalid');
  await mailTokenCreated(tx, permit, account, token);
  return token;
}

/** One page of an account's living tokens, newest first, and how many there are. */
export async function listTokens(
  tx: Reading,
  accountId: string,
  { page, perPage }: { page: number; perPage: number },
): Promise<{ tokens: Token[]; total: number }> {
  const rows = await readLiving(tx, accountId, { limit: perPage, offset: page * perPage });
  return { tokens: rows.map(present), total: await countLiving(tx, accountId) };
}

async function revoke(tx: Writing, permit: Permit<Action>, row: TokenRow): Promise<void> {
  if (!(await markRevoked(tx, row.id))) return;
  announceEnding(tx, { token: row.id });
  const owner = (await readAccountById(tx, row.account_id)) ?? fail('credential_invalid');
  // Logging out is no news, and yarn 1 logs out after each publish (ML1).
  if (row.kind !== 'session') await mailTokenRevoked(tx, permit, owner, present(row));
}

/** Revokes one of one's own tokens by its key. Fails with `not_found` for everybody else's; a dead one may die again. */
export async function revokeToken(tx: Writing, permit: Permit<'token.revoke'>, key: string): Promise<void> {
  const row = (await readOwn(tx, ownerOf(permit).id, key)) ?? fail('not_found');
  await revoke(tx, permit, row);
}

/**
 * Revokes a token by itself: whoever holds it may (TK6). Returns whether there ever was such a token; a dead one may
 * die again.
 */
export async function revokeHeldToken(
  tx: Writing,
  permit: Permit<'token.revokeHeld'>,
  token: string,
): Promise<boolean> {
  const row = await readByHash(tx, hashSecret(token));
  if (row !== undefined) await revoke(tx, permit, row);
  return row !== undefined;
}
