import { accessSync, constants } from 'node:fs';

/**
 * Lets temporary folders lie in memory from now on, where the machine has such a place: for tests of thousands of small
 * writes, which need not survive anything.
 */
export function keepFoldersInMemory(): void {
  try {
    accessSync('/dev/shm', constants.W_OK);
    process.env.TMPDIR = '/dev/shm';
  } catch {
    // Then they lie on the disk, and the tests take longer.
  }
}
