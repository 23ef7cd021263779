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

parentPort?.on('message', ({ number, password, words }: EstimateRequest) => {
  const { score, feedback } = estimator.check(password, words);
  const advice = [feedback.warning ?? '', ...feedback.suggestions].filter((sentence) => sentence !== '');
  const estimate: Estimate = { score, advice };
  parentPort?.postMessage({ number, estimate });
});
