import { availableParallelism } from 'node:os';
import { fail } from '../kernel/failure.ts';

/** Lets a bounded number of slow jobs run at once, a bounded number wait, and refuses the rest. */
export interface Slots {
  /** Runs the job when a slot is free. Fails with `busy` when all waiting places are taken. */
  take<T>(job: () => Promise<T>): Promise<T>;
}

/** Seconds after which a refused caller may try again. */
const retryAfter = 2;

/** `running` jobs at once, `waiting` more in a queue, first come first served. */
export function createSlots({ running, waiting }: { running: number; waiting: number }): Slots {
  let free = running;
  const queue: (() => void)[] = [];
  return {
    async take(job) {
      if (free > 0) free -= 1;
      else if (queue.length >= waiting) fail('busy', { retryAfter });
      else await new Promise<void>((resolve) => queue.push(resolve));
      try {
        return await job();
      } finally {
        const next = queue.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}

/** What libuv starts with; files and zlib live on these threads too, so hashes get at most half (PW5). */
const threads = 4;

/** Password hashes of this process: a flood of sign-ins costs latency to sign-ins only (PW5). */
export const hashingSlots = createSlots({
  running: Math.min(Math.max(1, availableParallelism() - 1), threads / 2),
  waiting: 64,
});
