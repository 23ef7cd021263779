import { writeSync } from 'node:fs';
import pino from 'pino';
import type { Log } from '../kernel/ports.ts';

export interface LogOptions {
  readonly form: 'json' | 'pretty';
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** 1 is standard output, 2 standard error; tests hand in a function that takes each line. */
  readonly to: 1 | 2 | ((line: string) => void);
}

/** A last net under LG1: whoever logs a field of such a name made a mistake. */
const secretFields = [
  'password',
  'otp',
  'token',
  'secret',
  'cookie',
  'authorization',
  '["npm-otp"]',
  '["set-cookie"]',
];
const redacted = secretFields.flatMap((field) => [field, field.startsWith('[') ? `*${field}` : `*.${field}`]);

/** What JSON leaves alone but a terminal obeys or a reader is fooled by: DEL, C1, line separators, writing directions. */
const unseen = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const escaped = (line: string): string =>
  line.replace(unseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

const levels: Record<string, string> = { debug: 'debug', info: '', warn: 'warning: ', error: 'error: ' };

const onOneLine = (text: string): string => text.replace(/\p{Cc}/gu, ' ');

function describe(value: unknown): string {
  return typeof value === 'string' && /^[\w@./:+-]+$/.test(value) ? value : JSON.stringify(value);
}

/** `12:00:01 warning: message  name=value …`, the stack of an error on lines of its own. */
function prettify(line: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown> & {
    err?: { stack?: string };
  };
  const clock = String(time).slice(11, 19);
  const pairs = Object.entries(fields).map(([name, value]) => `${onOneLine(name)}=${describe(value)}`);
  const head = `${clock} ${levels[String(level)] ?? ''}${onOneLine(String(msg ?? ''))}`;
  const stack =
    err === undefined ? '' : `\n${String(err.stack ?? JSON.stringify(err)).replace(/[^\P{Cc}\n]/gu, ' ')}`;
  return `${[head, ...pairs].join('  ')}${stack}\n`;
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

/** Structured log lines with an ISO time: JSON, one a line, or a form for people. */
export function createLog({ form, level, to }: LogOptions): Log {
  const write = typeof to === 'function' ? to : writerTo(to);
  const show = form === 'pretty' ? prettify : (line: string): string => line;
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      redact: { paths: redacted, censor: '(hidden)' },
    },
    { write: (line: string) => write(escaped(show(line))) },
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
