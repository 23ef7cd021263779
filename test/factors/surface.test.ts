import { describe, expect, test } from 'vitest';
import { codeAt, stepAt } from '../../src/factors/totp.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { secretOf } from './people.ts';

const password = 'correct horse battery staple';
const npm11 = 'npm/11.19.1 node/v24.1.0 linux x64';
const npm10 = 'npm/10.9.9 node/v20.1.0 linux x64';
const user = '/-/npm/v1/user';

interface Signed {
  readonly app: TestApp;
  readonly token: string;
}

interface Protected extends Signed {
  readonly secret: Buffer;
  readonly recoveryCodes: readonly string[];
}

const couch = (app: TestApp, wish: Wish = {}, name = 'ada') =>
  app.ask('PUT', `/-/user/org.couchdb.user:${name}`, {
    ...wish,
    body: {
      _id: `org.couchdb.user:${name}`,
      name,
      password,
      type: 'user',
      roles: [],
      ...(wish.body as object),
    },
  });

async function signUp(settings: Record<string, string> = {}): Promise<Signed> {
  const app = await openApp('sqlite', settings);
  const reply = await couch(app, { body: { email: 'ada@example.com' } });
  expect(reply.statusCode).toBe(201);
  return { app, token: reply.json().token };
}

const setTfa = (app: TestApp, tfa: unknown, wish: Wish = {}) =>
  app.ask('POST', user, { ...wish, body: { tfa } });

const codeNow = ({ app, secret }: Pick<Protected, 'app' | 'secret'>, offset = 0): string =>
  codeAt(secret, stepAt(app.clock.now()) + offset);

/** Turns the second factor on; a minute later its first code is long spent. */
async function protect({ app, token }: Signed, mode = 'auth-and-writes'): Promise<Protected> {
  const begun = await setTfa(app, { password, mode }, { token });
  const secret = secretOf(begun.json().tfa);
  const done = await setTfa(app, [codeNow({ app, secret })], { token });
  app.clock.advance(60_000);
  return { app, token, secret, recoveryCodes: done.json().tfa };
}

describe('npm profile enable-2fa', () => {
  test('asks the password, tells the URI, takes the first code, tells ten recovery codes', async () => {
    const { app, token } = await signUp();
    const begun = await setTfa(app, { password, mode: 'auth-only' }, { token });
    expect(begun.statusCode).toBe(200);
    expect(begun.json().tfa).toMatch(/^otpauth:\/\/totp\/Tallystick:ada\?secret=/);
    const secret = secretOf(begun.json().tfa);
    const waiting = await app.ask('GET', user, { token });
    expect(waiting.json().tfa).toEqual({ mode: 'auth-only', pending: true });
    const done = await setTfa(app, [codeNow({ app, secret })], { token });
    expect(done.statusCode).toBe(200);
    expect(done.json().tfa).toHaveLength(10);
    const profile = await app.ask('GET', user, { token });
    expect(profile.json().tfa).toEqual({ mode: 'auth-only', pending: false });
    expect(profile.body).not.toContain('secret');
  });

  test('with a wrong password changes nothing that waits', async () => {
    const { app, token } = await signUp();
    const begun = await setTfa(app, { password, mode: 'auth-only' }, { token });
    const wrong = await setTfa(app, { password: 'something else', mode: 'auth-and-writes' }, { token });
    expect(wrong.statusCode).toBe(401);
    expect(wrong.headers['www-authenticate']).toBe('Basic');
    const secret = secretOf(begun.json().tfa);
    expect((await setTfa(app, [codeNow({ app, secret })], { token })).statusCode).toBe(200);
  });

  test.each([[['000000x']], [['123456', '654321']], [[123456]], [[]]])(
    'answers the first code %j with the challenge and goes on waiting',
    async (tfa) => {
      const { app, token } = await signUp();
      const begun = await setTfa(app, { password, mode: 'auth-only' }, { token });
      const refused = await setTfa(app, tfa, { token });
      expect(refused.statusCode).toBe(401);
      expect(refused.headers['www-authenticate']).toBe('otp');
      expect(refused.json().error).toContain('one-time pass');
      const secret = secretOf(begun.json().tfa);
      expect((await setTfa(app, [codeNow({ app, secret })], { token })).statusCode).toBe(200);
    },
  );

  test('begun again after a failed run: npm first drops what waits, with the password alone', async () => {
    const { app, token } = await signUp();
    await setTfa(app, { password, mode: 'auth-only' }, { token });
    const dropped = await setTfa(app, { password, mode: 'disable' }, { token });
    expect(dropped.statusCode).toBe(200);
    expect(dropped.json().tfa).toBeNull();
  });

  test('works with name and password in the settings, the last request included', async () => {
    const { app } = await signUp();
    const basic = {
      headers: { authorization: `Basic ${Buffer.from(`ada:${password}`).toString('base64')}` },
    };
    const begun = await setTfa(app, { password, mode: 'auth-only' }, basic);
    expect(begun.statusCode).toBe(200);
    const secret = secretOf(begun.json().tfa);
    const done = await setTfa(app, [codeNow({ app, secret })], basic);
    expect(done.statusCode).toBe(200);
    expect(done.json().tfa).toHaveLength(10);
  });

  test.each([
    [{ password, mode: 'none' }],
    [{ password, mode: 'auth-only', extra: 1 }],
    [{ mode: 'auth-only' }],
    ['auth-only'],
  ])('answers %j with 400 and a sentence', async (tfa) => {
    const { app, token } = await signUp();
    const reply = await setTfa(app, tfa, { token });
    expect(reply.statusCode).toBe(400);
    expect(reply.json().error).toBe(reply.json().message);
    expect(reply.json().error).toMatch(/\.$/);
  });
});

