/**
 * How often second factors may be guessed (RL1, RL2, RL4, RL8). A guess is reserved in a short transaction of its own
 * before the code is looked at, so the numbers hold exactly over any number of requests at once, entry points and
 * processes; whatever fails afterwards, an uncounted guess is never possible. Guesses are counted, not requests: the
 * same code within one 30-second step is one guess, and a code that the account has spent is none.
 *
 * An outsider who knows the password must not lock the owner out. What an outsider can use up is the budget for the
 * app's six digits alone: tokens and installs never ask it; a recovery code is counted by the network it comes from, so
 * only the outsider's own network runs out of tries (at 53 bits per code that is no danger); and using one gives the
 * app's codes back. What was approved on a page (256 bits) is counted in the same way.
 */
import { forgetDevice, recogniseDevice } from '../accounts/devices.ts';
import { networkOf } from '../kernel/address.ts';
import { Failure, isFailure } from '../kernel/failure.ts';
import type { Actor } from '../policy/actor.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import {
  ageGuesses,
  type Counted,
  countWrong,
  forgiveGuesses,
  type GuessRow,
  insertGuess,
  isReserved,
  markWrong,
  readFilling,
  removeGuess,
  suspendToken,
} from './budget.sql.ts';
import { type PresentedCode, readCode } from './codes.ts';
import { readMode, readTotp, removePending, setBar } from './factors.sql.ts';
import { mailTokenSuspended, mailWrongCodes } from './mails.ts';
import { ageProofs } from './spent.sql.ts';
import { guessRow, isSpent } from './spent.ts';

