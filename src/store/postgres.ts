/**
 * PostgreSQL through `pg`: SERIALIZABLE transactions, repeated on a conflict. Writes that name keys take turns, first in
 * this process, then between processes by advisory locks of the session, taken before the transaction begins: a lock
 * inside it would come after the snapshot and so protect nothing.
 */
import { createHash } from 'node:crypto';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool, types } from 'pg';
import { Failure } from '../kernel/failure.ts';
import { Turns } from '../kernel/turns.ts';
import type { Tables } from './schema.ts';
import type { Engine } from './store.ts';

const connections = { reading: 6, writing: 6 };
const conflictTries = 40;

const int8 = 20;
const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === int8 && format !== 'binary'
    ? Number
    : types.getTypeParser(oid, format as 'text')) as typeof types.getTypeParser;

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';

/** serialization_failure, deadlock_detected, and a unique key that a concurrent transaction took first. */
const isConflict = (thrown: unknown): boolean => ['40001', '40P01', '23505'].includes(codeOf(thrown));
/** disk_full, which a used-up quota is too, and out_of_memory. */
const isFull = (thrown: unknown): boolean => ['53100', '53200'].includes(codeOf(thrown));
/** What `pg` says of a connection that has ended has no code. */
const isAway = (thrown: unknown): boolean =>
  /^(08|57P0|53300)/.test(codeOf(thrown)) ||
  ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT'].includes(codeOf(thrown)) ||
  (thrown instanceof Error &&
    /^(Connection terminated|Client has encountered a connection error)/.test(thrown.message));

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The advisory lock of a key: the first eight bytes of its hash as a signed integer, told to PostgreSQL as text. */
const lockOf = (key: string): string =>
  createHash('sha256').update(key).digest().readBigInt64BE(0).toString();

/** Has what the database says of itself told in our words. Fails with `storage_full`, `unavailable`. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (isFull(thrown)) throw new Failure('storage_full', undefined, thrown);
    if (isAway(thrown)) throw new Failure('unavailable', undefined, thrown);
    throw thrown;
  }
}

async function repeated<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (thrown) {
      if (!isConflict(thrown) || tries >= (codeOf(thrown) === '23505' ? 5 : conflictTries)) throw thrown;
      await pause(Math.min(2 ** Math.min(tries, 6), 50));
    }
  }
}

async function withLocks<T>(db: Kysely<Tables>, keys: readonly string[], work: () => Promise<T>): Promise<T> {
  const locks = [...new Set(keys.map(lockOf))].sort();
  for (const lock of locks) await sql`select pg_advisory_lock(${lock}::bigint)`.execute(db);
  try {
    return await work();
  } finally {
    // A connection that cannot even unlock is broken, and its locks end with it; what broke it is told, not this.
    for (const lock of locks.reverse())
      await sql`select pg_advisory_unlock(${lock}::bigint)`.execute(db).catch(() => undefined);
  }
}

/** Connects lazily; a database that is away fails the first use with `unavailable`. */
export function openPostgres(url: string): Engine {
  const open = (max: number): { pool: Pool; db: Kysely<Tables> } => {
    const pool = new Pool({ connectionString: url, max, types: { getTypeParser } });
    // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
    pool.on('error', () => undefined);
    return { pool, db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }) };
  };
  const reading = open(connections.reading);
  const writing = open(connections.writing);
  const turns = new Turns();

  return {
    dialect: 'postgres',
    read: (work) =>
      told(() =>
        repeated(() =>
          reading.db
            .transaction()
            .setIsolationLevel('repeatable read')
            .setAccessMode('read only')
            .execute(work),
        ),
      ),
    write: (work, keys) =>
      turns.take(keys, () =>
        told(() =>
          writing.db
            .connection()
            .execute((db) =>
              withLocks(db, keys, () =>
                repeated(() => db.transaction().setIsolationLevel('serializable').execute(work)),
              ),
            ),
        ),
      ),
    close: async () => {
      await reading.db.destroy();
      await writing.db.destroy();
    },
  };
}
