import { beforeEach, describe, expect, it } from 'vitest';
import { findAccount } from '../../src/accounts/accounts.ts';
import { searchPackages } from '../../src/packages/search.ts';
import { type Grants, noGrants } from '../../src/policy/grants.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { mustPublish, signUp } from './publisher.ts';
import { ask, namesOf, type Put, putAs, search } from './searching.ts';

eachDialect('searching', (dialect) => {
  let app: TestApp;
  let alice: string;
  let put: Put;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
    put = putAs(app, alice);
  });

  describe('private packages', () => {
    let bob: string;
    beforeEach(async () => {
      bob = await signUp(app, 'bob');
      await put('@alice/secret-tool', { description: 'hush', keywords: ['hush'] });
      await put('open-tool', { keywords: ['hush'] });
    });

    it('are found by their readers only, and count for nobody else', async () => {
      const mine = ['open-tool', '@alice/secret-tool'];
      expect(await namesOf(app, 'tool', alice)).toEqual(mine);
      expect(await namesOf(app, 'keywords:hush', alice)).toEqual(mine);
      for (const token of [bob, undefined])
        for (const text of ['tool', '@alice/secret-tool', 'hush', 'scope:alice', 'maintainer:alice', '']) {
          const { objects, total } = await search(app, { text }, token);
          expect(objects.map((found) => found.package.name)).not.toContain('@alice/secret-tool');
          expect(total).toBe(objects.length);
        }
    });

    it('appear and vanish with their visibility', async () => {
      const set = (access: string) =>
        app.ask('POST', '/-/package/@alice%2fsecret-tool/access', { token: alice, body: { access } });
      expect((await set('public')).statusCode).toBe(200);
      expect(await namesOf(app, 'secret', bob)).toEqual(['@alice/secret-tool']);
      expect((await set('restricted')).statusCode).toBe(200);
      expect(await namesOf(app, 'secret', bob)).toEqual([]);
      expect(await namesOf(app, 'secret', alice)).toEqual(['@alice/secret-tool']);
    });

    it('are found by whoever becomes a maintainer, as long as they are one', async () => {
      const owners = '/-/package/@alice%2fsecret-tool/owners';
      const added = await app.ask('PUT', owners, { token: alice, body: { user: 'bob' } });
      expect(added.statusCode, added.body).toBe(200);
      const { objects } = await search(app, { text: 'secret maintainer:bob' }, bob);
      expect(objects.map((found) => found.package.maintainers.map(({ username }) => username))).toEqual([
        ['alice', 'bob'],
      ]);
      expect((await app.ask('DELETE', `${owners}/bob`, { token: alice })).statusCode).toBe(200);
      expect(await namesOf(app, 'secret', bob)).toEqual([]);
      expect(await namesOf(app, 'maintainer:bob', alice)).toEqual([]);
    });

    it('are not shown from an index that is wrong', async () => {
      await put('@alice/open', { keywords: ['hush'] }, { access: 'public' });
      await app.app.store.write((tx) =>
        tx.sql
          .updateTable('packages')
          .set({ visibility: 'restricted' })
          .where('name', '=', '@alice/open')
          .execute(),
      );
      expect(await namesOf(app, 'keywords:hush', bob)).toEqual(['open-tool']);
    });
  });

  it('shows a limited token what strangers see and what it covers', async () => {
    await put('@alice/secret-tool');
    await put('@alice/other-tool');
    await put('open-tool');
    await put('@bob/hidden-tool', {}, { token: await signUp(app, 'bob') });
    const found = (limits: Partial<Grants>, anonymousRead: boolean) =>
      app.app.store.read(async (tx) => {
        const { id, name } = (await findAccount(tx, 'alice')) ?? expect.fail('no such account');
        const grants = { ...noGrants, permission: 'read-only' as const, ...limits };
        const wish = { text: 'tool', size: 20, from: 0 };
        const site = { publicUrl: '', anonymousRead };
        const result = await searchPackages(tx, wish, { account: { id, name }, grants }, site);
        expect(result.total).toBe(result.found.length);
        return result.found.map((one) => one.package.name).sort();
      });
    const mine = ['@alice/other-tool', '@alice/secret-tool'];
    expect(await found({ all: true }, false)).toEqual([...mine, 'open-tool']);
    expect(await found({ scopes: ['@alice'] }, true)).toEqual([...mine, 'open-tool']);
    expect(await found({ scopes: ['@alice'] }, false)).toEqual(mine);
    expect(await found({ packages: ['@alice/secret-tool'] }, false)).toEqual(['@alice/secret-tool']);
    expect(await found({ packages: ['@bob/hidden-tool', 'open-tool'] }, false)).toEqual(['open-tool']);
    expect(await found({}, true)).toEqual(['open-tool']);
    expect(await found({}, false)).toEqual([]);
    expect(await found({ all: true, permission: 'no-access' }, true)).toEqual(['open-tool']);
    expect(await found({ scopes: ['@alice'], permission: 'no-access' }, false)).toEqual([]);
  });

  it('wants an account where reading does', async () => {
    const closed = await openApp(dialect, { TALLYSTICK_ANONYMOUS_READ: 'false' });
    const token = await signUp(closed, 'carol');
    await mustPublish(closed, token, { name: 'foo', version: '1.0.0' });
    const refused = await ask(closed, { text: 'foo' });
    expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(refused.json().error).toContain('You must be logged in');
    expect(await namesOf(closed, 'foo', token)).toEqual(['foo']);
  });
});
