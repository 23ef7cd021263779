import { beforeEach, describe, expect, it } from 'vitest';
import { enableFactor } from '../accounts/wire.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { hour, mustPublish, packumentOf, publish, signUp } from './publisher.ts';

const tagsOf = async (app: TestApp) => (await app.ask('GET', '/-/package/foo/dist-tags')).json();

eachDialect('curating', (dialect) => {
  let app: TestApp;
  let alice: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    await mustPublish(app, alice, { name: 'foo', version: '1.1.0' });
  });

  const tag = (method: 'PUT' | 'POST' | 'DELETE', name: string, body?: unknown) =>
    app.ask(method, `/-/package/foo/dist-tags/${name}`, {
      token: alice,
      ...(body === undefined ? {} : { body }),
    });

  describe('tags', () => {
    it('are set, listed and removed, with a slash too', async () => {
      expect((await tag('PUT', 'beta', '1.0.0')).statusCode).toBe(200);
      expect((await tag('POST', 'x%2Fy', '1.0.0')).statusCode).toBe(200);
      expect(await tagsOf(app)).toEqual({ latest: '1.1.0', beta: '1.0.0', 'x/y': '1.0.0' });
      expect((await app.ask('GET', '/-/package/foo/dist-tags/beta')).json()).toBe('1.0.0');
      expect((await tag('DELETE', 'x%2Fy')).statusCode).toBe(200);
      expect((await tag('DELETE', 'beta')).statusCode).toBe(200);
      expect(await tagsOf(app)).toEqual({ latest: '1.1.0' });
    });

    it('are refused for what cannot be', async () => {
      const before = await tagsOf(app);
      const cases: [string, unknown, number][] = [
        ['beta', '9.9.9', 404],
        ['1.x', '1.0.0', 400],
        ['%5E1', '1.0.0', 400],
        ['beta', { version: '1.0.0' }, 400],
        ['__proto__', '1.0.0', 400],
      ];
      for (const [name, body, status] of cases) {
        expect((await tag('PUT', name, body)).statusCode, name).toBe(status);
      }
      expect((await tag('DELETE', 'beta')).statusCode).toBe(404);
      expect((await tag('DELETE', 'latest')).statusCode).toBe(403);
      expect(await tagsOf(app)).toEqual(before);
    });

    it('ask for a code only where latest moves', async () => {
      const { code } = await enableFactor(app, alice);
      expect((await tag('PUT', 'beta', '1.0.0')).statusCode).toBe(200);
      const challenged = await tag('PUT', 'latest', '1.0.0');
      expect(challenged.headers['www-authenticate']).toBe('otp');
      const done = await app.ask('PUT', '/-/package/foo/dist-tags/latest', {
        token: alice,
        otp: code(),
        body: '1.0.0',
      });
      expect(done.statusCode).toBe(200);
      expect(await tagsOf(app)).toEqual({ latest: '1.0.0', beta: '1.0.0' });
      expect((await tag('DELETE', 'latest')).statusCode).toBe(403);
    });

    it('change the revision', async () => {
      const { _rev } = await packumentOf(app, 'foo');
      await tag('PUT', 'beta', '1.0.0');
      expect((await packumentOf(app, 'foo'))._rev).not.toBe(_rev);
    });
  });

  describe('deprecation', () => {
    const deprecate = async (change: (packument: Record<string, unknown>) => unknown) => {
      const packument = await packumentOf(app, 'foo');
      return app.ask('PUT', '/foo', { token: alice, body: change(packument) });
    };
    const messages = async () => {
      const { versions } = await packumentOf(app, 'foo');
      return Object.values(versions).map((version) => (version as { deprecated?: string }).deprecated);
    };

    it('is set and taken back by the whole packument', async () => {
      const set = (message: string) => (packument: Record<string, unknown>) => {
        const versions = packument.versions as Record<string, Record<string, string>>;
        Object.assign(versions['1.0.0'] ?? {}, { deprecated: message });
        return packument;
      };
      expect((await deprecate(set('use 1.1'))).statusCode).toBe(200);
      expect(await messages()).toEqual(['use 1.1', undefined]);
      const short = await app.ask('GET', '/foo', {
        headers: { accept: 'application/vnd.npm.install-v1+json' },
      });
      expect(short.json().versions['1.0.0'].deprecated).toBe('use 1.1');
      expect((await deprecate(set(''))).statusCode).toBe(200);
      expect(await messages()).toEqual([undefined, undefined]);
    });

    it('changes nothing else that the document says', async () => {
      const before = await packumentOf(app, 'foo');
      const answer = await deprecate((packument) => {
        const versions = packument.versions as Record<string, Record<string, unknown>>;
        Object.assign(versions['1.0.0'] ?? {}, {
          deprecated: 'old',
          dist: { tarball: 'http://evil.invalid' },
          scripts: { install: 'evil' },
        });
        return {
          ...packument,
          readme: 'evil',
          'dist-tags': { latest: '1.0.0' },
          maintainers: [{ name: 'eve' }],
          time: {},
          versions: { ...versions, '9.9.9': { name: 'foo', version: '9.9.9', deprecated: 'x' } },
        };
      });
      expect(answer.statusCode).toBe(200);
      const after = await packumentOf(app, 'foo');
      expect(after.versions['1.0.0'].deprecated).toBe('old');
      delete after.versions['1.0.0'].deprecated;
      expect({ ...after, _rev: before._rev, time: before.time }).toEqual(before);
    });

    it('is refused on a stale revision', async () => {
      const stale = await packumentOf(app, 'foo');
      await tag('PUT', 'beta', '1.0.0');
      stale.versions['1.0.0'].deprecated = 'x';
      expect((await app.ask('PUT', '/foo', { token: alice, body: stale })).statusCode).toBe(409);
      expect(await messages()).toEqual([undefined, undefined]);
    });

    it('of a package that is not there is 404', async () => {
      const answer = await app.ask('PUT', '/bar', {
        token: alice,
        body: { versions: { '1.0.0': { deprecated: 'x' } } },
      });
      expect(answer.statusCode).toBe(404);
    });
  });

  describe('access', () => {
    const access = (name: string, body: unknown) =>
      app.ask('POST', `/-/package/${name}/access`, { token: alice, body });

    it('goes from restricted to public and back', async () => {
      await mustPublish(app, alice, { name: '@alice/foo', version: '1.0.0' });
      const visible = async () => (await app.ask('GET', '/@alice%2ffoo')).statusCode === 200;
      expect(await visible()).toBe(false);
      expect((await access('@alice%2ffoo', { access: 'public' })).statusCode).toBe(200);
      expect(await visible()).toBe(true);
      expect((await app.ask('GET', '/-/package/@alice%2ffoo/visibility')).json()).toEqual({ public: true });
      expect((await app.ask('GET', '/-/package/@alice%2ffoo/access')).json().access).toBe('public');
      expect((await access('%40alice%2Ffoo', { access: 'restricted' })).statusCode).toBe(200);
      expect(await visible()).toBe(false);
    });

    it('of an unscoped package stays public', async () => {
      expect((await access('foo', { access: 'restricted' })).statusCode).toBe(422);
      expect((await app.ask('GET', '/foo')).statusCode).toBe(200);
    });

    it('is refused with words that nobody knows', async () => {
      for (const body of [{}, { access: 'secret' }, { acess: 'public' }, [], 'public']) {
        expect((await access('foo', body)).statusCode, JSON.stringify(body)).toBe(400);
      }
    });

    it('may demand a second factor of every publisher', async () => {
      expect(
        (await access('foo', { publish_requires_tfa: true, automation_token_overrides_tfa: false }))
          .statusCode,
      ).toBe(200);
      const refused = await publish(app, alice, { name: 'foo', version: '1.2.0' });
      expect(refused.statusCode).toBe(403);
      expect(refused.json().error).toContain('enable-2fa');
    });

    it('names the collaborators', async () => {
      expect((await app.ask('GET', '/-/package/foo/collaborators')).json()).toEqual({
        alice: 'read-write',
      });
      expect((await app.ask('GET', '/-/package/foo/collaborators?format=cli&user=bob')).json()).toEqual({});
    });
  });

  describe('unpublishing', () => {
    const without = async (...gone: string[]) => {
      const packument = await packumentOf(app, 'foo');
      for (const version of gone) delete packument.versions[version];
      return packument;
    };
    const put = (body: { _rev: string }, wish = {}) =>
      app.ask('PUT', `/foo/-rev/${body._rev}`, { token: alice, body, ...wish });

    it('takes a version away, moves its tags, and keeps everything else as it was', async () => {
      await tag('PUT', 'beta', '1.1.0');
      const before = await packumentOf(app, 'foo');
      const body = await without('1.1.0');
      body.readme = 'evil';
      body.versions['1.0.0'].dist = { tarball: 'http://evil.invalid' };
      body.versions['9.9.9'] = { name: 'foo', version: '9.9.9' };
      expect((await put(body)).statusCode).toBe(200);
      const after = await packumentOf(app, 'foo');
      expect(after.versions).toEqual({ '1.0.0': before.versions['1.0.0'] });
      expect(after['dist-tags']).toEqual({ latest: '1.0.0' });
      expect(after.time['1.1.0']).toBe(before.time['1.1.0']);
      expect(after).not.toHaveProperty('readme');
      expect((await app.ask('GET', '/foo/-/foo-1.1.0.tgz')).statusCode).toBe(404);
      expect((await app.ask('GET', '/foo/-/foo-1.0.0.tgz')).statusCode).toBe(200);
      expect((await app.ask('GET', '/foo/1.1.0')).statusCode).toBe(404);
      expect((await publish(app, alice, { name: 'foo', version: '1.1.0' })).statusCode).toBe(403);
    });

    it('needs one code for both of its requests, and none for the second', async () => {
      const { code } = await enableFactor(app, alice);
      const body = await without('1.1.0');
      expect((await put(body)).headers['www-authenticate']).toBe('otp');
      const otp = code();
      expect((await put(body, { otp })).statusCode).toBe(200);
      const { _rev } = await packumentOf(app, 'foo');
      const path = `/foo/-/foo-1.1.0.tgz/-rev/${_rev}`;
      expect((await app.ask('DELETE', path, { token: alice, otp })).statusCode).toBe(200);
      expect((await app.ask('DELETE', path, { token: alice })).statusCode).toBe(200);
    });

    it('does not take away a tarball whose version is still there', async () => {
      const { _rev } = await packumentOf(app, 'foo');
      const answer = await app.ask('DELETE', `/foo/-/foo-1.1.0.tgz/-rev/${_rev}`, { token: alice });
      expect(answer.statusCode).toBe(403);
      expect((await app.ask('GET', '/foo/-/foo-1.1.0.tgz')).statusCode).toBe(200);
    });

    it('lets latest fall to the highest stable version', async () => {
      await mustPublish(app, alice, { name: 'foo', version: '1.2.0-rc.1', tag: 'next' });
      await mustPublish(app, alice, { name: 'foo', version: '1.0.5', tag: 'old' });
      expect((await put(await without('1.1.0'))).statusCode).toBe(200);
      expect((await packumentOf(app, 'foo'))['dist-tags']).toEqual({
        latest: '1.0.5',
        next: '1.2.0-rc.1',
        old: '1.0.5',
      });
    });

    it('is refused on a stale revision', async () => {
      const body = await without('1.1.0');
      await tag('PUT', 'beta', '1.0.0');
      expect((await put(body)).statusCode).toBe(409);
      expect((await app.ask('DELETE', `/foo/-rev/${body._rev}`, { token: alice })).statusCode).toBe(409);
      expect(Object.keys((await packumentOf(app, 'foo')).versions)).toHaveLength(2);
    });

    it('of the whole package leaves nothing, and the name rests for a day', async () => {
      const { _rev } = await packumentOf(app, 'foo');
      expect((await app.ask('DELETE', `/foo/-rev/${_rev}`, { token: alice })).statusCode).toBe(200);
      for (const path of ['/foo', '/foo/1.0.0', '/foo/-/foo-1.0.0.tgz', '/-/package/foo/dist-tags']) {
        expect((await app.ask('GET', path, { token: alice })).statusCode, path).toBe(404);
      }
      app.clock.advance(24 * hour - 1);
      const early = await publish(app, alice, { name: 'foo', version: '2.0.0' });
      expect(early.statusCode).toBe(403);
      expect(early.json().error).toContain('cannot be republished until 24 hours have passed.');
      app.clock.advance(1);
      const bob = await signUp(app, 'bob');
      expect((await publish(app, bob, { name: 'foo', version: '2.0.0' })).statusCode).toBe(403);
      expect((await publish(app, alice, { name: 'foo', version: '1.0.0' })).statusCode).toBe(403);
      await mustPublish(app, alice, { name: 'foo', version: '2.0.0' });
      const packument = await packumentOf(app, 'foo');
      expect(Object.keys(packument.versions)).toEqual(['2.0.0']);
      expect(packument['dist-tags']).toEqual({ latest: '2.0.0' });
    });

    it('of every version by a document is as removing the whole', async () => {
      expect((await put(await without('1.0.0', '1.1.0'))).statusCode).toBe(200);
      expect((await app.ask('GET', '/foo')).statusCode).toBe(404);
    });

    it('of nothing changes nothing', async () => {
      const body = await without();
      expect((await put(body)).json().rev).toBe(body._rev);
    });
  });
});
