/** The background work of accounts and tokens: warnings of endings, gathered mails, and forgetting what limits no longer count and nobody answered. */
import { sweepGuesses } from '../accounts/guesses.ts';
import { sweepHandoffs } from '../accounts/handoffs.ts';
import { sweepLinks } from '../accounts/mailed-links.ts';
import { sweepSessions } from '../accounts/sessions.ts';
import { sweepWaiting } from '../accounts/waiting-sign-ins.ts';
import { sweepCeremonies } from '../factors/ceremonies.ts';
import type { Log } from '../kernel/ports.ts';
import { repeat } from '../ledger/worker.ts';
import type { Store } from '../store/store.ts';
import { mailGathered } from './bypass-publishes.ts';
import { warnOfEndings } from './warnings.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Starts the background work; the returned function ends it and resolves when nothing is under way any more. */
export function startTokenWork({ store, log }: { store: Store; log: Log }): () => Promise<void> {
  const stops = [
    repeat({ name: 'mail gathered publishes', pause: minute, run: () => mailGathered(store) }, log),
    repeat({ name: 'warn of ending tokens', pause: hour, run: () => warnOfEndings(store) }, log),
    repeat({ name: 'forget old guesses', pause: hour, run: () => sweepGuesses(store) }, log),
    repeat({ name: 'forget old sessions', pause: hour, run: () => sweepSessions(store) }, log),
    repeat({ name: 'forget old waiting sign-ins', pause: hour, run: () => sweepWaiting(store) }, log),
    repeat({ name: 'forget old links', pause: hour, run: () => sweepLinks(store) }, log),
    repeat({ name: 'forget old challenges', pause: hour, run: () => sweepCeremonies(store) }, log),
    repeat({ name: 'forget old hand-offs', pause: minute / 2, run: () => sweepHandoffs(store) }, log),
  ];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}
