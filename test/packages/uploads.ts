import { createHash } from 'node:crypto';
import type { Sink } from '../../src/packages/upload/take-tarball.ts';

/** A sink in memory that remembers what happened to it. */
export interface MemorySink extends Sink {
  readonly events: string[];
  content(): Buffer;
}

export function memorySink(): MemorySink {
  const pieces: Buffer[] = [];
  const events: string[] = [];
  const content = () => Buffer.concat(pieces);
  return {
    events,
    content,
    write: async (piece) => {
      // The bytes are only lent.
      pieces.push(Buffer.from(piece));
    },
    end: async () => {
      events.push('end');
      return createHash('sha512').update(content()).digest('hex');
    },
    discard: async () => {
      events.push('discard');
      pieces.length = 0;
    },
  };
}

/** Cuts bytes into pieces of these lengths, again and again. */
export async function* cut(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const length = lengths.length === 0 ? bytes.length : Math.max(1, lengths[turn % lengths.length] ?? 1);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

/** JSON in one of the many spellings of the same value: whitespace and escapes follow `noise`. */
export function spell(value: unknown, noise: readonly number[]): string {
  let used = 0;
  const next = (): number => {
    used += 1;
    return noise.length === 0 ? 0 : (noise[used % noise.length] ?? 0);
  };
  const space = (): string => ['', '', '', ' ', '\n', '\t\r ', ''][next() % 7] ?? '';
  const text = (content: string): string =>
    `"${content
      .split('')
      .map((unit) => {
        const plain = JSON.stringify(unit).slice(1, -1);
        const code = `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
        if (/[\ud800-\udfff]/.test(unit)) return code;
        if (unit === '/' && next() % 3 === 0) return '\\/';
        return next() % 11 === 0 ? code : plain;
      })
      .join('')}"`;
  const any = (inner: unknown): string => {
    if (typeof inner === 'string') return text(inner);
    if (Array.isArray(inner)) return `[${space()}${inner.map(any).join(`${space()},`)}${space()}]`;
    if (typeof inner !== 'object' || inner === null) return JSON.stringify(inner);
    const members = Object.entries(inner).map(
      ([key, member]) => `${space()}${text(key)}${space()}:${space()}${any(member)}${space()}`,
    );
    return `{${members.join(',')}${space()}}`;
  };
  return `${space()}${any(value)}${space()}`;
}
