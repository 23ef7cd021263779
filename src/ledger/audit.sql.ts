import { type ExpressionBuilder, sql } from 'kysely';
import type { Instant } from '../kernel/ports.ts';
import type { Tables } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export interface AuditRow {
  id: number;
  sequence: number | null;
  hash: string | null;
  at: Instant;
  entry: string;
  account_id: string | null;
  action: string;
  outcome: string;
}

export interface Link {
  sequence: number;
  hash: string;
}

type NewRow = Omit<AuditRow, 'id'>;

export async function insertRow(tx: Writing, row: NewRow): Promise<void> {
  await tx.sql.insertInto('audit').values(row).execute();
}

/** The newest link of the chain, or undefined while there is none. */
export async function readHead(tx: Reading): Promise<Link | undefined> {
  const row = await tx.sql
    .selectFrom('audit')
    .select(['sequence', 'hash'])
    .where('sequence', 'is not', null)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && row.sequence !== null && row.hash !== null
    ? { sequence: row.sequence, hash: row.hash }
    : undefined;
}

/** Rows that wait for their link, oldest first. */
export async function readUnlinked(tx: Reading, limit: number): Promise<Pick<AuditRow, 'id' | 'entry'>[]> {
  return tx.sql
    .selectFrom('audit')
    .select(['id', 'entry'])
    .where('sequence', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
}

export async function countUnlinked(tx: Reading): Promise<number> {
  const row = await tx.sql
    .selectFrom('audit')
    .select((rows) => rows.fn.countAll<number>().as('count'))
    .where('sequence', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Fills the links of waiting rows in one statement; only PostgreSQL has such rows. */
export async function fillLinks(tx: Writing, links: readonly (Link & { id: number })[]): Promise<void> {
  await sql`update audit set sequence = link.sequence, hash = link.hash
    from json_to_recordset(${JSON.stringify(links)}) as link (id bigint, sequence bigint, hash text)
    where audit.id = link.id`.execute(tx.sql);
}

/** Linked rows behind a place in the chain, in its order. */
export async function readLinked(tx: Reading, after: number, limit: number): Promise<AuditRow[]> {
  return tx.sql
    .selectFrom('audit')
    .selectAll()
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .execute();
}

/** The newest rows of one account's log, or of everybody's, newest first. */
export async function readNewest(
  tx: Reading,
  accountId: string | undefined,
  limit: number,
): Promise<AuditRow[]> {
  let query = tx.sql.selectFrom('audit').selectAll();
  if (accountId !== undefined) query = query.where('account_id', '=', accountId);
  return query.orderBy('id', 'desc').limit(limit).execute();
}

/** Which rows of the log; what is left out does not matter. `from` and `to` bound the instant, `to` excluded. */
export interface LogFilter {
  readonly account?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: 'done' | 'refused' | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
}

/** What a filter says, as a condition that each row is held against. */
const matches =
  ({ account, action, outcome, from, to }: LogFilter) =>
  (row: ExpressionBuilder<Tables, 'audit'>) =>
    row.and([
      ...(account === undefined ? [] : [row('account_id', '=', account)]),
      ...(action === undefined ? [] : [row('action', '=', action)]),
      ...(outcome === undefined ? [] : [row('outcome', '=', outcome)]),
      ...(from === undefined ? [] : [row('at', '>=', from)]),
      ...(to === undefined ? [] : [row('at', '<', to)]),
    ]);

/** One page of what a filter leaves of the log, newest first. */
export async function readLogRows(
  tx: Reading,
  filter: LogFilter,
  { limit, offset }: { limit: number; offset: number },
): Promise<AuditRow[]> {
  return tx.sql
    .selectFrom('audit')
    .selectAll()
    .where(matches(filter))
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute();
}

export async function countLogRows(tx: Reading, filter: LogFilter): Promise<number> {
  const row = await tx.sql
    .selectFrom('audit')
    .select((rows) => rows.fn.countAll<number>().as('count'))
    .where(matches(filter))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** The row at a place in the chain. */
export async function readRowAt(tx: Reading, sequence: number): Promise<AuditRow | undefined> {
  return tx.sql.selectFrom('audit').selectAll().where('sequence', '=', sequence).executeTakeFirst();
}

/** The hashes of links by their places in the chain; places that do not exist are left out. */
export async function readHashesAt(
  tx: Reading,
  sequences: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const rows = await tx.sql
    .selectFrom('audit')
    .select(['sequence', 'hash'])
    .where('sequence', 'in', [...sequences])
    .execute();
  return new Map(
    rows.flatMap(({ sequence, hash }) => (sequence === null || hash === null ? [] : [[sequence, hash]])),
  );
}
