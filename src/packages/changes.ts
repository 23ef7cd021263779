/**
 * The feed of changes, by which a mirror follows the registry (protocol/packages.md §10): of each package its newest
 * state only. Places are given when the feed is read, one batch after the other: a change that commits late never gets
 * a place before one that was already read, however many processes publish at the same time.
 */
import { fail } from '../kernel/failure.ts';
import type { Reading, Store } from '../store/store.ts';
import { givePlaces, hasUnplaced, readChanges, readLastPlace } from './changes.sql.ts';
import { revisionOf } from './revision.ts';

export const mostChanges = 10_000;
/** Packages in one transaction: few enough that nobody waits for it. */
const batch = 500;

/** One package in the feed, as CouchDB writes it. */
export interface Change {
  seq: number;
  /** The package's name. */
  id: string;
  changes: [{ rev: string }];
  deleted?: true;
}

export interface ChangePage {
  results: Change[];
  /** Where the next page begins. */
  last_seq: number;
}

/** What may be asked of the feed, as it stands in the URL. */
export type ChangeQuery = Readonly<Record<string, string | undefined>>;

const refuse = (reason: string): never => fail('request_invalid', { reason });

/** Parameters of CouchDB that this feed does not know, with the values that ask for nothing more than it does. */
const refused: readonly (readonly [name: string, harmless: readonly string[], instead: string])[] = [
  ['feed', ['', 'normal'], 'ask again with the last_seq that you got'],
  ['include_docs', ['', 'false'], 'fetch the package by its name'],
  ['descending', ['', 'false'], 'ask for since=now, or page from since=0'],
  ['filter', [''], 'leave out yourself what you do not need'],
  ['style', ['', 'main_only'], 'packages have one revision here'],
];

function readCount(name: string, text: string | undefined, usual: number, least: number): number {
  if (text === undefined || text === '') return usual;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return number >= least
    ? number
    : refuse(`"${name}" of the feed of changes is a whole number from ${least}.`);
}

/** What part of the feed is wanted; `since` undefined is where the feed ends now. Fails with `request_invalid`. */
export function readChangeQuery(query: ChangeQuery): { since: number | undefined; limit: number } {
  for (const [name, harmless, instead] of refused) {
    const value = query[name];
    if (value !== undefined && !harmless.includes(value))
      refuse(`The feed of changes does not take ${name}=${value.slice(0, 40)} here: ${instead}.`);
  }
  const limit = readCount('limit', query.limit, mostChanges, 1);
  if (limit > mostChanges)
    refuse(`At most ${mostChanges} changes are told at once: page with since and limit.`);
  return { since: query.since === 'now' ? undefined : readCount('since', query.since, 0, 0), limit };
}

/** Gives every change so far its place. */
export async function placeChanges(store: Store): Promise<void> {
  while (await store.read(hasUnplaced))
    await store.write(async (tx) => givePlaces(tx, await readLastPlace(tx), batch), {
      serialise: ['changes'],
    });
}

/** A page of the feed; `placeChanges` comes first. */
export async function listChanges(tx: Reading, query: ChangeQuery): Promise<ChangePage> {
  const { since, limit } = readChangeQuery(query);
  const last = await readLastPlace(tx);
  if (since === undefined) return { results: [], last_seq: last };
  const rows = await readChanges(tx, { since, limit });
  const results = rows.map((row): Change => {
    const change: Change = { seq: row.sequence, id: row.name, changes: [{ rev: revisionOf(row) }] };
    return row.gone ? { ...change, deleted: true } : change;
  });
  const isWhole = rows.length < limit;
  return { results, last_seq: isWhole ? last : (rows.at(-1)?.sequence ?? last) };
}
