import { describe, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { enable, password, signIn, signUp } from './people.ts';

const dialects = ['sqlite', 'postgres'] as const;
const path = '/settings/ann/sessions';

/** What the hidden fields of the page's buttons of a kind would end, in the order of the page. */
const idsOf = ({ body }: Browser, end: string): string[] =>
  [
    ...body.matchAll(new RegExp(`name="end" value="${end}"[^>]*><input[^>]*name="id" value="([^"]+)"`, 'g')),
  ].map(([, id]) => id ?? '');

const login = async (app: TestApp, name = 'ann'): Promise<string> =>
  (
    await app.ask('PUT', `/-/user/org.couchdb.user:${name}`, {
      body: { name, password, type: 'user', roles: [] },
      headers: { 'user-agent': 'npm/11.6.0 node/v24.0.0 linux x64' },
    })
  ).json().token;

describe.each(dialects)('the page of sessions (%s)', (dialect) => {
  it('shows where the account is signed in, and ends one session without a proof', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    app.clock.advance(3_600_000);
    const other = await signIn(app);
    await browser.open('/settings/~/sessions');
    expect(browser.heading()).toBe('Sessions');
    expect(browser.text().match(/this session/g)).toHaveLength(1);
    expect(browser.text()).toContain('No command line is logged in.');
    const [latest = ''] = idsOf(browser, 'session');
    expect(idsOf(browser, 'session')).toHaveLength(2);
    await browser.submit(path, { end: 'session', id: latest });
    expect(browser.text()).toContain('The session ended');
    expect(idsOf(browser, 'session')).toHaveLength(1);
    expect((await other.open('/settings/~/profile')).heading()).toBe('Sign in');
    expect((await browser.open('/settings/~/profile')).heading()).toBe('Profile');
  });

  it('ends all others at once, and its own by signing out', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    const others = [await signIn(app), await signIn(app)];
    await browser.open('/settings/~/sessions');
    await browser.submit(path, { end: 'others' });
    expect(browser.text()).toContain('2 other sessions ended');
    for (const other of others) expect((await other.open('/settings/~/profile')).heading()).toBe('Sign in');
    const [own = ''] = idsOf(browser, 'session');
    await browser.submit(path, { end: 'session', id: own });
    expect(browser.heading()).toBe('Sign in');
    expect([...browser.cookies.keys()]).not.toContain('ts_session');
  });

  it('ends logins of the command line, and nothing that is none', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    const token = await login(app);
    await browser.open('/settings/~/sessions');
    expect(browser.text()).toMatch(/npm_\w{4}… npm\/11\.6\.0 127\.0\.0\.1/);
    const [key = ''] = idsOf(browser, 'login');
    await browser.submit(path, { end: 'login', id: key });
    expect(browser.text()).toContain('The login ended');
    expect((await app.ask('GET', '/-/whoami', { token })).statusCode).toBe(401);

    const made = await app.ask('POST', '/-/npm/v1/tokens', { token: await login(app), body: { password } });
    await browser.open('/settings/~/sessions');
    await browser.submit(path, { end: 'login', id: made.json().key });
    expect(browser.status).toBe(404);
    expect((await app.ask('GET', '/-/whoami', { token: made.json().token })).statusCode).toBe(200);
  });

  it('forgets a known device', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    app.clock.advance(5 * 60_000);
    await browser.open('/settings/~/sessions');
    expect(browser.text()).toContain('this browser');
    const [device = ''] = idsOf(browser, 'device');
    await browser.submit(path, { end: 'device', id: device });
    expect(browser.status).toBe(200);
    expect(browser.text()).toContain('The device is forgotten');
    expect(idsOf(browser, 'device')).toEqual([]);
  });

  it('refuses a button that is none of its own', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await signIn(app);
    await browser.open('/settings/~/sessions');
    await browser.submit(path, { end: 'everything' });
    expect(browser.status).toBe(400);
    expect(idsOf(browser, 'session')).toHaveLength(2);
  });

  it('is nobody else’s: another account finds no page and ends nothing, a stranger signs in first', async () => {
    const app = await openApp(dialect);
    const ann = await signUp(app);
    const token = await login(app);
    await ann.open('/settings/~/sessions');
    const ends = [
      { end: 'session', id: idsOf(ann, 'session')[0] ?? '' },
      { end: 'login', id: idsOf(ann, 'login')[0] ?? '' },
    ];
    const ben = await signUp(app, 'ben');
    expect((await ben.open(path)).status).toBe(404);
    for (const wish of ends) {
      expect(wish.id).not.toBe('');
      await ben.open('/settings/~/sessions');
      await ben.submit('/settings/ben/sessions', wish);
      expect(ben.status).toBe(404);
    }
    expect((await ann.open('/settings/~/profile')).heading()).toBe('Profile');
    expect((await app.ask('GET', '/-/whoami', { token })).statusCode).toBe(200);
    expect((await new Browser(app).open(path)).heading()).toBe('Sign in');
  });
});
