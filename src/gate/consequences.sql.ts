import type { Instant } from '../kernel/ports.ts';
import type { Reading, Writing } from '../store/store.ts';

/** What tells whether an account was got back, or moved. */
export interface RecoveryFacts {
  readonly name: string;
  readonly email: string;
  readonly verifiedAt: Instant | null;
  /** The first and the last use of the recovery codes that were used one soon after another; null before any. */
  readonly recovered: { readonly first: Instant; readonly last: Instant } | null;
}

export async function readRecoveryFacts(tx: Reading, account: string): Promise<RecoveryFacts | undefined> {
  const row = await tx.sql
    .selectFrom('accounts')
    .select(['name', 'email', 'email_verified_at', 'recovery_used_at', 'recovering_since'])
    .where('id', '=', account)
    .executeTakeFirst();
  if (!row) return undefined;
  const { name, email, email_verified_at: verifiedAt, recovery_used_at: last, recovering_since: first } = row;
  return { name, email, verifiedAt, recovered: last === null ? null : { first: first ?? last, last } };
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

/**
 * Remembers that a recovery code opened something; regenerating the codes does not make it forgotten. `first`: of the
 * uses that this one follows, or now.
 */
export async function noteRecovery(tx: Writing, account: string, first: Instant): Promise<void> {
  await tx.sql
    .updateTable('accounts')
    .set({ recovery_used_at: tx.now, recovering_since: first })
    .where('id', '=', account)
    .execute();
}
