import { describe, expect, test } from 'vitest';
import { type Bucket, bucketAt, isOver, type Rate, roomAt, secondsUntil } from '../../src/kernel/rate.ts';
import { createRandom } from '../support/ports.ts';

const minute = 60_000;
const start = 1_800_000_000_000;

/** Lets through what there is room for, and tells when that was. */
function passing(rate: Rate, tries: readonly number[]): number[] {
  let buckets: Bucket[] = [];
  const passed: number[] = [];
  for (const at of tries) {
    if (roomAt(rate, buckets, at) !== undefined) continue;
    passed.push(at);
    buckets = buckets.filter((bucket) => !isOver(rate, bucket, at));
    const since = bucketAt(rate, at);
    const before = buckets.find((bucket) => bucket.since === since)?.count ?? 0;
    buckets = [...buckets.filter((bucket) => bucket.since !== since), { since, count: before + 1 }];
  }
  return passed;
}

describe('a rate', () => {
  test.each([
    { count: 1, window: 1 },
    { count: 3, window: 1000 },
    { count: 7, window: 10 * minute },
    { count: 50, window: 86_400_000 },
  ])('of $count in $window ms lets never more through within any such span', (rate) => {
    const random = createRandom(`tries ${rate.count}`);
    let at = start;
    const tries = Array.from({ length: 2000 }, () => {
      at += Math.floor((random.bytes(1).readUInt8() / 128) * (rate.window / rate.count));
      return at;
    });
    const passed = passing(rate, tries);
    expect(passed.length).toBeGreaterThan(rate.count);
    for (const [index, first] of passed.entries()) {
      const next = passed[index + rate.count];
      if (next !== undefined) expect(next - first).toBeGreaterThanOrEqual(rate.window);
    }
  });

  test('has room again at the instant that it names, and not before', () => {
    const rate = { count: 5, window: 10 * minute };
    const buckets = [
      { since: bucketAt(rate, start), count: 2 },
      { since: bucketAt(rate, start + 3 * minute), count: 3 },
    ];
    const room = roomAt(rate, buckets, start + 4 * minute) ?? 0;
    expect(room - start).toBeGreaterThanOrEqual(rate.window);
    expect(room - start).toBeLessThanOrEqual(rate.window * 1.05);
    expect(roomAt(rate, buckets, room - 1)).toBe(room);
    expect(roomAt(rate, buckets, room)).toBeUndefined();
  });

  test('waits for as many as are too many, in whatever order they are told', () => {
    const rate = { count: 2, window: 20 };
    const buckets = [3, 1, 0, 2].map((since) => ({ since, count: 1 }));
    expect(roomAt(rate, buckets, 4)).toBe(2 + 1 + 20);
  });

  test('tells whole seconds, at least one', () => {
    expect([secondsUntil(1, 0), secondsUntil(1000, 0), secondsUntil(1001, 0), secondsUntil(0, 5)]).toEqual([
      1, 1, 2, 1,
    ]);
  });
});
