import { describe, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { signUp } from './people.ts';

const dialects = ['sqlite', 'postgres'] as const;

/** What the script of a page asks for. */
async function ask(browser: Browser, wish: object, form?: string) {
  await browser.open('/login');
  const body = JSON.stringify({ form: form ?? browser.fields('/login').form, ...wish });
  return browser.send('POST', '/auth/ceremony', { body, headers: { 'content-type': 'application/json' } });
}

const challenges = (app: TestApp): Promise<number> =>
  app.app.store.read(async (tx) => {
    const rows = await tx.sql.selectFrom('ceremonies').select('hash').execute();
    return rows.length;
  });

describe.each(dialects)('asking a browser for a security key (%s)', (dialect) => {
  it('is for everybody who signs in, for this site alone', async () => {
    const app = await openApp(dialect);
    const answer = await ask(new Browser(app), { purpose: 'sign-in' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json()).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
    expect(answer.json().allowCredentials).toBeUndefined();
    expect(await challenges(app)).toBe(1);
  });

  it('wants a session where an account is meant, and JSON, and the token of a form', async () => {
    const app = await openApp(dialect);
    const stranger = new Browser(app);
    for (const purpose of ['register', 'second-factor'])
      expect((await ask(stranger, { purpose })).statusCode).toBe(303);
    expect((await ask(stranger, { purpose: 'step-up', operation: 'factor.mode' })).statusCode).toBe(303);
    expect((await ask(stranger, { purpose: 'sign-in' }, 'x')).statusCode).toBe(403);
    expect((await ask(stranger, { purpose: 'anything' })).statusCode).toBe(400);
    expect((await ask(stranger, { purpose: 'sign-in', operation: 'factor.mode' })).statusCode).toBe(400);
    await stranger.open('/login');
    const { form = '' } = stranger.fields('/login');
    const asForm = await stranger.send('POST', '/auth/ceremony', {
      body: new URLSearchParams({ form }).toString(),
    });
    expect(asForm.statusCode).toBe(415);
    expect(await challenges(app)).toBe(0);
  });

  it('offers to register on the account that is signed in', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await browser.open('/settings/~/authentication/keys/add');
    const { form } = browser.fields('/settings/ann/authentication/keys/add');
    const answer = await browser.send('POST', '/auth/ceremony', {
      body: JSON.stringify({ form, purpose: 'register' }),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.json()).toMatchObject({
      rp: { id: 'localhost' },
      user: { name: 'ann' },
      attestation: 'none',
    });
  });

  it('is limited for each address', async () => {
    const app = await openApp(dialect, {
      TALLYSTICK_TRUSTED_PROXIES: '127.0.0.1',
      TALLYSTICK_LOGIN_LIMIT: '3/10m',
    });
    const browser = new Browser(app);
    browser.headers['x-forwarded-for'] = '203.0.113.9';
    for (let tries = 0; tries < 3; tries += 1)
      expect((await ask(browser, { purpose: 'sign-in' })).statusCode).toBe(200);
    expect((await ask(browser, { purpose: 'sign-in' })).statusCode).toBe(429);
    browser.headers['x-forwarded-for'] = '198.51.100.9';
    expect((await ask(browser, { purpose: 'sign-in' })).statusCode).toBe(200);
  });

  it('is not offered under an address in place of a name', async () => {
    const publicUrl = 'http://127.0.0.1:4873';
    const app = await openApp(dialect, { TALLYSTICK_PUBLIC_URL: publicUrl });
    const browser = new Browser(app, publicUrl);
    await browser.open('/login');
    expect(browser.body).not.toContain('data-key');
    expect((await ask(browser, { purpose: 'sign-in' })).statusCode).toBe(404);
  });
});
