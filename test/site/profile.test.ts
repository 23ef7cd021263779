import { describe, expect, it } from 'vitest';
import { openApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { codeNow, enable, password, signIn, signUp } from './people.ts';

const dialects = ['sqlite', 'postgres'] as const;
const profile = '/settings/ann/profile';
const passwordPage = '/settings/ann/password';
const later = 5 * 60_000;

describe.each(dialects)('the profile (%s)', (dialect) => {
  it('is where the settings begin, shows what the account tells, and keeps what is saved', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await browser.open('/settings');
    expect(browser.path).toBe('/settings/~/profile');
    expect(browser.heading()).toBe('Profile');
    expect(browser.text()).toContain('ann@example.com (unverified)');
    await browser.submit(profile, {
      fullname: 'Ann <b & "Example"',
      homepage: 'https://ann.example',
      github: '',
    });
    expect(browser.status).toBe(200);
    expect(browser.text()).toContain('Profile saved');
    expect(browser.text()).not.toContain('We sent a mail');
    await browser.open('/settings/~/profile');
    expect(browser.body).not.toContain('<b &');
    expect(browser.fields(profile)).toMatchObject({
      fullname: 'Ann <b & "Example"',
      homepage: 'https://ann.example',
      github: '',
      email: 'ann@example.com',
    });
    await browser.submit(profile, { fullname: '' });
    expect(browser.fields(profile).fullname).toBe('');
  });

  it('says where mails go when the address changes', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await browser.open('/settings/~/profile');
    await browser.submit(profile, { email: 'ann@other.example' });
    expect(browser.text()).toContain('Your address is ann@other.example now. We sent a mail about it');
  });

  it('refuses an address that is none, and keeps what was typed', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await browser.open('/settings/~/profile');
    await browser.submit(profile, { fullname: 'Ann', email: 'nowhere' });
    expect(browser.status).toBe(400);
    expect(browser.fields(profile)).toMatchObject({ fullname: 'Ann', email: 'nowhere' });
    await browser.open('/settings/~/profile');
    expect(browser.fields(profile)).toMatchObject({ fullname: '', email: 'ann@example.com' });
  });

  it('is nobody else’s: another account finds no page, a stranger signs in first', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const ben = await signUp(app, 'ben');
    for (const path of [profile, passwordPage]) {
      await ben.open(path);
      expect(ben.status).toBe(404);
      const { form } = (await ben.open('/settings/~/profile')).fields('/settings/ben/profile');
      const body = new URLSearchParams({ form: form ?? '', fullname: 'Ben', password }).toString();
      expect((await ben.send('POST', path, { body })).statusCode).toBe(404);
      const stranger = await new Browser(app).open(path);
      expect(stranger.heading()).toBe('Sign in');
      expect(stranger.path).toBe(`/login?next=${encodeURIComponent(path)}`);
    }
  });

  it('asks for the code once, and not again within five minutes', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    app.clock.advance(later);
    await browser.open('/settings/~/profile');
    expect(browser.fields(profile)).toHaveProperty('code');
    await browser.submit(profile, { fullname: 'Ann' });
    expect(browser.status).toBe(401);
    await browser.submit(profile, { fullname: 'Ann', code: codeNow(app, secret) });
    expect(browser.text()).toContain('Profile saved');
    expect(browser.fields(profile)).not.toHaveProperty('code');
    app.clock.advance(later - 1000);
    await browser.submit(profile, { fullname: 'Anna' });
    expect(browser.text()).toContain('Profile saved');
    app.clock.advance(later);
    await browser.submit(profile, { fullname: 'Anne' });
    expect(browser.status).toBe(401);
    expect(browser.fields(profile)).toMatchObject({ fullname: 'Anne', code: '' });
  });

  it('asks for the password where there is no second factor, and not again within five minutes', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    app.clock.advance(later);
    await browser.open('/settings/~/profile');
    await browser.submit(profile, { fullname: 'Ann', password: 'not the password at all' });
    expect(browser.status).toBe(401);
    await browser.submit(profile, { fullname: 'Ann', password });
    expect(browser.text()).toContain('Profile saved');
    await browser.submit(profile, { fullname: 'Anna' });
    expect(browser.text()).toContain('Profile saved');
  });
});

describe.each(dialects)('changing the password (%s)', (dialect) => {
  const fresh = 'another battery horse staple 43';

  it('wants the password each time, and tells what it ended', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    const other = await signIn(app);
    await app.ask('PUT', '/-/user/org.couchdb.user:ann', {
      body: { name: 'ann', password, type: 'user', roles: [] },
    });
    await browser.open('/settings/~/password');
    await browser.submit(passwordPage, { password: '', 'new-password': fresh });
    expect(browser.status).toBe(401);
    expect(browser.text()).toContain('Enter your password.');
    await browser.submit(passwordPage, { password, 'new-password': 'password1234' });
    expect(browser.status).toBe(400);
    expect(browser.body).not.toContain('password1234');
    await browser.submit(passwordPage, { password, 'new-password': fresh });
    expect(browser.heading()).toBe('Password changed');
    expect(browser.text()).toContain('Session: Mozilla/5.0 (test), 127.0.0.1');
    expect(browser.text()).toMatch(/Login of the command line: npm_\w{4}… , 127\.0\.0\.1/);
    expect((await other.open('/settings/~/profile')).heading()).toBe('Sign in');
    expect((await browser.open('/settings/~/profile')).heading()).toBe('Profile');
    await browser.open('/settings/~/password');
    expect(browser.fields(passwordPage)).toHaveProperty('password');
  });

  it('wants a code too, each time, where there is a second factor', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    await browser.open('/settings/~/password');
    await browser.submit(passwordPage, { password, 'new-password': fresh });
    expect(browser.status).toBe(401);
    await browser.submit(passwordPage, { password, 'new-password': fresh, code: codeNow(app, secret) });
    expect(browser.heading()).toBe('Password changed');
    expect(browser.text()).toContain('Known device: Mozilla/5.0 (test), 127.0.0.1');
    await browser.open('/settings/~/password');
    expect(browser.fields(passwordPage)).toMatchObject({ password: '', code: '' });
  });
});
