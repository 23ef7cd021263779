/** Revisions of packages: `_rev` as clients send it back, and the one way to make the next. */
import { fail } from '../kernel/failure.ts';
import type { Target } from '../policy/actor.ts';
import type { Writing } from '../store/store.ts';
import { type PackageRow, readPackage, updatePackage } from './packages.sql.ts';
import { refreshSearch } from './search-index.ts';

/** Is told the name of a package after each committed change, so that what is cached of it goes at once. */
export type Forget = (name: string) => void;

/** The `_rev` of a package: its number and, after the dash, the package's own id. */
export function revisionOf(row: { revision: number; id: string }): string {
  return `${row.revision}-${row.id}`;
}

/** Rises with everything that a packument shows: what maintainers change, and stars. */
export function editionOf(row: { revision: number; star_changes: number }): number {
  return row.revision + row.star_changes;
}

/** The name of the package that a permit is for. */
export function nameOf(permit: { readonly target: Target }): string {
  return permit.target.on === 'package' ? permit.target.name : fail('package_not_found');
}

/** The living package of that name. Fails with `package_not_found`. */
export async function requirePackage(tx: Writing, name: string): Promise<PackageRow> {
  const found = await readPackage(tx, name);
  return found === undefined || found.unpublished_at !== null ? fail('package_not_found') : found;
}

/** Fails with `stale_revision` where the client edited another state than the stored one. */
export function holdRevision(row: PackageRow, claimed: string | undefined): void {
  if (claimed !== undefined && claimed !== revisionOf(row)) fail('stale_revision');
}

/**
 * Ends a change: raises the revision, has search and the feed of changes follow, and the caches forget the package once
 * that is committed.
 */
export async function advance(
  tx: Writing,
  row: PackageRow,
  forget: Forget,
  changes: Omit<Parameters<typeof updatePackage>[2], 'revision'> = {},
): Promise<string> {
  const revision = row.revision + 1;
  await updatePackage(tx, row.id, { ...changes, revision });
  await refreshSearch(tx, { ...row, ...changes, revision });
  tx.afterCommit(() => forget(row.name));
  return revisionOf({ ...row, revision });
}
