/** Everything about a publish that needs no transaction: reading, hashing, holding against the tarball, keeping the bytes. */
import { fail } from '../kernel/failure.ts';
import type { StoredBlob } from '../kernel/ports.ts';
import { neededPackages } from './dependencies.ts';
import { type PublishWish, readPublish, type UploadedDocument } from './document.ts';
import { type Fragments, makeFragments } from './fragment.ts';
import { type Hashes, hashesOf, holdClaims } from './hashes.ts';
import { deriveManifest } from './manifest.ts';
import { isReadableName } from './names.ts';
import { type Provenance, readProvenance } from './provenance.ts';
import { readTarball } from './tarball.ts';
import { scanForTokens } from './token-scan.ts';

const longestReadme = 64 * 1024;
const largestManifest = 2 * 1024 * 1024;

/** A publish that only the database can still refuse. Its bytes are stored, or about to be. */
export interface PreparedPublish {
  wish: Omit<PublishWish, 'tarball' | 'manifest'>;
  fragments: Fragments;
  hashes: Hashes;
  /** The tarball. */
  blob: StoredBlob;
  /** Bytes of the tarball. */
  size: number;
  /** Names of the packages that it needs. */
  needs: readonly string[];
  readme: string | null;
  provenance: Provenance | undefined;
}

/** Text that both databases store: well-formed and without NUL, at most so many bytes. */
export function storableText(text: string, bytes: number): string {
  const clean = text.replaceAll('\0', '').toWellFormed();
  if (Buffer.byteLength(clean) <= bytes) return clean;
  return new TextDecoder('utf-8').decode(Buffer.from(clean).subarray(0, bytes)).replace(/\ufffd$/, '');
}

/** What a publish is held to. */
export interface PublishRules {
  /** The most bytes that the tarball may unpack to. */
  readonly unpackedLimit: number;
  /** Is told what looks like access tokens in anything that would become readable, and fails where it must not. */
  readonly screen: (tokens: ReadonlySet<string>) => Promise<void>;
}

/**
 * Prepares a publish to the package of that name. The tarball goes to the disk while it is looked at; one that no version
 * comes to refer to is swept later. Fails with `document_invalid`, `document_refused`, `tarball_refused` or
 * `tarball_differs`, or as the screen does.
 */
export async function preparePublish(
  name: string,
  upload: UploadedDocument,
  { unpackedLimit, screen }: PublishRules,
): Promise<PreparedPublish> {
  const { tarball: sent, manifest: posted, ...wish } = readPublish(name, upload);
  if (wish.access === 'restricted' && !name.startsWith('@')) {
    fail('document_refused', {
      reason: 'Only scoped packages can be restricted: publish it under your scope.',
    });
  }
  const hashes = hashesOf(sent);
  holdClaims(wish.claimed, hashes);
  sent.sink.persist();
  const scan = scanForTokens();
  const tarball = await readTarball(sent.sink.read(), sent.bytes, unpackedLimit, scan.take);
  const { integrity, shasum } = hashes;
  const { fileCount, unpackedSize } = tarball;
  const manifest = deriveManifest(posted, tarball);
  const fragments = makeFragments(manifest, { integrity, shasum, fileCount, unpackedSize });
  if (Buffer.byteLength(fragments.full) > largestManifest) {
    fail('document_invalid', { reason: `The manifest is larger than ${largestManifest} bytes.` });
  }
  const provenance =
    wish.provenance === undefined
      ? undefined
      : readProvenance(wish.provenance, name, wish.version, hashes.sha512);
  const readme = wish.readme === undefined ? null : storableText(wish.readme, longestReadme);
  for (const text of [fragments.full, readme ?? '', provenance?.bundle ?? '']) {
    scan.separate();
    scan.take(Buffer.from(text));
  }
  await screen(scan.found());
  return {
    wish,
    fragments,
    hashes,
    blob: await sent.sink.commit(),
    size: sent.bytes,
    needs: neededPackages(manifest).filter(isReadableName),
    readme,
    provenance,
  };
}
