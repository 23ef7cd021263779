import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another process works on the data folder. */
export class FolderInUse extends Error {
  readonly folder: string;
  /** The other process, where it could be told. */
  readonly pid: number | undefined;

  constructor(folder: string, pid: number | undefined) {
    super(`the data folder ${folder} is in use`);
    this.name = 'FolderInUse';
    this.folder = folder;
    this.pid = pid;
  }
}

export interface FolderLock {
  release(): void;
}

const sqliteBusy = 5;

function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes the folder for this process alone, or throws `FolderInUse`. What locks is a SQLite write transaction on a file
 * of its own, because the operating system gives it up with the process, however that ends: there is no stale lock to
 * judge. The number beside it only serves the sentence that names the other process.
 */
export function lockFolder(folder: string): FolderLock {
  const pidFile = join(folder, 'server.pid');
  const database = new DatabaseSync(join(folder, 'server.lock'), { timeout: 0 });
  try {
    database.exec('begin immediate');
  } catch (thrown) {
    database.close();
    const busy =
      thrown instanceof Error && 'errcode' in thrown && (Number(thrown.errcode) & 0xff) === sqliteBusy;
    if (!busy) throw thrown;
    throw new FolderInUse(folder, readPid(pidFile));
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  let held = true;
  return {
    release: () => {
      if (!held) return;
      held = false;
      rmSync(pidFile, { force: true });
      database.exec('rollback');
      database.close();
    },
  };
}
