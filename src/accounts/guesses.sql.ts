import type { Instant } from '../kernel/ports.ts';
import type { Reading, Writing } from '../store/store.ts';

/** Which guesses are counted together: those for a name, from an address, or for a name from an address. */
export interface Counted {
  name?: string;
  address?: string;
}

/**
 * The instant of the guess that fills a budget of `count` since `after`, or undefined while there is room.
 */
export async function readFilling(
  tx: Reading,
  { name, address }: Counted,
  after: Instant,
  count: number,
): Promise<Instant | undefined> {
  let query = tx.sql.selectFrom('password_attempts').select('at').where('at', '>', after);
  if (name !== undefined) query = query.where('name', '=', name);
  if (address !== undefined) query = query.where('address', '=', address);
  const row = await query
    .orderBy('at', 'desc')
    .limit(1)
    .offset(count - 1)
    .executeTakeFirst();
  return row?.at;
}

/** The id of an equal guess since `after`, if there is one. */
export async function readEqualGuess(
  tx: Reading,
  hash: string,
  name: string,
  after: Instant,
): Promise<string | undefined> {
  const row = await tx.sql
    .selectFrom('password_attempts')
    .select('id')
    .where('name', '=', name)
    .where('at', '>', after)
    .where('guess_hash', '=', hash)
    .executeTakeFirst();
  return row?.id;
}

export async function insertGuess(
  tx: Writing,
  guess: { id: string; name: string; address: string; guess_hash: string },
): Promise<void> {
  await tx.sql
    .insertInto('password_attempts')
    .values({ ...guess, at: tx.now })
    .execute();
}

export async function removeGuess(tx: Writing, id: string): Promise<void> {
  await tx.sql.deleteFrom('password_attempts').where('id', '=', id).execute();
}

/** Forgets what was guessed before `blurred`, and that it was guessed before `gone`; only of this name and address. */
export async function forgetGuesses(
  tx: Writing,
  { name, address }: Required<Counted>,
  { blurred, gone }: { blurred: Instant; gone: Instant },
): Promise<void> {
  const own = tx.sql
    .updateTable('password_attempts')
    .set({ guess_hash: null })
    .where('at', '<=', blurred)
    .where('guess_hash', 'is not', null);
  await own.where('name', '=', name).execute();
  const old = tx.sql.deleteFrom('password_attempts').where('at', '<=', gone);
  await old.where('name', '=', name).execute();
  await old.where('address', '=', address).execute();
}

/** The instant of the act that fills a limit of `count` since `after`, or undefined while there is room. */
export async function readFillingAct(
  tx: Reading,
  limit: string,
  source: string,
  after: Instant,
  count: number,
): Promise<Instant | undefined> {
  const row = await tx.sql
    .selectFrom('limited_acts')
    .select('at')
    .where('limit_name', '=', limit)
    .where('source', '=', source)
    .where('at', '>', after)
    .orderBy('at', 'desc')
    .limit(1)
    .offset(count - 1)
    .executeTakeFirst();
  return row?.at;
}

export async function insertAct(tx: Writing, limit: string, source: string): Promise<void> {
  await tx.sql.insertInto('limited_acts').values({ limit_name: limit, source, at: tx.now }).execute();
}

export async function forgetActs(tx: Writing, limit: string, source: string, gone: Instant): Promise<void> {
  await tx.sql
    .deleteFrom('limited_acts')
    .where('limit_name', '=', limit)
    .where('source', '=', source)
    .where('at', '<=', gone)
    .execute();
}

/** Forgets every guess and every limited act that no limit can count any more; returns how many. */
export async function forgetOld(tx: Writing, guesses: Instant, acts: Instant): Promise<number> {
  const gone = [
    await tx.sql.deleteFrom('password_attempts').where('at', '<=', guesses).executeTakeFirst(),
    await tx.sql.deleteFrom('limited_acts').where('at', '<=', acts).executeTakeFirst(),
  ];
  return gone.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0);
}
