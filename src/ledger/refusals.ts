import type { Store } from '../store/store.ts';
import { type AuditEntry, record } from './audit.ts';
import type { Floods } from './floods.ts';

/**
 * Records a refusal in a short transaction of its own: the refused act has rolled back, and its trace must stay. Fails
 * when the log cannot be written, so that nothing is guessed unseen (RN4). The first refusals of a kind within ten
 * minutes get a row each, the rest one row with their number: a token that may not publish could otherwise fill the
 * disk by trying.
 */
export async function recordRefusal(
  store: Store,
  floods: Floods,
  entry: Omit<AuditEntry, 'outcome' | 'count'>,
): Promise<void> {
  const source =
    entry.account === undefined ? `address:${entry.address ?? 'unknown'}` : `account:${entry.account}`;
  const limit = `${entry.action} ${entry.reason ?? ''}`;
  const now = store.clock.now();
  if (floods.mayRecord(`${source} ${limit}`, now))
    await store.write((tx) => record(tx, { ...entry, outcome: 'refused' }));
  else floods.count({ limit, source, entry }, now);
}
