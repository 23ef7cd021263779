import { expect, it } from 'vitest';
import { Failure } from '../../src/kernel/failure.ts';
import { sentenceOf } from '../../src/site/failures.tsx';

it.each([
  [1, 'in 1 second'],
  [89, 'in 89 seconds'],
  [90, 'in 2 minutes'],
  [240, 'in 4 minutes'],
  [241, 'in 5 minutes'],
])('a page says when to try again after %i seconds in words, and never too early', (retryAfter, words) => {
  for (const code of ['too_many_attempts', 'too_many_requests'] as const)
    expect(sentenceOf(new Failure(code, { retryAfter }))).toContain(`Try again ${words}.`);
});
