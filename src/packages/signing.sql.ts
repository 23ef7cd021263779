import type { SigningKeysTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export type SigningKeyRow = SigningKeysTable;

/** The key that signs now; undefined only before the first start has made it. */
export async function readCurrentKey(tx: Reading): Promise<SigningKeyRow | undefined> {
  return tx.sql.selectFrom('signing_keys').selectAll().where('expires_at', 'is', null).executeTakeFirst();
}

/** Every key that ever signed, the oldest first, without its secret. */
export async function readKeys(tx: Reading): Promise<Omit<SigningKeyRow, 'sealed'>[]> {
  return tx.sql
    .selectFrom('signing_keys')
    .select(['id', 'public_key', 'created_at', 'expires_at'])
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

export async function insertKey(tx: Writing, row: SigningKeyRow): Promise<void> {
  await tx.sql.insertInto('signing_keys').values(row).execute();
}

export async function endKey(tx: Writing, id: string, at: number): Promise<void> {
  await tx.sql.updateTable('signing_keys').set({ expires_at: at }).where('id', '=', id).execute();
}

/** Names of living packages that have versions without a signature. */
export async function readUnsignedPackages(tx: Reading, limit: number): Promise<string[]> {
  const rows = await tx.sql
    .selectFrom('packages')
    .select('name')
    .where('unpublished_at', 'is', null)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('versions')
          .select('version')
          .whereRef('package_id', '=', 'packages.id')
          .where('signature', 'is', null)
          .where('unpublished_at', 'is', null),
      ),
    )
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name);
}

/** Living versions of a package without a signature. */
export async function readUnsignedVersions(
  tx: Reading,
  packageId: string,
  limit: number,
): Promise<{ version: string; integrity: string }[]> {
  return tx.sql
    .selectFrom('versions')
    .select(['version', 'integrity'])
    .where('package_id', '=', packageId)
    .where('signature', 'is', null)
    .where('unpublished_at', 'is', null)
    .limit(limit)
    .execute();
}

export async function writeSignature(
  tx: Writing,
  place: { packageId: string; version: string },
  signed: { signature_key: string; signature: string },
): Promise<void> {
  await tx.sql
    .updateTable('versions')
    .set(signed)
    .where('package_id', '=', place.packageId)
    .where('version', '=', place.version)
    .execute();
}
