import type { Instant } from '../kernel/ports.ts';
import type { Store, Writing } from '../store/store.ts';
import { warned } from './life.ts';
import { mailTokenEnding } from './mails.ts';
import { readEnding, setWarnings } from './tokens.sql.ts';

const batch = 100;

/** How many of the warnings are due for a token that ends at an instant. */
const dueBy = (end: Instant, now: Instant): number => warned.filter((before) => end - now <= before).length;

async function warnSome(tx: Writing, before: number, fewerThan: number): Promise<number> {
  const rows = await readEnding(tx, tx.now + before, fewerThan, batch);
  for (const row of rows) {
    // Where no server ran at the first, the last warning stands for both.
    await setWarnings(tx, row.id, dueBy(row.expires_at, tx.now));
    await mailTokenEnding(tx, row);
  }
  return rows.length;
}

/**
 * Mails the owners of access tokens that end within a week, and again within a day (TK3). Returns how many mails were
 * written. Any process may call it, hourly or so: each warning is written once.
 */
export async function warnOfEndings(store: Store): Promise<number> {
  let written = 0;
  for (const [index, before] of warned.entries()) {
    let some = batch;
    while (some === batch) {
      some = await store.write((tx) => warnSome(tx, before, index + 1), { serialise: ['token-warnings'] });
      written += some;
    }
  }
  return written;
}
