import { describe, expect, test } from 'vitest';
import { mintToken } from '../../src/kernel/secrets.ts';
import { goodPassword } from '../accounts/acting.ts';
import { signUp } from '../accounts/wire.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { createRandom } from '../support/ports.ts';

const path = '/-/npm/v1/tokens';
const old = { password: goodPassword, readonly: false, cidr_whitelist: [] };

const create = ({ ask }: TestApp, wish: Wish) => ask('POST', path, { body: old, ...wish });
const revoke = ({ ask }: TestApp, which: string, wish: Wish) => ask('DELETE', `${path}/token/${which}`, wish);
const whoami = async ({ ask }: TestApp, token: string, wish: Wish = {}) =>
  (await ask('GET', '/-/whoami', { token, ...wish })).statusCode;

describe('the list and the revocation', () => {
  test.each(['page=-1', 'page=x', 'perPage=0', 'perPage=ten', 'page=1.5'])(
    'refuse ?%s with a sentence',
    async (query) => {
      const app = await openApp('sqlite');
      const token = await signUp(app);
      const reply = await app.ask('GET', `${path}?${query}`, { token });
      expect(reply.statusCode).toBe(400);
      expect(reply.json().error).toMatch(/^The parameter "(page|perPage)" is a whole number/);
    },
  );

  test('know nothing of other people’s tokens, unknown keys and unknown tokens', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const other = await signUp(app, 'someone');
    const theirs = (await create(app, { token: other })).json();
    for (const which of [theirs.key, '0'.repeat(32), 'x', mintToken(createRandom('unknown'))]) {
      expect((await revoke(app, which, { token })).statusCode, which).toBe(404);
    }
    expect(await whoami(app, theirs.token)).toBe(200);
    expect((await revoke(app, theirs.key, {})).statusCode).toBe(401);
    expect((await app.ask('GET', path)).statusCode).toBe(401);
  });

  test('belong to the login: other kinds see and end nothing but themselves', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const victim = (await create(app, { token })).json();
    const readonly = (await create(app, { token, body: { ...old, readonly: true } })).json();
    expect((await app.ask('GET', path, { token: readonly.token })).statusCode).toBe(403);
    expect((await revoke(app, victim.key, { token: readonly.token })).statusCode).toBe(403);
    expect((await revoke(app, readonly.token, { token: readonly.token })).statusCode).toBe(204);
    expect(await whoami(app, victim.token)).toBe(200);
  });

  test('tell whoever uses a token that its end is near', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const made = (await create(app, { token, body: { ...old, expires: 20 } })).json();
    expect((await app.ask('GET', '/-/whoami', { token: made.token })).headers['npm-notice']).toBeUndefined();
    app.clock.advance(6 * 24 * 3600_000);
    const reply = await app.ask('GET', '/-/whoami', { token: made.token });
    expect(reply.headers['npm-notice']).toContain('expires on 2026-02-04');
  });
});
