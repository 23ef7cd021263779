import { type RawBuilder, sql } from 'kysely';
import type { Instant } from '../kernel/ports.ts';
import type { Reading, Writing } from '../store/store.ts';
import type { Condition, Match } from './search-words.ts';

/** FTS5's language. Words hold letters and digits only, so that nothing in them is its syntax. */
function forSqlite(match: Match): string {
  if ('all' in match) return `(${match.all.map(forSqlite).join(' AND ')})`;
  if ('any' in match) return `(${match.any.map(forSqlite).join(' OR ')})`;
  return match.beginning ? `"${match.word}" *` : `"${match.word}"`;
}

/** PostgreSQL's language. */
function forPostgres(match: Match): string {
  if ('all' in match) return `(${match.all.map(forPostgres).join(' & ')})`;
  if ('any' in match) return `(${match.any.map(forPostgres).join(' | ')})`;
  return match.beginning ? `'${match.word}':*` : `'${match.word}'`;
}

function conditionFor(tx: Reading, { match, unless }: Condition): string {
  const [write, not] = tx.dialect === 'sqlite' ? [forSqlite, ' NOT '] : [forPostgres, ' & !'];
  const [first, ...rest] = unless;
  return first ? `${write(match)}${not}${write({ any: [first, ...rest] })}` : write(match);
}

/** The numbers of what matches, not yet in an order. */
const matching = (tx: Reading, condition: Condition): RawBuilder<{ place: number }> =>
  tx.dialect === 'sqlite'
    ? sql`select rowid as place from search_words where search_words match ${conditionFor(tx, condition)}`
    : sql`select sequence as place from search where words @@ ${conditionFor(tx, condition)}::tsquery`;

/** How many match; counting ends at `most`. */
export async function countMatches(tx: Reading, condition: Condition, most: number): Promise<number> {
  const { rows } = await sql<{ found: number }>`
    select count(*) as found from (${matching(tx, condition)} limit ${most}) as matches`.execute(tx.sql);
  return Number(rows[0]?.found ?? 0);
}

/** A found package as it is now, and what search has of it. */
export interface MatchRow {
  id: string;
  name: string;
  visibility: 'public' | 'restricted';
  version: string;
  shown: string;
}

/** The living packages of what matches, the newest first. */
export async function readMatches(
  tx: Reading,
  condition: Condition,
  page: { limit: number; offset: number },
): Promise<MatchRow[]> {
  const { rows } = await sql<MatchRow>`
    select packages.id, packages.name, packages.visibility, search.version, search.shown
    from (${matching(tx, condition)} order by place desc limit ${page.limit} offset ${page.offset}) as matches
    join search on search.sequence = matches.place
    join packages on packages.id = search.package_id
    where packages.unpublished_at is null
    order by matches.place desc`.execute(tx.sql);
  return rows;
}

/** The version that `latest` names, and what search has of it. */
export interface LatestRow {
  version: string;
  deprecated: string | null;
  published_at: Instant;
  published_by: string;
  /** The search row, where there is one. */
  sequence: number | null;
  stamp: string | null;
  indexed: string | null;
}

export async function readLatest(tx: Reading, packageId: string): Promise<LatestRow | undefined> {
  return tx.sql
    .selectFrom('tags')
    .innerJoin('versions', (join) =>
      join
        .onRef('versions.package_id', '=', 'tags.package_id')
        .onRef('versions.version', '=', 'tags.version'),
    )
    .leftJoin('search', 'search.package_id', 'tags.package_id')
    .select([
      'versions.version',
      'versions.deprecated',
      'versions.published_at',
      'versions.published_by',
      'search.sequence',
      'search.stamp',
      'search.version as indexed',
    ])
    .where('tags.package_id', '=', packageId)
    .where('tags.tag', '=', 'latest')
    .where('versions.unpublished_at', 'is', null)
    .executeTakeFirst();
}

export async function readManifest(tx: Reading, packageId: string, version: string): Promise<string> {
  const { manifest } = await tx.sql
    .selectFrom('versions')
    .select('manifest')
    .where('package_id', '=', packageId)
    .where('version', '=', version)
    .executeTakeFirstOrThrow();
  return manifest;
}

export interface NewSearchRow {
  package_id: string;
  version: string;
  stamp: string;
  shown: string;
}

/** The words as PostgreSQL's `tsvector`. */
const vectorOf = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');

async function insertWords(tx: Writing, sequence: number, words: readonly string[]): Promise<void> {
  await sql`insert into search_words (rowid, words) values (${sequence}, ${words.join(' ')})`.execute(tx.sql);
}

/** Adds a package as the newest. */
export async function insertSearch(tx: Writing, row: NewSearchRow, words: readonly string[]): Promise<void> {
  if (tx.dialect === 'postgres') {
    await sql`insert into search (package_id, version, stamp, shown, words)
      values (${row.package_id}, ${row.version}, ${row.stamp}, ${row.shown}, ${vectorOf(words)}::tsvector)`.execute(
      tx.sql,
    );
    return;
  }
  const { sequence } = await tx.sql
    .insertInto('search')
    .values(row)
    .returning('sequence')
    .executeTakeFirstOrThrow();
  await insertWords(tx, sequence, words);
}

/** Writes a package anew in its place. */
export async function replaceSearch(
  tx: Writing,
  sequence: number,
  row: NewSearchRow,
  words: readonly string[],
): Promise<void> {
  await tx.sql.updateTable('search').set(row).where('sequence', '=', sequence).execute();
  if (tx.dialect === 'postgres') {
    await sql`update search set words = ${vectorOf(words)}::tsvector where sequence = ${sequence}`.execute(
      tx.sql,
    );
    return;
  }
  await sql`delete from search_words where rowid = ${sequence}`.execute(tx.sql);
  await insertWords(tx, sequence, words);
}

/** Takes a package out, if it is in. */
export async function deleteSearch(tx: Writing, packageId: string): Promise<void> {
  const gone = await tx.sql
    .deleteFrom('search')
    .where('package_id', '=', packageId)
    .returning('sequence')
    .executeTakeFirst();
  if (gone && tx.dialect === 'sqlite')
    await sql`delete from search_words where rowid = ${gone.sequence}`.execute(tx.sql);
}

/** Who maintains these packages, the first of each first. */
export async function readMaintainersOf(
  tx: Reading,
  ids: readonly string[],
): Promise<{ package_id: string; id: string; name: string; email: string }[]> {
  if (ids.length === 0) return [];
  return tx.sql
    .selectFrom('maintainers')
    .innerJoin('accounts', 'accounts.id', 'maintainers.account_id')
    .select(['maintainers.package_id', 'accounts.id', 'accounts.name', 'accounts.email'])
    .where('maintainers.package_id', 'in', ids)
    .orderBy('maintainers.since')
    .orderBy('accounts.name')
    .execute();
}

/** Names and addresses of these accounts. */
export async function readAccountsOf(
  tx: Reading,
  ids: readonly string[],
): Promise<{ id: string; name: string; email: string }[]> {
  if (ids.length === 0) return [];
  return tx.sql.selectFrom('accounts').select(['id', 'name', 'email']).where('id', 'in', ids).execute();
}
