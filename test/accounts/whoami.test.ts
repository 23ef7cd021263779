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
    expect((await app.ask('GET', userPath('someone'), { token })).json()).toMatchObject({
      name: 'someone',
      email: 'someone@example.com',
    });
    expect((await app.ask('GET', userPath('nobody'), { token })).statusCode).toBe(404);
    expect((await app.ask('GET', '/-/user/nobody', { token })).statusCode).toBe(404);
  });

  test('take no Basic authorization', async () => {
    const app = await openApp('sqlite');
    await signUp(app);
    const headers = basic('hannah', goodPassword);
    expect((await app.ask('GET', '/-/whoami', { headers })).statusCode).toBe(403);
    expect((await app.ask('GET', userPath('hannah'), { headers })).statusCode).toBe(403);
  });
});
