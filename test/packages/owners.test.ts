import { beforeEach, describe, expect, it } from 'vitest';
import { goodPassword } from '../accounts/acting.ts';
import { enableFactor } from '../accounts/wire.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { mailsIn, mustPublish, packumentOf, publish, signUp } from './publisher.ts';

eachDialect('owners', (dialect) => {
  let app: TestApp;
  let alice: string;
  let bob: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
    bob = await signUp(app, 'bob');
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
  });

  const ownersOf = async (name = 'foo'): Promise<string[]> =>
    (await packumentOf(app, name)).maintainers.map((one: { name: string }) => one.name);

  /** What npm and yarn 1 send: the whole list beside the revision that it was made from. */
  const put = async (token: string, names: readonly unknown[], wish: Wish = {}, _rev?: string) => {
    const revision = _rev ?? (await packumentOf(app, 'foo'))._rev;
    const maintainers = names.map((name) => (typeof name === 'string' ? { name, email: 'x@y.z' } : name));
    const body = { _id: 'foo', _rev: revision, maintainers };
    return app.ask('PUT', `/foo/-rev/${revision}`, { token, body, ...wish });
  };

  it('come and go, and may publish as long as they are there', async () => {
    const added = await put(alice, ['alice', 'bob']);
    expect(added.statusCode, added.body).toBe(200);
    expect(added.json()).toMatchObject({ ok: true, success: true, id: 'foo' });
    expect(added.json().rev).toBe((await packumentOf(app, 'foo'))._rev);
    expect(await ownersOf()).toEqual(['alice', 'bob']);
    await mustPublish(app, bob, { name: 'foo', version: '1.1.0' });
    expect((await put(bob, ['bob'])).statusCode).toBe(200);
    expect(await ownersOf()).toEqual(['bob']);
    expect((await publish(app, alice, { name: 'foo', version: '1.2.0' })).statusCode).toBe(403);
    expect((await put(alice, ['alice', 'bob'])).statusCode).toBe(403);
  });

  it('keep their addresses whatever the document says', async () => {
    await put(alice, [{ name: 'alice', email: 'evil@example.com' }, { name: 'bob' }]);
    const { maintainers } = await packumentOf(app, 'foo');
    expect(maintainers).toEqual([
      { name: 'alice', email: 'alice@example.com' },
      { name: 'bob', email: 'bob@example.com' },
    ]);
  });

  it('are refused with nothing changed for an empty list, strangers, stale revisions and nonsense', async () => {
    const { _rev } = await packumentOf(app, 'foo');
    const none = await put(alice, []);
    expect(none.statusCode).toBe(403);
    expect(none.json().error).toContain('at least one maintainer');
    const unknown = await put(alice, ['alice', 'zed']);
    expect(unknown.statusCode).toBe(404);
    expect(unknown.json().error).toBe('There is no user named "zed" here.');
    expect((await put(alice, ['alice', 'bob', 'zed'])).statusCode).toBe(404);
    expect((await put(alice, ['alice', 'bob'], {}, '0-other')).statusCode).toBe(409);
    for (const wrong of [null, 7, {}, { name: 7 }, { name: '' }, ['bob']])
      expect((await put(alice, ['alice', wrong])).statusCode, JSON.stringify(wrong)).toBe(400);
    const many = Array.from({ length: 101 }, (_, index) => `user${index}`);
    expect((await put(alice, ['alice', ...many])).statusCode).toBe(400);
    expect((await put(bob, ['alice', 'bob'])).statusCode).toBe(403);
    expect((await packumentOf(app, 'foo'))._rev).toBe(_rev);
    expect(await ownersOf()).toEqual(['alice']);
  });

  it('of a hidden or missing package are 404 for others, and 401 for strangers', async () => {
    await mustPublish(app, alice, { name: '@alice/secret', version: '1.0.0' });
    const answers = [];
    for (const name of ['@alice%2fsecret', '@alice%2fmissing', 'missing']) {
      const body = { _rev: '1-x', maintainers: [{ name: 'bob' }] };
      const answer = await app.ask('PUT', `/${name}/-rev/1-x`, { token: bob, body });
      answers.push([answer.statusCode, answer.body]);
      expect((await app.ask('PUT', `/${name}/-rev/1-x`, { body })).statusCode).toBe(401);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[1]).toEqual(answers[2]);
    expect(answers[0]?.[0]).toBe(404);
  });

  it('change nothing where nothing differs, and overlook all else in the document', async () => {
    const { _rev } = await packumentOf(app, 'foo');
    expect((await put(alice, ['alice', 'alice'])).json().rev).toBe(_rev);
    const body = {
      _rev,
      maintainers: [{ name: 'alice' }, { name: 'bob' }],
      readme: 'evil',
      users: { bob: true },
    };
    expect((await app.ask('PUT', `/foo/-rev/${_rev}`, { token: alice, body })).statusCode).toBe(200);
    const after = await packumentOf(app, 'foo');
    expect(after).not.toHaveProperty('readme');
    expect(after).not.toHaveProperty('users');
  });

  it('want a code in auth-and-writes, also before they say what is wrong', async () => {
    const { code } = await enableFactor(app, alice);
    const challenged = await put(alice, ['alice', 'bob']);
    expect(challenged.statusCode).toBe(401);
    expect(challenged.headers['www-authenticate']).toBe('otp');
    expect((await put(alice, ['alice', 'zed'], { otp: code() })).statusCode).toBe(404);
    expect((await put(alice, ['alice', 'bob'], { otp: code() })).statusCode).toBe(200);
  });

  it('never change by a token that bypasses the second factor or only reads', async () => {
    const body = { password: goodPassword, readonly: true, cidr_whitelist: [] };
    const made = await app.ask('POST', '/-/npm/v1/tokens', { token: alice, body });
    expect(made.statusCode, made.body).toBeLessThan(300);
    const refused = await put(made.json().token, ['alice', 'bob']);
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toContain('read-only');
  });

  it('are mailed to everybody concerned, with the circumstances for who did it alone', async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
    bob = await signUp(app, 'bob');
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    await put(alice, ['alice', 'bob']);
    await put(bob, ['bob']);
    const mails = (await mailsIn(app)).filter(({ what }) => what.includes('maintain'));
    expect(mails.map(({ to, what }) => [to, what]).sort()).toEqual([
      ['alice@example.com', 'The maintainers of foo changed'],
      ['alice@example.com', 'You do not maintain a package any more'],
      ['bob@example.com', 'The maintainers of foo changed'],
      ['bob@example.com', 'You maintain a package'],
    ]);
    for (const { to, text } of mails) {
      const own = /\bYou (made|removed)/.test(text);
      expect(text.includes('127.0.0.1'), `${to}: ${text}`).toBe(own);
    }
    const told = mails.find(({ what }) => what === 'You maintain a package');
    expect(told?.text).toContain('alice made you a maintainer of foo');
  });

  it('stand in the log of whoever was added or removed', async () => {
    await put(alice, ['alice', 'bob']);
    const rows = await app.app.store.read(({ sql }) =>
      sql
        .selectFrom('audit')
        .select(['account_id', 'entry'])
        .where('action', '=', 'package.owners')
        .execute(),
    );
    const reasons = rows.map(({ entry }) => JSON.parse(entry)).map(({ actor, reason }) => [actor, reason]);
    expect(reasons.sort()).toEqual([
      ['alice', null],
      ['alice', 'added bob'],
    ]);
    expect(new Set(rows.map(({ account_id }) => account_id)).size).toBe(2);
  });

  describe('at the end points of pnpm', () => {
    const path = '/-/package/foo/owners';
    const add = (token: string, user: unknown) => app.ask('PUT', path, { token, body: { user } });

    it('come and go one by one, and nothing is lost by doing it twice', async () => {
      expect((await add(alice, 'bob')).statusCode).toBe(200);
      expect((await add(alice, 'bob')).statusCode).toBe(200);
      expect((await app.ask('GET', path)).json()).toEqual([
        { username: 'alice', email: 'alice@example.com' },
        { username: 'bob', email: 'bob@example.com' },
      ]);
      expect((await app.ask('DELETE', `${path}/bob`, { token: alice })).statusCode).toBe(200);
      expect((await app.ask('DELETE', `${path}/bob`, { token: alice })).statusCode).toBe(200);
      expect(await ownersOf()).toEqual(['alice']);
      await add(alice, 'bob');
      const body = { user: 'bob' };
      expect((await app.ask('DELETE', path, { token: alice, body })).statusCode).toBe(200);
      expect(await ownersOf()).toEqual(['alice']);
    });

    it('are refused with their sentences', async () => {
      expect((await add(alice, 'zed')).statusCode).toBe(404);
      expect((await add(alice, '')).statusCode).toBe(400);
      expect((await add(alice, ['bob'])).statusCode).toBe(400);
      expect((await add(bob, 'bob')).statusCode).toBe(403);
      expect((await app.ask('DELETE', `${path}/zed`, { token: alice })).statusCode).toBe(404);
      const last = await app.ask('DELETE', `${path}/alice`, { token: alice });
      expect(last.statusCode).toBe(403);
      expect(last.json().error).toContain('at least one maintainer');
      expect((await app.ask('DELETE', `${path}/alice`, { token: bob })).statusCode).toBe(403);
      expect(await ownersOf()).toEqual(['alice']);
    });

    it('work under a scope in both spellings', async () => {
      await mustPublish(app, alice, { name: '@alice/foo', version: '1.0.0', access: 'public' });
      for (const spelling of ['@alice%2ffoo', '@alice/foo']) {
        const scoped = `/-/package/${spelling}/owners`;
        expect((await app.ask('PUT', scoped, { token: alice, body: { user: 'bob' } })).statusCode).toBe(200);
        expect((await app.ask('DELETE', `${scoped}/bob`, { token: alice })).statusCode).toBe(200);
      }
      expect(await ownersOf('@alice/foo')).toEqual(['alice']);
    });
  });
});
