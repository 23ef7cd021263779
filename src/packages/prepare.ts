/** Everything about a publish that needs no transaction: reading, hashing, holding against the tarball, keeping the bytes. */
import { Readable } from 'node:stream';
import { fail } from '../kernel/failure.ts';
import type { Blobs } from '../kernel/ports.ts';
import { type PackageDocument, type PublishWish, readPublish } from './document.ts';
import { type Fragments, makeFragments } from './fragment.ts';
import { type Hashes, hashTarball, holdClaims } from './hashes.ts';
import { deriveManifest } from './manifest.ts';
import { type Provenance, readProvenance } from './provenance.ts';
import { readTarball } from './tarball.ts';

const longestReadme = 64 * 1024;
const largestManifest = 2 * 1024 * 1024;

/** Sizes in bytes. */
export interface PublishLimits {
  tarball: number;
  unpacked: number;
}

/** A publish that only the database can still refuse. Its bytes are stored. */
export interface PreparedPublish {
  wish: Omit<PublishWish, 'tarball' | 'manifest'>;
  fragments: Fragments;
  hashes: Hashes;
  /** Key of the stored tarball. */
  blob: string;
  /** Bytes of the tarball. */
  size: number;
  readme: string | null;
  provenance: Provenance | undefined;
}

/** Text that both databases store: well-formed and without NUL, at most so many bytes. */
export function storableText(text: string, bytes: number): string {
  const clean = text.replaceAll('\0', '').toWellFormed();
  if (Buffer.byteLength(clean) <= bytes) return clean;
  return new TextDecoder('utf-8').decode(Buffer.from(clean).subarray(0, bytes)).replace(/\ufffd$/, '');
}

/**
 * Prepares a publish to the package of that name. The tarball is durably stored when this resolves; one that no version
 * comes to refer to is swept later. Fails with `document_invalid`, `document_refused`, `request_too_large`,
 * `tarball_refused` or `tarball_differs`.
 */
export async function preparePublish(
  blobs: Blobs,
  limits: PublishLimits,
  name: string,
  document: PackageDocument,
): Promise<PreparedPublish> {
  const { tarball: bytes, manifest: posted, ...wish } = readPublish(name, document);
  if (bytes.length > limits.tarball) fail('request_too_large', { limit: limits.tarball });
  if (wish.access === 'restricted' && !name.startsWith('@')) {
    fail('document_refused', {
      reason: 'Only scoped packages can be restricted: publish it under your scope.',
    });
  }
  const hashes = await hashTarball(bytes);
  holdClaims(wish.claimed, hashes);
  const tarball = await readTarball(Readable.from([bytes]), bytes.length, limits.unpacked);
  const { integrity, shasum } = hashes;
  const { fileCount, unpackedSize } = tarball;
  const fragments = makeFragments(deriveManifest(posted, tarball), {
    integrity,
    shasum,
    fileCount,
    unpackedSize,
  });
  if (Buffer.byteLength(fragments.full) > largestManifest) {
    fail('document_invalid', { reason: `The manifest is larger than ${largestManifest} bytes.` });
  }
  const provenance =
    wish.provenance === undefined
      ? undefined
      : readProvenance(wish.provenance, name, wish.version, hashes.sha512);
  return {
    wish,
    fragments,
    hashes,
    blob: await blobs.put(bytes),
    size: bytes.length,
    readme: wish.readme === undefined ? null : storableText(wish.readme, longestReadme),
    provenance,
  };
}