describe('once it is on', () => {
  test('a changed mode is told to each npm in the shape that it takes, for a code each', async () => {
    const { app, token, secret } = await protect(await signUp());
    const wish = (userAgent: string): Wish => ({
      token,
      otp: codeNow({ app, secret }),
      headers: { 'user-agent': userAgent },
    });
    const modern = await setTfa(app, { password, mode: 'auth-only' }, wish(npm11));
    expect(modern.json().tfa).toEqual({ mode: 'auth-only' });
    app.clock.advance(30_000);
    const old = await setTfa(app, { password, mode: 'auth-and-writes' }, wish(npm10));
    expect(old.json()).toHaveProperty('tfa', null);
    expect((await app.ask('GET', user, { token })).json().tfa).toEqual({
      mode: 'auth-and-writes',
      pending: false,
    });
  });

  test('nothing changes without a code: mode, end, password, profile', async () => {
    const { app, token } = await protect(await signUp());
    const bodies = [
      { tfa: { password, mode: 'auth-only' } },
      { tfa: { password, mode: 'disable' } },
      { password: { old: password, new: 'another horse battery staple' } },
      { fullname: 'Ada' },
    ];
    for (const body of bodies) {
      const reply = await app.ask('POST', user, { token, body });
      expect([reply.statusCode, reply.headers['www-authenticate']]).toEqual([401, 'otp']);
    }
    expect((await app.ask('GET', user, { token })).json()).toMatchObject({
      tfa: { mode: 'auth-and-writes', pending: false },
      fullname: null,
    });
  });

  test('a wrong password never spends the code', async () => {
    const { app, token, secret } = await protect(await signUp());
    const otp = codeNow({ app, secret });
    const wrong = await setTfa(app, { password: 'something else', mode: 'disable' }, { token, otp });
    expect(wrong.headers['www-authenticate']).toBe('Basic');
    expect((await setTfa(app, { password, mode: 'disable' }, { token, otp })).statusCode).toBe(200);
  });

  test('it ends with a code of the app, and with a recovery code, which is dead after that', async () => {
    const { app, token, secret } = await protect(await signUp());
    const ended = await setTfa(app, { password, mode: 'disable' }, { token, otp: codeNow({ app, secret }) });
    expect(ended.statusCode).toBe(200);
    expect(ended.json().tfa).toBeNull();
    const again = await protect({ app, token });
    const otp = again.recoveryCodes[3] ?? '';
    expect((await setTfa(app, { password, mode: 'disable' }, { token, otp })).json().tfa).toBeNull();
    await protect({ app, token });
    expect((await couch(app, { otp })).statusCode).toBe(401);
  });

  test('a sign-in asks the password first, then the code, and takes each code once', async () => {
    const { app, secret } = await protect(await signUp());
    const otp = codeNow({ app, secret });
    const wrong = await couch(app, { otp, body: { password: 'something else' } });
    expect(wrong.headers['www-authenticate']).toBe('Basic');
    expect((await couch(app)).headers['www-authenticate']).toBe('otp');
    expect((await couch(app, { otp })).statusCode).toBe(201);
    const replay = await couch(app, { otp });
    expect([replay.statusCode, replay.headers['www-authenticate']]).toEqual([401, 'otp']);
  });

  test('50 sign-ins at once with one code are one sign-in', async () => {
    const { app, secret } = await protect(await signUp({ TALLYSTICK_PASSWORD_LIMIT: 'off' }));
    const otp = codeNow({ app, secret });
    const replies = await Promise.all(Array.from({ length: 50 }, () => couch(app, { otp })));
    expect(replies.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
    expect(replies.filter(({ statusCode }) => statusCode === 401)).toHaveLength(49);
  });

  test('a code is not looked at, spent or counted where none is asked', async () => {
    const { app, token, secret } = await protect(await signUp());
    const otp = codeNow({ app, secret });
    for (let tries = 0; tries < 10; tries += 1) {
      expect((await app.ask('GET', '/-/whoami', { token, otp: `00000${tries}` })).statusCode).toBe(200);
    }
    expect((await app.ask('GET', user, { token, otp })).statusCode).toBe(200);
    expect((await couch(app, { otp })).statusCode).toBe(201);
  });
});

describe('guessing', () => {
  const guess = (app: TestApp, index: number, wish: Wish = {}) =>
    couch(app, { otp: `99999900${index}`, ...wish });

  test('is answered 429 with Retry-After after five wrong codes, over two processes, while installs go on', async () => {
    const { app, token, secret } = await protect(await signUp());
    const other = await app.another();
    for (let index = 0; index < 5; index += 1) {
      expect((await guess(index % 2 ? app : other, index)).headers['www-authenticate']).toBe('otp');
    }
    for (const process of [app, other]) {
      const refused = await couch(process, { otp: codeNow({ app, secret }) });
      expect(refused.statusCode).toBe(429);
      expect(refused.headers['retry-after']).toBe('600');
      expect(refused.json().error).toBe(refused.json().message);
    }
    expect((await app.ask('GET', '/-/whoami', { token })).json()).toEqual({ username: 'ada' });
    expect((await couch(app)).headers['www-authenticate']).toBe('otp');
  });

  test('by somebody with the password leaves the owner the recovery codes, from another network', async () => {
    const { app, recoveryCodes } = await protect(await signUp());
    for (let index = 0; index < 6; index += 1) await guess(app, index, { address: '203.0.113.9' });
    const owner = await couch(app, { otp: recoveryCodes[0] ?? '', address: '198.51.100.7' });
    expect(owner.statusCode).toBe(201);
  });
});

test('the setting totpTolerance=0 takes the current code alone', async () => {
  const { app, token, secret } = await protect(await signUp({ TALLYSTICK_TOTP_TOLERANCE: '0' }));
  expect((await couch(app, { otp: codeNow({ app, secret }, -1) })).statusCode).toBe(401);
  expect((await couch(app, { otp: codeNow({ app, secret }, 1) })).statusCode).toBe(401);
  expect(
    (await setTfa(app, { password, mode: 'disable' }, { token, otp: codeNow({ app, secret }) })).statusCode,
  ).toBe(200);
});
