import type { Instant } from '../../kernel/ports.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const units = [
  ['year', 365 * day],
  ['month', 30 * day],
  ['day', day],
  ['hour', hour],
  ['minute', minute],
] as const;

/** `3 days ago`, `in 2 hours`, `just now`: whole units, rounded down; what somebody waits for in hours below three days. */
export function sayWhen(at: Instant, now: Instant): string {
  const distance = Math.abs(now - at);
  const isNear = at > now && distance < 3 * day;
  const unit = units.find(([name, length]) => distance >= length && !(isNear && name === 'day'));
  if (unit === undefined) return at > now ? 'in less than a minute' : 'just now';
  const count = Math.floor(distance / unit[1]);
  const words = `${count} ${unit[0]}${count === 1 ? '' : 's'}`;
  return at > now ? `in ${words}` : `${words} ago`;
}

/** An instant in relative words, the exact one (UTC, ISO 8601) on hover; `absent` stands where there is none. */
export function Time(props: {
  readonly at: Instant | null;
  readonly now: Instant;
  readonly absent?: string;
}) {
  if (props.at === null) return <span class="muted">{props.absent ?? 'never'}</span>;
  const iso = new Date(props.at).toISOString();
  return (
    <time dateTime={iso} title={`${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`}>
      {sayWhen(props.at, props.now)}
    </time>
  );
}
