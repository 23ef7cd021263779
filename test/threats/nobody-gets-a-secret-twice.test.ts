import { expect, test } from 'vitest';
import { basic } from '../accounts/wire.ts';
import { createToken, goodPassword, login, minute, openWorld, protect, signUp, user } from './people.ts';

test('once on, the second factor tells its secret to nobody, and no new set-up takes its place', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const me = await protect(world);
  const enable = (mode: string, otp?: string) =>
    ask('POST', user, {
      token: me.token,
      ...(otp === undefined ? {} : { otp }),
      body: { tfa: { password: goodPassword, mode } },
    });
  expect((await enable('auth-only')).headers['www-authenticate']).toBe('otp');
  const changed = await enable('auth-only', me.code());
  expect(changed.statusCode).toBe(200);
  expect(changed.body).not.toContain('otpauth');
  clock.advance(minute);
  const back = await enable('auth-and-writes', me.code());
  expect(back.body).not.toContain(me.secret);
  expect((await ask('GET', user, { token: me.token })).json().tfa).toEqual({
    mode: 'auth-and-writes',
    pending: false,
  });
  clock.advance(minute);
  expect((await login(world, 'hannah', { otp: me.code() })).statusCode).toBe(201);
});

test('a set-up is finished only by who began it, within ten minutes, and protects nothing before', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const me = await signUp(world);
  const { codeAt, stepAt } = await import('../../src/factors/totp.ts');
  const { decodeBase32 } = await import('../../src/kernel/base32.ts');
  const begin = async (): Promise<() => string> => {
    const body = { tfa: { password: goodPassword, mode: 'auth-only' } };
    const begun = await ask('POST', user, { token: me.token, body });
    const secret = new URL(begun.json().tfa).searchParams.get('secret') ?? '';
    return () => codeAt(decodeBase32(secret) ?? Buffer.alloc(0), stepAt(clock.now()));
  };
  const finish = (code: string, wish: object = { token: me.token }) =>
    ask('POST', user, { ...wish, body: { tfa: [code] } });
  const first = await begin();
  const second = await begin();
  const other = await login(world, 'hannah');
  expect(other.statusCode, 'a set-up that waits asks nobody').toBe(201);
  expect((await finish(first())).statusCode).toBe(401);
  expect((await finish(second(), { token: other.json().token })).statusCode).toBe(400);
  expect((await finish(second(), { headers: basic('hannah', goodPassword) })).statusCode).toBe(400);
  clock.advance(10 * minute);
  expect((await finish(second())).statusCode).toBe(400);
  clock.advance(-10 * minute);
  expect((await finish((await begin())())).statusCode).toBe(200);
});

test('recovery codes open once each, are of one account, and end with the second factor', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const me = await protect(world);
  const eve = await protect(world, 'eve');
  const [first = '', second = '', third = ''] = me.recoveryCodes;
  expect(new Set(me.recoveryCodes).size).toBe(10);
  for (const code of me.recoveryCodes) expect(code).toMatch(/^\d{4} \d{4} \d{4} \d{4}$/);
  expect((await login(world, 'hannah', { otp: first.replaceAll(' ', '-') })).statusCode).toBe(201);
  for (const again of [first, first.replaceAll(' ', '')])
    expect((await login(world, 'hannah', { otp: again })).headers['www-authenticate']).toBe('otp');
  expect((await login(world, 'eve', { otp: second })).headers['www-authenticate']).toBe('otp');
  clock.advance(minute);
  const off = await ask('POST', user, {
    token: me.token,
    otp: second,
    body: { tfa: { password: goodPassword, mode: 'disable' } },
  });
  expect(off.statusCode, off.body).toBe(200);
  const body = { tfa: { password: goodPassword, mode: 'auth-only' } };
  const begun = await ask('POST', user, { token: me.token, body });
  expect(begun.json().tfa).not.toContain(me.secret);
  const { codeAt, stepAt } = await import('../../src/factors/totp.ts');
  const { decodeBase32 } = await import('../../src/kernel/base32.ts');
  const secret = decodeBase32(new URL(begun.json().tfa).searchParams.get('secret') ?? '') ?? Buffer.alloc(0);
  const code = codeAt(secret, stepAt(clock.now()));
  expect((await ask('POST', user, { token: me.token, body: { tfa: [code] } })).statusCode).toBe(200);
  clock.advance(minute);
  for (const old of [third, me.code()])
    expect((await login(world, 'hannah', { otp: old })).headers['www-authenticate']).toBe('otp');
  expect(eve.name).toBe('eve');
});

test('a recovery code makes no token that is never asked again', async () => {
  const world = await openWorld();
  const me = await protect(world);
  const [first = ''] = me.recoveryCodes;
  const body = {
    password: goodPassword,
    name: 'robot',
    packages_all: true,
    packages_and_scopes_permission: 'read-write',
    bypass_2fa: true,
  };
  const refused = await world.ask('POST', '/-/npm/v1/tokens', { token: me.token, otp: first, body });
  expect(refused.statusCode, refused.body).not.toBe(201);
  await createToken(world, me, body, me.code());
});
