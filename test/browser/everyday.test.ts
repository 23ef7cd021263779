import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { documentOf } from '../support/document.ts';
import { findFreePort } from '../support/postgres.ts';
import { type ServerProcess, startServer } from '../support/process.ts';
import { Authenticator } from '../support/totp.ts';
import { launch, missing, Person, password } from './chromium.ts';

if (missing !== undefined) console.log(`SKIPPED (${missing}): everyday pages in a real browser`);

const readme = `# Hello

Says hello to **whoever** asks. [More](https://example.com/more)

\`\`\`js
import { hello } from '@bob/hello';
console.log(hello('a line that is long enough to need a scroll bar of its own in a narrow window'));
\`\`\`

| option | meaning |
| --- | --- |
| name | who is greeted |
`;

describe.skipIf(missing !== undefined)('in Chromium, on the built server', () => {
  let server: ServerProcess;
  let browser: Browser;
  let origin: string;
  let bob: Person;

  beforeAll(async () => {
    const port = await findFreePort();
    origin = `http://localhost:${port}`;
    server = await startServer({ port, publicUrl: origin });
    browser = await launch();
    bob = await Person.sitDown(browser, origin);
  });
  afterEach(() => expect(bob.faults.splice(0)).toEqual([]));
  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  const ask = (path: string, token: string, body?: object) =>
    fetch(`${server.url}${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'PUT', body: JSON.stringify(body) }),
    });

  /** The token that stands on the page. */
  const tokenOn = async ({ page }: Person): Promise<string> =>
    /npm_[A-Za-z0-9]{36}/.exec((await page.getByRole('main').textContent()) ?? '')?.[0] ??
    expect.fail('no token');

  test('bob makes a token, copies it, publishes with it, and revokes it', async () => {
    await bob.signUp('bob');
    await bob.follow('Not now');
    await bob.arriveAt('Profile');
    await bob.follow('Access Tokens');
    await bob.arriveAt('Access Tokens');
    await bob.follow('Generate New Token');
    await bob.arriveAt('Generate New Token');
    await bob.fill({ 'Token name': 'build machine' });
    await bob.find('radio', 'Automation').check();
    await bob.press('Generate Token');
    await bob.arriveAt('Your new token');
    const token = await tokenOn(bob);
    await bob.page.getByRole('button', { name: 'Copy', exact: true }).first().click();
    await bob.find('button', 'Copied').waitFor();
    expect(await bob.page.evaluate(() => navigator.clipboard.readText())).toBe(token);
    const document = documentOf({
      name: '@bob/hello',
      version: '1.0.0',
      access: 'public',
      manifest: { readme },
    });
    expect((await ask('/@bob%2fhello', token, { ...document, readme })).status).toBe(201);

    await bob.follow('I have copied it');
    await bob.arriveAt('Access Tokens');
    await bob.follow('Revoke build machine');
    await bob.arriveAt('Revoke build machine');
    await bob.press('Revoke');
    await bob.arriveAt('Token revoked');
    expect((await ask('/-/whoami', token)).status).toBe(401);
  });

  test('bob looks at every page', async () => {
    const pages = [
      ['/', /./],
      ['/search?q=hello', /./],
      ['/search?q=nothing-of-the-kind', /./],
      ['/package/@bob/hello', /./],
      ['/package/@bob/hello?tab=versions', /./],
      ['/package/@bob/hello?tab=dependencies', /./],
      ['/package/@bob/hello/v/1.0.0', /./],
      ['/package/@bob/hello/access', 'Access @bob/hello'],
      ['/package/@bob/hello/access/visibility', /./],
      ['/package/@bob/hello/access/maintainers', /./],
      ['/package/@bob/none', /./],
      ['/settings/~/profile', 'Profile'],
      ['/settings/~/password', 'Change password'],
      ['/settings/~/authentication', 'Authentication'],
      ['/settings/~/authentication/keys/add', 'Add security key'],
      ['/settings/~/sessions', 'Sessions'],
      ['/settings/~/ssh-keys', 'SSH Keys'],
      ['/settings/~/security-log', 'Security log'],
      ['/auth/two-factor', /./],
      ['/settings/somebody-else/profile', /./],
      ['/logout', 'Sign out'],
    ] as const;
    for (const [path, heading] of pages) await bob.open(path, heading);
  });

  test('bob chooses his client once, and the package page remembers it', async () => {
    await bob.open('/package/@bob/hello', /hello/);
    await bob.find('radio', 'pnpm').check();
    await bob.page.getByText('pnpm add @bob/hello', { exact: true }).waitFor();
    await bob.page.reload();
    await bob.page.getByText('pnpm add @bob/hello', { exact: true }).waitFor();
    expect(await bob.page.getByText('npm install @bob/hello', { exact: true }).isVisible()).toBe(false);
  });

  test('bob switches to the dark theme, which is as readable, and back', async () => {
    await bob.press('Dark theme');
    await bob.find('button', 'Light theme').waitFor();
    for (const [path, heading] of [
      ['/package/@bob/hello', /hello/],
      ['/settings/~/tokens/new', 'Generate New Token'],
      ['/settings/~/authentication', 'Authentication'],
    ] as const)
      await bob.open(path, heading);
    await bob.press('Light theme');
  });

  test('the account menu closes by Escape, by a click elsewhere and by going on', async () => {
    const summary = bob.page.locator('summary', { hasText: 'Account menu of' });
    const item = bob.find('link', 'Settings');
    const leave = [
      () => bob.page.keyboard.press('Escape'),
      () => bob.find('heading', 'Authentication').click(),
      () => bob.find('searchbox', 'Search packages').focus(),
    ];
    await bob.open('/settings/~/authentication', 'Authentication');
    for (const away of leave) {
      await summary.click();
      await item.waitFor();
      await away();
      await item.waitFor({ state: 'hidden' });
    }
  });

  test('bob signs in with nothing but the keyboard', async () => {
    await bob.signOut();
    await bob.open('/login', 'Sign in');
    const { keyboard } = bob.page;
    await keyboard.press('Tab');
    expect(
      await bob.find('link', 'Skip to content').evaluate((link) => link === document.activeElement),
    ).toBe(true);
    await keyboard.press('Enter');
    expect(await bob.page.evaluate(() => document.activeElement?.id)).toBe('content');
    await keyboard.press('Tab');
    await keyboard.type('bob');
    await keyboard.press('Tab');
    await keyboard.type(password);
    await keyboard.press('Enter');
    await bob.arriveAt('Authentication');
  });

  test('carol does without scripts: account, second factor, sign-in, token', async () => {
    const carol = await Person.sitDown(browser, origin, { javaScriptEnabled: false });
    await carol.signUp('carol');
    await carol.follow('Add Two-Factor Authentication');
    await carol.arriveAt('Add Two-Factor Authentication');
    await carol.press('Show the QR code');
    await carol.arriveAt('Scan the QR code');
    const [groups = ''] = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/.exec(await carol.text()) ?? [];
    const app = new Authenticator(groups.replaceAll(' ', ''));
    await carol.fill({ 'Pin code': await app.next() });
    await carol.press('Save');
    await carol.arriveAt('Your recovery codes');
    await carol.find('checkbox', 'I have saved my recovery codes').check();
    await carol.press('Continue');
    await carol.arriveAt('Authentication');
    await carol.signOut();
    await carol.signIn('carol');
    await carol.arriveAt('Two-factor authentication');
    await carol.fill({ 'Pin code': await app.next() });
    await carol.press('Verify');
    await carol.arriveAt('Authentication');
    await carol.follow('Access Tokens');
    await carol.follow('Generate New Token');
    await carol.arriveAt('Generate New Token');
    await carol.fill({ 'Token name': 'laptop' });
    await carol.find('radio', 'Read-only').check();
    await carol.press('Generate Token');
    await carol.arriveAt('Your new token');
    expect(await (await ask('/-/whoami', await tokenOn(carol))).json()).toEqual({ username: 'carol' });
    // Nothing is offered that only a script can do.
    for (const name of ['Copy', 'Dark theme', 'Use a security key'])
      expect(await carol.page.getByRole('button', { name }).count()).toBe(0);
    expect(carol.faults).toEqual([]);
    await carol.leave();
  });
});
