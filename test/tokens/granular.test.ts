import { describe, expect, test } from 'vitest';
import { goodPassword } from '../accounts/acting.ts';
import { basic, enableFactor, signUp } from '../accounts/wire.ts';
import { pathOf } from '../packages/publisher.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { create, make, path, publish, writing } from './limited.ts';

const read = async ({ ask }: TestApp, name: string, token: string) =>
  (await ask('GET', pathOf(name), { token })).statusCode;

eachDialect('granular tokens', (dialect) => {
  test('a token is limited to packages and scopes, and says so in both spellings', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    const reply = await create(
      app,
      { token },
      {
        name: 'ci',
        packages: ['@hannah/a', 'plain'],
        scopes: ['acme'],
        orgs: ['acme'],
        packages_and_scopes_permission: 'read-write',
        orgs_permission: 'read-only',
      },
    );
    expect(reply.json()).toMatchObject({
      name: 'ci',
      readonly: false,
      bypass_2fa: false,
      packages_all: false,
      packages_and_scopes_permission: 'read-write',
      orgs_permission: 'read-only',
      permissions: [
        { name: 'package', action: 'write' },
        { name: 'org', action: 'read' },
      ],
      scopes: [
        { type: 'package', name: '@hannah/a' },
        { type: 'package', name: 'plain' },
        { type: 'scope', name: '@acme' },
        { type: 'org', name: 'acme' },
      ],
    });
    const listed = (await app.ask('GET', path, { token })).json().objects;
    const { token: _, ...told } = reply.json();
    expect(listed.find(({ key }: { key: string }) => key === told.key)).toMatchObject(told);
  });

  test('it publishes what it covers and nothing else, and never more than its owner may', async () => {
    const app = await openApp(dialect);
    const owner = await signUp(app);
    const other = await signUp(app, 'someone');
    const limited = await make(app, { token: owner }, { packages: ['@hannah/a'], ...writing });
    const scoped = await make(app, { token: owner }, { scopes: ['@hannah', '@someone'], ...writing });
    const everything = await make(app, { token: owner }, { packages_all: true, ...writing });
    const listed = await make(app, { token: owner }, { packages: ['*'], ...writing });
    expect((await publish(app, '@hannah/a', limited)).statusCode).toBe(201);
    const refused = await publish(app, '@hannah/b', limited);
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toContain('limited to other packages');
    expect((await publish(app, '@hannah/b', scoped)).statusCode).toBe(201);
    expect((await publish(app, 'plain', scoped)).statusCode).toBe(403);
    expect((await publish(app, '@hannah/c', everything)).statusCode).toBe(201);
    expect((await publish(app, '@hannah/d', listed)).statusCode).toBe(201);
    expect((await publish(app, '@someone/x', { token: other })).statusCode).toBe(201);
    for (const wide of [scoped, everything, listed])
      expect((await publish(app, '@someone/x', wide, { version: '2.0.0' })).statusCode).toBe(403);
  });

  test('it reads what it covers and what strangers may, and knows of nothing else', async () => {
    const app = await openApp(dialect);
    const owner = await signUp(app);
    for (const name of ['@hannah/a', '@hannah/b']) await publish(app, name, { token: owner });
    await publish(app, 'open', { token: owner }, { access: 'public' });
    const reader = (await make(app, { token: owner }, { packages: ['@hannah/a'] })).token;
    expect(await read(app, '@hannah/a', reader)).toBe(200);
    expect(await read(app, '@hannah/b', reader)).toBe(404);
    expect(await read(app, 'open', reader)).toBe(200);
    expect((await publish(app, '@hannah/a', { token: reader }, { version: '2.0.0' })).statusCode).toBe(403);
    const none = { packages: ['@hannah/a'], packages_and_scopes_permission: 'no-access' };
    const blind = (await make(app, { token: owner }, none)).token;
    expect(await read(app, '@hannah/a', blind)).toBe(404);
    const tarball = await app.ask('GET', '/@hannah%2fb/-/b-1.0.0.tgz', { token: reader });
    expect(tarball.statusCode).toBe(404);
  });

  test('with anonymous reading off limits hold for public packages as well', async () => {
    const app = await openApp(dialect, { TALLYSTICK_ANONYMOUS_READ: 'false' });
    const owner = await signUp(app);
    await publish(app, 'open', { token: owner }, { access: 'public' });
    const reader = (await make(app, { token: owner }, { scopes: ['@hannah'] })).token;
    expect(await read(app, 'open', reader)).toBe(404);
    expect(await read(app, 'open', owner)).toBe(200);
  });

  test('one that may stage publishes nothing by itself', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    const stager = await make(
      app,
      { token },
      {
        packages_all: true,
        packages_and_scopes_permission: 'read-write-stage-only',
      },
    );
    expect((await publish(app, 'a', stager)).statusCode).toBe(403);
    expect((await publish(app, 'a', { token })).statusCode).toBe(201);
    expect(await read(app, 'a', stager.token)).toBe(200);
  });

  test('a granular token is asked the code of its owner; one that bypasses is not', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    const { code } = await enableFactor(app, token);
    const granular = await make(app, { token, otp: code() }, { packages: ['a'], ...writing });
    app.clock.advance(60_000);
    const bypass = await make(app, { token, otp: code() }, { packages: ['a'], bypass_2fa: true });
    app.clock.advance(60_000);
    expect((await publish(app, 'a', granular)).headers['www-authenticate']).toBe('otp');
    expect((await publish(app, 'a', { ...granular, otp: code() })).statusCode).toBe(201);
    expect((await publish(app, 'a', bypass, { version: '2.0.0' })).statusCode).toBe(201);
    const outside = await publish(app, 'b', bypass);
    expect(outside.statusCode).toBe(403);
    expect(outside.headers['www-authenticate']).toBeUndefined();
  });

  test('a token that bypasses is not made with a recovery code, which stays good', async () => {
    const app = await openApp(dialect);
    const token = await signUp(app);
    const { recoveryCodes } = await enableFactor(app, token);
    const [otp = ''] = recoveryCodes;
    const refused = await create(app, { token, otp }, { packages_all: true, bypass_2fa: true });
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toContain('authenticator app');
    expect((await app.ask('GET', path, { token })).json().total).toBe(1);
    await make(app, { token, otp }, { packages_all: true, ...writing });
  });

  test('revoked while fifty requests use it, it does nothing more once the answer is there', async () => {
    const app = await openApp(dialect);
    const second = await app.another();
    const token = await signUp(app);
    const limited = await make(app, { token }, { packages_all: true, bypass_2fa: true });
    await publish(app, 'a', limited);
    const tag = (at: TestApp, index: number) =>
      at.ask('PUT', `/-/package/a/dist-tags/t${index}`, { token: limited.token, body: '1.0.0' });
    const early = Array.from({ length: 50 }, (_, index) => tag(index % 2 === 0 ? app : second, index));
    const revoked = await app.ask('DELETE', `${path}/token/${limited.key}`, { token });
    expect(revoked.statusCode).toBe(204);
    const after = await Promise.all(
      Array.from({ length: 10 }, (_, index) => tag(index % 2 === 0 ? app : second, 100 + index)),
    );
    expect(after.map(({ statusCode }) => statusCode)).toEqual(after.map(() => 401));
    for (const { statusCode } of await Promise.all(early)) expect([200, 401]).toContain(statusCode);
    const tags = (await app.ask('GET', '/-/package/a/dist-tags', { token })).json();
    expect(Object.keys(tags).filter((name) => /^t1\d\d$/.test(name))).toEqual([]);
  });
});

