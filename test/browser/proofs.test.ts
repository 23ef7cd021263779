/** Proofs that are asked for again once some minutes have passed: here the clock is moved, so the server runs in this process. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestApp } from '../support/app.ts';
import { documentOf } from '../support/document.ts';
import { type Key, launch, missing, type Person, password } from './chromium.ts';
import { sitDownAtApp } from './moved-clock.ts';

if (missing !== undefined) console.log(`SKIPPED (${missing}): proofs in a real browser`);

const minutes = 60_000;

const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
};

describe.skipIf(missing !== undefined)(
  'hours after her sign-in ann, in Chromium, proves with her passkey',
  () => {
    let browser: Browser;
    let app: TestApp;
    let ann: Person;
    let key: Key;
    let token: string;

    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser?.close());

    beforeEach(async () => {
      ({ app, person: ann } = await sitDownAtApp(browser));
      await ann.signUp('ann');
      token = await logIn();
      key = await ann.buyKey();
      await ann.open('/settings/~/authentication/keys/add', 'Add security key');
      await ann.fill({ Name: 'laptop' });
      await ann.press('Add security key');
      await ann.arriveAt('Your recovery codes');
      app.clock.advance(6 * minutes);
    });
    afterEach(async () => {
      expect(ann.faults).toEqual([]);
      await ann.leave();
    });

    /** A login of the command line, from before the second factor. */
    const logIn = async (): Promise<string> => {
      const answer = await app.ask('PUT', '/-/user/org.couchdb.user:ann', {
        body: { name: 'ann', password: password },
      });
      return answer.json().token;
    };

    const publish = (version: string, otp?: string) =>
      app.ask('PUT', '/left-padlock', {
        token,
        body: documentOf({ name: 'left-padlock', version }),
        headers: { 'npm-auth-type': 'web' },
        ...(otp === undefined ? {} : { otp }),
      });

    /** Publishes without a code: the path of the page that is to be opened, and of the answer. */
    const askToPublish = async (version: string): Promise<{ page: string; done: string }> => {
      const answer = await publish(version);
      expect(answer.statusCode).toBe(401);
      const { authUrl, doneUrl } = answer.json();
      return { page: pathOf(authUrl), done: pathOf(doneUrl) };
    };

    const collect = async (done: string): Promise<string> => (await app.ask('GET', done)).json().token;

    test('for a new token, which is shown once; and for another key, with one touch of each', async () => {
      await ann.open('/settings/~/tokens/new', 'Generate New Token');
      await ann.fill({ 'Token name': 'laptop' });
      await ann.find('radio', 'Publish').check();
      await ann.press('Use a security key');
      await ann.arriveAt('Your new token');
      const [shown = ''] = /npm_[A-Za-z0-9]{36}/.exec(await ann.text()) ?? [];
      expect((await app.ask('GET', '/-/whoami', { token: shown })).json()).toEqual({ username: 'ann' });
      await ann.follow('I have copied it');
      await ann.arriveAt('Access Tokens');
      expect(await ann.text()).not.toContain(shown);

      app.clock.advance(6 * minutes);
      const second = await ann.buyKey('usb');
      await ann.open('/settings/~/authentication/keys/add', 'Add security key');
      await ann.fill({ Name: 'blue stick' });
      await ann.press('Add security key');
      await ann.arriveAt('Authentication');
      await ann.find('row', /^blue stick/).waitFor();
      expect(await second.credentials()).toBe(1);
      expect(await key.credentials()).toBe(1);
    });

    test('that the key is hers, to remove it: two-factor authentication ends with it', async () => {
      await ann.open('/settings/~/authentication', 'Authentication');
      await ann
        .find('row', /^laptop/)
        .getByRole('link')
        .click();
      await ann.arriveAt('laptop');
      await ann.follow('Remove security key');
      await ann.arriveAt('Remove security key');
      expect(await ann.text()).toContain('It is your last factor');
      await ann.press('Use a security key');
      await ann.arriveAt('Authentication');
      expect(await ann.text()).toContain('No second factor yet');
    });

    test('a login of the command line', async () => {
      const begun = await app.ask('POST', '/-/v1/login', {
        body: { hostname: 'workshop' },
        headers: { 'user-agent': 'npm/11.6.4 node/v24.1.0 linux x64' },
      });
      const [comparison] = /[0-9A-Z]{8}/.exec(String(begun.headers['npm-notice'])) ?? [];
      const { loginUrl, doneUrl } = begun.json();
      await ann.open(new URL(loginUrl).pathname, 'Log in on the command line');
      for (const words of ['npm/11.6.4', '127.0.0.1', 'workshop', comparison ?? 'no code'])
        expect(await ann.text()).toContain(words);
      await ann.press('Use a security key');
      await ann.page.getByText('Approved. Go back to the terminal').waitFor();
      await ann.arriveAt('Log in on the command line');
      const login = await collect(pathOf(doneUrl));
      expect((await app.ask('GET', '/-/whoami', { token: login })).json()).toEqual({ username: 'ann' });
    });

    test('one publish and no other; and nothing where she denies', async () => {
      const { page, done } = await askToPublish('1.0.0');
      await ann.open(page, 'Approve with your second factor');
      expect(await ann.text()).toContain('npm publish left-padlock@1.0.0');
      await ann.press('Use a security key');
      await ann.page.getByText('Approved. Go back to the terminal').waitFor();
      const otp = await collect(done);
      expect((await publish('1.0.1', otp)).statusCode).toBe(401);
      expect((await publish('1.0.0', otp)).statusCode).toBe(201);
      expect((await publish('1.0.2')).statusCode).toBe(401);

      const denied = await askToPublish('1.0.3');
      await ann.open(denied.page, 'Approve with your second factor');
      await ann.press('Deny');
      await ann.page.getByText('Denied. The terminal gets nothing.').waitFor();
      expect((await app.ask('GET', denied.done)).statusCode).toBeGreaterThanOrEqual(400);
    });

    test('a release, whose publishes the page lists as they happen, and ends it', async () => {
      const { page, done } = await askToPublish('1.0.0');
      await ann.open(page, 'Approve with your second factor');
      await ann.press('Use a security key for this release');
      await ann.arriveAt('Release');
      const otp = await collect(done);
      expect((await publish('1.0.0', otp)).statusCode).toBe(201);
      await ann.find('row', /^left-padlock@1.0.0 /).waitFor();
      expect((await publish('1.0.1', otp)).statusCode).toBe(201);
      await ann.find('row', /^left-padlock@1.0.1 /).waitFor();
      await ann.press('End this release now');
      await ann.page.getByText('This release is over').waitFor();
      expect((await publish('1.0.2', otp)).statusCode).toBe(401);
    });

    test('to remove two-factor authentication, with the password', async () => {
      await ann.open('/settings/~/authentication/remove', 'Remove two-factor authentication');
      await ann.fill({ Password: password });
      await ann.press('Use a security key');
      await ann.arriveAt('Authentication');
      expect(await ann.text()).toContain('No second factor yet');
    });

    test('nothing with a key that is not hers: the form says so and stays', async () => {
      await key.remove();
      await ann.buyKey();
      await ann.open('/settings/~/authentication/mode', 'When a code is asked');
      await ann.fill({ Password: password });
      await ann.press('Use a security key');
      await ann.page.getByRole('alert').getByText('No security key answered. Try again.').waitFor();
    });
  },
);
