import type { SshKeysTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export type SshKeyRow = SshKeysTable;

/** The account's keys, oldest first. */
export async function readSshKeys(tx: Reading, account: string): Promise<SshKeyRow[]> {
  return tx.sql
    .selectFrom('ssh_keys')
    .selectAll()
    .where('account_id', '=', account)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

export async function readSshKey(tx: Reading, account: string, id: string): Promise<SshKeyRow | undefined> {
  return tx.sql
    .selectFrom('ssh_keys')
    .selectAll()
    .where('account_id', '=', account)
    .where('id', '=', id)
    .executeTakeFirst();
}

export async function insertSshKey(tx: Writing, row: SshKeyRow): Promise<void> {
  await tx.sql.insertInto('ssh_keys').values(row).execute();
}

export async function removeSshKeyRow(tx: Writing, id: string): Promise<void> {
  await tx.sql.deleteFrom('ssh_keys').where('id', '=', id).execute();
}
