import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createBlobs } from '../../src/adapters/blobs-fs.ts';
import type { Blobs } from '../../src/kernel/ports.ts';
import { createClock, createRandom } from '../support/ports.ts';

const folders: string[] = [];
function openFolder(): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'tallystick-blobs-')), 'blobs');
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(join(folder, '..'), { recursive: true, force: true });
});

const keyOf = (content: Buffer): string => createHash('sha512').update(content).digest('hex');
const content = Buffer.from('bytes');
const key = keyOf(content);
const clock = createClock();
const random = createRandom('blobs');
const day = 86_400_000;

async function listAll(blobs: Blobs): Promise<{ key: string; storedAt: number }[]> {
  const listed = [];
  for await (const item of blobs.list()) listed.push(item);
  return listed;
}

/** Pieces are only good until the next is asked for. */
async function gather(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

describe('a blob', () => {
  it('is found under the hash of its content, whole or as a stream', async () => {
    const blobs = createBlobs(openFolder(), { clock, random });
    expect(await blobs.put(content)).toBe(key);
    expect(await blobs.has(key)).toBe(true);
    expect(await blobs.read(key)).toEqual(content);
    expect(await gather(blobs.stream(key))).toEqual(content);
  });

  it('is streamed to many at once, each in pieces of its own', async () => {
    const blobs = createBlobs(openFolder(), { clock, random });
    const large = Buffer.alloc(1_200_000, 'abcdefg');
    const keys = [await blobs.put(large), await blobs.put(large.subarray(1))];
    const readers = Array.from({ length: 80 }, (_, index) => gather(blobs.stream(keys[index % 2] ?? '')));
    for (const [index, read] of (await Promise.all(readers)).entries())
      expect(read.equals(large.subarray(index % 2))).toBe(true);
  });

  it('that is not there is undefined', async () => {
    const blobs = createBlobs(openFolder(), { clock, random });
    expect(await blobs.read(key)).toBeUndefined();
    await expect(gather(blobs.stream(key))).rejects.toThrow('ENOENT');
    expect(await blobs.has(key)).toBe(false);
    await blobs.remove(key);
  });

  it('is there once however often and at once it is stored, and leaves no draft', async () => {
    const folder = openFolder();
    const blobs = createBlobs(folder, { clock, random });
    await Promise.all(Array.from({ length: 20 }, () => blobs.put(content)));
    expect((await listAll(blobs)).map((item) => item.key)).toEqual([key]);
    expect(readdirSync(join(folder, 'temporary'))).toEqual([]);
  });

  it('is gone after its removal', async () => {
    const blobs = createBlobs(openFolder(), { clock, random });
    await blobs.put(content);
    await blobs.remove(key);
    expect(await blobs.has(key)).toBe(false);
  });

  it('becomes young again when it is stored again, and stays then', async () => {
    const blobs = createBlobs(openFolder(), { clock, random });
    await blobs.put(content);
    const stored = clock.now();
    clock.advance(2 * day);
    expect(await listAll(blobs)).toEqual([{ key, storedAt: stored }]);
    await blobs.put(content);
    await blobs.remove(key, clock.now() - day);
    expect(await blobs.has(key)).toBe(true);
  });

  it('that is old enough goes', async () => {
    const blobs = createBlobs(openFolder(), { clock, random });
    await blobs.put(content);
    clock.advance(2 * day);
    await blobs.remove(key, clock.now() - day);
    expect(await blobs.has(key)).toBe(false);
  });

  it('is private to its owner on the disk', async () => {
    const folder = openFolder();
    await createBlobs(folder, { clock, random }).put(content);
    expect(statSync(join(folder, key.slice(0, 2), key)).mode & 0o077).toBe(0);
    expect(statSync(join(folder, key.slice(0, 2))).mode & 0o077).toBe(0);
  });

  it('is never looked for by a name that is no hash', async () => {
    const blobs = createBlobs(openFolder(), { clock, random });
    for (const name of ['../../etc/passwd', '', key.toUpperCase(), `${key}0`]) {
      await expect(blobs.read(name)).rejects.toThrow(TypeError);
    }
  });
});
