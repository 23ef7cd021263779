/** Takes away tarballs that no version refers to: refused publishes, crashes, unpublished versions (IN5). */
import type { Blobs, Instant, Log } from '../kernel/ports.ts';
import type { Store } from '../store/store.ts';
import { isBlobUsed } from './packages.sql.ts';

/** How long a blob may wait for the transaction that makes it visible. */
const patience: Instant = 24 * 60 * 60 * 1000;

const interval = 6 * 60 * 60 * 1000;

/** Sweeps every six hours; the returned function ends that once a sweep that is under way has finished. */
export function startSweeping(store: Store, blobs: Blobs, log: Log): () => Promise<void> {
  let under: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    under = sweepBlobs(store, blobs).then(
      (removed) => log.debug({ removed }, 'swept tarballs that no version refers to'),
      (thrown) => log.error({ err: thrown }, 'the sweep of tarballs failed'),
    );
  }, interval);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await under;
  };
}

/** Sweeps once; returns how many blobs went. */
export async function sweepBlobs(store: Store, blobs: Blobs): Promise<number> {
  let removed = 0;
  for await (const { key, storedAt } of blobs.list()) {
    const limit = store.clock.now() - patience;
    if (storedAt >= limit || (await store.read((tx) => isBlobUsed(tx, key)))) continue;
    await blobs.remove(key, limit);
    removed += 1;
  }
  return removed;
}
