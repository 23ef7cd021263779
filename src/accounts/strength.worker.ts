/** The thread in which `strength.ts` keeps the estimator of password strength and its dictionaries. */
import { parentPort } from 'node:worker_threads';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as commonWords } from '@zxcvbn-ts/language-common';
import { dictionary as englishWords, translations } from '@zxcvbn-ts/language-en';

/** A question: the normalised password and the words that belong to its owner. */
export interface EstimateRequest {
  number: number;
  password: string;
  words: string[];
}

/** The answer: 0 (guessed at once) to 4 (very hard to guess), and sentences that would help. */
export interface Estimate {
  score: number;
  advice: string[];
}

/** Judging more than this costs seconds and changes nothing: what is strong by then stays strong. */
const maxLength = 128;

const estimator = new ZxcvbnFactory({
  translations,
  graphs: adjacencyGraphs,
  dictionary: { ...commonWords, ...englishWords },
  maxLength,
});

const literally = (word: string): string => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** The password without the words that an attacker of this account would try first. */
const without = (password: string, words: readonly string[]): string => {
  const longestFirst = [...words].sort((one, other) => other.length - one.length);
  return longestFirst.reduce(
    (rest, word) => rest.replaceAll(new RegExp(literally(word), 'gi'), ''),
    password,
  );
};

/** Two such words and a hyphen are strong to the estimator, and guessed at once by whoever knows the account. */
const judge = (password: string, words: string[]): Estimate => {
  const { score, feedback } = estimator.check(password, words);
  const advice = [feedback.warning ?? '', ...feedback.suggestions].filter((sentence) => sentence !== '');
  const rest = without(password, words);
  const scoreOfRest = rest === password ? score : estimator.check(rest, words).score;
  return scoreOfRest < score
    ? {
        score: scoreOfRest,
        advice: ['Your name, your address and the name of this site do not count.', ...advice],
      }
    : { score, advice };
};

parentPort?.on('message', ({ number, password, words }: EstimateRequest) => {
  parentPort?.postMessage({ number, estimate: judge(password, words) });
});
