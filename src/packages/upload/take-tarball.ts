/** The tarball of an upload on its way from base64 text to where it is kept, hashed as it passes. */
import { createHash } from 'node:crypto';
import { fail } from '../../kernel/failure.ts';
import { decodeBase64Parts } from './decode-base64.ts';
import type { TextTarget } from './scan-json.ts';

/** Where the bytes of an upload go. The bytes of `write` are only good until its promise has resolved. */
export interface Sink {
  write(piece: Buffer): Promise<void>;
  /** After the last piece: the lower-case hex SHA-512 of all. */
  end(): Promise<string>;
  /** Leaves nothing behind. Discarding twice is no error. */
  discard(): Promise<void>;
}

/** A tarball that has arrived whole. */
export interface ArrivedTarball<S extends Sink> {
  readonly sink: S;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha512: string;
  /** Lower-case hex. */
  readonly sha1: string;
}

export interface TarballIntake<S extends Sink> extends TextTarget {
  /** Hands on what has been decoded; to be called before more than one slice of text is taken. */
  flush(): Promise<void>;
  /** After everything was flushed. */
  arrived(): Promise<ArrivedTarball<S>>;
  discard(): Promise<void>;
}

/** The most text that may be taken between two calls of `flush`. */
export const sliceLength = 64 * 1024;
const bufferLength = 4 * sliceLength;

/**
 * Begins to take the tarball of the attachment `key`, of at most `limit` bytes. Taking fails with `document_invalid` at
 * what is not strict base64 and with `tarball_too_large`.
 */
export function takeTarball<S extends Sink>(
  key: string,
  limit: number,
  open: () => Promise<S>,
): TarballIntake<S> {
  const decoder = decodeBase64Parts();
  let buffer = Buffer.allocUnsafe(0);
  const sha1 = createHash('sha1');
  let filled = 0;
  let bytes = 0;
  let isClosed = false;
  let sink: S | undefined;

  const refuse = (): never =>
    fail('document_invalid', { reason: `The attachment ${JSON.stringify(key)} is not strict base64.` });

  /** Most tarballs are small: the buffer grows with what comes, as a large one for each brings on the collector. */
  const makeRoom = (text: number): void => {
    const wanted = filled + text;
    if (wanted <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(wanted, Math.min(bufferLength, 4 * buffer.length)));
    buffer.copy(larger, 0, 0, filled);
    buffer = larger;
  };

  const handOn = async (): Promise<S> => {
    sink ??= await open();
    const piece = buffer.subarray(0, filled);
    filled = 0;
    if (piece.length === 0) return sink;
    sha1.update(piece);
    await sink.write(piece);
    return sink;
  };

  return {
    take(part) {
      makeRoom(part.length + 3);
      const count = decoder.take(part, buffer, filled) ?? refuse();
      filled += count;
      bytes += count;
      if (bytes > limit) fail('tarball_too_large', { limit });
    },
    close() {
      if (!decoder.isWhole()) refuse();
      isClosed = true;
    },
    async flush() {
      if (isClosed ? filled > 0 : filled > bufferLength - sliceLength) await handOn();
    },
    async arrived() {
      const used = await handOn();
      return { sink: used, bytes, sha512: await used.end(), sha1: sha1.digest('hex') };
    },
    discard: async () => sink?.discard(),
  };
}
