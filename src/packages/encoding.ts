/** Compressed forms of documents: which one a client takes (RFC 9110 §12.5.3), and how it is made. */
import { promisify } from 'node:util';
import { brotliCompress, constants, crc32, deflateRaw, gzip, zstdCompress } from 'node:zlib';
import type { Joined, Segment } from './listing.ts';

export type Encoding = 'br' | 'zstd' | 'gzip' | 'identity';

/** Below this many bytes a compressed form saves less than its headers cost. */
const worthwhile = 1024;
/** Ours first where a client likes several alike: the smallest to send. */
const preferred: readonly Encoding[] = ['br', 'zstd', 'gzip'];

const remembered = new Map<string, ReadonlyMap<string, number>>();
const mostRemembered = 200;
const longestRemembered = 256;

/**
 * The weights of a header such as `accept` or `accept-encoding`, by lower-case name. Malformed items are overlooked.
 * Clients send the same few headers with every request, so what was read is remembered.
 */
export function readWeights(header: string): ReadonlyMap<string, number> {
  const known = remembered.get(header);
  if (known) return known;
  const weights = parseWeights(header);
  if (remembered.size >= mostRemembered) remembered.clear();
  if (header.length <= longestRemembered) remembered.set(header, weights);
  return weights;
}

function parseWeights(header: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const item of header.split(',')) {
    const [name = '', ...parameters] = item.split(';');
    const weight = parameters
      .map((text) => /^\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*$/i.exec(text)?.[1])
      .find(Boolean);
    if (name.trim() !== '') weights.set(name.trim().toLowerCase(), weight === undefined ? 1 : Number(weight));
  }
  return weights;
}

/** The form to send for an `accept-encoding`; `length` is that of the plain document in bytes. */
export function chooseEncoding(header: string | undefined, length: number): Encoding {
  if (header === undefined || length < worthwhile) return 'identity';
  const weights = readWeights(header);
  let best: Encoding = 'identity';
  let weight = 0;
  for (const encoding of preferred) {
    const wished = weights.get(encoding) ?? weights.get('*') ?? 0;
    if (wished > weight) {
      best = encoding;
      weight = wished;
    }
  }
  return best;
}

const compressors: Record<Exclude<Encoding, 'identity'>, (bytes: Buffer) => Promise<Buffer>> = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 5,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  zstd: (bytes) => promisify(zstdCompress)(bytes),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 6 }),
};

/** Deflates so that what follows can be appended (RFC 1951 §3.2.4: a flush ends at a whole byte). */
const deflatePart = (bytes: Buffer): Promise<Buffer> =>
  promisify(deflateRaw)(bytes, { level: 6, finishFlush: constants.Z_SYNC_FLUSH });

const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** An empty block that says that it is the last. */
const lastBlock = Buffer.from([3, 0]);

function deflateSegment(segment: Segment): Promise<Buffer> {
  if (segment.deflated) return segment.deflated;
  const deflated = deflatePart(segment.bytes);
  segment.deflated = deflated;
  deflated.then(
    ({ length }) => {
      segment.deflatedLength = length;
    },
    () => {
      delete segment.deflated;
    },
  );
  return deflated;
}

/**
 * The gzip form of a document with segments as one member, off the main thread; segments that were deflated before are
 * not again.
 */
async function gzipSegments({ pieces, length }: Joined, segments: readonly Segment[]): Promise<Buffer> {
  const trailer = Buffer.alloc(8);
  const check = pieces.reduce((sum, piece) => crc32(piece, sum), 0);
  trailer.writeUInt32LE(check, 0);
  trailer.writeUInt32LE(length, 4);
  // The first piece stands before the segments, the last one after them.
  const parts = pieces.map((piece, at) => {
    const segment = segments[at - 1];
    return segment ? deflateSegment(segment) : deflatePart(piece);
  });
  const deflated = await Promise.all(parts);
  return Buffer.concat([gzipHeader, ...deflated, lastBlock, trailer]);
}

/** The bytes of a document in one piece. */
export function wholeOf({ pieces, length }: Joined): Buffer {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces, length);
}

/** Compresses a document off the main thread. */
export function compress(document: Joined, encoding: Exclude<Encoding, 'identity'>): Promise<Buffer> {
  const segments = document.listing?.segments ?? [];
  return encoding === 'gzip' && segments.length > 0
    ? gzipSegments(document, segments)
    : compressors[encoding](wholeOf(document));
}