describe('limits that make no sense', () => {
  const writes = 'read-write';
  test.each([
    ['all and some packages', { packages_all: true, packages: ['a'] }, '"packages" or "packages_all"'],
    ['* and a name', { packages: ['*', 'a'] }, '"packages" or "packages_all"'],
    ['all packages and a scope', { packages_all: true, scopes: ['@a'] }, '"scopes" or "packages_all"'],
    [
      'a permission alone',
      { packages_and_scopes_permission: writes },
      '"packages_and_scopes_permission" goes with',
    ],
    [
      'a permission for organisations alone',
      { orgs_permission: 'read-only' },
      '"orgs_permission" (--orgs-permission)',
    ],
    ['no access to nothing', { packages_and_scopes_permission: 'no-access' }, 'opens nothing'],
    [
      'an unknown permission',
      { packages: ['a'], packages_and_scopes_permission: 'write' },
      'packages_and_scopes_permission',
    ],
    ['staging organisations', { orgs: ['a'], orgs_permission: 'read-write-stage-only' }, 'orgs_permission'],
    ['a bypass for organisations', { orgs: ['a'], bypass_2fa: true }, '"bypass_2fa" (--bypass-2fa)'],
    [
      'a bypass to read',
      { packages: ['a'], bypass_2fa: true, packages_and_scopes_permission: 'read-only' },
      'contradict',
    ],
    [
      'a bypass to read, in the old word',
      { packages: ['a'], bypass_2fa: true, readonly: true },
      'contradict',
    ],
    [
      'writing read-only',
      { packages: ['a'], readonly: true, packages_and_scopes_permission: writes },
      'contradict',
    ],
    ['packages that are no list', { packages: 'a' }, 'packages'],
    ['a pattern', { packages: ['@acme/*'] }, 'for all of a scope name the scope'],
    ['a path', { packages: ['../a'] }, 'is not the name of one package'],
    ['an empty name', { packages: [' , '] }, 'opens nothing'],
    ['a package for a scope', { scopes: ['@a/b'] }, 'is not the name of a scope'],
    ['a text for an organisation', { orgs: ['A b'] }, 'is not the name of an organization'],
    ['too many', { packages: Array.from({ length: 51 }, (_, index) => `p${index}`) }, 'at most 50'],
    ['too many organisations', { orgs: Array.from({ length: 51 }, (_, index) => `o${index}`) }, 'at most 50'],
  ])(
    '(%s) are 400 with a sentence that names the field, and make no token',
    async (_what, fields, sentence) => {
      const app = await openApp('sqlite');
      const token = await signUp(app);
      const reply = await create(app, { token }, fields);
      expect(reply.statusCode, reply.body).toBe(400);
      expect(reply.json().error).toContain(sentence);
      expect(reply.json().message).toBe(reply.json().error);
      expect((await app.ask('GET', path, { token })).json().total).toBe(1);
    },
  );

  test('read only where they do not say what may be done, and need a login to be asked for', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const reply = await create(app, { token }, { packages: ['a', 'a,a'] });
    expect(reply.json()).toMatchObject({
      readonly: true,
      packages_and_scopes_permission: 'read-only',
      scopes: [{ type: 'package', name: 'a' }],
    });
    const wide = await make(app, { token }, { packages_all: true, ...writing });
    expect((await create(app, { token: wide.token }, { packages_all: true })).statusCode).toBe(403);
    const headers = basic('hannah', goodPassword);
    expect((await create(app, { headers }, { packages_all: true, bypass_2fa: true })).statusCode).toBe(201);
  });
});
