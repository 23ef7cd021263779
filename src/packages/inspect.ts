/** What may be asked about a package besides its documents; each in the view in which the reader was judged. */
import { readAccount } from '../accounts/accounts.sql.ts';
import { fail } from '../kernel/failure.ts';
import type { Reading } from '../store/store.ts';
import { splitName } from './names.ts';
import {
  type PackageRow,
  readMaintainers,
  readPackage,
  readTags,
  readVersion,
  readVersions,
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

/** What somebody may do with a package. */
export type Right = 'read' | 'write';

export interface Collaborator {
  name: string;
  email: string;
  right: Right;
}

/** Who maintains the package, the first maintainer first, and the account whose scope it is in: that reads it at least. */
export async function listCollaborators(tx: Reading, name: string): Promise<Collaborator[]> {
  const row = await requireLiving(tx, name);
  const found = (await readMaintainers(tx, row.id)).map(
    (maintainer): Collaborator => ({ name: maintainer.name, email: maintainer.email, right: 'write' }),
  );
  const { scope } = splitName(name);
  if (scope === undefined || found.some((one) => one.name === scope)) return found;
  const owner = await readAccount(tx, scope);
  return owner ? [...found, { name: owner.name, email: owner.email, right: 'read' }] : found;
}

/** Whether a list of versions has every living one, so that a document with it takes none away (§5.4). */
export async function hasEveryVersion(
  tx: Reading,
  name: string,
  versions: ReadonlySet<string>,
): Promise<boolean> {
  const row = await requireLiving(tx, name);
  const stored = await readVersions(tx, row.id);
  return stored.every(({ version, unpublished_at }) => unpublished_at !== null || versions.has(version));
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
