/** Everything about a publish that needs no transaction: reading, hashing, holding against the tarball, keeping the bytes. */
import { fail } from '../kernel/failure.ts';
import { type PublishWish, readPublish, type UploadedDocument } from './document.ts';
import { type Fragments, makeFragments } from './fragment.ts';
import { type Hashes, hashesOf, holdClaims } from './hashes.ts';
import { deriveManifest } from './manifest.ts';
import { type Provenance, readProvenance } from './provenance.ts';
import { readTarball } from './tarball.ts';

const longestReadme = 64 * 1024;
const largestManifest = 2 * 1024 * 1024;

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
 * Prepares a publish to the package of that name, of a tarball that unpacks to at most so many bytes. The tarball is
 * durably stored when this resolves; one that no version comes to refer to is swept later. Fails with `document_invalid`,
 * `document_refused`, `tarball_refused` or `tarball_differs`.
 */
export async function preparePublish(
  name: string,
  upload: UploadedDocument,
  unpackedLimit: number,
): Promise<PreparedPublish> {
  const { tarball: sent, manifest: posted, ...wish } = readPublish(name, upload);
  if (wish.access === 'restricted' && !name.startsWith('@')) {
    fail('document_refused', {
      reason: 'Only scoped packages can be restricted: publish it under your scope.',
    });
  }
  const hashes = hashesOf(sent);
  holdClaims(wish.claimed, hashes);
  const tarball = await readTarball(sent.sink.read(), sent.bytes, unpackedLimit);
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
    blob: await sent.sink.commit(),
    size: sent.bytes,
    readme: wish.readme === undefined ? null : storableText(wish.readme, longestReadme),
    provenance,
  };
}
