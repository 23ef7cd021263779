import { describe, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { documentOf } from '../support/document.ts';
import { Browser } from './browser.ts';
import { codeNow, enable, password, signIn, signUp } from './people.ts';

const dialects = ['sqlite', 'postgres'] as const;
const base = 'http://localhost:4873';

interface Begun {
  path: string;
  doneUrl: string;
  comparison: string;
}

async function begin(app: TestApp, body: object = {}, address = '127.0.0.1'): Promise<Begun> {
  const answer = await app.ask('POST', '/-/v1/login', {
    body,
    address,
    headers: { 'user-agent': 'npm/11.6.4' },
  });
  const { loginUrl, doneUrl } = answer.json() as { loginUrl: string; doneUrl: string };
  const [comparison = ''] = /[0-9A-Z]{8}/.exec(String(answer.headers['npm-notice'])) ?? [];
  return { path: loginUrl.slice(base.length), doneUrl: doneUrl.slice(base.length), comparison };
}

const collect = (app: TestApp, { doneUrl }: { doneUrl: string }) => app.ask('GET', doneUrl);

const publishOf = (app: TestApp, token: string, version: string, otp?: string) =>
  app.ask('PUT', '/left-padlock', {
    token,
    body: documentOf({ name: 'left-padlock', version }),
    headers: { 'npm-auth-type': 'web' },
    ...(otp === undefined ? {} : { otp }),
  });

describe.each(dialects)('the pages of the command line (%s)', (dialect) => {
  it('log in: sign in first, compare the code, approve, and the terminal gets its token', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const begun = await begin(app, { hostname: 'workshop' });
    expect((await collect(app, begun)).statusCode).toBe(202);
    const browser = new Browser(app);
    await browser.open(begun.path);
    expect(browser.heading()).toBe('Sign in');
    await browser.submit('/login', { username: 'ann', password });
    await browser.submit('/login/second-step', { code: codeNow(app, secret) });
    expect(browser.path).toBe(begun.path);
    for (const words of ['npm/11.6.4', '127.0.0.1', 'workshop', begun.comparison])
      expect(browser.text()).toContain(words);
    // The factor of the sign-in a moment ago suffices.
    expect(browser.body).not.toContain('name="code"');
    await browser.submit(begun.path);
    expect(browser.text()).toContain('Approved. Go back to the terminal');
    const { token } = (await collect(app, begun)).json() as { token: string };
    expect((await app.ask('GET', '/-/whoami', { token })).json()).toEqual({ username: 'ann' });
    await browser.open(begun.path);
    expect(browser.text()).toContain('the terminal has what it asked for');
  });

  it('ask a fresh factor when the last one is more than five minutes old', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    app.clock.advance(5 * 60_000);
    const begun = await begin(app);
    await browser.open(begun.path);
    await browser.submit(begun.path);
    expect(browser.status).toBe(401);
    await browser.submit(begun.path, { code: codeNow(app, secret) });
    expect(browser.text()).toContain('Approved.');
  });

  it('take the password of an account that has no second factor', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    app.clock.advance(5 * 60_000);
    const begun = await begin(app);
    await browser.open(begun.path);
    await browser.submit(begun.path);
    expect(browser.text()).toContain('Enter your password.');
    await browser.submit(begun.path, { password });
    expect(browser.text()).toContain('Approved.');
  });

  it('lead npm adduser to the page for signing up, and on', async () => {
    const app = await openApp(dialect);
    const begun = await begin(app, { create: true });
    const browser = new Browser(app);
    await browser.open(begun.path);
    expect(browser.heading()).toBe('Sign up');
    await browser.submit('/signup', { username: 'ann', email: 'ann@example.com', password });
    expect(browser.heading()).toBe('Welcome, ann');
    expect(browser.body).toContain(`href="${begun.path}"`);
    await browser.open(begun.path);
    await browser.submit(begun.path);
    expect((await collect(app, begun)).json()).toHaveProperty('token');
  });

  it('warn of another network, and take the approval only with its box ticked', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    const begun = await begin(app, {}, '203.0.113.9');
    browser.address = '198.51.100.7';
    await browser.open(begun.path);
    expect(browser.text()).toContain('another network than your browser');
    await browser.submit(begun.path);
    expect(browser.status).toBe(403);
    await browser.submit(begun.path, { 'another-network': 'on' });
    expect(browser.text()).toContain('Approved.');
  });

  it('deny, and the terminal is told so', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    const begun = await begin(app);
    await browser.open(begun.path);
    await browser.submit(`${begun.path}/deny`);
    expect(browser.text()).toContain('Denied.');
    expect((await collect(app, begun)).statusCode).toBe(503);
  });

  it('approve nothing by reading', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    const begun = await begin(app);
    await browser.open(begun.path);
    await browser.send('HEAD', begun.path);
    await browser.send('GET', `${begun.path}?another-network=on&password=${encodeURIComponent(password)}`);
    expect((await collect(app, begun)).statusCode).toBe(202);
  });

  it('give the second factor for one publish, and name it', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    const begun = await begin(app);
    await browser.open(begun.path);
    await browser.submit(begun.path);
    const { token } = (await collect(app, begun)).json() as { token: string };

    const challenge = await publishOf(app, token, '1.0.1');
    expect([challenge.statusCode, challenge.headers['www-authenticate']]).toEqual([401, 'otp']);
    const { authUrl, doneUrl } = challenge.json() as { authUrl: string; doneUrl: string };
    const path = authUrl.slice(base.length);
    await browser.open(path);
    expect(browser.text()).toMatch(/npm publish left-padlock@1\.0\.1 .*sha512-/);
    await browser.submit(path);
    expect(browser.text()).toContain('Approved.');
    const { token: value } = (await app.ask('GET', doneUrl.slice(base.length))).json() as { token: string };
    expect((await publishOf(app, token, '1.0.2', value)).statusCode).toBe(401);
    expect((await publishOf(app, token, '1.0.1', value)).statusCode).toBe(201);
  });

  it('give it for a release, list what is published, and end it at once', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    const begun = await begin(app);
    await browser.open(begun.path);
    await browser.submit(begun.path);
    const { token } = (await collect(app, begun)).json() as { token: string };
    const { authUrl, doneUrl } = (await publishOf(app, token, '1.0.1')).json() as {
      authUrl: string;
      doneUrl: string;
    };
    const path = authUrl.slice(base.length);
    await browser.open(path);
    await browser.submit(path, { release: 'yes' });
    expect(browser.last?.headers.refresh).toBe('3');
    const { token: value } = (await app.ask('GET', doneUrl.slice(base.length))).json() as { token: string };
    for (const version of ['1.0.1', '1.0.2'])
      expect((await publishOf(app, token, version, value)).statusCode).toBe(201);
    await browser.open(path);
    expect(browser.text()).toContain('left-padlock@1.0.1');
    expect(browser.text()).toContain('left-padlock@1.0.2');
    await browser.submit(`${path}/deny`);
    expect(browser.last?.headers.refresh).toBeUndefined();
    expect((await publishOf(app, token, '1.0.3', value)).statusCode).toBe(401);
  });

  it('show nothing of another account’s request', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    const begun = await begin(app);
    await browser.open(begun.path);
    await browser.submit(begun.path);
    const { token } = (await collect(app, begun)).json() as { token: string };
    const { authUrl } = (await publishOf(app, token, '1.0.1')).json() as { authUrl: string };
    const bob = await signUp(app, 'bob');
    await bob.open(authUrl.slice(base.length));
    expect(bob.status).toBe(403);
    expect(bob.body).not.toContain('left-padlock');
    const stranger = new Browser(app);
    await stranger.open(authUrl.slice(base.length));
    expect(stranger.heading()).toBe('Sign in');
  });
});
