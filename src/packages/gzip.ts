/** One gzip member and nothing else: RFC 1952 read by ourselves, the deflate stream by zlib, off the main thread. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { fail } from '../kernel/failure.ts';

const refuse = (reason: string): never => fail('tarball_refused', { reason });
const refuseHeader = (): never => refuse('The tarball has a broken gzip header.');

const flags = { headerCheck: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };
const fixedLength = 10;
const trailerLength = 8;
/** Most tarballs are small: what they unpack to comes in small pieces, as a large buffer for each costs more. */
const pieceFor = (limit: number): number => (limit < 4 * 1024 * 1024 ? 16 : 64) * 1024;
/** A header with all its fields; honest ones have ten bytes and perhaps a file name. */
const longestHeader = 128 * 1024;

/** The offset at which the deflate stream begins; undefined where more bytes are needed to tell. */
function findBody(head: Buffer): number | undefined {
  if (head.length < fixedLength) return undefined;
  if (head[0] !== 0x1f || head[1] !== 0x8b || head[2] !== 8) return refuse('The tarball is not a gzip file.');
  const set = head[3] ?? 0;
  if ((set & flags.reserved) !== 0) return refuseHeader();
  let at = fixedLength;
  if (set & flags.extra) {
    if (at + 2 > head.length) return undefined;
    at += 2 + head.readUInt16LE(at);
  }
  for (const text of [flags.name, flags.comment]) {
    if ((set & text) === 0) continue;
    const end = head.indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  if (set & flags.headerCheck) at += 2;
  return at <= head.length ? at : undefined;
}

/** What stands around the deflate stream. */
interface Frame {
  /** Length of the deflate stream in bytes. */
  bodyLength: number;
  trailer: Buffer;
}

/** Hands on the deflate stream and fills in the frame as it is read. */
async function* unframe(source: AsyncIterable<Buffer>, frame: Frame): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of source) {
    let body = piece;
    if (head !== undefined) {
      head = Buffer.concat([head, piece]);
      const begin = findBody(head);
      if (begin === undefined && head.length > longestHeader) refuseHeader();
      if (begin === undefined) continue;
      body = head.subarray(begin);
      head = undefined;
    }
    // The last eight bytes are never deflate data; which ones these are is known at the end only.
    const whole = held.length === 0 ? body : Buffer.concat([held, body]);
    const end = Math.max(0, whole.length - trailerLength);
    held = Buffer.from(whole.subarray(end));
    frame.bodyLength += end;
    if (end > 0) yield whole.subarray(0, end);
  }
  if (head !== undefined)
    refuse(head.length < 18 ? 'The tarball is not a gzip file.' : 'The tarball has a broken gzip header.');
  frame.trailer = held;
}

const isDamage = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  'code' in thrown &&
  typeof thrown.code === 'string' &&
  thrown.code.startsWith('Z_');

/** What a member unpacks to is at most this where it is inflated at once, in bytes: about a millisecond of work. */
const smallOutput = 256 * 1024;

/** Whether the trailer is that of what came out. */
const fits = (trailer: Buffer, check: number, size: number): boolean =>
  trailer.length === trailerLength && trailer.readUInt32LE(0) === check && trailer.readUInt32LE(4) === size;

const refuseEnd = (): never =>
  refuse('The tarball is not exactly one gzip member: its end does not fit its content.');

const refuseSize = (limit: number): never => refuse(`The tarball unpacks to more than ${limit} bytes.`);

/** Inflates at once, with how many bytes it took; undefined where more than `most` bytes would come out. */
function inflateBody(body: Buffer, most: number): { output: Buffer; taken: number } | undefined {
  try {
    // With `info` the answer holds the engine, which the types do not know.
    const { buffer, engine } = inflateRawSync(body, { info: true, maxOutputLength: most }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { output: buffer, taken: engine.bytesWritten };
  } catch (thrown) {
    if (isDamage(thrown)) return refuse('The tarball is damaged: it does not inflate.');
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/**
 * Inflates a small tarball at once, which costs a fraction of a stream. Undefined where it unpacks to too much for that:
 * then `inflateMember` does it. Fails as that does.
 */
export function inflateSmall(member: Buffer, limit: number): Buffer | undefined {
  const begin = findBody(member);
  if (begin === undefined) return undefined;
  const end = Math.max(begin, member.length - trailerLength);
  const inflated = inflateBody(member.subarray(begin, end), smallOutput);
  if (inflated === undefined) return undefined;
  const { output, taken } = inflated;
  if (output.length > limit) refuseSize(limit);
  const isWhole = taken === end - begin && fits(member.subarray(end), crc32(output), output.length);
  return isWhole ? output : refuseEnd();
}

/**
 * Inflates a tarball in pieces of at most 64 KiB. Fails with `tarball_refused` where the bytes are not exactly one
 * gzip member with a right trailer, or as soon as more than `limit` bytes have come out.
 */
export async function* inflateMember(source: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  const frame: Frame = { bodyLength: 0, trailer: Buffer.alloc(0) };
  const inflate = createInflateRaw({ chunkSize: pieceFor(limit) });
  const feeding = pipeline(Readable.from(unframe(source, frame)), inflate).catch((thrown: unknown) => thrown);
  let check = 0;
  let size = 0;
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > limit) refuseSize(limit);
      check = crc32(piece, check);
      yield piece;
    }
  } catch (thrown) {
    if (isDamage(thrown)) refuse('The tarball is damaged: it does not inflate.');
    throw thrown;
  } finally {
    inflate.destroy();
    await feeding;
  }
  const { bodyLength, trailer } = frame;
  if (inflate.bytesWritten !== bodyLength || !fits(trailer, check, size)) refuseEnd();
}
