import { describe, expect, test } from 'vitest';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { goodPassword } from './acting.ts';
import { basic, couchBody, enableFactor, signUp, userPath } from './wire.ts';

const newPassword = 'seven kites over a quay';
const path = '/-/npm/v1/user';

const change = ({ ask }: TestApp, body: unknown, wish: Wish = {}) => ask('POST', path, { ...wish, body });

eachDialect('profiles', (dialect) => {
  test('profile get shows everything of the account and no secret', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    const reply = await app.ask('GET', path, { token });
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.json()).toEqual({
      tfa: null,
      name: 'hannah',
      email: 'hannah@example.com',
      email_verified: false,
      created: '2026-01-15T12:00:00.000Z',
      updated: '2026-01-15T12:00:00.000Z',
      cidr_whitelist: null,
      fullname: null,
      homepage: null,
      github: null,
      twitter: null,
      freenode: null,
    });
  });

  test('profile set as npm sends it changes one field and keeps the rest, the address verified', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    await app.app.store.write((tx) => tx.sql.updateTable('accounts').set({ email_verified_at: 1 }).execute());
    const asNpm = {
      email: 'hannah@example.com',
      password: null,
      fullname: 'Hannah Arendt',
      homepage: null,
      freenode: null,
      twitter: null,
      github: null,
    };
    const first = await change(app, asNpm, { token });
    expect(first.statusCode, first.body).toBe(200);
    expect(first.json()).toMatchObject({ fullname: 'Hannah Arendt', email_verified: true });
    expect(first.json()).not.toHaveProperty('password');
    const asPnpm = { ...asNpm, password: '', homepage: '', github: 'hannah', twitter: '', freenode: '' };
    expect((await change(app, asPnpm, { token })).json()).toMatchObject({
      fullname: 'Hannah Arendt',
      github: 'hannah',
      homepage: null,
      email_verified: true,
    });
    const moved = (await change(app, { email: 'new@example.com' }, { token })).json();
    expect(moved).toMatchObject({ email: 'new@example.com', email_verified: false, github: 'hannah' });
  });

  test('a password is changed by the old one, and every other login ends with it', async () => {
    const app = await openApp(dialect);
    const other = await signUp(app);
    const token = await signUp(app);
    const wrong = await change(app, { password: { old: 'not this one', new: newPassword } }, { token });
    expect(wrong.statusCode).toBe(401);
    expect(wrong.headers['www-authenticate']).toBe('Basic');
    const done = await change(app, { password: { old: goodPassword, new: newPassword } }, { token });
    expect(done.statusCode, done.body).toBe(200);
    expect(done.json()).toMatchObject({ name: 'hannah' });
    expect(done.body).not.toContain(newPassword);
    expect((await app.ask('GET', '/-/whoami', { token })).statusCode).toBe(200);
    expect((await app.ask('GET', '/-/whoami', { token: other })).statusCode).toBe(401);
    const login = (password: string) =>
      app.ask('PUT', userPath('hannah'), { body: couchBody('hannah', password) });
    expect((await login(goodPassword)).statusCode).toBe(401);
    expect((await login(newPassword)).statusCode).toBe(201);
  });

  test('of two password changes at once with one old password one is done', async () => {
    const app = await openApp(dialect);
    const second = await app.another();
    const token = await signUp(app);
    const replies = await Promise.all(
      [app, second].map((where, index) =>
        change(where, { password: { old: goodPassword, new: `${newPassword} ${index}` } }, { token }),
      ),
    );
    expect(replies.map(({ statusCode }) => statusCode).sort()).toEqual([200, 401]);
  });

  test.each(['auth-only', 'auth-and-writes'] as const)(
    'in %s every change asks for a code, and a refused one changes and spends nothing',
    async (mode) => {
      const app = await openApp(dialect);
      const token = await signUp(app);
      const { code } = await enableFactor(app, token, mode);
      const bodies = [
        { fullname: 'Hannah' },
        { email: 'new@example.com' },
        { password: { old: goodPassword, new: newPassword } },
      ];
      for (const body of bodies) {
        const challenged = await change(app, body, { token });
        expect(challenged.statusCode).toBe(401);
        expect(challenged.headers['www-authenticate']).toBe('otp');
      }
      const otp = code();
      const invalid = await change(app, { fullname: 'x'.repeat(300) }, { token, otp });
      expect(invalid.statusCode).toBe(400);
      const weak = await change(app, { password: { old: goodPassword, new: 'short' } }, { token, otp });
      expect(weak.statusCode).toBe(400);
      const done = await change(app, { password: { old: goodPassword, new: newPassword } }, { token, otp });
      expect(done.statusCode, done.body).toBe(200);
      const again = await change(app, { password: { old: newPassword, new: goodPassword } }, { token, otp });
      expect(again.headers['www-authenticate']).toBe('otp');
      const profile = (await app.ask('GET', path, { token })).json();
      expect(profile).toMatchObject({
        fullname: null,
        email: 'hannah@example.com',
        tfa: { mode, pending: false },
      });
    },
  );
});

