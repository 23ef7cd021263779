/** The hashes of a tarball, made without holding up everybody else. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { fail } from '../kernel/failure.ts';

const slice = 2 * 1024 * 1024;

/** Hashes as npm writes them. */
export interface Hashes {
  /** `sha512-` and base64: the `dist.integrity` that is kept for ever. */
  integrity: string;
  /** SHA-1 in hex. */
  shasum: string;
  /** SHA-512 in hex. */
  sha512: string;
}

/** Hashes the bytes in slices of 2 MiB, letting other work run between them. */
export async function hashTarball(bytes: Buffer): Promise<Hashes> {
  const sha512 = createHash('sha512');
  const sha1 = createHash('sha1');
  for (let at = 0; at < bytes.length; at += slice) {
    if (at > 0) await setImmediate();
    const piece = bytes.subarray(at, at + slice);
    sha512.update(piece);
    sha1.update(piece);
  }
  const digest = sha512.digest();
  return {
    integrity: `sha512-${digest.toString('base64')}`,
    shasum: sha1.digest('hex'),
    sha512: digest.toString('hex'),
  };
}

const refuse = (what: string): never =>
  fail('tarball_differs', {
    reason: `The ${what} of the document is not that of the attached tarball: pack and publish again.`,
  });

/** Holds what the publisher claims against what the bytes are; what is not claimed is filled in (check 11). */
export function holdClaims(
  claimed: { integrity: string | undefined; shasum: string | undefined },
  hashes: Hashes,
): void {
  const sha1 = `sha1-${Buffer.from(hashes.shasum, 'hex').toString('base64')}`;
  for (const hash of claimed.integrity?.trim().split(/\s+/) ?? []) {
    if (hash !== hashes.integrity && hash !== sha1) refuse('dist.integrity');
  }
  if (claimed.shasum !== undefined && claimed.shasum.toLowerCase() !== hashes.shasum) refuse('dist.shasum');
}
