import { describe, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { documentOf } from '../support/document.ts';
import { Browser } from './browser.ts';
import { codeNow, enable, password, signIn, signUp } from './people.ts';

const dialects = ['sqlite', 'postgres'] as const;
const base = '/package/@ann/lock/access';
const later = 5 * 60_000;

/** Publishes `@ann/lock`, before there is a second factor; returns the token. */
async function publish(app: TestApp, name = '@ann/lock'): Promise<string> {
  const { token } = (
    await app.ask('PUT', '/-/user/org.couchdb.user:ann', { body: { name: 'ann', password } })
  ).json();
  const body = documentOf({ name, version: '1.0.0' });
  const answer = await app.ask('PUT', `/${name.replace('/', '%2f')}`, { token, body });
  expect(answer.statusCode).toBe(201);
  return token;
}

const accessOf = async (app: TestApp, token: string): Promise<unknown> =>
  (await app.ask('GET', '/-/package/@ann%2flock/access', { token })).json();

describe.each(dialects)('the page of a package’s access (%s)', (dialect) => {
  it('shows the rules and changes each, as npm does', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    const token = await publish(app);
    await browser.open('/package/@ann/lock');
    expect(browser.body).toContain(`href="${base}"`);
    await browser.open(base);
    expect(browser.heading()).toBe('Access @ann/lock');
    expect(browser.text()).toContain('Require two-factor authentication to publish');
    expect(browser.text()).toContain('npm access set mfa=publish @ann/lock');
    expect(browser.text()).toContain('Your own account has no second factor');
    expect(browser.fields(base)).toMatchObject({ mfa: 'none' });

    await browser.open(`${base}/visibility`);
    const { visibility = '' } = browser.fields(`${base}/visibility`);
    await browser.submit(`${base}/visibility`);
    expect(browser.text()).toContain(`The package is ${visibility} now`);
    expect(await accessOf(app, token)).toMatchObject({ access: visibility });

    const flags = { automation: [true, true], publish: [true, false] } as const;
    await browser.open(base);
    await browser.submit(base, { mfa: 'automation' });
    expect(browser.text()).toContain('The rule holds from the next publish on');
    expect(browser.fields(base)).toMatchObject({ mfa: 'automation' });
    expect(await accessOf(app, token)).toMatchObject({
      publish_requires_tfa: flags.automation[0],
      automation_token_overrides_tfa: flags.automation[1],
    });
    // Who has no second factor may not take the rule back.
    await browser.open(base);
    expect(browser.status).toBe(403);
    const { secret } = await enable(app);
    const safe = await signIn(app, 'ann', secret);
    await safe.open(base);
    expect(safe.text()).not.toContain('Your own account has no second factor');
    await safe.submit(base, { mfa: 'publish' });
    expect(await accessOf(app, token)).toMatchObject({
      publish_requires_tfa: flags.publish[0],
      automation_token_overrides_tfa: flags.publish[1],
    });
    await safe.submit(base, { mfa: 'none' });
    expect(await accessOf(app, token)).toMatchObject({ publish_requires_tfa: false });
  });

  it('adds and removes maintainers, and keeps what was typed when it cannot', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await signUp(app, 'ben');
    const token = await publish(app);
    const owners = async (): Promise<string[]> =>
      (await app.ask('GET', '/-/package/@ann%2flock/owners', { token }))
        .json()
        .map(({ username }: { username: string }) => username);
    await browser.open(base);
    expect(browser.text()).toContain('the only one');
    await browser.open(`${base}/maintainers`);
    await browser.submit(`${base}/maintainers`, { user: 'nobody' });
    expect(browser.status).toBe(400);
    expect(browser.fields(`${base}/maintainers`).user).toBe('nobody');
    await browser.submit(`${base}/maintainers`, { user: 'ben' });
    expect(browser.text()).toContain('ben maintains the package now We sent a mail');
    expect(await owners()).toEqual(['ann', 'ben']);
    await browser.open(`${base}/maintainers/ben/remove`);
    expect(browser.heading()).toBe('Remove ben from @ann/lock');
    await browser.submit(`${base}/maintainers/ben/remove`);
    expect(browser.text()).toContain('ben maintains the package no longer');
    expect(await owners()).toEqual(['ann']);
    expect((await browser.open(`${base}/maintainers/ben/remove`)).status).toBe(404);
    await browser.open(`${base}/maintainers/ann/remove`);
    await browser.submit(`${base}/maintainers/ann/remove`);
    expect(browser.status).toBe(403);
    expect(await owners()).toEqual(['ann']);
  });

  it('refuses what no choice is, and to restrict a package without a scope', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    const token = await publish(app);
    await publish(app, 'padlock');
    await browser.open(base);
    const before = await accessOf(app, token);
    await browser.submit(base, { mfa: 'sometimes' });
    expect(browser.status).toBe(400);
    expect(await accessOf(app, token)).toEqual(before);
    await browser.open('/package/padlock/access');
    expect(browser.text()).toContain('A package without a scope is always public.');
    await browser.open('/package/padlock/access/visibility');
    await browser.submit('/package/padlock/access/visibility');
    expect(browser.status).toBe(422);
  });

  it('asks the code once for all of them, within five minutes', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    await publish(app);
    await signUp(app, 'ben');
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    app.clock.advance(later);
    await browser.open(base);
    await browser.submit(base, { mfa: 'publish' });
    expect(browser.status).toBe(401);
    expect(browser.fields(base)).toMatchObject({ mfa: 'publish', code: '' });
    await browser.submit(base, { code: codeNow(app, secret) });
    expect(browser.status).toBe(200);
    await browser.open(`${base}/maintainers`);
    expect(browser.fields(`${base}/maintainers`)).not.toHaveProperty('code');
    await browser.submit(`${base}/maintainers`, { user: 'ben' });
    expect(browser.status).toBe(200);
    app.clock.advance(later);
    await browser.open(`${base}/maintainers/ben/remove`);
    await browser.submit(`${base}/maintainers/ben/remove`);
    expect(browser.status).toBe(401);
  });

  it('is for maintainers: readers are refused, a hidden package is none, a stranger signs in first', async () => {
    const app = await openApp(dialect);
    const ann = await signUp(app);
    const token = await publish(app);
    const ben = await signUp(app, 'ben');
    const pages = [base, `${base}/visibility`, `${base}/maintainers`, `${base}/maintainers/ann/remove`];
    const set = (access: string) =>
      app.ask('POST', '/-/package/@ann%2flock/access', { token, body: { access } });
    await set('public');
    for (const path of pages) expect((await ben.open(path)).status).toBe(403);
    await ann.open(base);
    const body = new URLSearchParams({ ...(await form(ben)), mfa: 'publish' }).toString();
    expect((await ben.send('POST', base, { body })).statusCode).toBe(403);
    for (const path of pages) expect((await new Browser(app).open(path)).heading()).toBe('Sign in');
    await set('restricted');
    for (const path of pages) expect((await ben.open(path)).status).toBe(404);
    expect(await accessOf(app, token)).toMatchObject({ publish_requires_tfa: false });
  });
});

/** The field by which a form of this browser is known. */
async function form(browser: Browser): Promise<{ form: string }> {
  await browser.open('/settings/~/profile');
  return { form: browser.fields('/settings/ben/profile').form ?? '' };
}
