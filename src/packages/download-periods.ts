/** Periods as npm's download counts speak of them (protocol/packages.md §10): whole days, UTC. */
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';

const dayLength: Instant = 24 * 60 * 60 * 1000;

/** A day as days since 1970-01-01 UTC. */
export type Day = number;

export const dayOf = (instant: Instant): Day => Math.floor(instant / dayLength);

/** `YYYY-MM-DD`. */
export const writeDay = (day: Day): string => new Date(day * dayLength).toISOString().slice(0, 10);

/** Both days belong to it. */
export interface Period {
  start: Day;
  end: Day;
}

/** The longest period of one package (18 months) and of several, in days. */
const longest = { single: 550, several: 365 };

const named: ReadonlyMap<string, number> = new Map([
  ['last-day', 1],
  ['last-week', 7],
  ['last-month', 30],
  ['last-year', 365],
]);

const refuse = (reason: string): never => fail('request_invalid', { reason });

function readDay(text: string): Day {
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const day = dayOf(instant);
  if (Number.isNaN(instant) || writeDay(day) !== text)
    refuse(
      `"${text.slice(0, 40)}" is not a day: write YYYY-MM-DD, or last-day, last-week, last-month or last-year.`,
    );
  return day;
}

/**
 * Reads `last-day` and its like, which end today because counts are there at once, `DATE` or `DATE:DATE`. Fails with
 * `request_invalid` also where the period is longer than may be asked for.
 */
export function readPeriod(text: string, now: Instant, of: 'single' | 'several'): Period {
  const today = dayOf(now);
  const length = named.get(text);
  if (length !== undefined) return { start: today - length + 1, end: today };
  const [from = '', to = from, ...more] = text.split(':');
  const period = { start: readDay(from), end: readDay(to) };
  if (more.length > 0 || period.end < period.start)
    refuse('A period is one day, or a day, ":" and a later day.');
  if (period.end - period.start + 1 > longest[of])
    refuse(`A period has at most ${longest[of]} days here: ask for it in parts.`);
  return period;
}
