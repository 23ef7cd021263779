/** The background work of accounts and tokens: warnings of endings, and forgetting what limits no longer count. */
import { sweepGuesses } from '../accounts/guesses.ts';
import type { Log } from '../kernel/ports.ts';
import { repeat } from '../ledger/worker.ts';
import type { Store } from '../store/store.ts';
import { warnOfEndings } from './warnings.ts';

const hour = 3600_000;

/** Starts the background work; the returned function ends it and resolves when nothing is under way any more. */
export function startTokenWork({ store, log }: { store: Store; log: Log }): () => Promise<void> {
  const stops = [
    repeat({ name: 'warn of ending tokens', pause: hour, run: () => warnOfEndings(store) }, log),
    repeat({ name: 'forget old guesses', pause: hour, run: () => sweepGuesses(store) }, log),
  ];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}
