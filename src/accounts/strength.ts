import { Worker } from 'node:worker_threads';
import { fail } from '../kernel/failure.ts';
import { countCodePoints, longestPassword, normalisePassword } from './passwords.ts';
import type { Estimate, EstimateRequest } from './strength.worker.ts';

/** The operator's settings of PW1: characters at least (8–64) and the estimate to reach (0–4). */
export interface PasswordRule {
  length: number;
  strength: number;
}

/** What an attacker of this account would try first. */
export interface PasswordOwner {
  name: string;
  email: string;
  /** The host of the public URL. */
  host: string;
}

/**
 * How long the estimator stays in memory after its last use, in milliseconds: its dictionaries weigh as much as all the
 * rest, and loading them again costs a new password a quarter of a second, as it cost the first.
 */
const lingers = 3_000;
/** Longer than any estimate takes; after it the estimator is taken for stuck. */
const patience = 15_000;
const waiting = 64;
const retryAfter = 2;

interface Asked {
  settle(estimate: Estimate | undefined): void;
}

let worker: Worker | undefined;
let leaving: NodeJS.Timeout | undefined;
let lastNumber = 0;
const asked = new Map<number, Asked>();

const dismiss = (): void => {
  const dismissed = worker;
  worker = undefined;
  void dismissed?.terminate();
  for (const { settle } of asked.values()) settle(undefined);
  asked.clear();
};

const summon = (): Worker => {
  const source = import.meta.url.endsWith('.ts') ? './strength.worker.ts' : './strength.worker.js';
  const summoned = new Worker(new URL(source, import.meta.url));
  summoned.unref();
  summoned.on('message', ({ number, estimate }: { number: number; estimate: Estimate }) =>
    asked.get(number)?.settle(estimate),
  );
  const lost = (): void => {
    if (worker === summoned) dismiss();
  };
  summoned.on('error', lost);
  summoned.on('exit', lost);
  return summoned;
};

/**
 * Asks the estimator, which lives in a thread of its own while it is needed: loading its dictionaries takes a
 * quarter of a second, and a hostile text can cost it another half, neither of which other requests should feel.
 */
const estimate = (password: string, words: string[]): Promise<Estimate> => {
  if (asked.size >= waiting) fail('busy', { retryAfter });
  clearTimeout(leaving);
  worker ??= summon();
  const number = ++lastNumber;
  const request: EstimateRequest = { number, password, words };
  return new Promise<Estimate | undefined>((resolve) => {
    const stuck = setTimeout(dismiss, patience);
    asked.set(number, {
      settle(answer) {
        clearTimeout(stuck);
        asked.delete(number);
        if (asked.size === 0) leaving = setTimeout(dismiss, lingers).unref();
        resolve(answer);
      },
    });
    worker?.postMessage(request);
  }).then((answer) => answer ?? fail('busy', { retryAfter }));
};

/** The words that make a password guessable for this account alone. */
const wordsOf = ({ name, email, host }: PasswordOwner): string[] => {
  const local = email.slice(0, email.lastIndexOf('@'));
  const all = [
    name,
    local,
    host,
    ...name.split(/[._-]/),
    ...local.split(/[.+_-]/),
    ...host.split('.'),
    'tallystick',
    'npm',
  ];
  return [...new Set(all.filter((word) => word.length > 2))];
};

/**
 * Refuses a password that is too short, too long or too easy to guess, with a sentence that says what would help
 * (PW1; no rules of composition, NIST SP 800-63B-4 §3.1.1.2). For every password that is set, never for one that is
 * only checked (PW2). Fails with `request_invalid`, or `busy` when too many wait for an estimate.
 */
export async function checkNewPassword(
  typed: string,
  owner: PasswordOwner,
  rule: PasswordRule,
): Promise<void> {
  const password = normalisePassword(typed);
  if (!typed.isWellFormed())
    fail('request_invalid', { reason: 'The password has characters that are no text.' });
  if (countCodePoints(typed) > longestPassword) {
    fail('request_invalid', { reason: `A password has at most ${longestPassword} characters.` });
  }
  if (countCodePoints(password) < rule.length) {
    fail('request_invalid', {
      reason: `A password has at least ${rule.length} characters: a few random words do well.`,
    });
  }
  const { score, advice } = await estimate(password, wordsOf(owner));
  if (score < rule.strength) {
    fail('request_invalid', { reason: ['This password is too easy to guess.', ...advice].join(' ') });
  }
}
