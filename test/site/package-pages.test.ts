import { describe, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { type Draft, documentOf } from '../support/document.ts';
import { Browser } from './browser.ts';
import { password, signIn, signUp } from './people.ts';

const dialects = ['sqlite', 'postgres'] as const;

const tokenOf = async (app: TestApp, name: string): Promise<string> =>
  (await app.ask('PUT', `/-/user/org.couchdb.user:${name}`, { body: { name, password } })).json().token;

async function publish(app: TestApp, draft: Draft, name = 'ann'): Promise<void> {
  const token = await tokenOf(app, name);
  const path = `/${draft.name.replace('/', '%2f')}`;
  const answer = await app.ask('PUT', path, { token, body: documentOf(draft) });
  expect([answer.statusCode, answer.body]).toEqual([201, expect.anything()]);
}

describe.each(dialects)('the pages of packages (%s)', (dialect) => {
  it('show what is new, find it, and tell all of it', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const browser = new Browser(app);
    await browser.open('/');
    expect(browser.text()).toContain('npm set registry http://localhost:4873/');
    await publish(app, {
      name: 'left-padlock',
      version: '1.0.0',
      manifest: { description: 'Pads and locks', license: 'MIT' },
    });
    await browser.open('/');
    expect(browser.text()).toContain('left-padlock');
    await browser.open('/search?q=padlock');
    expect(browser.status).toBe(200);
    expect(browser.text()).toContain('Pads and locks');
    await browser.open('/package/left-padlock');
    expect(browser.status).toBe(200);
    expect(browser.text()).toContain('npm install left-padlock');
    expect(browser.text()).toContain('ann');
    await browser.open('/package/left-padlock/v/1.0.0');
    expect(browser.text()).toContain('npm install left-padlock@1.0.0');
    await browser.open('/package/left-padlock/v/2.0.0');
    expect(browser.status).toBe(404);
  });

  it('answer the registry’s clients on the same paths', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    await publish(app, { name: 'search', version: '1.0.0' });
    const packument = await app.ask('GET', '/search', { headers: { accept: 'application/json' } });
    expect(packument.json().name).toBe('search');
    expect((await app.ask('GET', '/search')).json().name).toBe('search');
    const page = await app.ask('GET', '/search', {
      headers: { accept: 'text/html', host: 'localhost:4873' },
    });
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers.vary).toContain('Accept');
    const write = await app.ask('GET', '/search?write=true', { headers: { accept: 'text/html' } });
    expect(write.json().name).toBe('search');
  });

  it('say the same of a package that is hidden and of none', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    await signUp(app, 'bob');
    await publish(app, { name: '@ann/secret', version: '1.0.0', access: 'restricted' });
    const owner = await signIn(app);
    await owner.open('/package/@ann/secret');
    expect(owner.status).toBe(200);
    for (const browser of [new Browser(app), await signIn(app, 'bob')]) {
      await browser.open('/package/@ann/secret');
      const hidden = browser.body.replaceAll('secret', 'NAME');
      expect(browser.status).toBe(404);
      await browser.open('/package/@ann/nothing');
      const strip = (body: string): string => body.replaceAll(/name="form" value="[^"]*"/g, '');
      expect(strip(browser.body.replaceAll('nothing', 'NAME'))).toBe(strip(hidden));
      await browser.open('/search?q=secret');
      expect(browser.text()).not.toContain('@ann/secret');
      await browser.open('/');
      expect(browser.text()).not.toContain('@ann/secret');
    }
  });

  it('are for people with an account where strangers read nothing', async () => {
    const app = await openApp(dialect, { TALLYSTICK_ANONYMOUS_READ: 'false' });
    await signUp(app);
    await publish(app, { name: 'left-padlock', version: '1.0.0' });
    const stranger = new Browser(app);
    await stranger.open('/');
    expect(stranger.text()).not.toContain('left-padlock');
    for (const path of ['/package/left-padlock', '/search?q=left']) {
      await stranger.open(path);
      expect(stranger.heading()).toBe('Sign in');
    }
    await stranger.open('/package/left-padlock');
    await stranger.submit('/login', { username: 'ann', password });
    expect(stranger.path).toBe('/package/left-padlock');
    expect(stranger.text()).toContain('npm install left-padlock');
  });
});
