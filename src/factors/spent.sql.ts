/** The codes that an account spent lately. */
import type { Instant } from '../kernel/ports.ts';
import type { ProofsTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

/** Notes a spent code; digits that come again in a later step replace their earlier row. */
export async function insertProof(tx: Writing, proof: Omit<ProofsTable, 'seen_at'>): Promise<void> {
  const row = { ...proof, seen_at: tx.now };
  await tx.sql
    .insertInto('proofs')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'code_hash']).doUpdateSet(row))
    .execute();
}

export async function readProof(
  tx: Reading,
  account: string,
  codeHash: string,
): Promise<ProofsTable | undefined> {
  return tx.sql
    .selectFrom('proofs')
    .selectAll()
    .where('account_id', '=', account)
    .where('code_hash', '=', codeHash)
    .executeTakeFirst();
}

export async function removeProofs(tx: Writing, account: string): Promise<void> {
  await tx.sql.deleteFrom('proofs').where('account_id', '=', account).execute();
}

/** Lets the account's proofs see the time, and forgets those that ended before `gone`. */
export async function ageProofs(tx: Writing, account: string, gone: Instant): Promise<void> {
  await tx.sql.deleteFrom('proofs').where('account_id', '=', account).where('until', '<=', gone).execute();
  await tx.sql
    .updateTable('proofs')
    .set({ seen_at: tx.now })
    .where('account_id', '=', account)
    .where('seen_at', '<', tx.now)
    .execute();
}
