/**
 * How often passwords may be guessed (RL5, §5). A guess is reserved in a short transaction before the password is looked
 * at and given back when it was right, so the numbers hold exactly over any number of requests at once and processes.
 * What is refused here is neither checked nor counted.
 */
import { isLoopback, networkOf } from '../kernel/address.ts';
import { fail } from '../kernel/failure.ts';
import { newId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/ports.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import { readNetwork, readSecret } from './accounts.sql.ts';
import { recogniseDevice } from './devices.ts';
import {
  type Counted,
  forgetActs,
  forgetGuesses,
  forgetOld,
  insertAct,
  insertGuess,
  readEqualGuess,
  readFilling,
  readFillingAct,
  removeGuess,
} from './guesses.sql.ts';

/** So many within any span of `window` milliseconds. */
interface Rate {
  readonly count: number;
  readonly window: number;
}

/** What the operator's settings say to limits per address. */
export interface AddressRules {
  /** Failed passwords from one address over all accounts. */
  readonly passwordLimit: Rate | 'off';
  /** New accounts from one address. */
  readonly signupLimit: Rate | 'off';
  /** Whether this machine itself is free of limits per address: while the public URL is a loopback one. */
  readonly loopbackExempt: boolean;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const perNameAndAddress: readonly Rate[] = [
  { count: 10, window: 15 * minute },
  { count: 50, window: 24 * hour },
];
const perName: Rate = { count: 100, window: hour };
/** Npm up to 8 signs in with two equal requests; they are one guess. */
const sameGuess = 10 * second;
/** A network from which the owner signed in this recently is checked however many guesses others make. */
const networkRemembered = 30 * day;
const kept = 24 * hour;

/** Of whose account a password is guessed, and from where. */
interface Guess {
  readonly name: string;
  readonly password: string;
  readonly address: string | null;
  /** The hash of the cookie by which a browser may be a known device of the account (RL3), or null. */
  readonly device: string | null;
}

/** A guess that is counted until it is given back. */
export interface Reservation {
  readonly id: string;
}

/** Whom limits per address count: one customer's network, or everybody whose address cannot be told (IP2). */
const sourceOf = (address: string | null): string => networkOf(address ?? undefined, 'customer');

const isExempt = (address: string | null, rules: AddressRules): boolean =>
  rules.loopbackExempt && address !== null && isLoopback(address);

const refuseUntil = (instant: Instant, now: Instant): never =>
  fail('too_many_attempts', { retryAfter: Math.max(1, Math.ceil((instant - now) / second)) });

/** When there is room again in a budget, or undefined while there is. */
async function roomAt(tx: Reading, counted: Counted, { count, window }: Rate): Promise<Instant | undefined> {
  const filling = await readFilling(tx, counted, tx.now - window, count);
  return filling === undefined ? undefined : filling + window;
}

async function checkBudget(tx: Reading, counted: Counted, rate: Rate): Promise<void> {
  const room = await roomAt(tx, counted, rate);
  if (room !== undefined) refuseUntil(room, tx.now);
}

/** Whether the name's owner signed in with this browser, or from around this address lately: strangers cannot shut such a door. */
async function isKnownSource(tx: Reading, { name, address, device }: Guess): Promise<boolean> {
  const account = await readSecret(tx, name);
  if (account === undefined) return false;
  if ((await recogniseDevice(tx, account.id, device)) !== undefined) return true;
  const seen = address === null ? undefined : await readNetwork(tx, account.id, networkOf(address, 'site'));
  return seen !== undefined && seen.last_at > tx.now - networkRemembered;
}

async function reserve(tx: Writing, guess: Guess, rules: AddressRules): Promise<Reservation> {
  const { name, password } = guess;
  const address = sourceOf(guess.address);
  await forgetGuesses(tx, { name, address }, { blurred: tx.now - sameGuess, gone: tx.now - kept });
  const told = JSON.stringify(['password', name, address, password]);
  const hash = tx.vault.hmac('presented-codes', told).toString('hex');
  const equal = await readEqualGuess(tx, hash, name, tx.now - sameGuess);
  if (equal !== undefined) return { id: equal };

  for (const rate of perNameAndAddress) await checkBudget(tx, { name, address }, rate);
  if (rules.passwordLimit !== 'off' && !isExempt(guess.address, rules)) {
    await checkBudget(tx, { address }, rules.passwordLimit);
  }
  const room = await roomAt(tx, { name }, perName);
  if (room !== undefined && !(await isKnownSource(tx, guess))) refuseUntil(room, tx.now);

  const id = newId(tx.now, tx.random);
  await insertGuess(tx, { id, name, address, guess_hash: hash });
  return { id };
}

/**
 * Reserves the guess of a password for a name, whether or not such an account exists. Fails with `too_many_attempts`
 * when a budget is used up: per name and address 10 in 15 min and 50 a day, per address as the rules say, per name
 * 100 an hour from networks and browsers where its owner was not seen.
 */
export async function reserveGuess(store: Store, guess: Guess, rules: AddressRules): Promise<Reservation> {
  const keys = [`guesses:name:${guess.name}`, `guesses:address:${sourceOf(guess.address)}`];
  return store.write((tx) => reserve(tx, guess, rules), { serialise: keys });
}

/** Gives a guess back: it was right, or it was never looked at. */
export async function giveBackGuess(store: Store, { id }: Reservation): Promise<void> {
  await store.write((tx) => removeGuess(tx, id));
}

/**
 * Counts an attempt to sign up from an address, before the work that it costs. Fails with `too_many_attempts`.
 */
export async function countSignUp(store: Store, address: string | null, rules: AddressRules): Promise<void> {
  const { signupLimit } = rules;
  if (signupLimit === 'off' || isExempt(address, rules)) return;
  const source = sourceOf(address);
  await store.write(
    async (tx) => {
      const after = tx.now - signupLimit.window;
      await forgetActs(tx, 'signup', source, after);
      const filling = await readFillingAct(tx, 'signup', source, after, signupLimit.count);
      if (filling !== undefined) refuseUntil(filling + signupLimit.window, tx.now);
      await insertAct(tx, 'signup', source);
    },
    { serialise: [`signup:${source}`] },
  );
}

/**
 * Fails with `too_many_attempts` when as many failures of a kind came from an address as passwords may fail there. Not
 * exact where many come at once: it keeps floods out, not guesses.
 */
export async function checkFailures(
  store: Store,
  kind: string,
  address: string | null,
  rules: AddressRules,
): Promise<void> {
  const { passwordLimit } = rules;
  if (passwordLimit === 'off' || isExempt(address, rules)) return;
  await store.read(async (tx) => {
    const after = tx.now - passwordLimit.window;
    const filling = await readFillingAct(tx, kind, sourceOf(address), after, passwordLimit.count);
    if (filling !== undefined) refuseUntil(filling + passwordLimit.window, tx.now);
  });
}

/** Counts a failure of a kind from an address. */
export const countFailure = (store: Store, kind: string, address: string | null): Promise<void> =>
  store.write((tx) => insertAct(tx, kind, sourceOf(address)));

/**
 * Counts one more beginning of a kind from an address, in the transaction that begins it. Fails with `too_many_attempts`
 * where there were as many as `limit` says.
 */
export async function countBeginning(
  tx: Writing,
  kind: string,
  address: string | null,
  { loginLimit, loopbackExempt }: LoginStartLimit,
): Promise<void> {
  if (loginLimit === 'off' || (loopbackExempt && address !== null && isLoopback(address))) return;
  const source = sourceOf(address);
  const after = tx.now - loginLimit.window;
  await forgetActs(tx, kind, source, after);
  const filling = await readFillingAct(tx, kind, source, after, loginLimit.count);
  if (filling !== undefined) refuseUntil(filling + loginLimit.window, tx.now);
  await insertAct(tx, kind, source);
}

/** How many logins may be begun from one address. */
export interface LoginStartLimit {
  readonly loginLimit: { readonly count: number; readonly window: number } | 'off';
  /** Whether this machine itself is free of limits per address. */
  readonly loopbackExempt: boolean;
}

/** The longest window that a setting can give to a limit. */
const longestWindow = 30 * day;

/** Forgets what no limit counts any more, also where nobody comes back; returns how many rows went. */
export async function sweepGuesses(store: Store): Promise<number> {
  return store.write((tx) => forgetOld(tx, tx.now - kept, tx.now - longestWindow));
}
