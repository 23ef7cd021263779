/**
 * Blobs as files, named by the SHA-512 of their content. A file appears under its name only whole and on the disk: it is
 * written beside, fsynced, renamed, and its folder fsynced (IN5), so that a crash leaves at most a temporary file.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  futimesSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobDraft, Blobs, Clock, Instant, Random, StoredBlob } from '../kernel/ports.ts';
import {
  awaitedLater,
  codeOf,
  sync,
  syncedLater,
  syncFolder,
  tellingOfFullStorage,
  unlessMissing,
} from './files.ts';
import { createFileReader } from './read-file.ts';

const keyShape = /^[0-9a-f]{128}$/;
/** The folders that blobs lie in, by the first two digits of their key: all made at the start, as making one waits for the disk. */
const shards = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const pieceLength = 256 * 1024;
const draftLife = 24 * 60 * 60 * 1000;
/** What is not longer is kept in memory until it is committed: most tarballs are, and a file costs more than they do. */
const smallDraft = 64 * 1024;

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

/** What is kept in memory, as it came. */
async function* readKept(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

/** Opens the blob store below a folder, which is made when it is missing. The age of a blob goes by the given clock. */
export function createBlobs(root: string, ports: { clock: Clock; random: Random }): Blobs {
  const { clock, random } = ports;
  const temporary = join(root, 'temporary');
  const prepareFolders = async (): Promise<void> => {
    for (const name of ['temporary', ...shards])
      mkdirSync(join(root, name), { recursive: true, mode: 0o700 });
    await syncFolder(root);
    await removeDrafts(temporary, clock.now() - draftLife);
  };
  const ready = prepareFolders();
  // Whoever needs the folder sees the failure; nobody may need it before the process ends.
  ready.catch(() => undefined);

  const readFilePieces = createFileReader();

  const pathOf = (key: string): string => {
    if (!keyShape.test(key)) throw new TypeError('not the key of a blob');
    return join(root, key.slice(0, 2), key);
  };

  const nameDraft = (): string => join(temporary, random.bytes(16).toString('hex'));

  const createFile = async (): Promise<DraftFile> => {
    await ready;
    const path = nameDraft();
    return { path, handle: await open(path, 'wx+', 0o600) };
  };

  const removeFile = async ({ path, handle }: DraftFile): Promise<void> => {
    await handle.close();
    await rm(path, { force: true });
  };

  /** Writes a few bytes to a file of their own; its path once they are on the disk. */
  const persistSmall = async (content: Buffer): Promise<string> => {
    await ready;
    const path = nameDraft();
    const file = openSync(path, 'wx', 0o600);
    try {
      for (let at = 0; at < content.length; ) at += writeSync(file, content, at);
      await persistFile(file);
      return path;
    } catch (thrown) {
      await rm(path, { force: true });
      throw thrown;
    } finally {
      closeSync(file);
    }
  };

  const persistFile = (file: number): Promise<void> => {
    const now = clock.now() / 1000;
    futimesSync(file, now, now);
    return sync(file);
  };

  /** Makes a file that is on the disk the blob of that key. */
  const settle = (path: string, key: string): StoredBlob => {
    const whole = pathOf(key);
    renameSync(path, whole);
    return { key, settled: syncedLater(dirname(whole)) };
  };

  /** The blob where it is there already. It is young again then: the sweep must not take it from under a publish. */
  const renew = (key: string): StoredBlob | undefined => {
    const path = pathOf(key);
    // Asked first, as it mostly is not there and an error costs more than the question.
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    const now = clock.now() / 1000;
    try {
      utimesSync(path, now, now);
    } catch (thrown) {
      if (codeOf(thrown) === 'ENOENT') return undefined;
      throw thrown;
    }
    // Whoever stored it may not have come to that yet.
    return { key, settled: syncedLater(dirname(path)) };
  };

  const openDraft = async (): Promise<BlobDraft> => {
    const hash = createHash('sha512');
    let small: Buffer[] = [];
    let file: DraftFile | undefined;
    let length = 0;
    let key: string | undefined;
    let isOver = false;
    /** The path of the draft once it is on the disk. */
    let persisted: Promise<string> | undefined;

    const end = async (): Promise<string> => {
      key ??= hash.digest('hex');
      return key;
    };
    const discard = async (): Promise<void> => {
      if (isOver) return;
      isOver = true;
      small = [];
      const path = await persisted?.catch(() => undefined);
      if (file) await removeFile(file);
      else if (path !== undefined) await rm(path, { force: true });
    };
    const persist = (): Promise<string> => {
      const draft = file;
      persisted ??= awaitedLater(
        draft === undefined
          ? persistSmall(Buffer.concat(small))
          : persistFile(draft.handle.fd).then(() => draft.path),
      );
      return persisted;
    };
    /** Moves what was kept in memory into a file of its own. */
    const spill = async (): Promise<DraftFile> => {
      const made = await createFile();
      file = made;
      for (const piece of small) await made.handle.writeFile(piece);
      small = [];
      return made;
    };

    return {
      write: (piece) =>
        tellingOfFullStorage(async () => {
          length += piece.length;
          if (file === undefined && length <= smallDraft) {
            hash.update(piece);
            small.push(Buffer.from(piece));
            return;
          }
          const { handle } = file ?? (await spill());
          const written = handle.writeFile(piece);
          hash.update(piece);
          await written;
        }),
      end,
      read: () => (file === undefined ? readKept(small) : readPieces(file.handle, length)),
      persist: () => void persist(),
      commit: () =>
        tellingOfFullStorage(async () => {
          const whole = await end();
          const known = renew(whole);
          if (known) {
            await discard();
            return known;
          }
          const stored = settle(await persist(), whole);
          isOver = true;
          await file?.handle.close();
          return stored;
        }),
      discard,
    };
  };

  return {
    open: openDraft,
    put: async (content) => {
      const draft = await openDraft();
      try {
        await draft.write(content);
        const { key, settled } = await draft.commit();
        await settled;
        return key;
      } finally {
        await draft.discard();
      }
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
