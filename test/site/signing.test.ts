import { describe, expect, it } from 'vitest';
import { openApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { codeNow, enable, password, signUp } from './people.ts';

const dialects = ['sqlite', 'postgres'] as const;

describe.each(dialects)('signing in on the website (%s)', (dialect) => {
  it('signs up, is welcomed and advised, signs out and in again', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    expect(browser.status).toBe(200);
    expect(browser.heading()).toBe('Welcome, ann');
    expect(browser.text()).toContain('Add Two-Factor Authentication');
    await browser.open('/logout');
    await browser.submit('/logout');
    await browser.open('/settings/~/welcome');
    expect(browser.heading()).toBe('Sign in');
    await browser.submit('/login', { username: 'ann@example.com', password });
    expect(browser.path).toBe('/settings/~/welcome');
    expect(browser.heading()).toBe('Welcome, ann');
  });

  it('says the same of a wrong password and an unknown name, and keeps what was typed but the password', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const browser = new Browser(app);
    const bodies: string[] = [];
    for (const name of ['ann', 'nobody']) {
      await browser.open('/login');
      await browser.submit('/login', { username: name, password: 'not the password at all' });
      expect(browser.status).toBe(401);
      expect(browser.text()).toContain('Incorrect username or password.');
      expect(browser.fields('/login')).toMatchObject({ username: name, password: '' });
      bodies.push(browser.body.replaceAll(name, 'NAME').replaceAll(/name="form" value="[^"]*"/g, ''));
    }
    expect(bodies[0]).toBe(bodies[1]);
  });

  it('asks the second step of an account with two-factor authentication, and opens nothing before it', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret, codes } = await enable(app);
    const browser = new Browser(app);
    await browser.open('/login');
    await browser.submit('/login', { username: 'ann', password });
    expect(browser.path).toBe('/login/second-step');
    expect(browser.text()).toContain(
      'Lost access to your two-factor authentication app? Use a recovery code',
    );
    expect([...browser.cookies.keys()].sort()).toEqual(['ts_form', 'ts_pre']);
    await browser.open('/settings/~/welcome');
    expect(browser.heading()).toBe('Sign in');

    await browser.open('/login/second-step');
    await browser.submit('/login/second-step', { code: '000000' });
    expect(browser.status).toBe(401);
    expect(browser.text()).toContain('Invalid OTP');
    await browser.submit('/login/second-step', { code: codeNow(app, secret) });
    expect(browser.path).toBe('/settings/~/authentication');
    expect([...browser.cookies.keys()].sort()).toEqual(['ts_device', 'ts_session']);

    const other = new Browser(app);
    await other.open('/login');
    await other.submit('/login', { username: 'ann', password });
    await other.open('/login/second-step?with=recovery-code');
    expect(other.text()).toContain('Recovery code');
    await other.submit('/login/second-step', { code: codes[0] ?? '' });
    expect(other.path).toBe('/settings/~/authentication');
  });

  it('ends a sign-in that is halfway after five codes, or ten minutes', async () => {
    const app = await openApp(dialect, { TALLYSTICK_PASSWORD_LIMIT: 'off' });
    await signUp(app);
    const { secret } = await enable(app);
    const browser = new Browser(app);
    await browser.open('/login');
    await browser.submit('/login', { username: 'ann', password });
    app.clock.advance(10 * 60_000);
    await browser.open('/login/second-step');
    expect(browser.path).toBe('/login');
    await browser.submit('/login', { username: 'ann', password });
    for (let tries = 0; tries < 5; tries += 1) {
      await browser.submit('/login/second-step', { code: 'nothing like a code' });
      expect(browser.path).toBe('/login/second-step');
    }
    await browser.submit('/login/second-step', { code: codeNow(app, secret) });
    expect(browser.path).toBe('/login?over=second-step');
    expect(browser.text()).toContain('It took five codes, or ten minutes. Sign in again');
    await browser.submit('/login', { username: 'ann', password: 'not the password at all' });
    expect(browser.text()).not.toContain('five tries');
  });

  it('goes on to where somebody wanted to go after a second step that came too late', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await new Browser(app).open('/settings/~/tokens');
    await browser.submit('/login', { username: 'ann', password });
    app.clock.advance(10 * 60_000);
    await browser.submit('/login/second-step', { code: codeNow(app, secret) });
    expect(browser.path).toBe('/login?next=%2Fsettings%2F~%2Ftokens&over=second-step');
    await browser.submit('/login', { username: 'ann', password });
    await browser.submit('/login/second-step', { code: codeNow(app, secret) });
    expect(browser.path).toBe('/settings/~/tokens');
  });

  it('says what is wrong with recovery codes in words about them', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { codes } = await enable(app);
    const [first = ''] = codes;
    const used = new Browser(app);
    for (const [index, words] of ['Authentication', 'Invalid recovery code.'].entries()) {
      used.cookies.clear();
      await used.open('/login');
      await used.submit('/login', { username: 'ann', password });
      await used.open('/login/second-step?with=recovery-code');
      await used.submit('/login/second-step', { code: first });
      expect(used.text(), `try ${index}`).toContain(words);
    }
    expect(used.text()).not.toContain('30 seconds');
    expect(used.fields('/login/second-step')).toMatchObject({ with: 'recovery-code', code: '' });
    await used.submit('/login/second-step', { code: '' });
    expect(used.text()).toContain('Enter one of your recovery codes.');
  });

  it('ends sessions when they lie unused, when they are old, and when the password changes', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    app.clock.advance(23 * 3_600_000);
    await browser.open('/settings/~/welcome');
    expect(browser.heading()).toBe('Welcome, ann');
    app.clock.advance(24 * 3_600_000);
    await browser.open('/settings/~/welcome');
    expect(browser.heading()).toBe('Sign in');
    await browser.submit('/login', { username: 'ann', password });
    const basic = { authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}` };
    await app.ask('POST', '/-/npm/v1/user', {
      headers: basic,
      body: { password: { old: password, new: `${password} and more` } },
    });
    await browser.open('/settings/~/welcome');
    expect(browser.heading()).toBe('Sign in');
  });

  it('shows the way to an account only where strangers may make one', async () => {
    for (const [registration, shown] of [
      ['open', true],
      ['invite', false],
      ['closed', false],
    ] as const) {
      const app = await openApp(dialect, { TALLYSTICK_REGISTRATION: registration });
      const browser = new Browser(app);
      await browser.open('/login');
      expect([registration, browser.body.includes('href="/signup')]).toEqual([registration, shown]);
    }
  });

  it('keeps where somebody wanted to go on every way between signing in and signing up', async () => {
    const app = await openApp(dialect);
    const browser = await new Browser(app).open('/settings/~/tokens');
    const links = (): string[] => browser.body.match(/href="\/(?:login|signup)(?:\?[^"]*)?"/g) ?? [];
    const next = '?next=%2Fsettings%2F~%2Ftokens';
    const [signIn, signUpLink] = [`href="/login${next}"`, `href="/signup${next}"`];
    expect(browser.path).toBe(`/login${next}`);
    expect(links()).toEqual([signIn, signUpLink, signUpLink]);
    await browser.submit('/login', { username: 'nobody', password });
    expect(links()).toEqual([signIn, signUpLink, signUpLink]);
    await browser.open(`/signup${next}`);
    expect(links()).toEqual([signIn, signUpLink, signIn]);
    await browser.submit('/signup', { username: 'ann', email: 'ann@example.com', password });
    expect(browser.body).toContain('href="/settings/~/tokens"');

    const stranger = await new Browser(app).open('/login?next=https%3A%2F%2Fevil.example%2F');
    expect(stranger.body).not.toContain('evil.example');
    await stranger.open('/login');
    expect(stranger.body).toContain('href="/signup"');
  });

  it('goes on only to pages of its own', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', '/a\tb']) {
      const browser = new Browser(app);
      await browser.open(`/login?next=${encodeURIComponent(next)}`);
      expect(browser.body).not.toContain('evil');
      await browser.submit('/login', { username: 'ann', password, next });
      expect(browser.path).toBe('/settings/~/authentication');
    }
  });

  it('takes forms of its own pages alone', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const browser = new Browser(app);
    await browser.open('/login');
    const fields = { ...browser.fields('/login'), username: 'ann', password };
    const body = new URLSearchParams(fields).toString();
    const refused = async (wish: Record<string, string>, sent = body): Promise<number> =>
      (await browser.send('POST', '/login', { body: sent, headers: wish })).statusCode;
    expect(await refused({ origin: 'https://evil.example' })).toBe(403);
    expect(await refused({ origin: 'null' })).toBe(403);
    expect(await refused({ 'content-type': 'text/plain' })).toBe(403);
    expect(await refused({}, body.replace(/form=[^&]*/, 'form=other'))).toBe(403);
    const stranger = new Browser(app);
    expect((await stranger.send('POST', '/login', { body })).statusCode).toBe(403);
    expect(await refused({ origin: 'null', 'sec-fetch-site': 'same-origin' })).toBe(303);
  });

  it('sends what belongs on every page', async () => {
    const app = await openApp(dialect);
    const browser = new Browser(app);
    const { headers } = await browser.send('GET', '/login');
    expect(headers['content-security-policy']).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'",
    );
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(browser.last?.body).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|<style|\son[a-z]+=/);
    const moved = await browser.send('GET', '/login?next=%2Fsearch', { headers: { host: '127.0.0.1:4873' } });
    expect([moved.statusCode, moved.headers.location]).toEqual([
      307,
      'http://localhost:4873/login?next=%2Fsearch',
    ]);
  });
});
