import { describe, expect, test } from 'vitest';
import { goodPassword } from '../accounts/acting.ts';
import { enableFactor, signUp } from '../accounts/wire.ts';
import { openApp } from '../support/app.ts';
import { make, path, publish } from './limited.ts';

describe('a token that bypasses two-factor authentication', () => {
  const open = async (mode?: 'auth-only' | 'auth-and-writes') => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const factor = mode === undefined ? undefined : await enableFactor(app, token, mode);
    const otp = factor?.code();
    const wish = otp === undefined ? { token } : { token, otp };
    const bypass = await make(app, wish, { packages: ['a', '@hannah/b'], bypass_2fa: true });
    app.clock.advance(60_000);
    return { app, token, bypass, otp: () => factor?.code() ?? '' };
  };

  test('publishes, tags, deprecates and unpublishes inside its limits without a code', async () => {
    const { app, bypass } = await open('auth-and-writes');
    const wish = { token: bypass.token };
    expect((await publish(app, 'a', wish)).statusCode).toBe(201);
    expect((await publish(app, 'a', wish, { version: '2.0.0' })).statusCode).toBe(201);
    const tagged = await app.ask('PUT', '/-/package/a/dist-tags/latest', { ...wish, body: '1.0.0' });
    expect(tagged.statusCode).toBe(200);
    const whole = (await app.ask('GET', '/a?write=true', wish)).json();
    whole.versions['1.0.0'].deprecated = 'old';
    expect((await app.ask('PUT', '/a', { ...wish, body: whole })).statusCode).toBeLessThan(300);
    const { _rev } = (await app.ask('GET', '/a?write=true', wish)).json();
    expect((await app.ask('DELETE', `/a/-rev/${_rev}`, wish)).statusCode).toBeLessThan(300);
    expect((await app.ask('GET', '/a', wish)).statusCode).toBe(404);
    const told = await app.app.store.read((tx) =>
      tx.sql.selectFrom('bypass_publishes').select(['version', 'mailed_at']).orderBy('version').execute(),
    );
    expect(told).toEqual([
      { version: '1.0.0', mailed_at: app.clock.now() },
      { version: '2.0.0', mailed_at: null },
    ]);
  });

  test.each([
    ['making tokens', 'POST', path, { password: goodPassword }],
    ['listing tokens', 'GET', path, undefined],
    ['the profile', 'POST', '/-/npm/v1/user', { fullname: 'Eve' }],
    [
      'the password',
      'POST',
      '/-/npm/v1/user',
      { password: { old: goodPassword, new: 'six boats on a lake' } },
    ],
    ['the second factor', 'POST', '/-/npm/v1/user', { tfa: { password: goodPassword, mode: 'disable' } }],
    ['visibility', 'POST', '/-/package/a/access', { access: 'public' }],
  ] as const)('is refused %s with the reason and no challenge', async (_what, method, where, body) => {
    const { app, bypass, otp } = await open('auth-and-writes');
    await publish(app, 'a', { token: bypass.token });
    for (const wish of [{}, { otp: otp() }]) {
      const reply = await app.ask(method, where, { token: bypass.token, body, ...wish });
      expect(reply.statusCode, reply.body).toBe(403);
      expect(reply.headers['www-authenticate']).toBeUndefined();
      expect(reply.json().error).toContain('bypasses two-factor authentication');
    }
  });

  test('may be revoked by whoever holds it, and by its owner with a code', async () => {
    const { app, token, bypass } = await open('auth-only');
    const byKey = await app.ask('DELETE', `${path}/token/${bypass.key}`, { token });
    expect(byKey.headers['www-authenticate']).toBe('otp');
    const held = await app.ask('DELETE', `${path}/token/${bypass.token}`, { token: bypass.token });
    expect(held.statusCode).toBe(204);
    expect((await app.ask('GET', '/-/whoami', { token: bypass.token })).statusCode).toBe(401);
  });

  test.each([true, false])(
    'is let through by a package that wants a factor exactly where it may: %s',
    async (allowed) => {
      const { app, token, bypass, otp } = await open('auth-and-writes');
      await publish(app, 'a', { token, otp: otp() });
      await app.app.store.write((tx) =>
        tx.sql
          .updateTable('packages')
          .set({ requires_second_factor: 1, bypass_allowed: allowed ? 1 : 0 })
          .execute(),
      );
      const reply = await publish(app, 'a', bypass, { version: '2.0.0' });
      expect(reply.statusCode).toBe(allowed ? 201 : 403);
      if (!allowed) expect(reply.json().error).toContain('does not take tokens that bypass');
    },
  );
});
