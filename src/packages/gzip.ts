/** One gzip member and nothing else: RFC 1952 read by ourselves, the deflate stream by zlib, off the main thread. */
import { crc32, createInflateRaw } from 'node:zlib';
import { fail } from '../kernel/failure.ts';

const refuse = (reason: string): never => fail('tarball_refused', { reason });

const flags = { headerCheck: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };
const trailerLength = 8;

function skipText(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(0, from);
  return end < 0 ? refuse('The tarball has a broken gzip header.') : end + 1;
}

/** The offset at which the deflate stream of the only member begins. */
function findBody(bytes: Buffer): number {
  if (bytes.length < 18 || bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) {
    return refuse('The tarball is not a gzip file.');
  }
  const set = bytes[3] ?? 0;
  if ((set & flags.reserved) !== 0) return refuse('The tarball has a broken gzip header.');
  let at = 10;
  if (set & flags.extra) at += 2 + bytes.readUInt16LE(at);
  if (set & flags.name) at = skipText(bytes, at);
  if (set & flags.comment) at = skipText(bytes, at);
  if (set & flags.headerCheck) at += 2;
  return at + trailerLength < bytes.length ? at : refuse('The tarball has a broken gzip header.');
}

/**
 * Inflates a tarball in pieces of at most 64 KiB. Fails with `tarball_refused` where the bytes are not exactly one
 * gzip member with a right trailer, or as soon as more than `limit` bytes have come out.
 */
export async function* inflateMember(bytes: Buffer, limit: number): AsyncGenerator<Buffer> {
  const begin = findBody(bytes);
  const body = bytes.subarray(begin, bytes.length - trailerLength);
  const inflate = createInflateRaw({ chunkSize: 64 * 1024 });
  inflate.end(body);
  let check = 0;
  let size = 0;
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > limit) refuse(`The tarball unpacks to more than ${limit} bytes.`);
      check = crc32(piece, check);
      yield piece;
    }
  } catch (thrown) {
    if (thrown instanceof Error && 'errno' in thrown) refuse('The tarball is damaged: it does not inflate.');
    throw thrown;
  } finally {
    inflate.destroy();
  }
  const consumed = inflate.bytesWritten === body.length;
  const trailer = bytes.subarray(bytes.length - trailerLength);
  if (!consumed || trailer.readUInt32LE(0) !== check || trailer.readUInt32LE(4) !== size) {
    refuse('The tarball is not exactly one gzip member: its end does not fit its content.');
  }
}
