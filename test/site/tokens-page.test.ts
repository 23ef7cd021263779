import { describe, expect, it } from 'vitest';
import { openApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { codeNow, enable, password, signIn, signUp } from './people.ts';

const dialects = ['sqlite', 'postgres'] as const;
const list = '/settings/ann/tokens';
const newPage = '/settings/ann/tokens/new';
const later = 5 * 60_000;

const tokenIn = (browser: Browser): string => /npm_[A-Za-z0-9]{36}/.exec(browser.text())?.[0] ?? '';
const revokePathIn = (browser: Browser): string =>
  /\/settings\/ann\/tokens\/[0-9a-f]{32}\/revoke/.exec(browser.body)?.[0] ?? '';

async function generate(browser: Browser, fields: Record<string, string>): Promise<Browser> {
  await browser.open('/settings/~/tokens/new');
  return browser.submit(newPage, fields);
}

describe.each(dialects)('the page of access tokens (%s)', (dialect) => {
  it('teaches how to make the first one', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await browser.open('/settings/~/tokens');
    expect(browser.heading()).toBe('Access Tokens');
    expect(browser.text()).toContain('You have no access tokens.');
    expect(browser.text()).toContain('Generate New Token');
    expect(browser.text()).toContain('npm token create --registry=http://localhost:4873/');
  });

  it('shows a new token once, with the line to paste, and it works', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await generate(browser, { name: 'laptop', type: 'publish', expires: '30', cidr: '127.0.0.0/8\n' });
    const token = tokenIn(browser);
    expect(browser.text()).toContain(`npm set //localhost:4873/:_authToken ${token}`);
    expect(browser.text()).toContain('It will not be shown again.');
    expect(browser.text()).toContain('We sent a mail about it to ann@example.com.');
    expect(browser.text()).toContain('Expires in 1 month');
    expect(browser.last?.headers['cache-control']).toBe('no-store');
    expect((await app.ask('GET', '/-/whoami', { token })).json()).toEqual({ username: 'ann' });
    const elsewhere = await app.ask('GET', '/-/whoami', { token, address: '192.0.2.1' });
    expect(elsewhere.statusCode).toBe(401);
    await browser.open('/settings/~/tokens');
    expect(browser.body).not.toContain(token);
    expect(browser.text()).toMatch(/laptop npm_\w{4}… Publish .* Only from 127\.0\.0\.0\/8/);
  });

  it('names the registry with the path that it stands below', async () => {
    const publicUrl = 'http://localhost:4873/npm';
    const app = await openApp(dialect, { TALLYSTICK_PUBLIC_URL: publicUrl });
    const browser = new Browser(app, publicUrl);
    browser.headers.origin = 'http://localhost:4873';
    await browser.open('/npm/signup');
    await browser.submit('/npm/signup', { username: 'ann', email: 'ann@example.com', password });
    await browser.open('/npm/settings/~/tokens/new');
    await browser.submit(`/npm${newPage}`, { name: 'ci', type: 'readonly' });
    expect(browser.text()).toContain(`npm set //localhost:4873/npm/:_authToken ${tokenIn(browser)}`);
  });

  it('makes each type for what it says', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    const kindOf = async (token: string) =>
      (await app.ask('GET', '/-/npm/v1/tokens', { token: login }))
        .json()
        .objects.find((one: { token: string }) => one.token === token.slice(0, 8));
    const login: string = (
      await app.ask('PUT', '/-/user/org.couchdb.user:ann', {
        body: { name: 'ann', password, type: 'user', roles: [] },
      })
    ).json().token;

    await generate(browser, { name: 'one', type: 'readonly' });
    expect(await kindOf(tokenIn(browser))).toMatchObject({ readonly: true, bypass_2fa: false });
    await generate(browser, { name: 'two', type: 'automation' });
    expect(browser.text()).toContain('Reads and writes all packages. Bypasses two-factor authentication.');
    expect(await kindOf(tokenIn(browser))).toMatchObject({
      readonly: false,
      bypass_2fa: true,
      packages_all: true,
      packages_and_scopes_permission: 'read-write',
    });
    await generate(browser, {
      name: 'three',
      type: 'granular',
      packages: 'left-pad\r\n@acme/right-pad\r\n',
      scopes: '@ann, acme',
      permission: 'read-write',
      organizations: 'acme',
      'organizations-permission': 'read-only',
    });
    expect(await kindOf(tokenIn(browser))).toMatchObject({
      packages_all: false,
      packages_and_scopes_permission: 'read-write',
      orgs_permission: 'read-only',
      scopes: [
        { type: 'package', name: 'left-pad' },
        { type: 'package', name: '@acme/right-pad' },
        { type: 'scope', name: '@ann' },
        { type: 'scope', name: '@acme' },
        { type: 'org', name: 'acme' },
      ],
    });
    await browser.open('/settings/~/tokens');
    expect(browser.text()).toContain(
      'Reads and writes left-pad, @acme/right-pad, all of @ann, all of @acme. Reads acme.',
    );
    expect(browser.text()).toContain('login from 127.0.0.1');
  });

  it('refuses what is contradictory or too broad, and keeps what was typed', async () => {
    const app = await openApp(dialect, { TALLYSTICK_TOKEN_LIFE_MAX: '100d' });
    const browser = await signUp(app);
    const refused: [Record<string, string>, string][] = [
      [{ name: '', type: 'publish' }, 'Give the token a name'],
      [{ name: 'x', type: '' }, 'Choose a type.'],
      [{ name: 'x', type: 'readonly', packages: 'left-pad' }, 'limit a granular token'],
      [{ name: 'x', type: 'granular' }, 'opens nothing'],
      [{ name: 'x', type: 'granular', packages: '@acme/*' }, 'is not the name of one package'],
      [{ name: 'x', type: 'publish', cidr: '10.0.0.0/0' }, 'is no address range'],
      [{ name: 'x', type: 'publish', expires: '365' }, 'at most 100 days'],
    ];
    for (const [fields, sentence] of refused) {
      await generate(browser, fields);
      expect([browser.status, browser.text()]).toEqual([400, expect.stringContaining(sentence)]);
      expect(browser.fields(newPage)).toMatchObject({
        name: fields.name,
        ...(fields.packages === undefined ? {} : { packages: fields.packages }),
        ...(fields.cidr === undefined ? {} : { cidr: fields.cidr }),
      });
    }
    expect(browser.body).not.toContain('value="365"');
    expect(browser.fields(newPage).expires).toBe('90');
    await browser.open('/settings/~/tokens');
    expect(browser.text()).toContain('You have no access tokens.');
  });

  it('asks the code once, and not for a second token within five minutes', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    app.clock.advance(later);
    await generate(browser, { name: 'one', type: 'readonly' });
    expect(browser.status).toBe(401);
    expect(browser.fields(newPage)).toMatchObject({ name: 'one', type: 'readonly', code: '' });
    await browser.submit(newPage, { code: codeNow(app, secret) });
    expect(tokenIn(browser)).not.toBe('');
    await browser.open(newPage);
    expect(browser.fields(newPage)).not.toHaveProperty('code');
    await browser.submit(newPage, { name: 'two', type: 'readonly' });
    expect(tokenIn(browser)).not.toBe('');
    app.clock.advance(later);
    await generate(browser, { name: 'three', type: 'readonly' });
    expect(browser.status).toBe(401);
  });

  it('makes no token that bypasses two-factor authentication for who proved himself by a recovery code', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret, codes } = await enable(app);
    const browser = await signIn(app);
    await browser.submit('/login/second-step', { code: codes[0] ?? '' });
    await generate(browser, { name: 'ci', type: 'automation' });
    expect([browser.status, tokenIn(browser)]).toEqual([403, '']);
    await generate(browser, { name: 'laptop', type: 'publish' });
    expect(tokenIn(browser)).not.toBe('');
    app.clock.advance(later);
    await generate(browser, { name: 'ci', type: 'automation', code: codes[1] ?? '' });
    expect([browser.status, tokenIn(browser)]).toEqual([403, '']);
    await generate(browser, { name: 'ci', type: 'automation', code: codeNow(app, secret) });
    expect(tokenIn(browser)).not.toBe('');
  });

  it('revokes on a page of its own that names the token', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await generate(browser, { name: 'laptop', type: 'publish' });
    const token = tokenIn(browser);
    await browser.open('/settings/~/tokens');
    const path = revokePathIn(browser);
    await browser.open(path);
    expect(browser.heading()).toBe('Revoke laptop');
    expect((await app.ask('GET', '/-/whoami', { token })).statusCode).toBe(200);
    app.clock.advance(later);
    await browser.submit(path);
    expect(browser.status).toBe(401);
    await browser.submit(path, { password });
    expect(browser.text()).toContain('laptop is revoked');
    expect((await app.ask('GET', '/-/whoami', { token })).statusCode).toBe(401);
    expect((await browser.open(path)).status).toBe(404);
  });

  it('is nobody else’s: another account finds neither page nor token, a stranger signs in first', async () => {
    const app = await openApp(dialect);
    const ann = await signUp(app);
    await generate(ann, { name: 'laptop', type: 'publish' });
    const token = tokenIn(ann);
    await ann.open('/settings/~/tokens');
    const revoke = revokePathIn(ann);
    const ben = await signUp(app, 'ben');
    for (const path of [list, newPage, revoke, revoke.replace('/ann/', '/~/')])
      expect((await ben.open(path)).status).toBe(404);
    const { form = '' } = (await ben.open('/settings/~/tokens/new')).fields('/settings/ben/tokens/new');
    const body = new URLSearchParams({ form }).toString();
    const answer = await ben.send('POST', revoke.replace('/ann/', '/ben/'), { body });
    expect(answer.statusCode).toBe(404);
    expect((await app.ask('GET', '/-/whoami', { token })).statusCode).toBe(200);
    for (const path of [list, newPage, revoke])
      expect((await new Browser(app).open(path)).heading()).toBe('Sign in');
  });
});
