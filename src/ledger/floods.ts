/**
 * Requests that are refused again and again. One audit row each would let a flood fill the disk, so they are counted in
 * memory, added up in the database about once a second, and written as one row per limit, source and window when the
 * window is over (AU2). A crash loses at most the counts of the last second.
 */
import type { Instant } from '../kernel/ports.ts';
import type { FloodsTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { type AuditEntry, record } from './audit.ts';
import { addCounts, readEnded, removeCount } from './floods.sql.ts';
import { escapeText } from './plain-text.ts';

/** A refusal by a limit: its name, the source that it counts (`account:ID`, `token:KEY`, `address:IP`), the request. */
export interface LimitHit {
  limit: string;
  source: string;
  /** Without an action of its own the row says `limit.reached`, without a reason the limit's name. */
  entry: Omit<AuditEntry, 'action' | 'outcome' | 'count'> & { action?: string };
}

/** Windows begin at whole multiples of this, in milliseconds. */
export const floodWindow = 10 * 60 * 1000;

const sourcesKept = 10_000;
/** How many refusals of one kind get a row each within a window. */
const rowsEach = 20;
const batch = 200;

const keyOf = (row: FloodsTable): string => `${row.limit_name} ${row.source} ${row.window_start}`;

/** The counts of this process that are not in the database yet. */
export class Floods {
  #counts = new Map<string, FloodsTable>();
  #rows = { start: 0, perKind: new Map<string, number>() };

  /** Whether one more refusal of a kind gets an audit row of its own in this window; what does not is to be counted. */
  mayRecord(kind: string, now: Instant): boolean {
    const start = now - (now % floodWindow);
    if (this.#rows.start !== start) this.#rows = { start, perKind: new Map() };
    const { perKind } = this.#rows;
    const before = perKind.get(kind) ?? (perKind.size < sourcesKept ? 0 : rowsEach);
    if (before >= rowsEach) return false;
    perKind.set(kind, before + 1);
    return true;
  }

  /** Counts one refused request; costs no input or output. */
  count(hit: LimitHit, now: Instant): void {
    const window_start = now - (now % floodWindow);
    const one = (source: string, entry: LimitHit['entry']): FloodsTable => {
      return { limit_name: hit.limit, source, window_start, count: 1, entry: JSON.stringify(entry) };
    };
    const row = one(escapeText(hit.source), hit.entry);
    // A flood from very many sources is counted as one, so that its own record cannot fill the memory.
    const full = this.#counts.size >= sourcesKept && !this.#counts.has(keyOf(row));
    this.#merge(full ? one('others', { actorKind: 'stranger' }) : row);
  }

  /** Adds the counts up in the database; those that it did not take are kept for the next time. */
  async flush(store: Store): Promise<void> {
    const rows = [...this.#counts.values()];
    this.#counts = new Map();
    while (rows.length > 0) {
      const some = rows.splice(0, batch);
      try {
        await store.write((tx) => addCounts(tx, some), { serialise: ['floods'] });
      } catch (thrown) {
        for (const row of [...some, ...rows]) this.#merge(row);
        throw thrown;
      }
    }
  }

  #merge(row: FloodsTable): void {
    const kept = this.#counts.get(keyOf(row));
    if (kept) kept.count += row.count;
    else this.#counts.set(keyOf(row), row);
  }
}

/** Writes the audit rows of windows that are over; returns how many. Any process may call it. */
export async function closeFloods(store: Store): Promise<number> {
  const ended = (now: Instant): Instant => now - floodWindow;
  if ((await store.read((tx) => readEnded(tx, ended(tx.now), 1))).length === 0) return 0;
  return store.write(
    async (tx) => {
      const rows = await readEnded(tx, ended(tx.now), batch);
      for (const row of rows) {
        const entry = JSON.parse(row.entry) as LimitHit['entry'];
        const target = entry.target ?? row.source;
        const usual = { action: 'limit.reached', reason: row.limit_name };
        await record(tx, { ...usual, ...entry, outcome: 'refused', target, count: row.count });
        await removeCount(tx, row);
      }
      return rows.length;
    },
    { serialise: ['floods'] },
  );
}
