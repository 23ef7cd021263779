/** What may be asked about a package besides its documents; each in the view in which the reader was judged. */
import { fail } from '../kernel/failure.ts';
import type { Reading } from '../store/store.ts';
import {
  type PackageRow,
  readMaintainers,
  readPackage,
  readTags,
  readVersion,
  type TagRow,
} from './packages.sql.ts';

async function requireLiving(tx: Reading, name: string): Promise<PackageRow> {
  const row = await readPackage(tx, name);
  return row === undefined || row.unpublished_at !== null ? fail('package_not_found') : row;
}

/** All tags of a living package, `latest` first. Fails with `package_not_found`, as everything here. */
export async function listTags(tx: Reading, name: string): Promise<TagRow[]> {
  return readTags(tx, (await requireLiving(tx, name)).id);
}

/** Who may read a package, and what its writers need. */
export interface Access {
  visibility: 'public' | 'restricted';
  requiresSecondFactor: boolean;
  bypassAllowed: boolean;
}

export async function readAccess(tx: Reading, name: string): Promise<Access> {
  const row = await requireLiving(tx, name);
  return {
    visibility: row.visibility,
    requiresSecondFactor: row.requires_second_factor === 1,
    bypassAllowed: row.bypass_allowed === 1,
  };
}

/** The names of those who may write, the first maintainer first. */
export async function listWriters(tx: Reading, name: string): Promise<string[]> {
  const row = await requireLiving(tx, name);
  return (await readMaintainers(tx, row.id)).map((maintainer) => maintainer.name);
}

/** The provenance of a version as it was published. Fails with `version_not_found` also where there is none. */
export async function readProvenanceOf(
  tx: Reading,
  name: string,
  version: string,
): Promise<{ predicateType: string; bundle: unknown }> {
  const row = await requireLiving(tx, name);
  const stored = await readVersion(tx, row.id, version);
  if (!stored?.provenance || stored.predicate === null) return fail('version_not_found', { version });
  return { predicateType: stored.predicate, bundle: JSON.parse(stored.provenance) };
}
