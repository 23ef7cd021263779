/** Opens what commands work on: the data folder, the keyring, the store. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createClock, type SystemClock } from '../adapters/clock.ts';
import { openKeyring } from '../adapters/keyring-file.ts';
import { systemRandom } from '../adapters/random.ts';
import { openStore as openAppStore, type Ports } from '../app.ts';
import type { Config } from '../config.ts';
import { isFailure } from '../kernel/failure.ts';
import { followKeyring, type KeyringSource } from '../kernel/keyring.ts';
import type { Log } from '../kernel/ports.ts';
import { readDatabaseTime } from '../store/database-time.ts';
import type { Store } from '../store/store.ts';
import { CommandProblem } from './problem.ts';

export interface OpenedStore {
  /** Migrated and unlocked. */
  readonly store: Store;
  readonly ports: Ports & { readonly clock: SystemClock };
  readonly keyring: KeyringSource;
}

/** How far this machine's clock may be from the database's, in milliseconds (RN1). */
const tolerated = 5000;

/** Makes the clock agree with that of the database (RN1). */
export const followDatabase = (store: Store, clock: SystemClock): Promise<void> =>
  clock.follow(() => store.read(readDatabaseTime));

/** Makes the data folder, for this user alone. */
export function makeDataFolder({ dataDir }: Pick<Config, 'dataDir'>): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    throw new CommandProblem(
      `The data folder ${dataDir} cannot be made (${code}). Choose another with --data-dir.`,
    );
  }
}

/** `postgres://user:password@host/database` → `host/database`: what may be shown. */
export function placeOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `${host || 'localhost'}${pathname}`;
}

const pgOrSystemCode = /^(E[A-Z]+|[0-9A-Z]{5})$/;

/** What a driver says about a database that it cannot open, with the place but never the password. */
function explain(thrown: unknown, config: Config): unknown {
  const said = isFailure(thrown) ? (thrown.cause ?? thrown) : thrown;
  const { code, message } = said as NodeJS.ErrnoException;
  if (config.databaseUrl !== undefined && pgOrSystemCode.test(code ?? '')) {
    return new CommandProblem(
      `The database ${placeOf(config.databaseUrl)} cannot be opened: ${message || code}.`,
    );
  }
  if (code === 'ERR_SQLITE_ERROR') {
    return new CommandProblem(`The database in ${config.dataDir} cannot be opened: ${message}.`);
  }
  return thrown;
}

/**
 * Opens the store of the settings. Unless `create` is set a data folder without a database is refused: whoever lists
 * accounts there has named the wrong folder. Failures: `keyring_wrong`; a `CommandProblem` where nothing can be opened.
 */
export async function openStore(config: Config, log: Log, { create = false } = {}): Promise<OpenedStore> {
  if (config.databaseUrl === undefined && !create && !existsSync(join(config.dataDir, 'tallystick.db'))) {
    throw new CommandProblem(
      `There is no database in ${config.dataDir}. Start the server once, or name its data folder with --data-dir.`,
    );
  }
  makeDataFolder(config);
  const clock = createClock();
  let keyring: KeyringSource | undefined;
  const ports = {
    clock,
    random: systemRandom,
    log,
    clockAgrees: () => Math.abs(clock.offset()) <= tolerated,
    openKeyring: (isFirstStart: boolean) => {
      const opened = openKeyring({ keyring: config.keyring, isFirstStart, clock, random: systemRandom });
      if (opened.made !== undefined)
        log.info({ keyring: opened.made }, 'made a new keyring: keep a copy in a safe place');
      if (opened.warning !== undefined) log.warn({}, opened.warning);
      const again = () =>
        openKeyring({ keyring: config.keyring, isFirstStart: false, clock, random: systemRandom });
      keyring = followKeyring(opened.keyring, () => again().keyring);
      return keyring;
    },
  };
  try {
    const store = await openAppStore(config, ports);
    if (store.dialect === 'postgres') await followDatabase(store, clock);
    if (keyring === undefined) throw new Error('the store was opened without its keyring');
    return { store, ports, keyring };
  } catch (thrown) {
    throw explain(thrown, config);
  }
}
