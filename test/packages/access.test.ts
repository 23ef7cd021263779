import { beforeEach, describe, expect, it } from 'vitest';
import { enableFactor } from '../accounts/wire.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { mustPublish, packumentOf, publish, signUp } from './publisher.ts';

eachDialect('access', (dialect) => {
  let app: TestApp;
  let alice: string;
  let bob: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
    bob = await signUp(app, 'bob');
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    await mustPublish(app, alice, { name: '@alice/secret', version: '1.0.0' });
  });

  const set = (body: object, wish: Wish = { token: alice }, name = 'foo') =>
    app.ask('POST', `/-/package/${name}/access`, { body, ...wish });
  const rule = async (name = 'foo') => {
    const { publish_requires_tfa: requires, automation_token_overrides_tfa: overrides } = (
      await app.ask('GET', `/-/package/${name}/access`, { token: alice })
    ).json();
    return [requires, overrides];
  };

  it('sets the rule on second factors in three ways, each flag by itself', async () => {
    expect(await rule()).toEqual([false, true]);
    const { code } = await enableFactor(app, alice);
    const must = async (body: object) => {
      app.clock.advance(60_000);
      expect((await set(body, { token: alice, otp: code() })).statusCode).toBe(200);
    };
    await must({ publish_requires_tfa: true, automation_token_overrides_tfa: false });
    expect(await rule()).toEqual([true, false]);
    await must({ publish_requires_tfa: false });
    expect(await rule()).toEqual([false, false]);
    await must({ publish_requires_tfa: true });
    expect(await rule()).toEqual([true, false]);
    await must({ publish_requires_tfa: true, automation_token_overrides_tfa: true });
    expect(await rule()).toEqual([true, true]);
  });

  it('is not taken back by who has no second factor', async () => {
    await set({ publish_requires_tfa: true });
    const refused = await set({ publish_requires_tfa: false });
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toContain('enable-2fa');
    expect(await rule()).toEqual([true, true]);
  });

  it('is one thing at a time', async () => {
    const both = await set({ access: 'public', publish_requires_tfa: true });
    expect(both.statusCode).toBe(400);
    expect(both.json().error).toContain('one at a time');
    expect(await rule()).toEqual([false, true]);
  });

  it('asks for a code whatever is set in auth-and-writes, and for none in auth-only', async () => {
    const { code } = await enableFactor(app, alice);
    for (const body of [{ access: 'public' }, { publish_requires_tfa: false }]) {
      const challenged = await set(body);
      expect(challenged.statusCode).toBe(401);
      expect(challenged.headers['www-authenticate']).toBe('otp');
      app.clock.advance(60_000);
      expect((await set(body, { token: alice, otp: code() })).statusCode).toBe(200);
    }
    await enableFactor(app, bob, 'auth-only');
    await mustPublish(app, bob, { name: 'bar', version: '1.0.0' });
    expect((await set({ publish_requires_tfa: true }, { token: bob }, 'bar')).statusCode).toBe(200);
    const challenged = await publish(app, bob, { name: 'bar', version: '1.1.0' });
    expect(challenged.statusCode).toBe(401);
  });

  it('is set by maintainers alone, and hides what is hidden', async () => {
    for (const body of [{ access: 'public' }, { publish_requires_tfa: true }]) {
      expect((await set(body, {})).statusCode).toBe(401);
      const refused = await set(body, { token: bob });
      expect(refused.statusCode).toBe(403);
      expect(refused.json().error).toContain('not a maintainer');
      const hidden = await set(body, { token: bob }, '@alice%2fsecret');
      const absent = await set(body, { token: bob }, '@alice%2fmissing');
      expect([hidden.statusCode, hidden.body]).toEqual([404, absent.body]);
    }
    expect(await rule('@alice%2fsecret')).toEqual([false, true]);
  });

  it('tells nobody of a hidden package, by no question', async () => {
    for (const suffix of [
      'visibility',
      'access',
      'collaborators',
      'owners',
      'dist-tags',
      'dist-tags/latest',
    ]) {
      const answers = [];
      for (const name of ['@alice%2fsecret', '@alice%2fmissing'])
        for (const wish of [{ token: bob }, {}]) {
          const answer = await app.ask('GET', `/-/package/${name}/${suffix}`, wish);
          answers.push([answer.statusCode, answer.body]);
        }
      expect(new Set(answers.map((one) => JSON.stringify(one))).size, suffix).toBe(1);
      expect(answers[0]?.[0], suffix).toBe(404);
      const own = await app.ask('GET', `/-/package/@alice%2fsecret/${suffix}`, { token: alice });
      expect(own.statusCode, suffix).toBe(200);
    }
  });

  it('changes nothing, not even the revision, where it is as wished already', async () => {
    const { _rev } = await packumentOf(app, '@alice/secret', alice);
    expect((await set({ access: 'restricted' }, { token: alice }, '@alice%2fsecret')).statusCode).toBe(200);
    expect((await packumentOf(app, '@alice/secret', alice))._rev).toBe(_rev);
  });

  describe('collaborators', () => {
    const ask = (query = '', wish: Wish = {}) => app.ask('GET', `/-/package/foo/collaborators${query}`, wish);

    it('are a map for npm and a list for pnpm', async () => {
      await app.ask('PUT', '/-/package/foo/owners', { token: alice, body: { user: 'bob' } });
      expect((await ask('?format=cli')).json()).toEqual({ alice: 'read-write', bob: 'read-write' });
      expect((await ask('?format=cli&user=bob')).json()).toEqual({ bob: 'read-write' });
      const pnpm = await ask('', { headers: { 'user-agent': 'pnpm/12.21.0 npm/? node/? linux x64' } });
      expect(pnpm.json()).toEqual([
        { username: 'alice', email: 'alice@example.com', permissions: 'read-write' },
        { username: 'bob', email: 'bob@example.com', permissions: 'read-write' },
      ]);
      expect(pnpm.headers.vary).toContain('user-agent');
      const npm = await ask('', { headers: { 'user-agent': 'npm/11.19.1 node/v24.0.0 pnpm/12.21.0' } });
      expect(npm.json()).toEqual({ alice: 'read-write', bob: 'read-write' });
    });

    it('have among them the account whose scope it is, which goes on reading', async () => {
      const path = '/-/package/@alice%2fsecret/owners';
      await app.ask('PUT', path, { token: alice, body: { user: 'bob' } });
      await app.ask('DELETE', `${path}/alice`, { token: bob });
      const people = await app.ask('GET', '/-/package/@alice%2fsecret/collaborators', { token: bob });
      expect(people.json()).toEqual({ bob: 'read-write', alice: 'read-only' });
      expect((await app.ask('GET', '/@alice%2fsecret', { token: alice })).statusCode).toBe(200);
      expect((await app.ask('GET', path, { token: bob })).json()).toEqual([
        { username: 'bob', email: 'bob@example.com' },
      ]);
    });
  });

  describe('lists of packages', () => {
    const list = (user: string, token?: string) =>
      app.ask('GET', `/-/user/${user}/package?format=cli`, token === undefined ? {} : { token });

    it('have what somebody may do, in the long form, as far as the reader may know of it', async () => {
      const all = { '@alice/secret': 'read-write', foo: 'read-write' };
      expect((await list('alice', alice)).json()).toEqual(all);
      expect((await list('alice', bob)).json()).toEqual({ foo: 'read-write' });
      expect((await list('alice')).json()).toEqual({ foo: 'read-write' });
      expect((await list('bob')).json()).toEqual({});
      await app.ask('PUT', '/-/package/@alice%2fsecret/owners', { token: alice, body: { user: 'bob' } });
      expect((await list('alice', bob)).json()).toEqual(all);
      expect((await list('bob', alice)).json()).toEqual({ '@alice/secret': 'read-write' });
      await app.ask('DELETE', '/-/package/@alice%2fsecret/owners/alice', { token: bob });
      expect((await list('alice', alice)).json()).toEqual({ ...all, '@alice/secret': 'read-only' });
    });

    it('have nothing of a scope whose name only begins alike, and nothing that was removed', async () => {
      const alicex = await signUp(app, 'alicex');
      await mustPublish(app, alicex, { name: '@alicex/open', version: '1.0.0', access: 'public' });
      expect(Object.keys((await list('alice', alice)).json())).toEqual(['@alice/secret', 'foo']);
      const { _rev } = await packumentOf(app, 'foo');
      await app.ask('DELETE', `/foo/-rev/${_rev}`, { token: alice });
      expect(Object.keys((await list('alice', alice)).json())).toEqual(['@alice/secret']);
    });

    it('of nobody and of organisations are 404', async () => {
      for (const path of ['/-/user/zed/package', '/-/org/alice/package', '/-/team/alice/devs/package']) {
        const answer = await app.ask('GET', path, { token: alice });
        expect([answer.statusCode, answer.json().error], path).toEqual([404, 'Not found']);
      }
    });

    it('are for accounts alone where anonymous reading is off', async () => {
      const closed = await openApp(dialect, { TALLYSTICK_ANONYMOUS_READ: 'false' });
      await signUp(closed, 'alice');
      expect((await closed.ask('GET', '/-/user/alice/package')).statusCode).toBe(401);
    });
  });

  it('of teams is refused with a sentence that says what to do, and with no code asked', async () => {
    await enableFactor(app, alice);
    const body = { package: 'foo', permissions: 'read-write' };
    for (const method of ['PUT', 'DELETE'] as const) {
      const refused = await app.ask(method, '/-/team/alice/devs/package', { token: alice, body });
      expect(refused.statusCode).toBe(403);
      expect(refused.json().error).toContain('npm owner add');
    }
  });
});
