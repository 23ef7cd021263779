/** Lists of packages about somebody: what is hidden from the reader is not in them (requirements MD1, protocol/packages.md §5). */
import { readAccount } from '../accounts/accounts.sql.ts';
import { fail } from '../kernel/failure.ts';
import type { Actor } from '../policy/actor.ts';
import type { Reading } from '../store/store.ts';
import { mayRead } from './facts.ts';
import type { Right } from './inspect.ts';
import { type ListedRow, readMaintained, readScope, readStarred } from './lists.sql.ts';

/** Who asks, and whether strangers may read public packages. */
export interface Reader {
  readonly actor: Pick<Actor, 'account' | 'grants'>;
  readonly anonymousRead: boolean;
}

/** The packages of a list that somebody may read. */
export async function keepReadable<R extends ListedRow>(
  tx: Reading,
  rows: readonly R[],
  { actor, anonymousRead }: Reader,
): Promise<R[]> {
  const { account } = actor;
  const own = new Set(account === null ? [] : (await readMaintained(tx, account.id)).map(({ id }) => id));
  return rows.filter((row) => {
    const maintainers = new Set(account !== null && own.has(row.id) ? [account.id] : []);
    return mayRead(anonymousRead, actor, { row, maintainers });
  });
}

/**
 * The packages that somebody maintains, and those in his scope that others maintain, by name. Fails with `not_found`
 * where there is no such account. Called by: npm lib/commands/access.js.
 */
export async function listPackagesOf(tx: Reading, name: string, reader: Reader): Promise<Map<string, Right>> {
  const account = (await readAccount(tx, name)) ?? fail('not_found');
  const maintained = await readMaintained(tx, account.id);
  const ids = new Set(maintained.map(({ id }) => id));
  const others = (await readScope(tx, account.name)).filter(({ id }) => !ids.has(id));
  const readable = await keepReadable(tx, [...maintained, ...others], reader);
  const rights = readable.map((row): [string, Right] => [row.name, ids.has(row.id) ? 'write' : 'read']);
  return new Map(rights.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** The names of the packages that somebody starred; none for who is not here. Called by: npm lib/commands/stars.js. */
export async function listStarred(tx: Reading, name: string, reader: Reader): Promise<string[]> {
  const account = await readAccount(tx, name);
  if (account === undefined) return [];
  return (await keepReadable(tx, await readStarred(tx, account.id), reader)).map((row) => row.name);
}
