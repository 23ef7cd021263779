import type { Instant } from '../kernel/ports.ts';
import type { DevicesTable, SessionsTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export type SessionRow = SessionsTable;
export type DeviceRow = DevicesTable;

/** A session that is there, with what is needed of its account. */
export type HeldSession = SessionRow & { account_name: string; staff: 0 | 1; frozen_at: Instant | null };

export async function insertSession(tx: Writing, row: SessionRow): Promise<void> {
  await tx.sql.insertInto('sessions').values(row).execute();
}

export async function readSessionByHash(tx: Reading, hash: string): Promise<HeldSession | undefined> {
  return tx.sql
    .selectFrom('sessions')
    .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
    .selectAll('sessions')
    .select(['accounts.name as account_name', 'accounts.staff', 'accounts.frozen_at'])
    .where('sessions.hash', '=', hash)
    .executeTakeFirst();
}

/** The living sessions of an account that are past their second step, the latest used first. */
export async function readLivingSessions(tx: Reading, account: string): Promise<SessionRow[]> {
  const rows = await tx.sql
    .selectFrom('sessions')
    .selectAll()
    .where('account_id', '=', account)
    .where('halfway', '=', 0)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', tx.now)
    .orderBy('last_used_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.filter((row) => row.last_used_at + row.idle_life > tx.now);
}

export async function readSession(tx: Reading, id: string): Promise<SessionRow | undefined> {
  return tx.sql.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Ends a session once; whether it lived until now. */
export async function markSessionEnded(tx: Writing, id: string): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('sessions')
    .set({ ended_at: tx.now })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function noteSessionUse(tx: Writing, id: string, at: Instant): Promise<void> {
  await tx.sql
    .updateTable('sessions')
    .set({ last_used_at: at })
    .where('id', '=', id)
    .where('last_used_at', '<', at)
    .execute();
}

/** Gives a living session a new value and notes what it proved; whether it lived. */
export async function replaceSessionHash(
  tx: Writing,
  id: string,
  change: { hash: string; factor_at?: Instant; factor?: string; password_at?: Instant },
): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('sessions')
    .set(change)
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Counts one more code at the second step, unless there were `most` already; whether it was counted. */
export async function countTry(tx: Writing, id: string, most: number): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('sessions')
    .set(({ eb }) => ({ tries: eb('tries', '+', 1) }))
    .where('id', '=', id)
    .where('tries', '<', most)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function insertDevice(tx: Writing, row: DeviceRow): Promise<void> {
  await tx.sql.insertInto('devices').values(row).execute();
}

export async function readDeviceByHash(tx: Reading, hash: string): Promise<DeviceRow | undefined> {
  return tx.sql.selectFrom('devices').selectAll().where('hash', '=', hash).executeTakeFirst();
}

export async function readLivingDevices(tx: Reading, account: string): Promise<DeviceRow[]> {
  return tx.sql
    .selectFrom('devices')
    .selectAll()
    .where('account_id', '=', account)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', tx.now)
    .orderBy('last_used_at', 'desc')
    .execute();
}

/** Ends one device of an account; whether it was one that lived. */
export async function markDeviceEnded(tx: Writing, account: string, id: string): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('devices')
    .set({ ended_at: tx.now })
    .where('account_id', '=', account)
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function noteDeviceUse(
  tx: Writing,
  id: string,
  change: { last_used_at: Instant; expires_at: Instant; address: string | null; user_agent: string },
): Promise<void> {
  await tx.sql.updateTable('devices').set(change).where('id', '=', id).execute();
}

/** Forgets sessions and devices that ended before an instant; returns how many rows went. */
export async function forgetEnded(tx: Writing, before: Instant): Promise<number> {
  const sessions = await tx.sql
    .deleteFrom('sessions')
    .where((eb) => eb.or([eb('ended_at', '<', before), eb('expires_at', '<', before)]))
    .executeTakeFirst();
  const used = tx.sql.selectFrom('sessions').select('device_id').where('device_id', 'is not', null);
  const devices = await tx.sql
    .deleteFrom('devices')
    .where((eb) => eb.or([eb('ended_at', '<', before), eb('expires_at', '<', before)]))
    .where('id', 'not in', used as never)
    .executeTakeFirst();
  return Number(sessions.numDeletedRows + devices.numDeletedRows);
}
