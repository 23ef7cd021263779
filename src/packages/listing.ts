/**
 * The long part of a packument, the lines of its versions, in a form that the next edition takes over: appending one
 * version to a thousand costs what that version costs, in assembling, hashing and compressing alike.
 */
import { createHash, type Hash } from 'node:crypto';

/** A stretch of the lines that no later publish changes, and its compressed form once somebody asked for it. */
export interface Segment {
  /** In bytes. */
  readonly length: number;
  deflated?: Promise<Buffer>;
}

export interface Listing {
  /** The revision of the package up to which versions are listed. */
  readonly revision: number;
  /** What follows `dist` in every version, by the id of its publisher. */
  readonly membersBy: ReadonlyMap<string, string>;
  /** The members of `versions`, in pieces; some may be parts of an earlier document. */
  readonly versions: readonly Buffer[];
  /** The members of `time`, each with a comma before it. */
  readonly times: readonly Buffer[];
  /** Of the bytes of both so far, whatever pieces they came in. */
  readonly hashes: { readonly versions: Hash; readonly times: Hash };
  /** Stretches of the versions from their beginning; what follows them still grows. */
  readonly segments: readonly Segment[];
}

/** A stretch ends with the version that makes it this long, in bytes: longer ones are compressed again too often. */
const segmentLength = 64 * 1024;

export const emptyListing = (revision: number): Listing => ({
  revision,
  membersBy: new Map(),
  versions: [],
  times: [],
  hashes: { versions: createHash('sha256'), times: createHash('sha256') },
  segments: [],
});

const lengthOf = (pieces: readonly { readonly length: number }[]): number =>
  pieces.reduce((sum, { length }) => sum + length, 0);

/** The listing with some more versions: JSON members without a comma at the ends. */
export function appendLines(listing: Listing, lines: { versions: string; times: string }): Listing {
  const { hashes, segments } = listing;
  const isFirst = listing.versions.length === 0 || lines.versions === '';
  const more = Buffer.from(isFirst ? lines.versions : `,${lines.versions}`);
  const moments = Buffer.from(lines.times === '' ? '' : `,${lines.times}`);
  const versions = more.length === 0 ? listing.versions : [...listing.versions, more];
  const rest = lengthOf(versions) - lengthOf(segments);
  return {
    ...listing,
    versions,
    times: moments.length === 0 ? listing.times : [...listing.times, moments],
    hashes: {
      versions: hashes.versions.copy().update(more),
      times: hashes.times.copy().update(moments),
    },
    segments: rest < segmentLength ? segments : [...segments, { length: rest }],
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

/** The whole document around a listing, and where its versions begin. The listing that it carries on with refers to its bytes, so that nothing is kept twice. */
export function joinListing(
  listing: Listing,
  around: Around,
): { bytes: Buffer; listing: Listing; start: number } {
  const head = Buffer.from(around.head);
  const middle = Buffer.from(around.middle);
  const bytes = Buffer.concat([
    head,
    ...listing.versions,
    middle,
    ...listing.times,
    Buffer.from(around.tail),
  ]);
  const start = head.length;
  const end = start + lengthOf(listing.versions);
  const from = end + middle.length;
  const kept = (begin: number, until: number): Buffer[] =>
    until > begin ? [bytes.subarray(begin, until)] : [];
  return {
    bytes,
    start,
    listing: {
      ...listing,
      versions: kept(start, end),
      times: kept(from, from + lengthOf(listing.times)),
    },
  };
}
