import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { goodPassword } from '../accounts/acting.ts';
import { enableFactor } from '../accounts/wire.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { mustPublish, packumentOf, pathOf, signUp } from './publisher.ts';

eachDialect('stars', (dialect) => {
  let app: TestApp;
  let alice: string;
  let bob: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
    bob = await signUp(app, 'bob');
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    await mustPublish(app, alice, { name: 'foo', version: '1.1.0' });
  });

  /** As npm does it: what was read, with the own name put in or taken out. */
  const star = async (token: string, users: object, name = 'foo') => {
    const { _id, _rev } = await packumentOf(app, name, token);
    return app.ask('PUT', pathOf(name), { token, body: { _id, _rev, users } });
  };
  const usersOf = async (name = 'foo') => (await packumentOf(app, name)).users;
  const starsOf = async (user: string, token?: string): Promise<string[]> => {
    const wish = token === undefined ? {} : { token };
    const answer = await app.ask('GET', `/-/_view/starredByUser?key=%22${user}%22`, wish);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json().rows.map(({ value }: { value: string }) => value);
  };

  it('are given and taken back, and seen at once', async () => {
    expect(await usersOf()).toBeUndefined();
    expect((await star(bob, { bob: true })).statusCode).toBe(200);
    expect(await usersOf()).toEqual({ bob: true });
    expect((await star(alice, { bob: true, alice: true })).statusCode).toBe(200);
    expect(await usersOf()).toEqual({ alice: true, bob: true });
    expect(await starsOf('bob')).toEqual(['foo']);
    expect((await star(bob, { alice: true })).statusCode).toBe(200);
    expect(await usersOf()).toEqual({ alice: true });
    expect(await starsOf('bob')).toEqual([]);
    expect(await starsOf('nobody')).toEqual([]);
  });

  it('are of the one who gives them, whatever the document says of others', async () => {
    await star(bob, { bob: true });
    await star(alice, { zed: true, alice: false });
    expect(await usersOf()).toEqual({ bob: true });
    await star(alice, { constructor: true, alice: true });
    expect(await usersOf()).toEqual({ alice: true, bob: true });
  });

  it('never stand in the way of who edits the package, and caches notice them all the same', async () => {
    const before = await app.ask('GET', '/foo');
    const { _rev } = before.json();
    await star(bob, { bob: true });
    const after = await app.ask('GET', '/foo');
    expect(after.json()._rev).toBe(_rev);
    expect(after.headers.etag).not.toBe(before.headers.etag);
    const stale = { _id: 'foo', _rev: '1-older', users: { alice: true } };
    expect((await app.ask('PUT', '/foo', { token: alice, body: stale })).statusCode).toBe(200);
    const body = { ...before.json(), versions: { '1.0.0': { deprecated: 'old' }, '1.1.0': {} } };
    expect((await app.ask('PUT', '/foo', { token: alice, body })).statusCode).toBe(200);
    expect((await packumentOf(app, 'foo')).versions['1.0.0'].deprecated).toBe('old');
    expect(await usersOf()).toEqual({ alice: true, bob: true });
  });

  it('show in another process within a second', async () => {
    const other = await app.another();
    await other.ask('GET', '/foo');
    await star(bob, { bob: true });
    app.clock.advance(1000);
    expect((await other.ask('GET', '/foo')).json().users).toEqual({ bob: true });
  });

  it('ask no code of anybody', async () => {
    await enableFactor(app, bob);
    expect((await star(bob, { bob: true })).statusCode).toBe(200);
    expect(await usersOf()).toEqual({ bob: true });
  });

  it('want an account and a token that may change something', async () => {
    const body = { users: { bob: true } };
    expect((await app.ask('PUT', '/foo', { body })).statusCode).toBe(401);
    const wish = { password: goodPassword, readonly: true, cidr_whitelist: [] };
    const made = await app.ask('POST', '/-/npm/v1/tokens', { token: bob, body: wish });
    expect(made.statusCode, made.body).toBeLessThan(300);
    const { token } = made.json();
    expect((await app.ask('PUT', '/foo', { token, body })).statusCode).toBe(403);
    expect(await usersOf()).toBeUndefined();
  });

  it('of a package that one may not see are as of one that is not there', async () => {
    await mustPublish(app, alice, { name: '@alice/secret', version: '1.0.0' });
    const body = { users: { bob: true } };
    const answer = async (path: string) => {
      const { statusCode, body: text } = await app.ask('PUT', path, { token: bob, body });
      return [statusCode, text];
    };
    expect(await answer('/@alice%2fsecret')).toEqual(await answer('/@alice%2fmissing'));
    expect((await answer('/@alice%2fsecret'))[0]).toBe(403);
    expect((await answer('/missing'))[0]).toBe(404);
  });

  it('of hidden and removed packages are in nobody’s list', async () => {
    await mustPublish(app, alice, { name: '@alice/secret', version: '1.0.0' });
    await star(alice, { alice: true });
    app.clock.advance(1);
    await star(alice, { alice: true }, '@alice/secret');
    expect(await starsOf('alice', alice)).toEqual(['foo', '@alice/secret']);
    expect(await starsOf('alice', bob)).toEqual(['foo']);
    expect(await starsOf('alice')).toEqual(['foo']);
    const { _rev } = await packumentOf(app, 'foo');
    await app.ask('DELETE', `/foo/-rev/${_rev}`, { token: alice });
    expect(await starsOf('alice')).toEqual([]);
  });

  it('are listed to accounts alone where anonymous reading is off', async () => {
    const closed = await openApp(dialect, { TALLYSTICK_ANONYMOUS_READ: 'false' });
    const path = '/-/_view/starredByUser?key=%22alice%22';
    expect((await closed.ask('GET', path)).statusCode).toBe(401);
    const token = await signUp(closed, 'alice');
    expect((await closed.ask('GET', path, { token })).json()).toEqual({ rows: [] });
  });

  describe('as pnpm 12 gives them, with the whole packument to the end point of unpublishing', () => {
    const put = async (token: string, change: (document: { users?: object; versions: object }) => void) => {
      const document = await packumentOf(app, 'foo', token);
      change(document);
      return app.ask('PUT', `/foo/-rev/${document._rev}`, { token, body: document });
    };

    it('change the own star and nothing else', async () => {
      await star(alice, { alice: true });
      const before = await packumentOf(app, 'foo');
      const answer = await put(bob, (document) => {
        Object.assign(document, { users: { bob: true }, readme: 'evil', 'dist-tags': {} });
      });
      expect(answer.statusCode, answer.body).toBe(200);
      const after = await packumentOf(app, 'foo');
      expect(after).toEqual({ ...before, users: { alice: true, bob: true } });
      await put(bob, (document) => Object.assign(document, { users: {} }));
      expect(await usersOf()).toEqual({ alice: true });
    });

    it('are unpublishing as soon as a version is left out, and refused', async () => {
      const answer = await put(bob, (document) => {
        Object.assign(document, { users: { bob: true }, versions: { '1.0.0': {} } });
      });
      expect(answer.statusCode).toBe(403);
      expect(await usersOf()).toBeUndefined();
      expect(Object.keys((await packumentOf(app, 'foo')).versions)).toEqual(['1.0.0', '1.1.0']);
    });

    it('are as a package that is not there where it is hidden', async () => {
      await mustPublish(app, alice, { name: '@alice/secret', version: '1.0.0' });
      const body = { versions: { '1.0.0': {} }, users: { bob: true } };
      for (const name of ['@alice%2fsecret', '@alice%2fmissing'])
        expect((await app.ask('PUT', `/${name}/-rev/1-x`, { token: bob, body })).statusCode).toBe(404);
    });

    it('of the owner who unpublishes nothing need no code either', async () => {
      await enableFactor(app, alice);
      const answer = await put(alice, (document) => Object.assign(document, { users: { alice: true } }));
      expect(answer.statusCode, answer.body).toBe(200);
      const removal = await put(alice, (document) => Object.assign(document, { versions: { '1.0.0': {} } }));
      expect(removal.statusCode).toBe(401);
    });
  });

  it('are not taken of readers in bodies larger than a star can be', async () => {
    const users = Object.fromEntries(
      Array.from({ length: 39_000 }, (_, index) => [`a-rather-long-name-of-somebody-${index}`, true]),
    );
    expect((await star(bob, { ...users, bob: true })).statusCode).toBe(403);
    expect((await star(alice, { ...users, alice: true })).statusCode).toBe(200);
    expect(await usersOf()).toEqual({ alice: true });
  });

  it('are not taken of readers in compressed bodies, which may be larger than they say', async () => {
    const { _id, _rev } = await packumentOf(app, 'foo');
    const send = (token: string, name: string) =>
      app.app.server.inject({
        method: 'PUT',
        url: '/foo',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-encoding': 'gzip',
        },
        payload: gzipSync(JSON.stringify({ _id, _rev, users: { [name]: true } })),
      });
    expect((await send(bob, 'bob')).statusCode).toBe(403);
    expect((await send(alice, 'alice')).statusCode).toBe(200);
    expect(await usersOf()).toEqual({ alice: true });
  });
});
