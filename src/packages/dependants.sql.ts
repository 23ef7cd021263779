import type { Reading, Writing } from '../store/store.ts';
import type { ListedRow } from './lists.sql.ts';

const batch = 1000;

/** Notes which packages a version needs. */
export async function insertNeeds(
  tx: Writing,
  place: { package_id: string; version: string },
  names: readonly string[],
): Promise<void> {
  for (let at = 0; at < names.length; at += batch) {
    const rows = names.slice(at, at + batch).map((name) => ({ ...place, name }));
    await tx.sql.insertInto('dependencies').values(rows).execute();
  }
}

/** Forgets what a version needed that is no more. */
export async function deleteNeeds(tx: Writing, packageId: string, version: string): Promise<void> {
  await tx.sql
    .deleteFrom('dependencies')
    .where('package_id', '=', packageId)
    .where('version', '=', version)
    .execute();
}

/** Other living packages of which some version needs the package, by name. */
export async function readDependants(
  tx: Reading,
  needed: { id: string; name: string },
): Promise<ListedRow[]> {
  return tx.sql
    .selectFrom('dependencies')
    .innerJoin('packages', 'packages.id', 'dependencies.package_id')
    .select(['packages.id', 'packages.name', 'packages.visibility'])
    .distinct()
    .where('dependencies.name', '=', needed.name)
    .where('packages.id', '!=', needed.id)
    .where('packages.unpublished_at', 'is', null)
    .orderBy('packages.name')
    .execute();
}
