import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { createBlobs } from '../../src/adapters/blobs-fs.ts';
import type { BlobDraft, Blobs } from '../../src/kernel/ports.ts';
import { readUpload, uploadLimits } from '../../src/packages/upload/read-upload.ts';
import { createClock, createRandom } from '../support/ports.ts';
import { noise } from './archives.ts';
import { cut } from './uploads.ts';

const folders: string[] = [];
function openFolder(): { blobs: Blobs; folder: string; drafts: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-drafts-'));
  folders.push(folder);
  const blobs = createBlobs(folder, { clock, random: createRandom(folder) });
  return { blobs, folder, drafts: () => readdirSync(join(folder, 'temporary')) };
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const clock = createClock();
const content = noise(700_000);
const key = createHash('sha512').update(content).digest('hex');

async function write(draft: BlobDraft): Promise<void> {
  const lent = Buffer.alloc(50_001);
  for await (const piece of cut(content, [50_001])) {
    const used = lent.subarray(0, piece.copy(lent));
    await draft.write(used);
    lent.fill(0);
  }
}

describe('the draft of a blob', () => {
  it("is nobody else's until it is committed, and then found under its hash", async () => {
    const { blobs, drafts, folder } = openFolder();
    const draft = await blobs.open();
    await write(draft);
    expect(await draft.end()).toBe(key);
    expect(await blobs.has(key)).toBe(false);
    expect(statSync(join(folder, 'temporary', drafts()[0] ?? '')).mode & 0o777).toBe(0o600);
    expect((await draft.commit()).key).toBe(key);
    await draft.discard();
    expect((await blobs.read(key))?.equals(content)).toBe(true);
    expect(drafts()).toEqual([]);
  });

  it('can be read from its beginning, again and again', async () => {
    const { blobs } = openFolder();
    const draft = await blobs.open();
    await write(draft);
    expect((await buffer(draft.read())).equals(content)).toBe(true);
    for await (const piece of draft.read()) if (piece.length > 0) break;
    expect((await buffer(draft.read())).equals(content)).toBe(true);
    expect((await draft.commit()).key).toBe(key);
  });

  it('leaves nothing when it is discarded, twice if need be', async () => {
    const { blobs, drafts } = openFolder();
    const draft = await blobs.open();
    await write(draft);
    await draft.discard();
    await draft.discard();
    expect(drafts()).toEqual([]);
    expect(await blobs.has(key)).toBe(false);
  });

  it.each([100, 700_000])(
    'of %i bytes may be on its way to the disk before it is decided',
    async (length) => {
      const { blobs, drafts } = openFolder();
      const bytes = content.subarray(0, length);
      const open = async (): Promise<BlobDraft> => {
        const draft = await blobs.open();
        await draft.write(bytes);
        draft.persist();
        draft.persist();
        return draft;
      };
      const refused = await open();
      const name = await refused.end();
      await refused.discard();
      expect(await blobs.has(name)).toBe(false);
      const stored = await (await open()).commit();
      await stored.settled;
      expect(stored.key).toBe(name);
      expect((await blobs.read(name))?.equals(bytes)).toBe(true);
      expect(drafts()).toEqual([]);
    },
  );

  it('of a blob that is there makes it young again', async () => {
    const { blobs, drafts } = openFolder();
    await blobs.put(content);
    clock.advance(1000);
    const draft = await blobs.open();
    await write(draft);
    await draft.commit();
    const listed = [];
    for await (const item of blobs.list()) listed.push(item);
    expect(listed).toEqual([{ key, storedAt: clock.now() }]);
    expect(drafts()).toEqual([]);
  });

  it('may be one of many of the same content', async () => {
    const { blobs, drafts } = openFolder();
    const keys = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const draft = await blobs.open();
        await write(draft);
        return (await draft.commit()).key;
      }),
    );
    expect(new Set(keys)).toEqual(new Set([key]));
    expect((await blobs.read(key))?.equals(content)).toBe(true);
    expect(drafts()).toEqual([]);
  });

  it('takes the tarball of an upload', async () => {
    const { blobs, drafts } = openFolder();
    const text = `{"_attachments":{"a.tgz":{"data":"${content.toString('base64')}"}}}`;
    const upload = await readUpload(cut(Buffer.from(text), [9999]), uploadLimits(1 << 20), blobs.open);
    expect(upload.tarball).toMatchObject({ sha512: key, bytes: content.length });
    expect((await upload.tarball?.sink.commit())?.key).toBe(key);
    expect((await blobs.read(key))?.equals(content)).toBe(true);
    expect(drafts()).toEqual([]);
  });

  it('is gone when an upload is refused late', async () => {
    const { blobs, drafts } = openFolder();
    const text = `{"_attachments":{"a.tgz":{"data":"${content.toString('base64')}"}},}`;
    const upload = readUpload(cut(Buffer.from(text), [9999]), uploadLimits(1 << 20), blobs.open);
    await expect(upload).rejects.toThrow('not valid JSON');
    expect(drafts()).toEqual([]);
  });
});
