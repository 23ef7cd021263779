/**
 * SQLite through `node:sqlite`: one writing connection whose transactions take turns, and a few reading ones (WAL), each
 * a Kysely of its own. The driver is behind this file only.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, type SqliteDatabase, SqliteDialect, sql } from 'kysely';
import { fail } from '../kernel/failure.ts';
import type { Tables } from './schema.ts';
import { createSharedCommit } from './shared-commit.ts';
import type { Engine } from './store.ts';

const readers = 4;
const statementsKept = 400;
/** Pages of 4 KiB in the log before they are copied into the database: each copy waits for the disk twice. */
const longestLog = 4000;
/** How long a writer waits for another process's transaction before it answers 503 (RN1). */
const patience = { tries: 100, pause: 50 };

interface Prepared {
  readonly statement: StatementSync;
  /** Whether it answers with rows. */
  readonly reader: boolean;
}

/** Kysely's idea of a SQLite database over `DatabaseSync`, keeping its prepared statements. */
function adapt(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, Prepared>();
  const prepare = (text: string): Prepared => {
    const kept = statements.get(text);
    if (kept) return kept;
    if (statements.size >= statementsKept) statements.clear();
    const statement = database.prepare(text);
    const made = { statement, reader: statement.columns().length > 0 };
    statements.set(text, made);
    return made;
  };
  return {
    close: () => database.close(),
    prepare: (text) => {
      const { statement, reader } = prepare(text);
      return {
        reader,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
      };
    },
  };
}

function connect(file: string, readOnly: boolean): Kysely<Tables> {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: 50 });
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  database.exec(`pragma wal_autocheckpoint = ${longestLog}`);
  // What a statement would take back at an error is small, and a file for it is made at every other publish.
  database.exec('pragma temp_store = memory');
  if (readOnly) database.exec('pragma query_only = on');
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(database) }) });
}

const isBusy = (thrown: unknown): boolean =>
  thrown instanceof Error && 'errcode' in thrown && (Number(thrown.errcode) & 0xff) === 5;

const isFull = (thrown: unknown): boolean =>
  thrown instanceof Error && 'errcode' in thrown && (Number(thrown.errcode) & 0xff) === 13;

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

async function begin(connection: Kysely<Tables>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      // A deferred begin would fail at its first write with SQLITE_BUSY_SNAPSHOT, whatever the time-out.
      await sql`begin immediate`.execute(connection);
      return;
    } catch (thrown) {
      if (!isBusy(thrown)) throw thrown;
      if (tries === patience.tries) fail('unavailable');
      await pause(patience.pause);
    }
  }
}

const execute = async (connection: Kysely<Tables>, statement: string): Promise<void> =>
  void (await sql.raw(statement).execute(connection));

const rollback = (connection: Kysely<Tables>): Promise<void> =>
  execute(connection, 'rollback').catch(() => undefined);

/** The writing connection's transactions as acts share them. */
const shareWriter = (
  connection: Kysely<Tables>,
): (<T>(work: (sql: Kysely<Tables>) => Promise<T>) => Promise<T>) =>
  createSharedCommit({
    connection,
    begin: () => begin(connection),
    commit: () => execute(connection, 'commit'),
    rollback: () => rollback(connection),
    savepoint: () => execute(connection, 'savepoint act'),
    release: () => execute(connection, 'release act'),
    rollbackToSavepoint: async () => {
      await execute(connection, 'rollback to act');
      await execute(connection, 'release act');
    },
  });

/** Opens or creates the database file. The caller holds the lock on the data folder and runs the migrations. */
export function openSqlite(file: string): Engine {
  const writer = connect(file, false);
  const idle: Kysely<Tables>[] = [];
  const waiting: ((connection: Kysely<Tables>) => void)[] = [];
  const all: Kysely<Tables>[] = [writer];
  const write = shareWriter(writer);

  const acquire = async (): Promise<Kysely<Tables>> => {
    const free = idle.pop();
    if (free) return free;
    if (all.length <= readers) {
      const made = connect(file, true);
      all.push(made);
      return made;
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  const release = (connection: Kysely<Tables>): void => {
    const next = waiting.shift();
    if (next) next(connection);
    else idle.push(connection);
  };

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    // Behind all that waits; whether another process lets it write is nothing to it.
    await write(async () => undefined).catch(() => undefined);
    for (const connection of all) await connection.destroy();
  };

  return {
    dialect: 'sqlite',
    read: async (work) => {
      const connection = await acquire();
      try {
        await execute(connection, 'begin');
        const result = await work(connection);
        await execute(connection, 'commit');
        return result;
      } catch (thrown) {
        await rollback(connection);
        throw thrown;
      } finally {
        release(connection);
      }
    },
    write: async (work) => {
      try {
        return await write(work);
      } catch (thrown) {
        return isFull(thrown) ? fail('storage_full') : Promise.reject(thrown);
      }
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}
