import type { Instant } from '../kernel/ports.ts';
import type { Reading, Writing } from '../store/store.ts';

/** What tells whether an account was got back, or moved. */
export async function readRecoveryFacts(
  tx: Reading,
  account: string,
): Promise<
  { name: string; email: string; verifiedAt: Instant | null; recoveredAt: Instant | null } | undefined
> {
  const row = await tx.sql
    .selectFrom('accounts')
    .select(['name', 'email', 'email_verified_at', 'recovery_used_at'])
    .where('id', '=', account)
    .executeTakeFirst();
  return (
    row && {
      name: row.name,
      email: row.email,
      verifiedAt: row.email_verified_at,
      recoveredAt: row.recovery_used_at,
    }
  );
}

/** A factor of an account, and since when it is one. */
export interface EnabledFactor {
  readonly kind: 'totp' | 'security-key';
  readonly since: Instant;
}

export async function readFactors(tx: Reading, account: string): Promise<EnabledFactor[]> {
  const apps = await tx.sql
    .selectFrom('factors')
    .select('created_at')
    .where('account_id', '=', account)
    .execute();
  const keys = await tx.sql
    .selectFrom('security_keys')
    .select('created_at')
    .where('account_id', '=', account)
    .execute();
  return [
    ...apps.map((row) => ({ kind: 'totp' as const, since: row.created_at })),
    ...keys.map((row) => ({ kind: 'security-key' as const, since: row.created_at })),
  ];
}

/** Remembers that a recovery code opened something; regenerating the codes does not make it forgotten. */
export async function noteRecovery(tx: Writing, account: string): Promise<void> {
  await tx.sql.updateTable('accounts').set({ recovery_used_at: tx.now }).where('id', '=', account).execute();
}
