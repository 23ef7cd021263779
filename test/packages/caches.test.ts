import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBlobs } from '../../src/adapters/blobs-fs.ts';
import { ByteCache } from '../../src/packages/cache.ts';
import { chooseEncoding, readWeights } from '../../src/packages/encoding.ts';
import { createFactsKeeper } from '../../src/packages/facts.ts';
import { sweepBlobs } from '../../src/packages/sweep.ts';
import { createRandom } from '../support/ports.ts';
import { eachStore, type TestStore } from '../support/stores.ts';

describe('a cache bounded by bytes', () => {
  it('lets go of what was not asked for longest', () => {
    const cache = new ByteCache<string>(100);
    for (const key of ['a', 'b', 'c', 'd']) cache.set(key, key, 25);
    expect(cache.get('a')).toBe('a');
    cache.set('e', 'e', 25);
    expect(cache.get('b')).toBeUndefined();
    expect(cache.get('a')).toBe('a');
    expect(cache.held).toBe(100);
  });

  it('does not keep what is large against its limit, nor the value before it', () => {
    const cache = new ByteCache<string>(100);
    cache.set('a', 'old', 10);
    cache.set('a', 'new', 26);
    expect(cache.get('a')).toBeUndefined();
    expect(cache.held).toBe(0);
  });

  it('lets a value grow to half of its limit', () => {
    const cache = new ByteCache<string>(100);
    cache.set('a', 'one', 25);
    cache.grow('a', 'one', 25);
    expect(cache.get('a')).toBe('one');
    cache.grow('a', 'one', 1);
    expect(cache.get('a')).toBeUndefined();
    expect(cache.held).toBe(0);
  });

  it('counts what a value grows by, once it is still the value', () => {
    const cache = new ByteCache<string>(100);
    cache.set('a', 'one', 10);
    cache.grow('a', 'one', 5);
    cache.grow('a', 'other', 5);
    cache.grow('b', 'one', 5);
    expect(cache.held).toBe(15);
    cache.delete('a');
    expect(cache.held).toBe(0);
  });
});

describe('an accept-encoding', () => {
  it.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip,deflate', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['zstd,gzip,deflate', 'zstd'],
    ['*', 'br'],
    ['br;q=0, *;q=0.5', 'zstd'],
    ['br;q=0.2, gzip;q=0.8', 'gzip'],
    ['gzip;q=0', 'identity'],
    ['gzip;q=x', 'gzip'],
    ['deflate', 'identity'],
  ])('of %j chooses %s', (header, encoding) => {
    expect(chooseEncoding(header, 10_000)).toBe(encoding);
  });

  it('is not followed for what is small', () => {
    expect(chooseEncoding('gzip', 500)).toBe('identity');
  });

  it('is read with its weights', () => {
    expect(readWeights('a;q=0.5, B ;x=1; q=0 ,,c')).toEqual(
      new Map([
        ['a', 0.5],
        ['b', 0],
        ['c', 1],
      ]),
    );
  });
});

const row = {
  id: 'p1',
  name: 'foo',
  confusable: 'foo',
  revision: 1,
  visibility: 'public',
  requires_second_factor: 0,
  bypass_allowed: 1,
  created_at: 0,
  updated_at: 0,
  unpublished_at: null,
} as const;

const setRevision = ({ store }: TestStore, revision: number) =>
  store.write(async (tx) => {
    await tx.sql
      .insertInto('packages')
      .values({ ...row, revision })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ revision }))
      .execute();
  });

eachStore((open) => {
  it('facts are held for a second, unless they are forgotten or wanted fresh', async () => {
    const opened = await open();
    const keeper = createFactsKeeper(opened.store, opened.clock);
    const revision = async (fresh = false) => (await keeper.find('foo', fresh))?.row.revision;
    expect(await revision()).toBeUndefined();
    await setRevision(opened, 1);
    expect(await revision()).toBeUndefined();
    opened.clock.advance(1000);
    expect(await revision()).toBe(1);
    await setRevision(opened, 2);
    expect(await revision()).toBe(1);
    expect(await revision(true)).toBe(2);
    await setRevision(opened, 3);
    keeper.forget('foo');
    expect(await revision()).toBe(3);
    await setRevision(opened, 4);
    opened.clock.advance(-1);
    expect(await revision()).toBe(4);
  });

  it('facts that were being read while the package changed are not kept', async () => {
    const opened = await open();
    await setRevision(opened, 1);
    const keeper = createFactsKeeper(opened.store, opened.clock);
    const early = keeper.find('foo', false);
    await setRevision(opened, 2);
    keeper.forget('foo');
    await early;
    expect((await keeper.find('foo', false))?.row.revision).toBe(2);
  });

  it('tarballs that no version refers to go after a day, and no others', async () => {
    const { store, clock } = await open();
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-sweep-'));
    try {
      const blobs = createBlobs(folder, { clock, random: createRandom('sweep') });
      const used = await blobs.put(Buffer.from('used'));
      const buried = await blobs.put(Buffer.from('buried'));
      const orphan = await blobs.put(Buffer.from('orphan'));
      await store.write(async (tx) => {
        const at = { created_at: tx.now, updated_at: tx.now };
        await tx.sql
          .insertInto('names')
          .values({ name: 'ada', kind: 'account', created_at: tx.now })
          .execute();
        await tx.sql
          .insertInto('accounts')
          .values({
            id: 'ada',
            name: 'ada',
            email: 'ada@example.com',
            password: 'x',
            password_version: 1,
            mode: 'auth-only',
            staff: 0,
            ...at,
          })
          .execute();
        await tx.sql.insertInto('packages').values(row).execute();
        const version = {
          package_id: 'p1',
          manifest: '{}',
          abbreviated: '{}',
          integrity: 'i',
          shasum: 's',
          size: 4,
          published_at: tx.now,
          published_by: 'ada',
        };
        await tx.sql
          .insertInto('versions')
          .values([
            { ...version, version: '1.0.0', sequence: 1, blob: used, unpublished_at: null },
            { ...version, version: '2.0.0', sequence: 2, blob: buried, unpublished_at: tx.now },
          ])
          .execute();
      });
      clock.advance(23 * 3_600_000);
      expect(await sweepBlobs(store, blobs)).toBe(0);
      const young = await blobs.put(Buffer.from('young'));
      clock.advance(2 * 3_600_000);
      expect(await sweepBlobs(store, blobs)).toBe(2);
      expect(await Promise.all([used, young, buried, orphan].map((key) => blobs.has(key)))).toEqual([
        true,
        true,
        false,
        false,
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
