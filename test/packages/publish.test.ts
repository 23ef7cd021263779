import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { enableFactor } from '../accounts/wire.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { tarball } from './archives.ts';
import { contentOf, documentOf, hour, mustPublish, packumentOf, publish, signUp } from './publisher.ts';

const foo = { name: 'foo', version: '1.0.0' };

eachDialect('publishing', (dialect) => {
  let app: TestApp;
  let alice: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
  });

  it('makes a version visible at once, with the bytes that were sent', async () => {
    const answer = await publish(app, alice, foo);
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({ ok: true, success: true, id: 'foo' });
    const packument = await packumentOf(app, 'foo');
    expect(answer.json().rev).toBe(packument._rev);
    expect(packument['dist-tags']).toEqual({ latest: '1.0.0' });
    expect(packument.maintainers[0].name).toBe('alice');
    const { dist, _npmUser } = packument.versions['1.0.0'];
    expect(_npmUser.name).toBe('alice');
    expect(dist.tarball).toBe('http://localhost:4873/foo/-/foo-1.0.0.tgz');
    const bytes = await app.ask('GET', '/foo/-/foo-1.0.0.tgz');
    expect(bytes.rawPayload).toEqual(contentOf(foo));
    expect(dist.integrity).toBe(`sha512-${createHash('sha512').update(bytes.rawPayload).digest('base64')}`);
  });

  it('takes dependencies of names that no package can have', async () => {
    const dependencies = { 'x\ud800': '1.0.0', 'x\0y': '1.0.0', '../x': '1.0.0' };
    await mustPublish(app, alice, { ...foo, manifest: { dependencies } });
    expect((await packumentOf(app, 'foo')).versions['1.0.0'].dependencies).toEqual(dependencies);
  });

  it('asks for a credential, and for a code where the mode wants one', async () => {
    expect((await app.ask('PUT', '/foo', { body: documentOf(foo) })).statusCode).toBe(401);
    const { code } = await enableFactor(app, alice);
    const challenged = await publish(app, alice, foo);
    expect(challenged.statusCode).toBe(401);
    expect(challenged.headers['www-authenticate']).toBe('otp');
    expect((await app.ask('GET', '/foo')).statusCode).toBe(404);
    await mustPublish(app, alice, foo, { otp: code() });
  });

  it('spends no code on a document that is refused', async () => {
    const { code } = await enableFactor(app, alice);
    const otp = code();
    const broken = { ...documentOf(foo), name: 'bar' };
    expect((await app.ask('PUT', '/foo', { token: alice, otp, body: broken })).statusCode).toBe(400);
    await mustPublish(app, alice, foo, { otp });
  });

  it('gives an unscoped name to its first publisher', async () => {
    await mustPublish(app, alice, foo);
    const bob = await signUp(app, 'bob');
    const refused = await publish(app, bob, { name: 'foo', version: '1.1.0' });
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toContain('not a maintainer');
    expect(Object.keys((await packumentOf(app, 'foo')).versions)).toEqual(['1.0.0']);
  });

  it('gives a scope to the account of its name alone', async () => {
    const bob = await signUp(app, 'bob');
    for (const name of ['@alice/foo', '@nobody/foo']) {
      expect((await publish(app, bob, { name, version: '1.0.0' })).statusCode).toBe(403);
    }
    await mustPublish(app, alice, { name: '@alice/foo', version: '1.0.0' });
  });

  it('restricts a new scoped package unless it is to be public', async () => {
    await mustPublish(app, alice, { name: '@alice/secret', version: '1.0.0' });
    await mustPublish(app, alice, { name: '@alice/open', version: '1.0.0', access: 'public' });
    expect((await app.ask('GET', '/@alice%2fsecret')).statusCode).toBe(404);
    expect((await app.ask('GET', '/@alice%2fopen')).statusCode).toBe(200);
    expect((await app.ask('GET', '/@alice%2fsecret', { token: alice })).statusCode).toBe(200);
  });

  it('keeps the visibility of an existing package and says so', async () => {
    await mustPublish(app, alice, { name: '@alice/secret', version: '1.0.0' });
    const answer = await publish(app, alice, { name: '@alice/secret', version: '1.0.1', access: 'public' });
    expect(answer.statusCode).toBe(201);
    expect(answer.headers['npm-notice']).toContain('restricted');
    expect((await app.ask('GET', '/@alice%2fsecret')).statusCode).toBe(404);
  });

  it('sets latest with the first version whatever its tag, and no other tag later', async () => {
    await mustPublish(app, alice, { ...foo, tag: 'beta' });
    await mustPublish(app, alice, { name: 'foo', version: '2.0.0-a.1', tag: 'next' });
    expect((await packumentOf(app, 'foo'))['dist-tags']).toEqual({
      latest: '1.0.0',
      beta: '1.0.0',
      next: '2.0.0-a.1',
    });
  });

  it('refuses a version that exists and leaves its bytes alone', async () => {
    await mustPublish(app, alice, foo);
    const other = { ...foo, content: tarball(foo, { path: 'package/more', content: 'x' }) };
    const refused = await publish(app, alice, other);
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toBe('You cannot publish over the previously published versions: 1.0.0.');
    expect((await app.ask('GET', '/foo/-/foo-1.0.0.tgz')).rawPayload).toEqual(contentOf(foo));
  });

  it('takes the same publish again within ten minutes for the same, and not later or of somebody else', async () => {
    await mustPublish(app, alice, foo);
    app.clock.advance(9 * 60_000);
    const { _rev } = await packumentOf(app, 'foo');
    const again = await publish(app, alice, foo);
    expect(again.statusCode).toBe(201);
    expect(again.json().rev).toBe(_rev);
    app.clock.advance(2 * 60_000);
    expect((await publish(app, alice, foo)).statusCode).toBe(403);
  });

  it('refuses another manifest around the same bytes as a retry', async () => {
    await mustPublish(app, alice, foo);
    const body = documentOf(foo);
    (body.versions['1.0.0'] as Record<string, unknown>).description = 'other';
    expect((await app.ask('PUT', '/foo', { token: alice, body })).statusCode).toBe(403);
  });

  it('takes no publish for a repeated one that wishes for a tag which is not there', async () => {
    await mustPublish(app, alice, foo);
    const { _rev } = await packumentOf(app, 'foo');
    const next = { ...documentOf(foo), 'dist-tags': { next: '1.0.0' } };
    const refused = await app.ask('PUT', '/foo', { token: alice, body: next });
    expect([refused.statusCode, refused.json().error]).toEqual([
      403,
      'You cannot publish over the previously published versions: 1.0.0.',
    ]);
    expect(await packumentOf(app, 'foo')).toMatchObject({ _rev, 'dist-tags': { latest: '1.0.0' } });
    await app.ask('PUT', '/-/package/foo/dist-tags/next', { token: alice, body: '1.0.0' });
    expect((await app.ask('PUT', '/foo', { token: alice, body: next })).statusCode).toBe(201);
    await mustPublish(app, alice, { ...foo, version: '1.1.0' });
    expect((await publish(app, alice, foo)).statusCode).toBe(403);
  });

  it('refuses a version more than a document that is sent back may hold', async () => {
    await mustPublish(app, alice, foo);
    await app.app.store.write(async (tx) => {
      await sql`
          insert into versions (package_id, version, sequence, manifest, abbreviated, integrity, shasum, blob, size,
            signature, published_at, published_by)
          with recursive numbers (n) as (select 2 union all select n + 1 from numbers where n < 20000)
          select package_id, '0.0.' || n, n, manifest, abbreviated, integrity, shasum, blob, size,
            signature, published_at, published_by
          from versions, numbers`.execute(tx.sql);
      await tx.sql.updateTable('packages').set({ revision: 20_000 }).execute();
    });
    const refused = await publish(app, alice, { ...foo, version: '1.0.1' });
    expect([refused.statusCode, refused.json().error]).toEqual([
      400,
      'A package has at most 20000 versions: unpublish some of foo.',
    ]);
    await app.app.store.write((tx) =>
      tx.sql.updateTable('versions').set({ unpublished_at: 1 }).where('version', '=', '0.0.2').execute(),
    );
    await mustPublish(app, alice, { ...foo, version: '1.0.1' });
  });

  it('refuses a large manifest where the document would become one that nobody could send back', async () => {
    await mustPublish(app, alice, foo);
    const swell = (bytes: number) =>
      app.app.store.write((tx) =>
        tx.sql
          .updateTable('versions')
          .set({ manifest: 'x'.repeat(bytes) })
          .execute(),
      );
    const large = { ...foo, version: '1.0.1', manifest: { note: 'x'.repeat(20_000) } };
    await swell(48 * 1024 * 1024 - 20_000);
    const refused = await publish(app, alice, large);
    expect(refused.statusCode).toBe(400);
    expect(refused.json().error).toContain('more than 48 MiB together');
    await mustPublish(app, alice, { ...foo, version: '1.0.2' });
    await swell(24 * 1024 * 1024 - 12_000);
    await mustPublish(app, alice, large);
  });

  it('takes the merged document of npm 6 only where the rest is what is stored', async () => {
    await mustPublish(app, alice, foo);
    const { _rev } = await packumentOf(app, 'foo');
    const fresh = documentOf({ name: 'foo', version: '1.1.0' });
    const stored = documentOf(foo).versions['1.0.0'];
    const merged = { ...fresh, _rev, versions: { ...fresh.versions, '1.0.0': stored } };
    const altered = {
      ...merged,
      versions: { ...merged.versions, '1.0.0': { ...stored, dist: { shasum: 'f00' } } },
    };
    expect((await app.ask('PUT', '/foo', { token: alice, body: altered })).statusCode).toBe(400);
    const stale = await app.ask('PUT', '/foo', { token: alice, body: { ...merged, _rev: '0-x' } });
    expect(stale.statusCode).toBe(409);
    expect((await app.ask('PUT', '/foo', { token: alice, body: merged })).statusCode).toBe(201);
  });

  it('refuses a new name that nobody could tell from another one', async () => {
    await mustPublish(app, alice, { name: 'left-pad', version: '1.0.0' });
    const bob = await signUp(app, 'bob');
    const refused = await publish(app, bob, { name: 'leftpad', version: '1.0.0' });
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toContain('too similar to the existing package left-pad');
    await mustPublish(app, alice, { name: 'left_pad', version: '1.0.0' });
    await mustPublish(app, bob, { name: '@bob/leftpad', version: '1.0.0' });
  });

  it('goes on from one version to the next without a rest, and each has its place in time', async () => {
    for (const minor of [0, 1, 2]) {
      await mustPublish(app, alice, { name: 'foo', version: `1.${minor}.0` });
      app.clock.advance(hour);
    }
    const packument = await packumentOf(app, 'foo');
    expect(Object.keys(packument.versions)).toEqual(['1.0.0', '1.1.0', '1.2.0']);
    expect(packument.time).toEqual({
      created: '2026-01-15T12:00:00.000Z',
      modified: '2026-01-15T14:00:00.000Z',
      '1.0.0': '2026-01-15T12:00:00.000Z',
      '1.1.0': '2026-01-15T13:00:00.000Z',
      '1.2.0': '2026-01-15T14:00:00.000Z',
    });
  });

  it('of fifty different versions at once loses none', async () => {
    const versions = Array.from({ length: 50 }, (_, index) => `1.0.${index}`);
    const answers = await Promise.all(
      versions.map((one) => publish(app, alice, { name: 'foo', version: one })),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(versions.map(() => 201));
    expect(new Set(Object.keys((await packumentOf(app, 'foo')).versions))).toEqual(new Set(versions));
  });

  it('of one version fifty times at once lets exactly one in, with its own bytes', async () => {
    const drafts = Array.from({ length: 50 }, (_, index) => ({
      ...foo,
      content: tarball(foo, { path: 'package/n', content: String(index) }),
    }));
    const answers = await Promise.all(drafts.map((draft) => publish(app, alice, draft)));
    const won = answers.flatMap(({ statusCode }, index) => (statusCode === 201 ? [index] : []));
    expect(won).toHaveLength(1);
    expect(answers.filter(({ statusCode }) => statusCode === 403)).toHaveLength(49);
    expect((await app.ask('GET', '/foo/-/foo-1.0.0.tgz')).rawPayload).toEqual(drafts[won[0] ?? -1]?.content);
  });

  it('of two look-alike names by two people at once lets exactly one in', async () => {
    const bob = await signUp(app, 'bob');
    const answers = await Promise.all([
      publish(app, alice, { name: 'left-pad', version: '1.0.0' }),
      publish(app, bob, { name: 'leftpad', version: '1.0.0' }),
    ]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 403]);
  });
});
