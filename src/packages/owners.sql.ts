import type { Writing } from '../store/store.ts';

/** Adds a maintainer; whether he was none before. */
export async function addMaintainer(tx: Writing, packageId: string, account: string): Promise<boolean> {
  const row = await tx.sql
    .insertInto('maintainers')
    .values({ package_id: packageId, account_id: account, since: tx.now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('account_id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function removeMaintainer(tx: Writing, packageId: string, account: string): Promise<void> {
  await tx.sql
    .deleteFrom('maintainers')
    .where('package_id', '=', packageId)
    .where('account_id', '=', account)
    .execute();
}
