/**
 * The long part of a packument, the lines of its versions, in a form that the next edition takes over: appending one
 * version to a thousand costs what that version costs, in assembling, hashing and compressing alike.
 */
import { createHash, type Hash } from 'node:crypto';

/** A stretch of the lines that no later publish changes, and its compressed form once somebody asked for it. */
export interface Segment {
  readonly bytes: Buffer;
  deflated?: Promise<Buffer>;
  /** In bytes, once it is made. */
  deflatedLength?: number;
}

export interface Listing {
  /** The revision of the package up to which versions are listed. */
  readonly revision: number;
  /** What follows `dist` in every version, by the id of its publisher. */
  readonly membersBy: ReadonlyMap<string, string>;
  /** The members of `versions` from their beginning; editions share them. */
  readonly segments: readonly Segment[];
  /** The members that follow these, still growing. */
  readonly rest: Buffer;
  /** The members of `time`, each with a comma before it. */
  readonly times: Buffer;
  /** Of the bytes of both so far. */
  readonly hashes: { readonly versions: Hash; readonly times: Hash };
}

/** A stretch ends with the lines that make it this long, in bytes: longer ones are compressed again too often. */
const segmentLength = 64 * 1024;

const nothing = Buffer.alloc(0);

export const emptyListing = (revision: number): Listing => ({
  revision,
  membersBy: new Map(),
  segments: [],
  rest: nothing,
  times: nothing,
  hashes: { versions: createHash('sha256'), times: createHash('sha256') },
});

/** The listing with some more versions: JSON members without a comma at the ends. */
export function appendLines(listing: Listing, lines: { versions: string; times: string }): Listing {
  const { hashes, segments } = listing;
  const isFirst = segments.length === 0 && listing.rest.length === 0;
  const more = Buffer.from(isFirst || lines.versions === '' ? lines.versions : `,${lines.versions}`);
  const moments = Buffer.from(lines.times === '' ? '' : `,${lines.times}`);
  const rest = Buffer.concat([listing.rest, more]);
  const isFull = rest.length >= segmentLength;
  return {
    ...listing,
    segments: isFull ? [...segments, { bytes: rest }] : segments,
    rest: isFull ? nothing : rest,
    times: Buffer.concat([listing.times, moments]),
    hashes: {
      versions: hashes.versions.copy().update(more),
      times: hashes.times.copy().update(moments),
    },
  };
}

/** What stands around the lines of versions in a document, as JSON text. */
export interface Around {
  readonly head: string;
  /** Between the two lists. */
  readonly middle: string;
  readonly tail: string;
}

/** The hash of a document, from the hashes of its long parts. */
export function hashListing({ hashes }: Listing, { head, middle, tail }: Around): Hash {
  return createHash('sha256')
    .update(head)
    .update(hashes.versions.copy().digest())
    .update(middle)
    .update(hashes.times.copy().digest())
    .update(tail);
}

/** A document longer than this, in bytes, is not kept (library.ts), so that nothing is carried on from it. */
export const longestCarried = 12 * 1024 * 1024;

/** A whole document in pieces, with the listing that the next edition carries on. */
export interface Joined {
  readonly pieces: readonly Buffer[];
  /** Of all pieces, in bytes. */
  readonly length: number;
  readonly listing?: Listing;
}

/** The document around a listing: what is before its segments, the segments themselves, and what is after them. */
export function joinListing(listing: Listing, { head, middle, tail }: Around): Joined {
  const { segments, rest, times } = listing;
  const isWhole = segments.length === 0;
  const first = Buffer.from(head);
  const between = Buffer.from(middle);
  const last = Buffer.concat([...(isWhole ? [first] : []), rest, between, times, Buffer.from(tail)]);
  const pieces = isWhole ? [last] : [first, ...segments.map(({ bytes }) => bytes), last];
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length > longestCarried) return { pieces: [Buffer.concat(pieces, length)], length };
  const begin = isWhole ? first.length : 0;
  const end = begin + rest.length;
  const from = end + between.length;
  // The listing refers to the bytes of the document, so that nothing is kept twice.
  const carried = {
    ...listing,
    rest: last.subarray(begin, end),
    times: last.subarray(from, from + times.length),
  };
  return { pieces, length, listing: carried };
}

/** What the segments of a document hold beside its own bytes: the compressed forms that an edition before it made. */
export const deflatedIn = ({ listing }: Joined): number =>
  (listing?.segments ?? []).reduce((sum, { deflatedLength = 0 }) => sum + deflatedLength, 0);
