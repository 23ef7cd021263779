/** Challenges that wait for a security key. */
import type { Instant } from '../kernel/ports.ts';
import type { CeremoniesTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export type CeremonyRow = CeremoniesTable;
export type Purpose = CeremoniesTable['purpose'];

export async function insertCeremony(tx: Writing, row: CeremonyRow): Promise<void> {
  await tx.sql.insertInto('ceremonies').values(row).execute();
}

/** A challenge that still waits, by its hash. */
export async function readCeremony(tx: Reading, hash: string): Promise<CeremonyRow | undefined> {
  return tx.sql
    .selectFrom('ceremonies')
    .selectAll()
    .where('hash', '=', hash)
    .where('until', '>', tx.now)
    .executeTakeFirst();
}

/** Uses a challenge up; says whether it still waited. One statement, so that of many uses one wins (WA2). */
export async function takeCeremony(tx: Writing, hash: string): Promise<boolean> {
  const { numDeletedRows } = await tx.sql
    .deleteFrom('ceremonies')
    .where('hash', '=', hash)
    .where('until', '>', tx.now)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

/** Keeps the newest challenges of a session and forgets the others. */
export async function trimCeremonies(tx: Writing, session: string, kept: number): Promise<void> {
  const surplus = await tx.sql
    .selectFrom('ceremonies')
    .select('hash')
    .where('session', '=', session)
    .orderBy('until', 'desc')
    .orderBy('hash')
    .offset(kept)
    .limit(100)
    .execute();
  if (surplus.length === 0) return;
  const hashes = surplus.map(({ hash }) => hash);
  await tx.sql.deleteFrom('ceremonies').where('hash', 'in', hashes).execute();
}

/** Forgets every challenge that ended by an instant; returns how many. */
export async function forgetCeremonies(tx: Writing, gone: Instant): Promise<number> {
  const { numDeletedRows } = await tx.sql
    .deleteFrom('ceremonies')
    .where('until', '<=', gone)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
