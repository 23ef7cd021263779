import { expect, it } from 'vitest';
import { Browser } from '../site/browser.ts';
import { linkIn, mailsOf } from '../site/mailed.ts';
import { codeNow, enable, password } from '../site/people.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { documentOf } from '../support/document.ts';

const hour = 3_600_000;
const day = 24 * hour;
const home = '198.51.100.7';
const sameHouse = '198.51.100.200';
const elsewhere = '203.0.113.9';
const on = { TALLYSTICK_CONFIRM_NEW_DEVICE: 'true' };

async function login(app: TestApp, address: string, secret?: string) {
  const otp = secret === undefined ? {} : { otp: codeNow(app, secret) };
  const body = { name: 'ann', password };
  const answer = await app.ask('PUT', '/-/user/org.couchdb.user:ann', { body, address, ...otp });
  expect(answer.statusCode, answer.body).toBe(201);
  app.clock.advance(30_000);
  return { token: answer.json().token as string, notice: answer.headers['npm-notice'] };
}

let number = 0;
/** Whether a publish is done, or asks for a code. */
async function publish(
  app: TestApp,
  token: string,
  address: string,
  otp?: string,
): Promise<'done' | 'asked'> {
  number += 1;
  const { statusCode, headers } = await app.ask('PUT', '/left-padlock', {
    token,
    address,
    body: documentOf({ name: 'left-padlock', version: `1.0.${number}` }),
    ...(otp === undefined ? {} : { otp }),
  });
  if (statusCode === 401 && headers['www-authenticate'] === 'otp') return 'asked';
  expect(statusCode).toBe(201);
  return 'done';
}

/** Ann, at home, with two-factor authentication in a mode. */
async function openHome(app: TestApp, mode: 'auth-only' | 'auth-and-writes' = 'auth-only'): Promise<string> {
  const body = { name: 'ann', password, email: 'ann@example.com' };
  await app.ask('PUT', '/-/user/org.couchdb.user:ann', { body, address: home });
  return (await enable(app, 'ann', mode)).secret;
}

