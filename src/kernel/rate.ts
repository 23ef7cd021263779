/**
 * Limits of so many within any span of time, counted in buckets: a twentieth of the span each. Never more than the limit
 * pass within a span; what passed counts for at most a twentieth longer than it has to. Pure.
 */
import type { Instant } from './ports.ts';

/** So many within any span of `window` milliseconds. */
export interface Rate {
  readonly count: number;
  readonly window: number;
}

/** How many came from `since` until the next bucket begins. */
export interface Bucket {
  readonly since: Instant;
  readonly count: number;
}

const bucketsPerWindow = 20;

const lengthOf = ({ window }: Rate): number => Math.max(1, Math.ceil(window / bucketsPerWindow));

/** The beginning of the bucket that an instant belongs to. */
export const bucketAt = (rate: Rate, at: Instant): Instant => at - (at % lengthOf(rate));

/** Whether a bucket counts no longer. */
export const isOver = (rate: Rate, { since }: Bucket, now: Instant): boolean =>
  since + lengthOf(rate) + rate.window <= now;

/** When there is room for one more, or undefined where there is room now. The buckets may come in any order. */
export function roomAt(rate: Rate, buckets: readonly Bucket[], now: Instant): Instant | undefined {
  const counted = buckets.filter((bucket) => !isOver(rate, bucket, now)).sort((a, b) => a.since - b.since);
  let rest = counted.reduce((sum, { count }) => sum + count, 0) - rate.count;
  if (rest < 0) return undefined;
  for (const { since, count } of counted) {
    rest -= count;
    if (rest < 0) return since + lengthOf(rate) + rate.window;
  }
  return now + rate.window;
}

/** What `Retry-After` says, in whole seconds. */
export const secondsUntil = (instant: Instant, now: Instant): number =>
  Math.max(1, Math.ceil((instant - now) / 1000));
