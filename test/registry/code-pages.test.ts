import { expect, test } from 'vitest';
import { couchBody, userPath } from '../accounts/wire.ts';
import { register } from '../factors/key-holder.ts';
import { mustPublish, publish } from '../packages/publisher.ts';
import type { Browser } from '../site/browser.ts';
import { codeNow, enable, password, signIn, signUp } from '../site/people.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { Authenticator } from '../support/authenticator.ts';
import { eachDialect } from '../support/dialects.ts';
import { createVault } from '../support/ports.ts';

const pageFor = (act: string): string => `http://localhost:4873/settings/~/authentication/code?act=${act}`;
const openFor = (act: string): string => `Open ${pageFor(act)} to get a code`;
const keys = '/settings/ann/authentication';
const draft = (version = '1.0.0') => ({ name: 'left-padlock', version });
const web = { 'npm-auth-type': 'web' };

const login = (app: TestApp, otp?: string, secret = password) =>
  app.ask('PUT', userPath('ann'), { body: couchBody('ann', secret), ...(otp === undefined ? {} : { otp }) });

/** What the script of a page asks for, and what it gets. */
async function ceremony(browser: Browser, action: string, wish: object) {
  const body = JSON.stringify({ form: browser.fields(action).form, ...wish });
  const headers = { 'content-type': 'application/json' };
  return (await browser.send('POST', '/auth/ceremony', { body, headers })).json();
}

/** Adds a key on the website. */
async function addKey(browser: Browser, authenticator = new Authenticator()): Promise<Authenticator> {
  await browser.open(`${keys}/keys/add`);
  const options = await ceremony(browser, `${keys}/keys/add`, { purpose: 'register' });
  const credential = JSON.stringify(authenticator.register(options));
  await browser.submit(`${keys}/keys/add`, { 'key-name': 'blue', credential });
  expect(browser.status, browser.text()).toBe(200);
  return authenticator;
}

/** Touches the key on the page that a terminal named, where its act is chosen, and returns the code that is shown. */
async function codeFor(browser: Browser, authenticator: Authenticator, url: string) {
  const { pathname, search } = new URL(url);
  await browser.open(pathname + search);
  const wish = { purpose: 'step-up', operation: 'factor.createCode' };
  const options = await ceremony(browser, `${keys}/code`, wish);
  await browser.submit(`${keys}/code`, { key: JSON.stringify(authenticator.answer(options)) });
  return /--otp=(\d{8})/.exec(browser.text().replace('--otp= ', '--otp='))?.[1] ?? browser.text();
}

/** Ann, signed in on the website and in the terminal, before she has any factor. */
async function openWorld(dialect: 'sqlite' | 'postgres') {
  const app = await openApp(dialect);
  const browser = await signUp(app);
  const { token } = (await login(app)).json();
  return { app, browser, token: token as string };
}

eachDialect('the classic challenge', (dialect) => {
  test('leads who has a key alone to a page that shows a code, which opens the act', async () => {
    const { app, browser, token } = await openWorld(dialect);
    const authenticator = await addKey(browser);
    // As yarn sends it: no word about pages.
    const answer = await publish(app, token, draft());
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'otp']);
    expect(answer.headers['npm-notice']).toBe(openFor('package.publish'));
    expect(Object.keys(answer.json()).sort()).toEqual(['error', 'message']);
    expect(answer.json().error).toContain('one-time pass');

    // yarn's own search for what it offers to open (packages/plugin-npm/sources/npmHttpUtils.ts).
    const [, url = ''] = /open (https?:\/\/\S+)/i.exec(String(answer.headers['npm-notice'])) ?? [];
    expect(url).toBe(pageFor('package.publish'));
    const code = await codeFor(browser, authenticator, url);
    expect(code).toMatch(/^\d{8}$/);
    await mustPublish(app, token, draft(), { otp: code });
  });

  test('tells of a wrong code what was wrong, and then where to get a right one, in one header', async () => {
    const { app, browser, token } = await openWorld(dialect);
    await addKey(browser);
    const answer = await publish(app, token, draft(), { otp: '12345678' });
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'otp']);
    expect(String(answer.headers['npm-notice'])).toMatch(/^Invalid OTP: .*must be right\. Open /);
    expect(String(answer.headers['npm-notice']).endsWith(openFor('package.publish'))).toBe(true);
  });

  test('names no page where the account has an app only', async () => {
    const { app, token } = await openWorld(dialect);
    const { secret } = await enable(app);
    const answer = await publish(app, token, draft());
    expect([answer.statusCode, answer.headers['npm-notice']]).toEqual([401, undefined]);
    const refused = await publish(app, token, draft(), { otp: '000000' });
    expect(refused.headers['npm-notice']).toMatch(/^Invalid OTP: .*must be right\.$/);
    await mustPublish(app, token, draft(), { otp: codeNow(app, secret) });
  });

  test('names it beside an app, whose codes stay good', async () => {
    const { app, token } = await openWorld(dialect);
    const { secret } = await enable(app);
    await addKey(await signIn(app, 'ann', secret));
    expect((await publish(app, token, draft())).headers['npm-notice']).toBe(openFor('package.publish'));
    await mustPublish(app, token, draft(), { otp: codeNow(app, secret) });
  });

  test('is another one for clients that open pages: they get theirs, and no second one', async () => {
    const { app, browser, token } = await openWorld(dialect);
    await addKey(browser);
    const answer = await publish(app, token, draft(), { headers: web });
    expect(answer.json()).toMatchObject({ authUrl: expect.any(String), doneUrl: expect.any(String) });
    expect(answer.headers['npm-notice']).toBeUndefined();
  });

  test('of a login comes after the password, and tells nobody else that there is a key', async () => {
    const { app, browser } = await openWorld(dialect);
    const authenticator = await addKey(browser);
    const stranger = await login(app, undefined, 'a wrong password');
    expect([stranger.statusCode, stranger.headers['npm-notice']]).toEqual([401, undefined]);
    const answer = await login(app);
    expect([answer.statusCode, answer.headers['npm-notice']]).toEqual([401, openFor('account.login')]);
    const code = await codeFor(browser, authenticator, pageFor('account.login'));
    expect((await login(app, code)).statusCode).toBe(201);
  });

  test('names no page where browsers offer no keys', async () => {
    const app = await openApp(dialect, { TALLYSTICK_PUBLIC_URL: 'http://127.0.0.1:4873' });
    const body = couchBody('ann', password, 'ann@example.com');
    const { token } = (await app.ask('PUT', userPath('ann'), { body })).json();
    const { store } = app.app;
    const { id } = await store.read((tx) =>
      tx.sql.selectFrom('accounts').select('id').executeTakeFirstOrThrow(),
    );
    const world = { store, clock: app.clock, vault: createVault(), another: () => store };
    await register(world, { id, name: 'ann' }, new Authenticator());
    const answer = await publish(app, token, draft());
    expect([answer.statusCode, answer.headers['npm-notice']]).toEqual([401, undefined]);
  });

  test('is none of the website: its forms ask for the key themselves', async () => {
    const { app, browser } = await openWorld(dialect);
    await addKey(browser);
    app.clock.advance(6 * 60_000);
    await browser.open('/settings/ann/profile');
    await browser.submit('/settings/ann/profile', { fullname: 'Ann' });
    expect([browser.status, browser.last?.headers['npm-notice']]).toEqual([401, undefined]);
    expect(browser.text()).toContain('Use your security key, or enter one of your recovery codes.');
  });
});