interface Rate {
  readonly count: number;
  /** Milliseconds. */
  readonly window: number;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const perAccount = [
  { count: 5, window: 10 * minute },
  { count: 10, window: hour },
  { count: 20, window: day },
] as const satisfies Rate[];
const perToken = [
  { count: 5, window: 10 * minute },
  { count: 10, window: day },
] as const satisfies Rate[];
/** Of a known device: others' failures never spend it (RL3). */
const perDevice = [
  { count: 5, window: 10 * minute },
  { count: 20, window: day },
] as const satisfies Rate[];
/** Recovery codes, per account and network. */
const perNetwork = perAccount.slice(0, 2);

/** After so many wrong codes in a day the owner hears of it; the last of them bars the app's codes. */
const mailedAt = [3, 20];
const barredAt = 20;
const suspendedAt = 10;
/** After so many wrong codes in a day a device is not known any more. */
const forgottenAt = 20;

/** A code that somebody presents for an account. */
export interface Guess {
  /** The account's id. */
  readonly account: string;
  readonly actor: Actor;
  /** As it came. */
  readonly code: string;
}

/** Why no further guess may be looked at. */
type Refusal = Failure<'too_many_attempts'> | Failure<'codes_barred'>;

async function whyOverRate(
  tx: Reading,
  counted: Counted,
  rates: readonly Rate[],
): Promise<Refusal | undefined> {
  let room = tx.now;
  for (const { count, window } of rates) {
    const filling = await readFilling(tx, counted, tx.now - window, count);
    if (filling !== undefined) room = Math.max(room, filling + window);
  }
  if (room === tx.now) return undefined;
  return new Failure('too_many_attempts', { retryAfter: Math.ceil((room - tx.now) / 1000) });
}

async function whyOverBudget(
  tx: Reading,
  { account, actor }: Guess,
  code: PresentedCode,
  device: string | null,
): Promise<Refusal | undefined> {
  if (device !== null) return whyOverRate(tx, { device }, perDevice);
  const byToken = actor.token === null ? undefined : await whyOverRate(tx, { token: actor.token }, perToken);
  if (byToken) return byToken;
  if (code.kind === 'recovery-code' || code.kind === 'web') {
    // Nobody's network can be told apart where addresses are unknown: then all guesses count (IP2).
    const own = actor.address === null ? {} : { network: networkOf(actor.address, 'site') };
    return whyOverRate(tx, { account, ...own }, perNetwork);
  }
  const app = await readTotp(tx, account);
  // A code that a key page shows follows the touch of a key, which outsiders cannot shut out (RL5).
  if (app && app.barred_at !== null && code.kind !== 'key-page')
    return new Failure('codes_barred', undefined);
  return whyOverRate(tx, { account }, perAccount);
}

/**
 * Gives the owner the app's codes back, and room for those of key pages: called where something was used that only the
 * owner has, so whoever guessed before was somebody else.
 */
export async function liftBar(tx: Writing, account: string): Promise<void> {
  const wasBarred = await setBar(tx, account, null);
  if (wasBarred || (await countWrong(tx, { account }, tx.now - day)) >= barredAt)
    await forgiveGuesses(tx, account, tx.now - hour);
}

/** Lets time pass for what an account's codes depend on, in this transaction because it commits even where it refuses. */
async function age(tx: Writing, account: string): Promise<void> {
  await ageGuesses(tx, account, tx.now - day);
  await ageProofs(tx, account, tx.now - day);
  await removePending(tx, account, tx.now);
}

/** The counted guess, nothing where the code is none, or why it may not be looked at. */
async function reserve(
  tx: Writing,
  guess: Guess,
  code: PresentedCode,
): Promise<{ row?: GuessRow; refusal?: Refusal }> {
  const { account, actor } = guess;
  await age(tx, account);
  if (await isSpent(tx, account, code, actor.receivedAt)) return {};
  const device = (await recogniseDevice(tx, account, actor.device))?.id ?? null;
  const row = { ...guessRow(tx, account, actor, code), device_id: device };
  if (await isReserved(tx, row)) return { row };
  const refusal = await whyOverBudget(tx, guess, code, device);
  if (refusal) return { refusal };
  await insertGuess(tx, row);
  return { row };
}

/** A known device that guesses wrong too often is forgotten; nothing else of the account is touched. */
async function settleWrongOnDevice(tx: Writing, { account, actor }: Guess, device: string): Promise<void> {
  const wrong = await countWrong(tx, { device }, tx.now - day);
  if (mailedAt.includes(wrong)) await mailWrongCodes(tx, account, actor, wrong, false);
  if (wrong >= forgottenAt) await forgetDevice(tx, account, device);
}

/** The code was wrong: the guess stays counted, and the numbers at which something happens are looked at. */
async function settleWrong(tx: Writing, guess: Guess, code: PresentedCode, row: GuessRow): Promise<void> {
  const { account, actor } = guess;
  // Another request may have spent the very code meanwhile: then this one was a replay and no guess.
  if (await isSpent(tx, account, code, actor.receivedAt)) return removeGuess(tx, row);
  if (!(await markWrong(tx, row))) return;
  // During a first set-up there is nothing yet that a guess could open.
  if ((await readMode(tx, account)) === undefined) return;
  if (row.device_id !== null) return settleWrongOnDevice(tx, guess, row.device_id);
  const wrong = await countWrong(tx, { account }, tx.now - day);
  const barred = wrong >= barredAt && (await readTotp(tx, account)) !== undefined;
  if (barred) await setBar(tx, account, tx.now);
  if (mailedAt.includes(wrong)) await mailWrongCodes(tx, account, actor, wrong, barred);
  if (actor.token === null) return;
  const wrongByToken = await countWrong(tx, { token: actor.token }, tx.now - day);
  if (wrongByToken >= suspendedAt && (await suspendToken(tx, actor.token))) {
    await mailTokenSuspended(tx, account, actor);
  }
}

/**
 * Does what looks at a code (`work`, which fails with `otp_refused` when it is wrong and forgives the guess itself when it
 * is right) within the budgets. Fails with `too_many_attempts` when one is used up and with `codes_barred` after too many
 * wrong codes; the code is not looked at then, and nothing is counted. Where no code came nothing is counted either.
 */
export async function withinBudget<T>(store: Store, guess: Guess, work: () => Promise<T>): Promise<T> {
  const code = readCode(guess.code);
  if (!code) return work();
  const serialise = [`account:${guess.account}`];
  const { row, refusal } = await store.write((tx) => reserve(tx, guess, code), { serialise });
  if (refusal) throw refusal;
  try {
    return await work();
  } catch (thrown) {
    const wasWrong = isFailure(thrown, 'otp_refused');
    if (row) {
      await store.write((tx) => (wasWrong ? settleWrong(tx, guess, code, row) : removeGuess(tx, row)), {
        serialise,
      });
    }
    throw thrown;
  }
}
