import { describe, expect, test } from 'vitest';
import { goodPassword } from '../accounts/acting.ts';
import { basic, enableFactor, signUp } from '../accounts/wire.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';

const path = '/-/npm/v1/tokens';
const old = { password: goodPassword, readonly: false, cidr_whitelist: [] };

const create = ({ ask }: TestApp, wish: Wish) => ask('POST', path, { body: old, ...wish });
const revoke = ({ ask }: TestApp, which: string, wish: Wish) => ask('DELETE', `${path}/token/${which}`, wish);
const whoami = async ({ ask }: TestApp, token: string, wish: Wish = {}) =>
  (await ask('GET', '/-/whoami', { token, ...wish })).statusCode;

eachDialect('access tokens', (dialect) => {
  test('the body of old clients makes a publish token, told once', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    const reply = await create(app, { token });
    expect(reply.statusCode, reply.body).toBe(201);
    expect(reply.headers['cache-control']).toBe('no-store');
    const made = reply.json();
    expect(made).toEqual({
      key: expect.stringMatching(/^[0-9a-f]{32}$/),
      token: expect.stringMatching(/^npm_[0-9A-Za-z]{36}$/),
      name: null,
      description: null,
      token_description: null,
      readonly: false,
      cidr_whitelist: null,
      cidr: null,
      created: '2026-01-15T12:00:00.000Z',
      updated: '2026-01-15T12:00:00.000Z',
      accessed: null,
      expires: '2026-04-15T12:00:00.000Z',
      expiry: '2026-04-15T12:00:00.000Z',
      revoked: null,
      bypass_2fa: false,
    });
    expect(await whoami(app, made.token)).toBe(200);
    const list = (await app.ask('GET', path, { token })).json();
    expect(list.objects.map((listed: { token: string }) => listed.token)).toContain(made.token.slice(0, 8));
    expect(JSON.stringify(list)).not.toContain(made.token);
  });

  test('the body of new clients names, describes and limits it', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    const body = {
      name: 'ci',
      description: 'for the build',
      password: goodPassword,
      expires: 30,
      cidr_whitelist: ['10.1.2.3/16', '192.0.2.1'],
    };
    const made = (await create(app, { token, body })).json();
    expect(made).toMatchObject({
      name: 'ci',
      description: 'for the build',
      expires: '2026-02-14T12:00:00.000Z',
      cidr_whitelist: ['10.1.0.0/16', '192.0.2.1/32'],
    });
    const bare = await create(app, { token, body: { name: null, password: goodPassword } });
    expect(bare.json()).toMatchObject({ name: null, readonly: false });
    const spelled = { password: goodPassword, cidr: ['10.0.0.0/8'], token_description: 'other names' };
    expect((await create(app, { token, body: spelled })).json()).toMatchObject({
      description: 'other names',
      cidr: ['10.0.0.0/8'],
    });
  });

  test('the password comes before the code, and a code makes one token', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    const { code } = await enableFactor(app, token, 'auth-only');
    const otp = code();
    const wrong = await create(app, { token, otp, body: { ...old, password: 'not this one' } });
    expect(wrong.statusCode).toBe(401);
    expect(wrong.headers['www-authenticate']).toBe('Basic');
    const challenged = await create(app, { token });
    expect(challenged.headers['www-authenticate']).toBe('otp');
    const invalid = await create(app, { token, otp, body: { ...old, cidr_whitelist: ['nowhere'] } });
    expect(invalid.statusCode).toBe(400);
    expect((await create(app, { token, otp })).statusCode).toBe(201);
    expect((await create(app, { token, otp })).headers['www-authenticate']).toBe('otp');
  });

  test('fifty parallel creations with one code make one token', async () => {
    const app = await openApp(dialect);
    const second = await app.another();
    const token = await signUp(app);
    const { code } = await enableFactor(app, token);
    const otp = code();
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) => create(index % 2 === 0 ? app : second, { token, otp })),
    );
    expect(replies.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
    const list = (await app.ask('GET', path, { token })).json();
    expect(list.total).toBe(2);
  });

  test('the list comes in pages that npm follows, with the login among them and no code asked', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    for (let index = 0; index < 11; index += 1) {
      app.clock.advance(1000);
      await create(app, { token, body: { ...old, readonly: index % 2 === 0 } });
    }
    await enableFactor(app, token);
    const first = (await app.ask('GET', path, { token })).json();
    expect(first.total).toBe(12);
    expect(first.objects).toHaveLength(10);
    expect(first.urls).toEqual({ next: `${path}?page=1&perPage=10` });
    expect(first.objects[0]).toMatchObject({ readonly: true, cidr_whitelist: null });
    const second = (await app.ask('GET', first.urls.next, { token })).json();
    expect(second.objects).toHaveLength(2);
    expect(second.urls).toEqual({});
    expect(second.objects[1]).toMatchObject({ name: 'login from 127.0.0.1', readonly: false });
    const all = (await app.ask('GET', `${path}?perPage=5000`, { token })).json();
    expect(all.objects).toHaveLength(12);
  });

  test('revoking by key asks for a code, one for all tokens of the command; by the token itself asks none', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    const made = [];
    for (let index = 0; index < 4; index += 1) made.push((await create(app, { token })).json());
    const { code } = await enableFactor(app, token);
    const [one, two, three, four] = made;
    const challenged = await revoke(app, one.key, { token });
    expect(challenged.headers['www-authenticate']).toBe('otp');
    const otp = code();
    const replies = await Promise.all([
      revoke(app, one.key, { token, otp }),
      revoke(app, two.key, { token, otp }),
    ]);
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([204, 204]);
    expect((await revoke(app, three.token, { token })).statusCode).toBe(204);
    expect((await revoke(app, three.token, {})).statusCode).toBe(204);
    expect((await revoke(app, four.token, { token: four.token })).statusCode).toBe(204);
    for (const dead of made) expect(await whoami(app, dead.token)).toBe(401);
    expect(await whoami(app, token)).toBe(200);
  });

  test('a token that is limited to addresses is EAUTHIP elsewhere, before anything else is said', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    const body = { ...old, cidr_whitelist: ['192.0.2.0/24', '2001:db8::/32'] };
    const limited = (await create(app, { token, body })).json().token;
    expect(await whoami(app, limited, { address: '192.0.2.77' })).toBe(200);
    expect(await whoami(app, limited, { address: '::ffff:192.0.2.77' })).toBe(200);
    expect(await whoami(app, limited, { address: '2001:db8::5' })).toBe(200);
    for (const address of ['198.51.100.1', '127.0.0.1', '2001:db9::1']) {
      const reply = await app.ask('GET', '/-/whoami', { token: limited, address });
      expect(reply.statusCode).toBe(401);
      expect(reply.headers['www-authenticate']).toBe('ipaddress');
    }
    await enableFactor(app, token);
    const create2 = await create(app, { token: limited, address: '198.51.100.1' });
    expect(create2.headers['www-authenticate']).toBe('ipaddress');
    const held = await revoke(app, limited, { token: limited, address: '198.51.100.1' });
    expect(held.statusCode).toBe(204);
  });
});

