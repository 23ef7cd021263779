/** What a publish would publish, before anything of it is checked. */
import type { UploadedDocument } from './document.ts';
import { hashesOf } from './hashes.ts';
import { splitName } from './names.ts';

/**
 * What the owner of a package approves on a page: `name@version` and the integrity of the tarball that came; so an
 * approval is good for these bytes under this version alone.
 */
export function describePublish(name: string, { document, tarball }: UploadedDocument): string {
  if (tarball === undefined) return name;
  const bases = [name, splitName(name).bare];
  const version = Object.keys(document.versions ?? {}).find((candidate) =>
    bases.some((base) => tarball.key === `${base}-${candidate}.tgz`),
  );
  return `${name}@${version ?? 'unknown'} ${hashesOf(tarball).integrity}`;
}
