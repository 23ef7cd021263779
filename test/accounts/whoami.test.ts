import { describe, expect, test } from 'vitest';
import { mintToken } from '../../src/kernel/secrets.ts';
import { openApp } from '../support/app.ts';
import { createRandom } from '../support/ports.ts';
import { goodPassword } from './acting.ts';
import { basic, signUp, userPath } from './wire.ts';

const strangerToken = mintToken(createRandom('nobody knows it'));

describe('whoami and the user document', () => {
  test('want a credential that lives', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    for (const path of ['/-/whoami', userPath('hannah')]) {
      const stranger = await app.ask('GET', path);
      expect(stranger.statusCode).toBe(401);
      expect(stranger.headers['www-authenticate']).toBe('Bearer');
      expect((await app.ask('GET', path, { token: strangerToken })).statusCode).toBe(401);
      expect((await app.ask('GET', path, { token })).headers['cache-control']).toBe('no-store');
    }
  });

  test('give npm owner what it needs of somebody, and 404 for nobody', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    await signUp(app, 'someone');
    const answer = await app.ask('GET', userPath('someone'), { token });
    expect(answer.json()).toEqual({ _id: 'org.couchdb.user:someone', type: 'user', name: 'someone' });
    expect((await app.ask('GET', userPath('nobody'), { token })).statusCode).toBe(404);
    expect((await app.ask('GET', '/-/user/nobody', { token })).statusCode).toBe(404);
  });

  test('tell the address of an account to nobody but itself, staff of the registry not excepted', async () => {
    const app = await openApp('sqlite');
    const token = await signUp(app);
    const other = await signUp(app, 'someone');
    await app.app.store.write((tx) =>
      tx.sql.updateTable('accounts').set({ staff: 1 }).where('name', '=', 'someone').execute(),
    );
    const own = await app.ask('GET', userPath('hannah'), { token });
    expect(own.json()).toMatchObject({ name: 'hannah', email: 'hannah@example.com' });
    const asOther = await app.ask('GET', userPath('hannah'), { token: other });
    expect([asOther.statusCode, asOther.body.includes('@')]).toEqual([200, false]);
  });

  test('take no Basic authorization', async () => {
    const app = await openApp('sqlite');
    await signUp(app);
    const headers = basic('hannah', goodPassword);
    expect((await app.ask('GET', '/-/whoami', { headers })).statusCode).toBe(403);
    expect((await app.ask('GET', userPath('hannah'), { headers })).statusCode).toBe(403);
  });
});
