/** What was counted, for whoever may read the packages. */
import { fail } from '../kernel/failure.ts';
import type { Actor } from '../policy/actor.ts';
import type { Reading } from '../store/store.ts';
import { type Day, type Period, readPeriod, writeDay } from './download-periods.ts';
import { readDownloads, readPackagesNamed, readTotals } from './downloads.sql.ts';
import { mayRead } from './facts.ts';
import { readPackage } from './packages.sql.ts';
import { readMaintainersOf } from './search.sql.ts';

const mostNames = 128;

/** Downloads of each day of a period, and of which package; of all public ones where it has no name. */
export interface Counts {
  package?: string;
  period: Period;
  days: ReadonlyMap<Day, number>;
}

const byDay = (rows: readonly { day: Day; count: number }[]): Map<Day, number> =>
  new Map(rows.map(({ day, count }) => [day, count]));

/** Downloads of all public packages together. Fails with `request_invalid` for what is no period. */
export async function countAll(tx: Reading, period: string): Promise<Counts> {
  const read = readPeriod(period, tx.now, 'single');
  return { period: read, days: byDay(await readTotals(tx, read)) };
}

/** Downloads of one package. Fails with `package_not_found`, `request_invalid`. */
export async function countOne(tx: Reading, period: string, name: string): Promise<Counts> {
  const read = readPeriod(period, tx.now, 'single');
  const row = await readPackage(tx, name);
  if (row === undefined || row.unpublished_at !== null) return fail('package_not_found');
  return { package: name, period: read, days: byDay(await readDownloads(tx, [row.id], read)) };
}

/**
 * Downloads of several packages, in the order of their names as given; nothing for those that the reader may not read.
 * Fails with `request_invalid` for scoped names, too many of them, or too long a period.
 */
export async function countSeveral(
  tx: Reading,
  wish: { period: string; names: readonly string[] },
  reader: Pick<Actor, 'account' | 'grants'>,
  anonymousRead: boolean,
): Promise<Map<string, Counts | null>> {
  const read = readPeriod(wish.period, tx.now, 'several');
  if (wish.names.length > mostNames)
    fail('request_invalid', { reason: `At most ${mostNames} packages are counted at once.` });
  if (wish.names.some((name) => name.startsWith('@')))
    fail('request_invalid', { reason: 'Scoped packages are counted one at a time: ask for each by itself.' });
  const rows = await readPackagesNamed(tx, wish.names);
  const ids = rows.map(({ id }) => id);
  const maintainers = await readMaintainersOf(tx, ids);
  const readable = rows.filter((row) => {
    const people = maintainers.filter((person) => person.package_id === row.id).map(({ id }) => id);
    return mayRead(anonymousRead, reader, { row, maintainers: new Set(people) });
  });
  const countsOf = new Map(readable.map(({ id }) => [id, new Map<Day, number>()]));
  for (const { package_id, day, count } of await readDownloads(tx, [...countsOf.keys()], read))
    countsOf.get(package_id)?.set(day, count);
  const idOf = new Map(readable.map(({ id, name }) => [name, id]));
  return new Map(
    wish.names.map((name) => {
      const days = countsOf.get(idOf.get(name) ?? '');
      return [name, days ? { package: name, period: read, days } : null];
    }),
  );
}

const named = (counts: Counts) => (counts.package === undefined ? {} : { package: counts.package });
const bounds = ({ period }: Counts) => ({ start: writeDay(period.start), end: writeDay(period.end) });

/** As npm's `/downloads/point` tells it. */
export function asPoint(counts: Counts) {
  const downloads = [...counts.days.values()].reduce((sum, count) => sum + count, 0);
  return { downloads, ...bounds(counts), ...named(counts) };
}

/** As npm's `/downloads/range` tells it: every day, also those without any. */
export function asRange(counts: Counts) {
  const { start, end } = counts.period;
  const downloads = Array.from({ length: end - start + 1 }, (_, index) => ({
    downloads: counts.days.get(start + index) ?? 0,
    day: writeDay(start + index),
  }));
  return { ...bounds(counts), ...named(counts), downloads };
}
