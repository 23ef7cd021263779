/** Migrations: numbered, forward only, imported statically, each in a transaction of its own. */
import { type Kysely, sql } from 'kysely';
import { up as first } from './migrations/0001.ts';
import type { Dialect, Store } from './store.ts';

type Migration = (db: Kysely<never>, dialect: Dialect) => Promise<void>;

const migrations: readonly (readonly [string, Migration])[] = [['0001', first]];

/**
 * Brings the schema up to this version. Returns the names of the migrations that ran; throws when the database comes
 * from a newer version. Safe to call from several processes at once.
 */
export async function migrate(store: Store): Promise<string[]> {
  return store.write(
    async ({ sql: db, dialect, now }) => {
      await sql`create table if not exists migrations (name text primary key, ran_at bigint not null)`.execute(
        db,
      );
      const { rows } = await sql<{ name: string }>`select name from migrations`.execute(db);
      const known = new Set(migrations.map(([name]) => name));
      const newer = rows.find(({ name }) => !known.has(name));
      if (newer) throw new Error(`The database was written by a newer Tallystick (migration ${newer.name}).`);
      const done = new Set(rows.map(({ name }) => name));
      const ran: string[] = [];
      for (const [name, up] of migrations) {
        if (done.has(name)) continue;
        await up(db as unknown as Kysely<never>, dialect);
        await sql`insert into migrations (name, ran_at) values (${name}, ${now})`.execute(db);
        ran.push(name);
      }
      return ran;
    },
    { serialise: ['migrate'] },
  );
}
