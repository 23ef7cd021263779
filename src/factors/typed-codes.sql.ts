/** Codes that key pages showed. */
import type { Instant } from '../kernel/ports.ts';
import type { TypedCodesTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export type TypedCodeRow = TypedCodesTable;

/** Puts a code in place of whatever codes the account had. */
export async function replaceTypedCode(tx: Writing, row: TypedCodeRow): Promise<void> {
  await tx.sql.deleteFrom('typed_codes').where('account_id', '=', row.account_id).execute();
  await tx.sql.insertInto('typed_codes').values(row).execute();
}

/** A code that nobody has used and whose life lasts at an instant. */
export async function readTypedCode(
  tx: Reading,
  { account, hash, at }: { account: string; hash: string; at: Instant },
): Promise<TypedCodeRow | undefined> {
  return tx.sql
    .selectFrom('typed_codes')
    .selectAll()
    .where('account_id', '=', account)
    .where('hash', '=', hash)
    .where('until', '>', at)
    .where('used_at', 'is', null)
    .executeTakeFirst();
}

/** Uses a code up; says whether it was unused. One statement, so that of two uses one wins. */
export async function markTypedCodeUsed(tx: Writing, account: string, hash: string): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('typed_codes')
    .set({ used_at: tx.now })
    .where('account_id', '=', account)
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
