import { resolve } from 'node:path';

/** What `parse` answers to a text that is not of its kind. */
export const refused = Symbol('refused');
export type Refused = typeof refused;

/** What a kind of value knows: how it is written, and what becomes of the text. */
export interface Kind<T> {
  /** What a wrong value is told to be, e.g. `a duration from 1s to 14d, such as 15m`. */
  readonly expects: string;
  /** The value, or `refused` when the text is not of this kind. `base` is the folder of relative paths. */
  parse(text: string, base: string): T | Refused;
  /** The text as `tallystick config` prints it; parsing it again gives the same value. */
  print(value: T): string;
  /** Lists take a YAML sequence and commas, flags may stand without a value. */
  readonly shape?: 'list' | 'flag';
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const durationUnits: readonly (readonly [string, number])[] = [
  ['d', day],
  ['h', hour],
  ['m', minute],
  ['s', second],
];

const kibibyte = 1024;
const sizeUnits: readonly (readonly [string, number])[] = [
  ['GiB', kibibyte ** 3],
  ['MiB', kibibyte ** 2],
  ['KiB', kibibyte],
  ['B', 1],
];

function parseAmount(text: string, units: readonly (readonly [string, number])[]): number | undefined {
  if (text === '0') return 0;
  const [, digits, name] = /^(\d{1,12})([A-Za-z]+)$/.exec(text) ?? [];
  const unit = units.find(([known]) => known === name);
  return digits === undefined || unit === undefined ? undefined : Number(digits) * unit[1];
}

function printAmount(amount: number, units: readonly (readonly [string, number])[]): string {
  if (amount === 0) return '0';
  const [name, unit] = units.find(([, size]) => amount % size === 0) ?? ['', 1];
  return `${amount / unit}${name}`;
}

/** Milliseconds from `90s`, `15m`, `12h`, `14d` or `0`. */
export const parseDuration = (text: string): number | undefined => parseAmount(text, durationUnits);
/** The shortest exact writing of milliseconds: `90s`, `15m`. */
export const printDuration = (milliseconds: number): string => printAmount(milliseconds, durationUnits);

interface Range {
  /** Bounds written like the value itself; both belong to the range. */
  readonly min: string;
  readonly max: string;
  /** A word that stands for "without limit". */
  readonly word?: 'never';
}

function amount(
  noun: string,
  sample: string,
  { min, max, word }: Range,
  units: readonly (readonly [string, number])[],
) {
  const [low, high] = [parseAmount(min, units) ?? 0, parseAmount(max, units) ?? 0];
  return {
    expects: `a ${noun} from ${min} to ${max}, such as ${sample}${word === undefined ? '' : `, or ${word}`}`,
    parse(text: string): number | Refused {
      const value = parseAmount(text, units);
      return value !== undefined && value >= low && value <= high ? value : refused;
    },
    print: (value: number): string => printAmount(value, units),
  };
}

/** Milliseconds within a range. */
export const duration = (range: Range): Kind<number> => amount('duration', '15m', range, durationUnits);

/** Milliseconds within a range, or `never`. */
export function durationOrNever(range: Range): Kind<number | 'never'> {
  const inner = amount('duration', '90d', { ...range, word: 'never' }, durationUnits);
  return {
    expects: inner.expects,
    parse: (text) => (text === 'never' ? text : inner.parse(text)),
    print: (value) => (value === 'never' ? value : inner.print(value)),
  };
}

/** Bytes within a range. */
export const size = (range: Range): Kind<number> => amount('size', '64MiB', range, sizeUnits);

/** A whole number within a range. */
export function count(min: number, max: number): Kind<number> {
  return {
    expects: `a whole number from ${min} to ${max}`,
    parse: (text) =>
      /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : refused,
    print: String,
  };
}

/** So many within any span of `window` milliseconds. */
export interface Rate {
  readonly count: number;
  readonly window: number;
}

/** `100/1h`, or `off`. */
export function rate(): Kind<Rate | 'off'> {
  return {
    expects: 'a rate such as 100/1h (at least 1, over 1s to 30d), or off',
    parse(text) {
      if (text === 'off') return text;
      const [, digits, span = ''] = /^(\d{1,9})\/(\d+[a-z])$/.exec(text) ?? [];
      const window = parseDuration(span);
      if (digits === undefined || Number(digits) < 1) return refused;
      return window === undefined || window < second || window > 30 * day
        ? refused
        : Object.freeze({ count: Number(digits), window });
    },
    print: (value) => (value === 'off' ? value : `${value.count}/${printDuration(value.window)}`),
  };
}

/** `true` or `false`; the flag alone means true. */
export function yesOrNo(): Kind<boolean> {
  return {
    expects: 'true or false',
    shape: 'flag',
    parse: (text) => (text === 'true' ? true : text === 'false' ? false : refused),
    print: String,
  };
}

/** One of a few words. */
export function word<const W extends string>(...words: readonly W[]): Kind<W> {
  return {
    expects: `one of ${words.join(', ')}`,
    parse: (text) => words.find((known) => known === text) ?? refused,
    print: (value) => value,
  };
}

/** Text that a test accepts. */
export function text(expects: string, accepts: (text: string) => boolean): Kind<string> {
  return { expects, parse: (value) => (accepts(value) ? value : refused), print: (value) => value };
}

/** An absolute path; relative ones count from where they were written: the working folder or the settings file's. */
export function path(expects: string): Kind<string> {
  return {
    expects,
    parse: (value, base) => (value.includes('\0') ? refused : resolve(base, value)),
    print: (value) => value,
  };
}

/** A URL of some protocols, without a trailing slash, query or fragment unless `query` allows it. */
export function url(
  protocols: readonly string[],
  { credentials = false, query = false }: { credentials?: boolean; query?: boolean } = {},
): Kind<string> {
  const without = [...(credentials ? [] : ['user and password']), ...(query ? [] : ['query', 'fragment'])];
  return {
    expects: `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}${
      without.length > 0 ? `, without ${without.join(', ')}` : ''
    }`,
    parse(value) {
      if (!URL.canParse(value) || /\s/.test(value)) return refused;
      const parsed = new URL(value);
      if (!protocols.includes(parsed.protocol) || parsed.host === '') return refused;
      if (!credentials && (parsed.username !== '' || parsed.password !== '')) return refused;
      if (!query && (parsed.search !== '' || parsed.hash !== '' || /[?#]$/.test(value))) return refused;
      return query || credentials ? value : parsed.href.replace(/\/+$/, '');
    },
    print: (value) => value,
  };
}

/** Either of a word that stands for nothing, or a value of another kind. */
export function orNone<T>(kind: Kind<T>): Kind<T | undefined> {
  return {
    expects: `${kind.expects}, or none`,
    parse: (value, base) => (value === 'none' ? undefined : kind.parse(value, base)),
    print: (value) => (value === undefined ? 'none' : kind.print(value)),
  };
}

/** A list whose every member a test accepts; empty members are dropped. */
export function list(expects: string, accepts: (member: string) => boolean): Kind<readonly string[]> {
  return {
    expects: `a list with commas of ${expects}`,
    shape: 'list',
    parse(value) {
      const members = value
        .split(',')
        .map((member) => member.trim())
        .filter((member) => member !== '');
      return members.every(accepts) ? Object.freeze(members) : refused;
    },
    print: (value) => value.join(','),
  };
}

/** Whether a text is a mail address that a mail server would take: one `@`, no space or control character. */
export const isMailAddress = (value: string): boolean =>
  value.length <= 254 && /^[^\s@<>(),;:"\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(value);
