/** The hashes of a tarball, and those that its publisher claims. */
import { fail } from '../kernel/failure.ts';

/** Hashes as npm writes them. */
export interface Hashes {
  /** `sha512-` and base64: the `dist.integrity` that is kept for ever. */
  integrity: string;
  /** SHA-1 in hex. */
  shasum: string;
  /** SHA-512 in hex. */
  sha512: string;
}

/** The hashes as npm writes them, of lower-case hex ones. */
export function hashesOf({ sha512, sha1 }: { sha512: string; sha1: string }): Hashes {
  const integrity = `sha512-${Buffer.from(sha512, 'hex').toString('base64')}`;
  return { integrity, shasum: sha1, sha512 };
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
