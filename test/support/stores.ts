import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, inject } from 'vitest';
import type { Vault } from '../../src/kernel/vault.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { createStore, type Dialect, type Store } from '../../src/store/store.ts';
import { createClock, createRandom, createVault, type TestClock } from './ports.ts';
import { createDatabase } from './postgres.ts';

export interface TestStore {
  /** Migrated and unlocked. */
  readonly store: Store;
  readonly clock: TestClock;
  readonly vault: Vault;
  /**
   * Another process on the same database: connections, turns and randomness of its own, the same clock and vault.
   * On SQLite a second connection to the same file, which is what the command line beside a server is.
   */
  another(): Store;
}

/** Opens a fresh, empty, migrated store; it is closed and removed after the test. */
export type OpenStore = () => Promise<TestStore>;

const cleanups: (() => Promise<void>)[] = [];

async function openStore(dialect: Dialect): Promise<TestStore> {
  const clock = createClock();
  const vault = createVault();
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-store-'));
  const url = dialect === 'postgres' ? await createDatabase(inject('postgresPort')) : '';
  const opened: Store[] = [];
  const another = (): Store => {
    const engine = dialect === 'postgres' ? openPostgres(url) : openSqlite(join(folder, 'tallystick.db'));
    const store = createStore(engine, clock, createRandom(`process ${opened.length}`), vault);
    opened.push(store);
    return store;
  };
  cleanups.push(async () => {
    for (const store of opened.reverse()) await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const store = another();
  await migrate(store);
  return { store, clock, vault, another };
}

/**
 * Runs the same tests on SQLite and on PostgreSQL:
 *
 *     eachStore((open) => {
 *       test('a name is given once', async () => {
 *         const { store, clock } = await open();
 *       });
 *     });
 *
 * Where the machine has no PostgreSQL its half is skipped, named by the reporter.
 */
export function eachStore(define: (open: OpenStore, dialect: Dialect) => void): void {
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  for (const dialect of ['sqlite', 'postgres'] as const) {
    const missing = dialect === 'postgres' && inject('postgresPort') === 0;
    describe.skipIf(missing)(`on ${dialect}`, () => {
      define(() => openStore(dialect), dialect);
    });
  }
}
