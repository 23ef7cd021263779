/** A tarball that somebody wants to publish: what it holds, or why it is refused (requirements IN3). */
import { Readable } from 'node:stream';
import { fail } from '../kernel/failure.ts';
import { type ArchiveFacts, walkArchive } from './archive.ts';
import { inflateMember, inflateSmall } from './gzip.ts';

const refuse = (reason: string): never => fail('tarball_refused', { reason });

const largestRatio = 200;
/** In bytes; what is not longer is read in one go. */
const smallTarball = 64 * 1024;
const deepest = 64;

/** What a publish needs to know of its tarball. */
export interface Tarball {
  /** The root `package.json`, parsed. */
  manifest: Record<string, unknown>;
  fileCount: number;
  /** Sum of the sizes of all files, in bytes. */
  unpackedSize: number;
  /** Paths of the files below the top folder. */
  files: readonly string[];
  hasShrinkwrap: boolean;
}

function checkKeys(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > deepest) refuse(`The package.json in the tarball is nested deeper than ${deepest} levels.`);
  if (Object.hasOwn(value, '__proto__')) refuse('The package.json in the tarball has a key "__proto__".');
  for (const inner of Object.values(value)) checkKeys(inner, depth + 1);
}

function parseManifest(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch {
    return refuse('The package.json in the tarball is not valid JSON.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return refuse('The package.json in the tarball is not an object.');
  }
  checkKeys(parsed, 1);
  return parsed as Record<string, unknown>;
}

/** What a tarball unpacks to, in one piece where it is small. */
async function* unpack(source: AsyncIterable<Buffer>, size: number, limit: number): AsyncGenerator<Buffer> {
  if (size > smallTarball) {
    yield* inflateMember(source, limit);
    return;
  }
  const pieces: Buffer[] = [];
  for await (const piece of source) pieces.push(piece);
  const whole = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  const unpacked = inflateSmall(whole, limit);
  if (unpacked) yield unpacked;
  else yield* inflateMember(Readable.from([whole]), limit);
}

/**
 * Reads a tarball of `size` bytes as it comes and holds no more than a piece of it. `unpackedLimit` is in bytes; `watch`
 * sees what it unpacks to, piece by piece.
 * Fails with `tarball_refused` at anything that requirements IN3 forbids.
 */
export async function readTarball(
  source: AsyncIterable<Buffer>,
  size: number,
  unpackedLimit: number,
  watch: (piece: Buffer) => void = () => undefined,
): Promise<Tarball> {
  const walk = walkArchive();
  const limit = Math.min(unpackedLimit, size * largestRatio);
  for await (const piece of unpack(source, size, limit)) {
    walk.take(piece);
    watch(piece);
  }
  const facts: ArchiveFacts = walk.end();
  return {
    manifest: parseManifest(facts.manifestText),
    fileCount: facts.files.length,
    unpackedSize: facts.unpackedSize,
    files: facts.files,
    hasShrinkwrap: facts.files.includes('npm-shrinkwrap.json'),
  };
}