eachDialect('a login with a password', (dialect) => {
  it('from a network that is not known asks a code for each write, for a day', async () => {
    const app = await openApp(dialect, on);
    const secret = await openHome(app);
    const { token, notice } = await login(app, elsewhere, secret);
    expect(notice).toMatch(/^You were not seen in this network before: until \d{4}-.+ asks for another code/);
    expect(await publish(app, token, elsewhere)).toBe('asked');
    expect(await publish(app, token, elsewhere, codeNow(app, secret))).toBe('done');
    expect(await publish(app, token, elsewhere)).toBe('asked');
    // It is the login that is guarded, wherever it goes.
    expect(await publish(app, token, home)).toBe('asked');
    expect((await app.ask('GET', '/left-padlock', { token, address: elsewhere })).statusCode).toBe(200);
    app.clock.advance(day - 2 * 60_000);
    expect(await publish(app, token, elsewhere)).toBe('asked');
    app.clock.advance(2 * 60_000);
    expect(await publish(app, token, elsewhere)).toBe('done');
    const [mail] = (await mailsOf(app)).filter(({ what }) => what === 'Sign-in from a new network');
    expect(mail?.paragraphs.join(' ')).toContain(
      'whatever this login publishes or changes asks for another code',
    );
  });

  it('from a network that is not known is asked for what the table calls a write, and for nothing more', async () => {
    const app = await openApp(dialect, on);
    const secret = await openHome(app);
    const { token: known } = await login(app, home, secret);
    expect(await publish(app, known, home)).toBe('done');
    const { token: guarded } = await login(app, elsewhere, secret);
    const version = `1.0.${number}`;
    const statuses = async (token: string, address: string): Promise<number[]> => {
      const wish = { token, address };
      const answers = [
        await app.ask('PUT', '/-/package/left-padlock/dist-tags/latest', { ...wish, body: version }),
        await app.ask('POST', '/-/package/left-padlock/access', { ...wish, body: { access: 'public' } }),
        await app.ask('PUT', '/-/package/left-padlock/dist-tags/beta', { ...wish, body: version }),
        await app.ask('GET', '/-/whoami', wish),
        await app.ask('GET', '/-/npm/v1/tokens', wish),
      ];
      return answers.map(({ statusCode }) => statusCode);
    };
    expect(await statuses(known, home)).toEqual([200, 200, 200, 200, 200]);
    expect(await statuses(guarded, elsewhere)).toEqual([401, 401, 200, 200, 200]);
  });

  it('from around a known address is as the mode says', async () => {
    const app = await openApp(dialect, on);
    const secret = await openHome(app);
    for (const address of [home, sameHouse]) {
      const { token, notice } = await login(app, address, secret);
      expect([notice, await publish(app, token, address)]).toEqual([undefined, 'done']);
    }
  });

  it('does not make its network known, a sign-in on the website does', async () => {
    const app = await openApp(dialect, on);
    const secret = await openHome(app);
    for (let times = 0; times < 2; times += 1) {
      const { token } = await login(app, elsewhere, secret);
      expect(await publish(app, token, elsewhere)).toBe('asked');
      app.clock.advance(25 * hour);
    }
    const browser = new Browser(app);
    browser.address = elsewhere;
    await browser.open('/login');
    await browser.submit('/login', { username: 'ann', password });
    await browser.submit('/login/second-step', { code: codeNow(app, secret) });
    const path = await linkIn(app, 'ann@example.com', 'Finish signing in');
    await browser.open(path);
    await browser.submit(path);
    app.clock.advance(30_000);
    const { token } = await login(app, elsewhere, secret);
    expect(await publish(app, token, elsewhere)).toBe('done');
  });

  it('that is approved in a browser is not guarded, and makes only its own network known', async () => {
    const app = await openApp(dialect, on);
    const secret = await openHome(app);
    const browser = new Browser(app);
    browser.address = home;
    await browser.open('/login');
    await browser.submit('/login', { username: 'ann', password });
    await browser.submit('/login/second-step', { code: codeNow(app, secret) });
    const path = await linkIn(app, 'ann@example.com', 'Finish signing in');
    await browser.open(path);
    await browser.submit(path);
    app.clock.advance(30_000);
    const begun = await app.ask('POST', '/-/v1/login', { body: {}, address: elsewhere });
    const { loginUrl, doneUrl } = begun.json() as Record<'loginUrl' | 'doneUrl', string>;
    const page = new URL(loginUrl).pathname;
    await browser.open(page);
    await browser.submit(page, { 'another-network': 'on', code: codeNow(app, secret) });
    const done = await app.ask('GET', doneUrl.replace('http://localhost:4873', ''), { address: elsewhere });
    expect(await publish(app, done.json().token, elsewhere)).toBe('done');
    app.clock.advance(30_000);
    expect(await publish(app, (await login(app, elsewhere, secret)).token, elsewhere)).toBe('asked');
    const guarded = /each write asks for a code\. Ends .*in 23 hours/;
    const tell = async (): Promise<string> => (await browser.open('/settings/~/sessions')).body;
    expect(await tell()).toMatch(guarded);
    app.clock.advance(day);
    expect(await tell()).not.toMatch(/each write asks/);
  });

  it('is guarded again where nobody signed in for thirty days', async () => {
    const app = await openApp(dialect, on);
    const secret = await openHome(app);
    app.clock.advance(29 * day);
    expect(await publish(app, (await login(app, home, secret)).token, home)).toBe('done');
    app.clock.advance(30 * day);
    expect(await publish(app, (await login(app, home, secret)).token, home)).toBe('asked');
  });

  it('is not guarded where the setting is off, or where there is no factor to ask', async () => {
    const off = await openApp(dialect);
    const secret = await openHome(off);
    expect(await publish(off, (await login(off, elsewhere, secret)).token, elsewhere)).toBe('done');
    const plain = await openApp(dialect, on);
    await plain.ask('PUT', '/-/user/org.couchdb.user:ann', {
      body: { name: 'ann', password, email: 'ann@example.com' },
    });
    const { token, notice } = await login(plain, elsewhere);
    expect([notice, await publish(plain, token, elsewhere)]).toEqual([undefined, 'done']);
  });
});
