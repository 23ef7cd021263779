/** Every place where the vault's sealed texts are stored: the one list that rotation of keys goes by (KY2). */
import { sql } from 'kysely';
import type { Reading, Writing } from './store.ts';

/** A sealed text is bound to its table and to these columns of its row, in this order; the last tells the row. */
export interface SealedPlace {
  readonly table: string;
  readonly column: string;
  readonly key: readonly [...string[], string];
}

export const sealedPlaces: readonly SealedPlace[] = [
  { table: 'data_keys', column: 'sealed', key: ['purpose'] },
  { table: 'factors', column: 'secret', key: ['account_id', 'id'] },
  { table: 'pending_factors', column: 'secret', key: ['account_id', 'id'] },
  { table: 'signing_keys', column: 'sealed', key: ['id'] },
  { table: 'handoffs', column: 'sealed', key: ['id'] },
  { table: 'waiting_sign_ins', column: 'next_page', key: ['id'] },
  { table: 'outbox', column: 'message', key: ['id'] },
];

export interface SealedRow {
  readonly id: string;
  readonly sealed: string;
  readonly binding: readonly string[];
}

const idOf = ({ key }: SealedPlace): string => key.at(-1) ?? '';

/** Rows behind a place in the order of their ids whose text another version than the current one sealed. */
export async function readOutdated(
  tx: Reading,
  place: SealedPlace,
  { current, after, limit }: { current: number; after: string; limit: number },
): Promise<SealedRow[]> {
  const id = sql.ref(idOf(place));
  const column = sql.ref(place.column);
  const { rows } = await sql<Record<string, string>>`
    select ${sql.join(place.key.map((name) => sql.ref(name)))}, ${column} as sealed_text from ${sql.table(place.table)}
    where ${column} is not null and ${column} not like ${`${current}.%`} and ${id} > ${after}
    order by ${id} limit ${limit}`.execute(tx.sql);
  return rows.map((row) => ({
    id: row[idOf(place)] ?? '',
    sealed: row.sealed_text ?? '',
    binding: [place.table, ...place.key.map((name) => row[name] ?? '')],
  }));
}

/** Puts a text in the place of an older one, where that is still there; says whether it was. */
export async function replaceSealed(
  tx: Writing,
  place: SealedPlace,
  { id, sealed }: SealedRow,
  fresh: string,
): Promise<boolean> {
  const column = sql.ref(place.column);
  const { numAffectedRows } = await sql`
    update ${sql.table(place.table)} set ${column} = ${fresh}
    where ${sql.ref(idOf(place))} = ${id} and ${column} = ${sealed}`.execute(tx.sql);
  return numAffectedRows === 1n;
}

/** How many texts each version of the keyring sealed, over all places. */
export async function countSealed(tx: Reading): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const { table, column } of sealedPlaces) {
    const text = sql.ref(column);
    const version =
      tx.dialect === 'sqlite'
        ? sql`substr(${text}, 1, instr(${text}, '.') - 1)`
        : sql`split_part(${text}, '.', 1)`;
    const { rows } = await sql<{ version: string; count: number | string }>`
      select ${version} as version, count(*) as count from ${sql.table(table)}
      where ${text} is not null group by 1`.execute(tx.sql);
    for (const row of rows) {
      counts.set(Number(row.version), (counts.get(Number(row.version)) ?? 0) + Number(row.count));
    }
  }
  return counts;
}

/** Lets each statement see what is committed by then: rotation must not make the acts beside it repeat. */
export async function readCommitted(tx: Writing): Promise<void> {
  if (tx.dialect === 'postgres') await sql`set transaction isolation level read committed`.execute(tx.sql);
}
