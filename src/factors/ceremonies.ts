/**
 * Ceremonies of WebAuthn: a challenge goes to the browser, a security key answers it (Level 3 §7.1 and §7.2). A challenge is
 * good once, for five minutes, for the session, account, purpose and operation that it was made for (WA2).
 */
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import { hashSecret } from '../kernel/secrets.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import {
  forgetCeremonies,
  insertCeremony,
  type Purpose,
  readCeremony,
  trimCeremonies,
} from './ceremonies.sql.ts';
import { insertHandle, readHandle, readKeys } from './keys.sql.ts';
import { type ClientData, refuseKey, transportsIn } from './keys-response.ts';
import type { KeySite } from './keys-site.ts';
import { algorithms } from './public-keys.ts';

interface Person {
  readonly id: string;
  readonly name: string;
}

interface Session {
  /** What names the browser's session, half session or, for strangers, its cookie; only a hash of it is kept. */
  readonly session: string;
}

/** What a key is asked for. */
export type CeremonyWish = Session &
  (
    | { readonly purpose: 'register'; readonly account: Person }
    | { readonly purpose: 'second-factor'; readonly account: Person }
    | {
        readonly purpose: 'step-up';
        readonly account: Person;
        /** The act that the key is touched for, and no other. */
        readonly operation: Action;
        /** Whether the key has to verify its user: decisions of staff (WA4). */
        readonly verified?: boolean;
      }
    /** The key tells whose it is, so it verifies its user: two factors in one (WA7). */
    | { readonly purpose: 'sign-in'; readonly account: null }
  );

/** What the browser's `startRegistration` takes. */
export type RegistrationOptions = PublicKeyCredentialCreationOptionsJSON;
/** What the browser's `startAuthentication` takes. */
export type AssertionOptions = PublicKeyCredentialRequestOptionsJSON;

/** How long a challenge waits, in milliseconds. */
const life: Instant = 5 * 60_000;
/** Tabs of one browser that may ask for a key at the same time; an older challenge makes way. */
const openAtOnce = 10;

const operationOf = (wish: CeremonyWish): Action | null =>
  wish.purpose === 'step-up' ? wish.operation : null;

const isVerified = (wish: CeremonyWish): boolean =>
  wish.purpose === 'sign-in' || (wish.purpose === 'step-up' && wish.verified === true);

async function createChallenge(tx: Writing, wish: CeremonyWish): Promise<string> {
  const challenge = tx.random.bytes(32).toString('base64url');
  const session = hashSecret(wish.session);
  await trimCeremonies(tx, session, openAtOnce - 1);
  await insertCeremony(tx, {
    hash: hashSecret(challenge),
    account_id: wish.account?.id ?? null,
    session,
    purpose: wish.purpose,
    operation: operationOf(wish),
    verified: isVerified(wish) ? 1 : 0,
    until: tx.now + life,
  });
  return challenge;
}

const describe = (key: { credential_id: string; transports: string }) => ({
  type: 'public-key' as const,
  id: key.credential_id,
  transports: transportsIn(key.transports),
});

/** The account's handle, made when it is first needed. */
async function handleOf(tx: Writing, account: string): Promise<string> {
  const known = await readHandle(tx, account);
  if (known !== undefined) return known;
  const handle = tx.random.bytes(32).toString('base64url');
  await insertHandle(tx, account, handle);
  return handle;
}

/**
 * Begins to register a key and returns what the browser needs for it. Attestation is not asked for; a key of the account
 * is not offered again. The caller serialises on `account:ID`.
 */
export async function beginRegistration(
  tx: Writing,
  site: KeySite,
  wish: CeremonyWish & { purpose: 'register' },
): Promise<RegistrationOptions> {
  const { account } = wish;
  return {
    challenge: await createChallenge(tx, wish),
    rp: { id: site.id, name: site.name },
    user: { id: await handleOf(tx, account.id), name: account.name, displayName: account.name },
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: life,
    attestation: 'none',
    excludeCredentials: (await readKeys(tx, account.id)).map(describe),
    authenticatorSelection: {
      residentKey: 'preferred',
      requireResidentKey: false,
      userVerification: 'preferred',
    },
  };
}

/**
 * Begins to ask for a key and returns what the browser needs for it: one of the account's keys or, to sign in, whichever
 * passkey the browser holds for this site. Fails with `request_invalid` where the account has no key.
 */
export async function beginAssertion(
  tx: Writing,
  site: KeySite,
  wish: Exclude<CeremonyWish, { purpose: 'register' }>,
): Promise<AssertionOptions> {
  const allowed = wish.account === null ? null : await readKeys(tx, wish.account.id);
  if (allowed?.length === 0) fail('request_invalid', { reason: 'The account has no security key.' });
  return {
    challenge: await createChallenge(tx, wish),
    rpId: site.id,
    timeout: life,
    userVerification: isVerified(wish) ? 'required' : 'preferred',
    ...(allowed === null ? {} : { allowCredentials: allowed.map(describe) }),
  };
}

/** A challenge that waits for exactly what is expected. */
export interface Ceremony {
  /** What the store knows it by. */
  readonly hash: string;
  /** As the browser has it, base64url. */
  readonly challenge: string;
  readonly account: string | null;
  readonly purpose: Purpose;
  readonly operation: Action | null;
  /** Whether the key has to verify its user. */
  readonly verified: boolean;
}

/**
 * Finds the challenge that a browser's answer names. Fails with `key_refused` unless it still waits and was made for
 * this very session, account, purpose and operation.
 */
export async function findCeremony(
  tx: Reading,
  expected: CeremonyWish,
  { challenge }: ClientData,
): Promise<Ceremony> {
  const row =
    (await readCeremony(tx, hashSecret(challenge))) ?? refuseKey('the challenge is unknown, used or old');
  if (row.session !== hashSecret(expected.session)) refuseKey('the challenge is of another session');
  if (row.account_id !== (expected.account?.id ?? null)) refuseKey('the challenge is of another account');
  if (row.purpose !== expected.purpose) refuseKey('the challenge is for another purpose');
  if (row.operation !== operationOf(expected)) refuseKey('the challenge is for another operation');
  return {
    hash: row.hash,
    challenge,
    account: row.account_id,
    purpose: row.purpose,
    operation: operationOf(expected),
    verified: row.verified === 1 || isVerified(expected),
  };
}

/** Forgets challenges that nobody answered; returns how many. */
export const sweepCeremonies = (store: Store): Promise<number> =>
  store.write((tx) => forgetCeremonies(tx, tx.now));
