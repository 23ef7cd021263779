import { describe, expect, test } from 'vitest';
import { createAccount } from '../../src/accounts/accounts.ts';
import { mintToken } from '../../src/kernel/secrets.ts';
import { openApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { createRandom } from '../support/ports.ts';
import { goodPassword } from './acting.ts';
import { basic, couchBody, enableFactor, signUp, userPath } from './wire.ts';

const strangerToken = mintToken(createRandom('nobody knows it'));

eachDialect('logins', (dialect) => {
  test('adduser creates the account, signs in and says what every client wants to hear', async () => {
    const app = await openApp(dialect);
    const body = couchBody('hannah', goodPassword, 'hannah@example.com');
    const reply = await app.ask('PUT', userPath('hannah'), { body });
    expect(reply.statusCode).toBe(201);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.json()).toEqual({
      ok: true,
      id: 'org.couchdb.user:hannah',
      rev: '_we_dont_use_revs_any_more',
      token: expect.stringMatching(/^npm_[0-9A-Za-z]{36}$/),
    });
    const { token } = reply.json();
    expect((await app.ask('GET', '/-/whoami', { token })).json()).toEqual({ username: 'hannah' });
    const profile = (await app.ask('GET', '/-/npm/v1/user', { token })).json();
    expect(profile).toMatchObject({ name: 'hannah', email: 'hannah@example.com', tfa: null });
  });

  test('login takes the right password, never changes the address, and ignores whatever bearer comes', async () => {
    const app = await openApp(dialect);
    const first = await signUp(app);
    await signUp(app, 'someone');
    const other = await signUp(app, 'someone');
    for (const token of [first, other, strangerToken, 'garbage', 'npm_short']) {
      const body = couchBody('hannah', goodPassword, 'changed@example.com');
      const reply = await app.ask('PUT', userPath('hannah'), { token, body });
      expect(reply.statusCode).toBe(201);
      const profile = await app.ask('GET', '/-/npm/v1/user', { token: reply.json().token });
      expect(profile.json()).toMatchObject({ name: 'hannah', email: 'hannah@example.com' });
    }
    const headers = basic('hannah', goodPassword);
    const body = couchBody('hannah');
    expect((await app.ask('PUT', userPath('hannah'), { headers, body })).statusCode).toBe(201);
    expect((await app.ask('GET', '/-/whoami', { token: first })).statusCode).toBe(200);
  });

  test('a wrong password is 401 Basic, with an address or without, and never 409', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    for (const email of [undefined, 'hannah@example.com', 'other@example.com']) {
      const body = couchBody('hannah', 'a wrong password', email);
      const reply = await app.ask('PUT', userPath('hannah'), { body });
      expect(reply.statusCode).toBe(401);
      expect(reply.headers['www-authenticate']).toBe('Basic');
      const text = 'Incorrect username or password.';
      expect(reply.json()).toEqual({ error: text, message: text });
    }
  });

  test('who tried a wrong password stands in the log of the account, and of nobody for an unknown name', async () => {
    const app = await openApp(dialect, { TALLYSTICK_REGISTRATION: 'closed' });
    const name = 'hannah';
    const ready = { name, email: 'h@example.com', password: 'a hash' };
    await app.app.gate.onConsole('account.create', { on: 'account', name }, (tx, permit) =>
      createAccount(tx, permit, ready),
    );
    for (const claimed of ['hannah', 'nobody']) {
      await app.ask('PUT', userPath(claimed), { body: couchBody(claimed, 'a wrong password') });
    }
    const rows = await app.app.store.read(async (tx) => ({
      account: await tx.sql.selectFrom('accounts').select('id').executeTakeFirstOrThrow(),
      refused: await tx.sql
        .selectFrom('audit')
        .select(['account_id', 'entry'])
        .where('outcome', '=', 'refused')
        .orderBy('id')
        .execute(),
    }));
    expect(rows.refused.map(({ account_id }) => account_id)).toEqual([rows.account.id, null]);
    expect(rows.refused.map(({ entry }) => JSON.parse(entry))).toMatchObject([
      { actor: 'hannah', actorKind: 'stranger', reason: 'password_wrong', address: '127.0.0.1' },
      { actor: 'nobody', actorKind: 'stranger', reason: 'password_wrong' },
    ]);
    expect(JSON.stringify(rows)).not.toContain('a wrong password');
  });

  test('an unknown name without an address is 400 while anybody may sign up, so that npm asks for one', async () => {
    const app = await openApp(dialect);
    const reply = await app.ask('PUT', userPath('nobody'), { body: couchBody('nobody') });
    expect(reply.statusCode).toBe(400);
    expect(reply.json().error).toBe('There is no user with the username "nobody".');
  });

  test.each(['invite', 'closed'])(
    'where registration is %s an unknown name looks like a wrong password',
    async (registration) => {
      const app = await openApp(dialect, { TALLYSTICK_REGISTRATION: registration });
      for (const email of [undefined, 'nobody@example.com']) {
        const body = couchBody('nobody', goodPassword, email);
        const reply = await app.ask('PUT', userPath('nobody'), { body });
        expect(reply.statusCode).toBe(401);
        expect(reply.headers['www-authenticate']).toBe('Basic');
        expect(reply.json().error).toBe('Incorrect username or password.');
      }
      const accounts = await app.app.store.read((tx) => tx.sql.selectFrom('accounts').select('id').execute());
      expect(accounts).toEqual([]);
    },
  );

  test('twenty sign-ups for one name at once make one account', async () => {
    const app = await openApp(dialect);
    const second = await app.another();
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const body = couchBody('hannah', `${goodPassword} ${index}`, `h${index}@example.com`);
        return (index % 2 === 0 ? app : second).ask('PUT', userPath('hannah'), { body });
      }),
    );
    expect(replies.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
    for (const reply of replies.filter(({ statusCode }) => statusCode !== 201)) {
      expect([400, 401]).toContain(reply.statusCode);
      expect(reply.json().error).toBeTruthy();
    }
    const accounts = await app.app.store.read((tx) => tx.sql.selectFrom('accounts').select('name').execute());
    expect(accounts).toEqual([{ name: 'hannah' }]);
  });

  test('with the second factor on, a wrong password is told first and a right one is challenged', async () => {
    const app = await openApp(dialect);
    const { code } = await enableFactor(app, await signUp(app));
    const otp = code();
    const wrong = couchBody('hannah', 'a wrong password');
    const refused = await app.ask('PUT', userPath('hannah'), { body: wrong, otp });
    expect(refused.headers['www-authenticate']).toBe('Basic');
    const challenged = await app.ask('PUT', userPath('hannah'), { body: couchBody('hannah') });
    expect(challenged.statusCode).toBe(401);
    expect(challenged.headers['www-authenticate']).toBe('otp');
    expect(challenged.json().error).toContain('one-time pass');
    const admitted = await app.ask('PUT', userPath('hannah'), { body: couchBody('hannah'), otp });
    expect(admitted.statusCode).toBe(201);
    const again = await app.ask('PUT', userPath('hannah'), { body: couchBody('hannah'), otp });
    expect(again.headers['www-authenticate']).toBe('otp');
  });

  test('the eleventh wrong password is 429 with when to come back, and npm 8’s two requests are one guess', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const guess = (password: string, email?: string) =>
      app.ask('PUT', userPath('hannah'), { body: couchBody('hannah', password, email) });
    for (let index = 0; index < 10; index += 1) {
      expect((await guess(`wrong ${index}`)).statusCode).toBe(401);
      expect((await guess(`wrong ${index}`, 'hannah@example.com')).statusCode).toBe(401);
    }
    const refused = await guess('wrong 10');
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBe(900);
    expect(refused.json().error).toBeTruthy();
    // Nobody is shut out elsewhere, and the tokens that the owner holds go on.
    const body = couchBody('hannah');
    const elsewhere = await app.ask('PUT', userPath('hannah'), { body, address: '203.0.113.9' });
    expect(elsewhere.statusCode).toBe(201);
    app.clock.advance(15 * 60_000);
    expect((await app.ask('PUT', userPath('hannah'), { body })).statusCode).toBe(201);
  });

  test('logout ends the token at once; a dead one logs out too, and a stranger’s is unknown', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    const logout = (path: string, bearer?: string) =>
      app.ask('DELETE', `/-/user/token/${path}`, bearer === undefined ? {} : { token: bearer });
    const first = await logout(token, token);
    expect(first.statusCode).toBe(200);
    expect(first.json()).toEqual({ ok: true });
    const whoami = await app.ask('GET', '/-/whoami', { token });
    expect(whoami.statusCode).toBe(401);
    expect(whoami.headers['www-authenticate']).toBe('Bearer');
    expect((await logout(token, token)).statusCode).toBe(200);
    expect((await logout(strangerToken, strangerToken)).statusCode).toBe(200);
    expect((await logout(strangerToken)).statusCode).toBe(404);
    expect((await logout(strangerToken, await signUp(app))).statusCode).toBe(404);
  });

  test('an expired login token says since when, and still logs out', async () => {
    const app = await openApp(dialect, { TALLYSTICK_LOGIN_TOKEN_IDLE: '1h' });
    const token = await signUp(app);
    const end = new Date(app.clock.now() + 3600_000).toISOString();
    app.clock.advance(3600_000);
    const reply = await app.ask('GET', '/-/whoami', { token });
    expect(reply.statusCode).toBe(401);
    expect(reply.headers['www-authenticate']).toBe('Bearer');
    expect(reply.json().error).toContain(`expired on ${end}`);
    expect((await app.ask('DELETE', `/-/user/token/${token}`, { token })).statusCode).toBe(200);
  });

  test('one token that is revoked while forty requests use it lets none through afterwards', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    const uses = Array.from({ length: 40 }, () => app.ask('GET', '/-/whoami', { token }));
    const revoked = app.ask('DELETE', `/-/user/token/${token}`, { token });
    for (const use of await Promise.all(uses)) expect([200, 401]).toContain(use.statusCode);
    expect((await revoked).statusCode).toBe(200);
    const after = await Promise.all(Array.from({ length: 10 }, () => app.ask('GET', '/-/whoami', { token })));
    expect(after.map(({ statusCode }) => statusCode)).toEqual(Array(10).fill(401));
  });
});

