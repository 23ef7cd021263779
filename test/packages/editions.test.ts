import { gunzipSync } from 'node:zlib';
import { beforeEach, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { noise } from './archives.ts';
import { mustPublish, packumentOf, signUp } from './publisher.ts';

const accepts = ['application/json', 'application/vnd.npm.install-v1+json'];
/** Makes a version some 40 KB long in both forms, so that a few of them are compressed in segments. */
const funding = noise(30_000).toString('base64');

eachDialect('editions of a packument', (dialect) => {
  let app: TestApp;
  let alice: string;
  const publish = (version: string, token = alice): Promise<void> =>
    mustPublish(app, token, { name: 'foo', version, manifest: { funding } });
  const edit = async (body: object, rev: string, token = alice): Promise<void> => {
    const answer = await app.ask('PUT', `/foo${rev}`, { token, body });
    expect(answer.statusCode, answer.body).toBe(200);
  };

  /** What was put together edition by edition is what a process reads that never saw the package before. */
  const holdAgainstFresh = async (): Promise<void> => {
    const fresh = await app.another();
    for (const accept of accepts) {
      const known = await app.ask('GET', '/foo', { headers: { accept } });
      const packed = await app.ask('GET', '/foo', { headers: { accept, 'accept-encoding': 'gzip' } });
      const read = await fresh.ask('GET', '/foo', { headers: { accept } });
      const readPacked = await fresh.ask('GET', '/foo', { headers: { accept, 'accept-encoding': 'gzip' } });
      expect(known.body === read.body).toBe(true);
      expect(known.headers.etag).toBe(read.headers.etag);
      expect(packed.headers['content-encoding']).toBe('gzip');
      for (const { rawPayload } of [packed, readPacked])
        expect(gunzipSync(rawPayload).equals(known.rawPayload)).toBe(true);
      expect(packed.rawPayload.length).toBeLessThan(known.rawPayload.length);
    }
  };

  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
  });

  it('are the same however they came about', async () => {
    for (let minor = 0; minor < 12; minor += 1) {
      await publish(`1.${minor}.0`);
      await holdAgainstFresh();
    }
    const { _id, _rev, versions } = await packumentOf(app, 'foo');
    versions['1.3.0'].deprecated = 'use another';
    await edit({ _id, _rev, name: 'foo', versions }, '');
    await holdAgainstFresh();
    await publish('1.12.0');
    await publish('1.13.0');
    await holdAgainstFresh();
    const before = await packumentOf(app, 'foo');
    delete before.versions['1.5.0'];
    await edit(before, `/-rev/${before._rev}`);
    await publish('1.14.0');
    await holdAgainstFresh();
  });

  it('name new owners and publishers in every version', async () => {
    const bob = await signUp(app, 'bob');
    for (let minor = 0; minor < 8; minor += 1) await publish(`1.${minor}.0`);
    await holdAgainstFresh();
    const { _id, _rev, maintainers } = await packumentOf(app, 'foo');
    const added = [...maintainers, { name: 'bob', email: 'bob@example.invalid' }];
    await edit({ _id, _rev, maintainers: added }, `/-rev/${_rev}`);
    await publish('1.8.0', bob);
    await holdAgainstFresh();
    const { versions } = await packumentOf(app, 'foo');
    expect(versions['1.8.0']._npmUser.name).toBe('bob');
    expect(versions['1.0.0'].maintainers).toHaveLength(2);
  });
});
