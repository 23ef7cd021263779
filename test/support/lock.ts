import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The checkout, and a folder in it that git ignores for what tests fetch or build once. */
export const root = join(import.meta.dirname, '..', '..');
export const cache = join(root, '.cache');

const abandonedAfter = 180_000;

/** Runs work alone among all processes that name the same lock; an abandoned lock is taken over. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, `${name}.lock`);
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (since > 0 && Date.now() - since > abandonedAfter) rmdirSync(lock);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  try {
    return await work();
  } finally {
    rmdirSync(lock);
  }
}
