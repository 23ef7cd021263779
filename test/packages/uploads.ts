import { createHash } from 'node:crypto';
import type { BlobDraft } from '../../src/kernel/ports.ts';
import { packageDocument, type UploadedDocument } from '../../src/packages/document.ts';
import { readUpload, uploadLimits } from '../../src/packages/upload/read-upload.ts';

/** A draft in memory that remembers what happened to it. */
export interface MemorySink extends BlobDraft {
  readonly events: string[];
  content(): Buffer;
}

export function memorySink(): MemorySink {
  const pieces: Buffer[] = [];
  const events: string[] = [];
  const content = () => Buffer.concat(pieces);
  const key = () => createHash('sha512').update(content()).digest('hex');
  return {
    events,
    content,
    read: () => cut(content(), []),
    persist: () => void events.push('persist'),
    commit: async () => {
      events.push('commit');
      return { key: key(), settled: Promise.resolve() };
    },
    write: async (piece) => {
      // The bytes are only lent.
      pieces.push(Buffer.from(piece));
    },
    end: async () => {
      events.push('end');
      return key();
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

/** A document as it is once it has arrived, its tarball in memory. */
export async function arrive(document: unknown): Promise<UploadedDocument> {
  const body = cut(Buffer.from(JSON.stringify(document)), []);
  const upload = await readUpload(body, uploadLimits(1024 * 1024), async () => memorySink());
  return { ...upload, document: packageDocument.parse(upload.document) };
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
