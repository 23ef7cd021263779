/** People who use the website of an application under test. */
import { currentCost } from '../../src/accounts/passwords.ts';
import type { TestApp } from '../support/app.ts';
import { codeOfStep } from '../support/totp.ts';
import { Browser } from './browser.ts';

// What a hash costs is another test's matter.
currentCost.memory = 64;

export const password = 'correct horse battery staple 42';

/** Signs up on the website and stays signed in. */
export async function signUp(app: TestApp, name = 'ann'): Promise<Browser> {
  const browser = new Browser(app);
  await browser.open('/signup');
  return browser.submit('/signup', { username: name, email: `${name}@example.com`, password });
}

/** The code that the person's app shows now. */
export const codeNow = (app: TestApp, secret: string): string =>
  codeOfStep(secret, Math.floor(app.clock.now() / 30_000));

/** Turns two-factor authentication on as `npm profile enable-2fa` does, and waits for the next code. */
export async function enable(
  app: TestApp,
  name = 'ann',
  mode = 'auth-and-writes',
): Promise<{ secret: string; codes: string[] }> {
  const headers = { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` };
  const begun = await app.ask('POST', '/-/npm/v1/user', {
    headers,
    body: { tfa: { password, mode } },
  });
  const secret = new URL(begun.json().tfa).searchParams.get('secret') ?? '';
  const done = await app.ask('POST', '/-/npm/v1/user', { headers, body: { tfa: [codeNow(app, secret)] } });
  app.clock.advance(30_000);
  return { secret, codes: done.json().tfa };
}

/** Signs in with password and, where a secret is given, the code of the app. */
export async function signIn(app: TestApp, name = 'ann', secret?: string): Promise<Browser> {
  const browser = new Browser(app);
  await browser.open('/login');
  await browser.submit('/login', { username: name, password });
  if (secret !== undefined) {
    await browser.submit('/login/second-step', { code: codeNow(app, secret) });
    app.clock.advance(30_000);
  }
  return browser;
}
