import { sql } from 'kysely';
import type { Instant } from '../kernel/ports.ts';
import type { Reading } from './store.ts';

/** What the database's own clock says; on SQLite that is this machine's. */
export async function readDatabaseTime(tx: Reading): Promise<Instant> {
  if (tx.dialect === 'sqlite') return tx.now;
  const { rows } = await sql<{ now: number }>`
    select extract(epoch from clock_timestamp())::float8 * 1000 as now`.execute(tx.sql);
  return Number(rows[0]?.now);
}
