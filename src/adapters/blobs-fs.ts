/**
 * Blobs as files, named by the SHA-512 of their content. A file appears under its name only whole and on the disk: it is
 * written beside, fsynced, renamed, and its folder fsynced (IN5), so that a crash leaves at most a temporary file.
 */
import { createHash } from 'node:crypto';
import { statSync, unlinkSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail } from '../kernel/failure.ts';
import type { BlobDraft, Blobs, Clock, Instant, Random } from '../kernel/ports.ts';
import { createFileReader } from './read-file.ts';

const keyShape = /^[0-9a-f]{128}$/;
const pieceLength = 256 * 1024;
const draftLife = 24 * 60 * 60 * 1000;

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';

/** Undefined where the file is not there; any other trouble goes on. */
async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** Refuses with `storage_full` where the disk or the quota is used up. */
async function tellingOfFullStorage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOSPC' || codeOf(thrown) === 'EDQUOT') fail('storage_full');
    throw thrown;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder below an existing one, durably. */
async function ensureFolder(parent: string, name: string): Promise<string> {
  const folder = join(parent, name);
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncFolder(parent);
  return folder;
}

/** Removes what a crash left half-written. */
async function removeDrafts(folder: string, before: Instant): Promise<void> {
  for (const name of await readdir(folder)) {
    const found = await unlessMissing(() => stat(join(folder, name)));
    if (found && found.mtimeMs < before) await rm(join(folder, name), { force: true });
  }
}

interface DraftFile {
  readonly path: string;
  readonly handle: FileHandle;
}

/**
 * Reads the first `length` bytes of a file and leaves it open: a stream that is not read to its end would close it. Most
 * tarballs are small, and buffers larger than what they take bring on the garbage collector.
 */
async function* readPieces(handle: FileHandle, length: number): AsyncGenerator<Buffer> {
  for (let position = 0; position < length; ) {
    const buffer = Buffer.allocUnsafe(Math.min(pieceLength, length - position));
    const { bytesRead } = await handle.read({ buffer, position });
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Opens the blob store below a folder, which is made when it is missing. The age of a blob goes by the given clock. */
export function createBlobs(root: string, ports: { clock: Clock; random: Random }): Blobs {
  const { clock, random } = ports;
  const temporary = join(root, 'temporary');
  const ready = mkdir(temporary, { recursive: true, mode: 0o700 }).then(() =>
    removeDrafts(temporary, clock.now() - draftLife),
  );
  // Whoever needs the folder sees the failure; nobody may need it before the process ends.
  ready.catch(() => undefined);

  const readFilePieces = createFileReader();

  const pathOf = (key: string): string => {
    if (!keyShape.test(key)) throw new TypeError('not the key of a blob');
    return join(root, key.slice(0, 2), key);
  };

  const createFile = async (): Promise<DraftFile> => {
    await ready;
    const path = join(temporary, random.bytes(16).toString('hex'));
    return { path, handle: await open(path, 'wx+', 0o600) };
  };

  const removeFile = async ({ path, handle }: DraftFile): Promise<void> => {
    await handle.close();
    await rm(path, { force: true });
  };

  /** Makes a written file the blob of that key. */
  const settle = async ({ path, handle }: DraftFile, key: string): Promise<void> => {
    const now = clock.now() / 1000;
    await handle.utimes(now, now);
    await handle.sync();
    const folder = await ensureFolder(root, key.slice(0, 2));
    await rename(path, join(folder, key));
    await syncFolder(folder);
    await handle.close();
  };

  /** Whether the blob is there already. It is young again then: the sweep must not take it from under a publish. */
  const renew = async (key: string): Promise<boolean> => {
    const path = pathOf(key);
    const now = clock.now() / 1000;
    const isThere = await unlessMissing(() => utimes(path, now, now).then(() => true));
    // Whoever stored it may not have come to that yet.
    if (isThere) await syncFolder(dirname(path));
    return isThere ?? false;
  };

  const openDraft = async (): Promise<BlobDraft> => {
    const file = await tellingOfFullStorage(createFile);
    const hash = createHash('sha512');
    let length = 0;
    let key: string | undefined;
    let isOver = false;
    const end = async (): Promise<string> => {
      key ??= hash.digest('hex');
      return key;
    };
    const discard = async (): Promise<void> => {
      if (isOver) return;
      isOver = true;
      await removeFile(file);
    };
    return {
      write: (piece) =>
        tellingOfFullStorage(async () => {
          const written = file.handle.writeFile(piece);
          hash.update(piece);
          length += piece.length;
          await written;
        }),
      end,
      read: () => readPieces(file.handle, length),
      commit: () =>
        tellingOfFullStorage(async () => {
          const whole = await end();
          if (await renew(whole)) await discard();
          else {
            await settle(file, whole);
            isOver = true;
          }
          return whole;
        }),
      discard,
    };
  };

  const putWhole = async (content: Buffer, key: string): Promise<void> => {
    const file = await createFile();
    try {
      await file.handle.writeFile(content);
      await settle(file, key);
    } catch (thrown) {
      await removeFile(file);
      throw thrown;
    }
  };

  return {
    open: openDraft,
    put: async (content) => {
      const key = createHash('sha512').update(content).digest('hex');
      if (!(await renew(key))) await tellingOfFullStorage(() => putWhole(content, key));
      return key;
    },
    read: async (key) => unlessMissing(() => readFile(pathOf(key))),
    stream: (key) => readFilePieces(pathOf(key)),
    has: async (key) => (await unlessMissing(() => stat(pathOf(key)))) !== undefined,
    remove: async (key, unlessSince = Number.POSITIVE_INFINITY) => {
      const path = pathOf(key);
      try {
        // In one step without waiting, so that no `put` of this process comes between look and removal.
        if (statSync(path).mtimeMs < unlessSince) unlinkSync(path);
      } catch (thrown) {
        if (codeOf(thrown) !== 'ENOENT') throw thrown;
      }
    },
    async *list() {
      await ready;
      for (const shard of await readdir(root)) {
        if (!/^[0-9a-f]{2}$/.test(shard)) continue;
        for (const key of await readdir(join(root, shard))) {
          const found = keyShape.test(key)
            ? await unlessMissing(() => stat(join(root, shard, key)))
            : undefined;
          if (found) yield { key, storedAt: Math.round(found.mtimeMs) };
        }
      }
    },
  };
}