describe('a request to sign in', () => {
  test.each([
    ['no body', undefined, 'The request body is wrong'],
    ['a list', [], 'The request body is wrong'],
    ['no name', { password: 'x' }, 'at "name"'],
    ['no password', { name: 'hannah' }, 'at "password"'],
    ['an empty password', { name: 'hannah', password: '' }, 'a password is needed'],
    ['a password that is no text', { name: 'hannah', password: 1 }, 'at "password"'],
    ['another name', { name: 'someone', password: 'x' }, 'must be the one in its path'],
    [
      'another id',
      { _id: 'org.couchdb.user:x', name: 'hannah', password: 'x' },
      'must be the one in its path',
    ],
    ['an address that is no text', { name: 'hannah', password: 'x', email: 1 }, 'at "email"'],
    ['an address that is none', couchBody('hannah', goodPassword, 'nowhere'), 'must look like'],
    ['a short password', couchBody('hannah', 'short', 'h@example.com'), 'at least 12 characters'],
    ['a weak password', couchBody('hannah', 'password1234', 'h@example.com'), 'too easy to guess'],
    ['a password like the name', couchBody('hannah', 'hannah-tallystick-1', 'h@example.com'), 'do not count'],
    ['a very long password', couchBody('hannah', 'x'.repeat(257), 'h@example.com'), 'at most 256'],
  ])('with %s is 400 with a sentence, and nothing is stored', async (_what, body, sentence) => {
    const app = await openApp('sqlite');
    const reply = await app.ask('PUT', userPath('hannah'), { body });
    expect(reply.statusCode, reply.body).toBe(400);
    expect(reply.json().error).toContain(sentence);
    expect(reply.json().message).toBe(reply.json().error);
    const names = await app.app.store.read((tx) => tx.sql.selectFrom('names').select('name').execute());
    expect(names).toEqual([]);
  });

  test.each(['Hannah', 'han%20nah', '_hannah', '.hannah', 'x'.repeat(65)])(
    'under the impossible name %s is 400 with the rule',
    async (name) => {
      const app = await openApp('sqlite');
      const body = couchBody(decodeURIComponent(name), goodPassword, 'h@example.com');
      const reply = await app.ask('PUT', userPath(name), { body });
      expect(reply.statusCode).toBe(400);
      expect(reply.json().error).toMatch(/^A username /);
    },
  );

  test('at any other path of users is 404, and the old revision path too', async () => {
    const app = await openApp('sqlite');
    const body = couchBody('hannah', goodPassword, 'h@example.com');
    for (const path of [
      '/-/user/hannah',
      `${userPath('hannah')}/-rev/1-x`,
      '/_session',
      '/-/user/org.couchdb.user:',
    ]) {
      expect((await app.ask('PUT', path, { body })).statusCode, path).not.toBe(201);
    }
    const names = await app.app.store.read((tx) => tx.sql.selectFrom('names').select('name').execute());
    expect(names).toEqual([]);
  });

  test('leaves neither password nor token in the log', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    await app.ask('PUT', userPath('hannah'), { body: couchBody('hannah', 'a wrong password') });
    await app.ask('DELETE', `/-/user/token/${token}`, { token });
    const log = JSON.stringify(app.log.lines);
    for (const secret of [token, goodPassword, 'a wrong password']) expect(log).not.toContain(secret);
  });
});
