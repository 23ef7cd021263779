import type { Reading, Writing } from '../store/store.ts';

/** Names of those who starred the package. */
export async function readStargazers(tx: Reading, packageId: string): Promise<string[]> {
  const rows = await tx.sql
    .selectFrom('stars')
    .innerJoin('accounts', 'accounts.id', 'stars.account_id')
    .select('accounts.name')
    .where('stars.package_id', '=', packageId)
    .orderBy('accounts.name')
    .execute();
  return rows.map(({ name }) => name);
}

/** Gives a star; whether there was none yet. */
export async function insertStar(tx: Writing, packageId: string, account: string): Promise<boolean> {
  const row = await tx.sql
    .insertInto('stars')
    .values({ package_id: packageId, account_id: account, since: tx.now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('package_id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes a star back; whether there was one. */
export async function deleteStar(tx: Writing, packageId: string, account: string): Promise<boolean> {
  const row = await tx.sql
    .deleteFrom('stars')
    .where('package_id', '=', packageId)
    .where('account_id', '=', account)
    .returning('package_id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Counts a star given or taken, so that caches notice. */
export async function countStarChange(tx: Writing, packageId: string): Promise<void> {
  await tx.sql
    .updateTable('packages')
    .set((row) => ({ star_changes: row('star_changes', '+', 1) }))
    .where('id', '=', packageId)
    .execute();
}
