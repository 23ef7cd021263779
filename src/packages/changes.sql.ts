import { sql } from 'kysely';
import type { Reading, Writing } from '../store/store.ts';

export interface ChangeRow {
  sequence: number;
  id: string;
  name: string;
  revision: number;
  /** Whether the whole package was removed. */
  gone: boolean;
}

/** Whether any change has no place in the feed yet. */
export async function hasUnplaced(tx: Reading): Promise<boolean> {
  const found = await tx.sql
    .selectFrom('packages')
    .select('id')
    .where('change_sequence', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** The last place that was given; 0 before the first. */
export async function readLastPlace(tx: Reading): Promise<number> {
  const found = await tx.sql
    .selectFrom('counters')
    .select('value')
    .where('name', '=', 'changes')
    .executeTakeFirst();
  return found?.value ?? 0;
}

/** Gives at most so many changed packages the places after the last, in the order of their changes. */
export async function givePlaces(tx: Writing, last: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    update packages set change_sequence = placed.place
    from (
      select id, ${last} + row_number() over (order by updated_at, id) as place from packages
      where change_sequence is null order by updated_at, id limit ${limit}
    ) as placed
    where packages.id = placed.id`.execute(tx.sql);
  const given = Number(numAffectedRows ?? 0);
  await tx.sql
    .insertInto('counters')
    .values({ name: 'changes', value: last + given })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: last + given }))
    .execute();
  return given;
}

/** Changes after a place, in order. */
export async function readChanges(
  tx: Reading,
  { since, limit }: { since: number; limit: number },
): Promise<ChangeRow[]> {
  const rows = await tx.sql
    .selectFrom('packages')
    .select(['change_sequence as sequence', 'id', 'name', 'revision', 'unpublished_at'])
    .where('change_sequence', '>', since)
    .orderBy('change_sequence')
    .limit(limit)
    .execute();
  return rows.map(({ sequence, unpublished_at, ...row }) => ({
    ...row,
    sequence: sequence ?? 0,
    gone: unpublished_at !== null,
  }));
}
