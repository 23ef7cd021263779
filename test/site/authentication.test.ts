import { describe, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { codeNow, enable, password, signIn, signUp } from './people.ts';

const dialects = ['sqlite', 'postgres'] as const;
const base = '/settings/ann/authentication';

const secretOn = (browser: Browser, action: string): string => browser.fields(action).secret ?? '';
const codesOn = (browser: Browser): string[] =>
  [...browser.body.matchAll(/<code>(\d{4} \d{4} \d{4} \d{4})<\/code>/g)].map(([, code]) => code ?? '');

async function add(app: TestApp, browser: Browser): Promise<{ secret: string; codes: string[] }> {
  await browser.open(`${base}/add`);
  await browser.submit(`${base}/add`);
  const secret = secretOn(browser, `${base}/confirm`);
  await browser.submit(`${base}/confirm`, { code: codeNow(app, secret) });
  app.clock.advance(30_000);
  return { secret, codes: codesOn(browser) };
}

const mode = async (app: TestApp, token: string): Promise<unknown> =>
  (await app.ask('GET', '/-/npm/v1/user', { token })).json().tfa;

describe.each(dialects)('the pages about two-factor authentication (%s)', (dialect) => {
  it('add it: QR code and key, a pin, recovery codes once, and what is set here holds in the terminal', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    const login = await app.ask('PUT', '/-/user/org.couchdb.user:ann', { body: { name: 'ann', password } });
    await browser.open('/settings/~/authentication');
    expect(browser.text()).toContain('A password alone opens this account');
    await browser.open(`${base}/add`);
    // The password was typed at sign-up a moment ago.
    expect(browser.body).not.toContain('type="password"');
    await browser.submit(`${base}/add`);
    const secret = secretOn(browser, `${base}/confirm`);
    expect(browser.text()).toContain(secret.match(/.{4}/g)?.join(' '));
    expect(browser.body).toContain('<svg');

    await browser.submit(`${base}/confirm`, { code: '000000' });
    expect(browser.status).toBe(401);
    expect(browser.text()).toContain('Invalid OTP');
    expect(secretOn(browser, `${base}/confirm`)).toBe(secret);
    await browser.submit(`${base}/confirm`, { code: codeNow(app, secret) });
    const codes = codesOn(browser);
    expect(codes).toHaveLength(10);
    expect(browser.body).toContain('download="tallystick-recovery-codes.txt"');
    const [, file = ''] = /href="data:text\/plain;charset=utf-8,([^"]+)"/.exec(browser.body) ?? [];
    expect(decodeURIComponent(file)).toContain('Recovery codes of ann on localhost:4873');
    for (const code of codes) expect(decodeURIComponent(file)).toContain(code);
    expect(await mode(app, login.json().token)).toEqual({ mode: 'auth-and-writes', pending: false });
    await browser.open(base);
    expect(browser.text()).toContain('10 recovery codes are left');
    expect(browser.body).not.toContain(codes[0]);
    await browser.open(`${base}/add`);
    expect(browser.heading()).toBe('Already enabled');
  });

  it('ask the password before the QR code when it was typed more than five minutes ago', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    app.clock.advance(5 * 60_000);
    await browser.open(`${base}/add`);
    expect(browser.body).toContain('type="password"');
    await browser.submit(`${base}/add`);
    expect(browser.status).toBe(401);
    expect(browser.text()).toContain('Enter your password.');
    await browser.submit(`${base}/add`, { password: 'something else entirely' });
    expect(browser.text()).toContain('Incorrect');
    const before = browser.cookies.get('ts_session');
    await browser.submit(`${base}/add`, { password, mode: 'auth-only' });
    expect(browser.heading()).toBe('Scan the QR code');
    // What was proven makes the session another one.
    expect(browser.cookies.get('ts_session')).not.toBe(before);
    const secret = secretOn(browser, `${base}/confirm`);
    await browser.submit(`${base}/confirm`, { code: codeNow(app, secret) });
    await browser.open(base);
    expect(browser.text()).toContain('Authorization only');
  });

  it('let only the session that began a set-up finish it', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    const other = await signIn(app);
    await browser.open(`${base}/add`);
    await browser.submit(`${base}/add`);
    const secret = secretOn(browser, `${base}/confirm`);
    await other.open(`${base}/add`);
    const { form } = other.fields(`${base}/add`);
    const body = new URLSearchParams({ form: form ?? '', secret, code: codeNow(app, secret) }).toString();
    const answer = await other.send('POST', `${base}/confirm`, { body });
    expect(answer.statusCode).toBe(400);
    await browser.submit(`${base}/confirm`, { code: codeNow(app, secret) });
    expect(codesOn(browser)).toHaveLength(10);
  });

  it('change the mode with password and code each time, though a code was given a moment ago', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    await browser.open(`${base}/mode`);
    expect(browser.body).toContain('name="password"');
    expect(browser.body).toContain('name="code"');
    await browser.submit(`${base}/mode`, { mode: 'auth-only', password });
    expect(browser.status).toBe(401);
    await browser.submit(`${base}/mode`, { mode: 'auth-only', code: codeNow(app, secret) });
    expect(browser.text()).toContain('Enter your password.');
    await browser.submit(`${base}/mode`, { mode: 'auth-only', password, code: codeNow(app, secret) });
    expect(browser.text()).toContain('The mode was changed.');
    expect(browser.text()).toContain('Authorization only.');
  });

  it('regenerate recovery codes: ten new ones, and every old one useless', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret, codes } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    await browser.open(`${base}/recovery-codes`);
    await browser.submit(`${base}/recovery-codes`, { password, code: codeNow(app, secret) });
    const fresh = codesOn(browser);
    expect(fresh).toHaveLength(10);
    expect(fresh.filter((code) => codes.includes(code))).toEqual([]);
    const other = await signIn(app);
    await other.submit('/login/second-step', { code: codes[0] ?? '' });
    expect(other.status).toBe(401);
    await other.submit('/login/second-step', { code: fresh[0] ?? '' });
    expect(other.path).toBe('/settings/~/authentication');
  });

  it('replace the device: the old one works until the new one has proven itself, and not after', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    await browser.open(`${base}/replace`);
    await browser.submit(`${base}/replace`, { password, code: codeNow(app, secret) });
    const fresh = secretOn(browser, `${base}/replace/confirm`);
    expect(fresh).not.toBe(secret);
    app.clock.advance(30_000);
    await browser.submit(`${base}/replace/confirm`, { code: codeNow(app, secret) });
    expect(browser.status).toBe(401);
    expect((await signIn(app, 'ann', secret)).path).toBe('/settings/~/authentication');
    await browser.submit(`${base}/replace/confirm`, { code: codeNow(app, fresh) });
    expect(browser.text()).toContain('The new device is in use');
    app.clock.advance(30_000);
    const late = await signIn(app, 'ann', secret);
    expect(late.status).toBe(401);
    expect((await signIn(app, 'ann', fresh)).path).toBe('/settings/~/authentication');
  });

  it('remove it: password and code, and nothing of it is left', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    const { secret } = await add(app, browser);
    const elsewhere = await signIn(app, 'ann', secret);
    await browser.open(`${base}/remove`);
    await browser.submit(`${base}/remove`, { code: codeNow(app, secret) });
    expect(browser.text()).toContain('Enter your password.');
    await browser.submit(`${base}/remove`, { password, code: codeNow(app, secret) });
    expect(browser.text()).toContain('Two-factor authentication was removed.');
    await elsewhere.open(base);
    expect(elsewhere.heading()).toBe('Sign in');
    expect((await signIn(app)).path).toBe('/settings/~/authentication');
  });

  it('lead to help that everybody may read', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await browser.open(base);
    expect(browser.body).toContain('href="/auth/two-factor"');
    const stranger = new Browser(app);
    await stranger.open('/auth/two-factor');
    expect(stranger.status).toBe(200);
    expect(stranger.text()).toContain('npm profile enable-2fa');
    expect(stranger.text()).toContain('Invalid OTP');
  });

  it('are nobody else’s', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const bob = await signUp(app, 'bob');
    for (const path of ['', '/add', '/mode', '/remove', '/recovery-codes', '/replace']) {
      await bob.open(`${base}${path}`);
      expect([path, bob.status]).toEqual([path, 404]);
    }
  });
});