describe('a change of the profile', () => {
  test.each([
    ['no body', undefined, 'The request body is wrong'],
    ['an unknown field', { nickname: 'x' }, 'nickname'],
    ['a guarded field', { staff: true }, 'staff'],
    ['a name', { name: 'someone' }, 'name'],
    ['a text that is none', { fullname: 1 }, 'at "fullname"'],
    ['a long text', { github: 'x'.repeat(257) }, '"github" has at most 256'],
    ['an address that is none', { email: 'nowhere' }, 'must look like'],
    ['a password that is only new', { password: { new: 'x' } }, 'at "password'],
    ['a password as text', { password: 'x' }, 'at "password"'],
    ['a password and more', { password: { old: 'x', new: 'y', mode: 'z' } }, 'at "password"'],
    ['a new password that is weak', { password: { old: goodPassword, new: 'password1234' } }, 'too easy'],
    ['an unknown mode', { tfa: { password: goodPassword, mode: 'sometimes' } }, '"tfa.mode"'],
    ['a second factor and more', { tfa: ['123456'], fullname: 'x' }, '"tfa" goes alone'],
    ['a second factor and a password', { tfa: ['1'], password: { old: 'x', new: 'y' } }, '"tfa" goes alone'],
  ])('with %s is 400 with a sentence', async (_what, body, sentence) => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const before = (await app.ask('GET', path, { token })).json();
    const reply = await change(app, body, { token });
    expect(reply.statusCode, reply.body).toBe(400);
    expect(reply.json().error).toContain(sentence);
    expect(reply.json().message).toBe(reply.json().error);
    expect((await app.ask('GET', path, { token })).json()).toEqual(before);
  });

  test('needs a credential that may: strangers 401, read-only and publish tokens 403', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    expect((await change(app, { fullname: 'x' })).statusCode).toBe(401);
    for (const readonly of [true, false]) {
      const made = await app.ask('POST', '/-/npm/v1/tokens', {
        token,
        body: { password: goodPassword, readonly },
      });
      const reply = await change(app, { fullname: 'x' }, { token: made.json().token });
      expect(reply.statusCode).toBe(403);
      expect((await app.ask('GET', path, { token: made.json().token })).statusCode).toBe(200);
    }
  });

  test('takes Basic authorization until the second factor is on, and then only with a code', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const headers = basic('hannah', goodPassword);
    expect((await app.ask('GET', path, { headers })).json()).toMatchObject({ name: 'hannah' });
    expect((await change(app, { fullname: 'Hannah' }, { headers })).json()).toMatchObject({
      fullname: 'Hannah',
    });
    const wrong = await change(app, { fullname: 'x' }, { headers: basic('hannah', 'not this one') });
    expect(wrong.statusCode).toBe(401);
    expect(wrong.headers['www-authenticate']).toBe('Basic');
    const other = { password: { old: 'not this one', new: newPassword } };
    expect((await change(app, other, { headers })).statusCode).toBe(401);
    const { code } = await enableFactor(app, token);
    const challenged = await change(app, { fullname: 'x' }, { headers });
    expect(challenged.headers['www-authenticate']).toBe('otp');
    expect((await change(app, { fullname: 'y' }, { headers, otp: code() })).statusCode).toBe(200);
    // No client asks for a code before it reads: a challenge would lead nowhere.
    for (const otp of [undefined, code()]) {
      const read = await app.ask('GET', path, { headers, ...(otp === undefined ? {} : { otp }) });
      expect([read.statusCode, read.headers['www-authenticate']]).toEqual([403, undefined]);
      expect(read.json().message).toContain('run npm login');
    }
  });

  test('cannot set what only the server knows, whatever the object’s prototype says', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const reply = await app.ask('POST', path, {
      token,
      headers: { 'content-type': 'application/json' },
      body: JSON.parse('{"constructor": {"staff": true}}'),
    });
    expect(reply.statusCode).toBe(400);
  });
});
