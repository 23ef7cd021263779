/** What the adapters that keep files share: errors by their code, and the way to the disk. */
import { closeSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { fail } from '../kernel/failure.ts';

/** The code of an error of the operating system, or nothing. */
export const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';

/** Undefined where the file is not there; any other trouble goes on. */
export async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** Refuses with `storage_full` where the disk or the quota is used up. */
export async function tellingOfFullStorage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOSPC' || codeOf(thrown) === 'EDQUOT') fail('storage_full');
    throw thrown;
  }
}

/**
 * Waits for the disk off the main thread. Opening, renaming and writing a few bytes do not: the way to another thread and
 * back costs more than they do.
 */
export const sync: (file: number) => Promise<void> = promisify(fsync);

/** A promise whose failure is seen by whoever waits for it, and is no accident where nobody does any more. */
export function awaitedLater<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/** Brings the names in a folder to the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const file = openSync(folder, 'r');
  try {
    await sync(file);
  } finally {
    closeSync(file);
  }
}

/** The same; whoever waits for it sees its failure. Fails with `storage_full`. */
export const syncedLater = (folder: string): Promise<void> =>
  awaitedLater(tellingOfFullStorage(() => syncFolder(folder)));