describe('a wish for a token', () => {
  test.each([
    ['no body', undefined, 'The request body is wrong'],
    ['no password', { readonly: false }, 'at "password"'],
    ['an unknown field', { ...old, power: 'all' }, 'power'],
    ['a bypass alone', { ...old, bypass_2fa: true }, '--packages-all or --scopes'],
    ['readonly as text', { ...old, readonly: 'yes' }, 'at "readonly"'],
    ['ranges that are no list', { ...old, cidr_whitelist: '10.0.0.0/8' }, 'at "cidr_whitelist"'],
    ['every address', { ...old, cidr_whitelist: ['0.0.0.0/0'] }, 'never /0'],
    ['ranges under two names', { ...old, cidr_whitelist: ['10.0.0.1'], cidr: ['10.0.0.1'] }, 'two names'],
    ['days that are no number', { ...old, expires: '30' }, 'at "expires"'],
    ['no days', { ...old, expires: 0 }, 'a whole number of days'],
    ['half a day', { ...old, expires: 0.5 }, 'at "expires"'],
    ['a day too many', { ...old, expires: 366 }, 'at most 365 days'],
    ['a name of two lines', { ...old, name: 'a\nb' }, 'The name of a token'],
  ])('with %s is 400 with a sentence, and makes none', async (_what, body, sentence) => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const reply = await create(app, { token, body });
    expect(reply.statusCode, reply.body).toBe(400);
    expect(reply.json().error).toContain(sentence);
    expect((await app.ask('GET', path, { token })).json().total).toBe(1);
  });

  test('that only says "nothing" to the fields of the future makes a publish token', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const body = {
      ...old,
      name: null,
      packages: [],
      packages_all: false,
      scopes: null,
      orgs: [],
      bypass_2fa: false,
      expires: null,
      description: null,
    };
    expect((await create(app, { token, body })).statusCode).toBe(201);
  });

  test('comes by login or Basic authorization, never by a token of another kind or a stranger', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const publish = (await create(app, { token })).json().token;
    const readonly = (await create(app, { token, body: { ...old, readonly: true } })).json().token;
    expect((await create(app, { token: publish })).statusCode).toBe(403);
    expect((await create(app, { token: readonly })).statusCode).toBe(403);
    expect((await create(app, {})).statusCode).toBe(401);
    const headers = basic('hannah', goodPassword);
    expect((await create(app, { headers })).statusCode).toBe(201);
    const different = await create(app, { headers, body: { ...old, password: 'not this one' } });
    expect(different.statusCode).toBe(401);
    expect(different.headers['www-authenticate']).toBe('Basic');
    const { code } = await enableFactor(app, token);
    expect((await create(app, { headers })).headers['www-authenticate']).toBe('otp');
    expect((await create(app, { headers, otp: code() })).statusCode).toBe(201);
  });

  test.each([
    [{ ...old }, 'login'],
    [{ ...old, readonly: true }, 'readonly'],
    [{ ...old, cidr_whitelist: ['127.0.0.1'] }, 'publish'],
  ])('of npm profile enable-2fa by Basic authorization, %j, makes a %s token', async (body, kind) => {
    const app = await openApp('sqlite');
    await signUp(app);
    const headers = { ...basic('hannah', goodPassword), 'npm-command': 'profile' };
    const made = (await create(app, { headers, body })).json();
    expect(made.readonly).toBe(kind === 'readonly');
    const listed = await app.ask('GET', path, { token: made.token });
    expect(listed.statusCode).toBe(kind === 'login' ? 200 : 403);
  });

  test('replaces the token of the same name a day later', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const named = { ...old, name: 'ci' };
    const first = (await create(app, { token, body: named })).json().token;
    expect(await whoami(app, first)).toBe(200);
    const second = (await create(app, { token, body: named })).json().token;
    app.clock.advance(24 * 3600_000 - 1);
    expect((await app.ask('GET', '/-/whoami', { token: first })).headers['npm-notice']).toContain(
      'use the newer one of the same name, which replaces it.',
    );
    app.clock.advance(1);
    expect(await whoami(app, first)).toBe(401);
    expect(await whoami(app, second)).toBe(200);
  });
});
