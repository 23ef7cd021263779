/**
 * How often tarballs are fetched. Counted in memory, written in batches: a download never waits for its count, and a
 * process that is killed loses what it counted in the last seconds.
 */
import type { Clock, Instant, Log } from '../kernel/ports.ts';
import { repeat } from '../ledger/worker.ts';
import type { Store } from '../store/store.ts';
import { type Day, dayOf } from './download-periods.ts';
import { addDownloads, addTotals, type DownloadRow } from './downloads.sql.ts';

/** Between two batches. */
const rhythm: Instant = 10_000;
/** Rows in one transaction: few enough that nobody waits for it. */
const batch = 200;
/** Different counts held at most; what comes beyond them, while nothing can be written, is not counted. */
const mostHeld = 50_000;

export interface DownloadCounter {
  /** Notes one download. `isPublic`: whether it also counts for all public packages together. */
  count(packageId: string, version: string, isPublic: boolean): void;
  /** Writes all that was counted so far. Calls at the same time share one run. Fails where the store does. */
  flush(): Promise<void>;
}

interface Counts {
  rows: Map<string, DownloadRow>;
  totals: Map<Day, number>;
}

const nothing = (): Counts => ({ rows: new Map(), totals: new Map() });

function addRow({ rows }: Counts, row: DownloadRow): void {
  const key = `${row.package_id}/${row.day}/${row.version}`;
  const known = rows.get(key);
  if (known) known.count += row.count;
  else if (rows.size < mostHeld) rows.set(key, row);
}

const addTotal = ({ totals }: Counts, day: Day, count: number): void =>
  void totals.set(day, (totals.get(day) ?? 0) + count);

/** Rows in the order of their key, so that processes that write the same ones never wait for each other in a circle. */
const inOrder = (rows: Iterable<DownloadRow>): DownloadRow[] => {
  const keyOf = ({ package_id, day, version }: DownloadRow): string => `${package_id}/${day}/${version}`;
  return [...rows].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
};

/** Counts downloads into the store. */
export function createDownloadCounter(store: Store, clock: Clock): DownloadCounter {
  let held = nothing();
  let running: Promise<void> | undefined;

  const writeAll = async (counts: Counts): Promise<void> => {
    const rows = inOrder(counts.rows.values());
    const totals = [...counts.totals].map(([day, count]) => ({ day, count }));
    try {
      if (totals.length > 0) {
        await store.write((tx) => addTotals(tx, totals));
        counts.totals.clear();
      }
      while (rows.length > 0) {
        const some = rows.slice(0, batch);
        await store.write((tx) => addDownloads(tx, some));
        rows.splice(0, some.length);
      }
    } catch (thrown) {
      // What could not be written is counted on, together with what came meanwhile.
      for (const row of rows) addRow(held, row);
      for (const [day, count] of counts.totals) addTotal(held, day, count);
      throw thrown;
    }
  };

  const flush = async (): Promise<void> => {
    while (running) await running.catch(() => undefined);
    if (held.rows.size === 0 && held.totals.size === 0) return;
    const taken = held;
    held = nothing();
    running = writeAll(taken).finally(() => {
      running = undefined;
    });
    await running;
  };

  return {
    count: (packageId, version, isPublic) => {
      const day = dayOf(clock.now());
      addRow(held, { package_id: packageId, day, version, count: 1 });
      if (isPublic) addTotal(held, day, 1);
    },
    flush,
  };
}

/** Starts the writing; the returned function writes the rest and resolves when it is done. */
export function startCounting(counter: DownloadCounter, log: Log): () => Promise<void> {
  const stop = repeat({ name: 'write download counts', pause: rhythm, run: () => counter.flush() }, log);
  return async () => {
    await stop();
    try {
      await counter.flush();
    } catch (thrown) {
      log.warn({ because: String(thrown) }, 'stopped without the last download counts');
    }
  };
}
