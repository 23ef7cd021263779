import { writeSync } from 'node:fs';
import type { Log } from '../kernel/ports.ts';

export interface LogOptions {
  readonly form: 'json' | 'pretty';
  readonly level: Level | 'silent';
  /** 1 is standard output, 2 standard error; tests hand in a function that takes each line. */
  readonly to: 1 | 2 | ((line: string) => void);
}

type Level = keyof Log;
const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** A last net under LG1: whoever logs a field of such a name made a mistake. */
const secretFields = /^(password|otp|npm-otp|token|secret|(set-)?cookie|authorization)$/i;

/** What JSON leaves alone but a terminal obeys or a reader is fooled by: DEL, C1, line separators, writing directions. */
const unseen = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const escaped = (line: string): string =>
  line.replace(unseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Shows errors whole, hides what is secret by its name. */
function replace(name: string, value: unknown): unknown {
  if (secretFields.test(name) && value !== undefined && value !== null) return '(hidden)';
  if (typeof value === 'bigint') return String(value);
  if (!(value instanceof Error)) return value;
  const { name: type, message, stack, cause } = value;
  return { ...value, type, message, stack, ...(cause === undefined ? {} : { cause }) };
}

function serialise(line: Record<string, unknown>, message: string): string {
  try {
    return JSON.stringify(line, replace);
  } catch {
    const { time, level } = line;
    return JSON.stringify({ level, time, msg: message, fields: '(not serialisable)' });
  }
}

const marks: Record<string, string> = { debug: 'debug: ', info: '', warn: 'warning: ', error: 'error: ' };
const onOneLine = (text: string): string => text.replace(/\p{Cc}/gu, ' ');

function describe(value: unknown): string {
  return typeof value === 'string' && /^[\w@./:+-]+$/.test(value) ? value : JSON.stringify(value);
}

const stackOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'stack' in value ? String(value.stack) : undefined;

/** `12:00:01 warning: message  name=value …`, the stacks of errors on lines of their own. */
function prettify(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const head = `${String(time).slice(11, 19)} ${marks[String(level)] ?? ''}${onOneLine(String(msg))}`;
  const plain = Object.entries(fields).filter(([, value]) => stackOf(value) === undefined);
  const pairs = plain.map(([name, value]) => `${onOneLine(name)}=${describe(value)}`);
  const stacks = Object.values(fields).flatMap((value) => stackOf(value)?.split('\n') ?? []);
  return [[head, ...pairs].join('  '), ...stacks.map((frame) => `  ${onOneLine(frame)}`)].join('\n');
}

/** Writes whole lines at once, so that nothing is lost at exit; a reader that went away stops nothing. */
function writerTo(descriptor: 1 | 2): (line: string) => void {
  return (line) => {
    let rest = Buffer.from(line);
    for (let tries = 0; rest.length > 0 && tries < 1000; tries += 1) {
      try {
        rest = rest.subarray(writeSync(descriptor, rest));
      } catch (thrown) {
        // A slow reader of a pipe: its turn comes; anything else means that nobody reads.
        if ((thrown as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      }
    }
  };
}

/**
 * Structured log lines with an ISO time: JSON, one a line, or a form for people. Forty lines of our own, because the
 * usual library would take a tenth of the memory of an idle server.
 */
export function createLog({ form, level, to }: LogOptions): Log {
  const write = typeof to === 'function' ? to : writerTo(to);
  const least = levels.indexOf(level);
  const at = (name: Level) => (fields: object, message: string) => {
    if (levels.indexOf(name) < least) return;
    const time = new Date().toISOString();
    const line = serialise({ level: name, time, ...fields, msg: message }, message);
    write(`${escaped(form === 'pretty' ? prettify(line) : line)}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
