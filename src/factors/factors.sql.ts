/** The factors that are on, and the set-ups that are not yet. */

import { type ExpressionBuilder, sql } from 'kysely';
import type { Instant } from '../kernel/ports.ts';
import type { FactorsTable, PendingFactorsTable, Tables } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

/** When the second factor is asked. */
export type FactorMode = PendingFactorsTable['mode'];

/**
 * How many factors the account of a row has, of any kind. None means that its two-factor authentication is off; this is
 * the one place that says so.
 */
export const factorCount = (accounts: ExpressionBuilder<Tables, 'accounts'>) => {
  const apps = accounts
    .selectFrom('factors')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .whereRef('factors.account_id', '=', 'accounts.id');
  const keys = accounts
    .selectFrom('security_keys')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .whereRef('security_keys.account_id', '=', 'accounts.id');
  return sql<number>`(${apps} + ${keys})`;
};

/** The account's mode while it has any factor: its two-factor authentication is on. */
export async function readMode(tx: Reading, account: string): Promise<FactorMode | undefined> {
  const row = await tx.sql
    .selectFrom('accounts')
    .select((accounts) => ['accounts.mode', factorCount(accounts).as('factors')])
    .where('accounts.id', '=', account)
    .executeTakeFirst();
  return row !== undefined && row.factors > 0 ? row.mode : undefined;
}

/** How many factors an account has: its authenticator app and its security keys. Recovery codes are none. */
export async function countFactors(tx: Reading, account: string): Promise<number> {
  const row = await tx.sql
    .selectFrom('accounts')
    .select((accounts) => factorCount(accounts).as('factors'))
    .where('accounts.id', '=', account)
    .executeTakeFirst();
  return row?.factors ?? 0;
}

/** The authenticator app that is on, with the account's mode. */
export async function readTotp(
  tx: Reading,
  account: string,
): Promise<(FactorsTable & { mode: FactorMode }) | undefined> {
  return tx.sql
    .selectFrom('factors')
    .innerJoin('accounts', 'accounts.id', 'factors.account_id')
    .selectAll('factors')
    .select('accounts.mode')
    .where('account_id', '=', account)
    .where('kind', '=', 'totp')
    .executeTakeFirst();
}

/**
 * Accepts a step if it is greater than every step accepted before; says whether it was. One statement, so that two
 * uses of one code cannot both win (OT3).
 */
export async function raiseStep(tx: Writing, factor: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('factors')
    .set({ highest_step: step, last_used_at: tx.now })
    .where('id', '=', factor)
    .where('highest_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function insertTotp(
  tx: Writing,
  row: Pick<FactorsTable, 'id' | 'account_id' | 'secret' | 'highest_step'>,
): Promise<void> {
  await tx.sql
    .insertInto('factors')
    .values({ ...row, kind: 'totp', barred_at: null, created_at: tx.now, last_used_at: tx.now })
    .execute();
}

/** Removes the authenticator app alone; security keys stay. */
export async function removeTotp(tx: Writing, account: string): Promise<void> {
  await tx.sql.deleteFrom('factors').where('account_id', '=', account).where('kind', '=', 'totp').execute();
}

/** Sets or lifts the bar; says whether that changed anything. */
export async function setBar(tx: Writing, account: string, barredAt: Instant | null): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('factors')
    .set({ barred_at: barredAt })
    .where('account_id', '=', account)
    .where('barred_at', barredAt === null ? 'is not' : 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Removes the account's app, keys and what waits for one of these. */
export async function removeFactors(tx: Writing, account: string): Promise<void> {
  for (const table of ['factors', 'security_keys', 'pending_factors', 'ceremonies', 'typed_codes'] as const)
    await tx.sql.deleteFrom(table).where('account_id', '=', account).execute();
}

export async function setMode(tx: Writing, account: string, mode: FactorMode): Promise<void> {
  await tx.sql.updateTable('accounts').set({ mode, updated_at: tx.now }).where('id', '=', account).execute();
}

/** Puts a set-up in place of whatever set-up there was. */
export async function replacePending(tx: Writing, row: PendingFactorsTable): Promise<void> {
  await removePending(tx, row.account_id);
  await tx.sql.insertInto('pending_factors').values(row).execute();
}

export async function readPending(tx: Reading, account: string): Promise<PendingFactorsTable | undefined> {
  return tx.sql
    .selectFrom('pending_factors')
    .selectAll()
    .where('account_id', '=', account)
    .where('until', '>', tx.now)
    .executeTakeFirst();
}

/** Removes the account's set-up, or only one that ended by an instant. */
export async function removePending(tx: Writing, account: string, endedBy?: Instant): Promise<void> {
  let query = tx.sql.deleteFrom('pending_factors').where('account_id', '=', account);
  if (endedBy !== undefined) query = query.where('until', '<=', endedBy);
  await query.execute();
}
