import { sql } from 'kysely';
import type { Reading } from '../store/store.ts';

/** Of a package, what tells who may see it. */
export interface ListedRow {
  id: string;
  name: string;
  visibility: 'public' | 'restricted';
}

/** The living packages that an account maintains, by name. */
export async function readMaintained(tx: Reading, account: string): Promise<ListedRow[]> {
  return tx.sql
    .selectFrom('maintainers')
    .innerJoin('packages', 'packages.id', 'maintainers.package_id')
    .select(['packages.id', 'packages.name', 'packages.visibility'])
    .where('maintainers.account_id', '=', account)
    .where('packages.unpublished_at', 'is', null)
    .orderBy('packages.name')
    .execute();
}

/** The living packages of a scope (without its `@`), by name. */
export async function readScope(tx: Reading, scope: string): Promise<ListedRow[]> {
  // Compared by bytes on both databases: what "0" follows is "/".
  const bytes = tx.dialect === 'postgres' ? sql<string>`name collate "C"` : sql<string>`name`;
  return tx.sql
    .selectFrom('packages')
    .select(['id', 'name', 'visibility'])
    .where(bytes, '>=', `@${scope}/`)
    .where(bytes, '<', `@${scope}0`)
    .where('unpublished_at', 'is', null)
    .orderBy('name')
    .execute();
}

/** The living packages that an account starred, the first star first. */
export async function readStarred(tx: Reading, account: string): Promise<ListedRow[]> {
  return tx.sql
    .selectFrom('stars')
    .innerJoin('packages', 'packages.id', 'stars.package_id')
    .select(['packages.id', 'packages.name', 'packages.visibility'])
    .where('stars.account_id', '=', account)
    .where('packages.unpublished_at', 'is', null)
    .orderBy('stars.since')
    .orderBy('packages.name')
    .execute();
}
