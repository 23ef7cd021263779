import { describe, expect, it } from 'vitest';
import type { Route } from '../../src/http/route.ts';
import { policy } from '../../src/policy/policy.ts';
import { Browser } from '../site/browser.ts';
import { enable, password, signIn, signUp } from '../site/people.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { documentOf } from '../support/document.ts';

const values: Record<string, string> = {
  name: 'ann',
  account: 'ann',
  package: 'left-padlock',
  version: '1.0.0',
  file: 'site.css',
  token: '0'.repeat(32),
  session: 'none',
  device: 'none',
  login: 'none',
  key: 'none',
  id: 'f'.repeat(64),
  maintainer: 'bob',
};

const pathOf = ({ path }: Route): string =>
  path.replace(/:([a-z]+)/g, (_whole, name: string) => values[name] ?? 'none');

const pagesOf = (app: TestApp, method: Route['method']): Route[] =>
  app.app.routes.filter((route) => route.surface === 'site' && route.method === method);

/** What nobody has to be signed in for. */
const entrances = [
  '/',
  '/search',
  '/login',
  '/signup',
  '/login/second-step',
  '/logout',
  '/auth/ceremony',
  '/auth/two-factor',
  '/settings',
  '/login/email/:id',
  '/login/undo-email/:id',
  '/login/freeze/:id',
  '/login/end-session/:id',
  '/login/confirm',
  '/login/confirm/:id',
];
const isFile = (path: string): boolean => path.startsWith('/-/site/') || path === '/favicon.ico';

const isOpen = ({ path, actions }: Route): boolean =>
  entrances.includes(path) || isFile(path) || actions.every((action) => policy[action].who === 'reader');

/** All rows but those that note what anybody may see: sessions that were used, limits, the log of refusals. */
async function stateOf({ app }: TestApp): Promise<string> {
  return app.store.read(async (tx) => {
    const accounts = await tx.sql.selectFrom('accounts').selectAll().orderBy('id').execute();
    const factors = await tx.sql.selectFrom('factors').selectAll().orderBy('id').execute();
    const codes = await tx.sql.selectFrom('recovery_codes').selectAll().orderBy('id').execute();
    const tokens = await tx.sql
      .selectFrom('tokens')
      .select(['id', 'revoked_at', 'expires_at'])
      .orderBy('id')
      .execute();
    const packages = await tx.sql.selectFrom('packages').selectAll().orderBy('id').execute();
    const maintainers = await tx.sql.selectFrom('maintainers').selectAll().orderBy('account_id').execute();
    const sessions = await tx.sql.selectFrom('sessions').select(['id', 'ended_at']).orderBy('id').execute();
    const pending = await tx.sql.selectFrom('pending_factors').selectAll().execute();
    const sshKeys = await tx.sql.selectFrom('ssh_keys').selectAll().orderBy('id').execute();
    const factorRows = [factors, codes, pending, sshKeys];
    return JSON.stringify([accounts, factorRows, tokens, packages, maintainers, sessions]);
  });
}

async function openWorld() {
  const app = await openApp('sqlite');
  const ann = await signUp(app);
  const token = (
    await app.ask('PUT', '/-/user/org.couchdb.user:ann', { body: { name: 'ann', password } })
  ).json().token;
  await app.ask('PUT', '/left-padlock', {
    token,
    body: documentOf({ name: 'left-padlock', version: '1.0.0' }),
  });
  const { secret } = await enable(app);
  const bob = await signUp(app, 'bob');
  return { app, ann: await signIn(app, 'ann', secret), bob, before: ann };
}

describe('every page obeys the policy:', () => {
  it('strangers are sent to sign in from whatever is not for everybody, and change nothing', async () => {
    const { app } = await openWorld();
    const before = await stateOf(app);
    const closed = pagesOf(app, 'GET').filter((one) => !isOpen(one));
    expect(closed.length).toBeGreaterThan(20);
    for (const route of closed) {
      const browser = new Browser(app);
      const answer = await browser.send('GET', pathOf(route));
      expect([route.path, answer.statusCode]).toEqual([route.path, 303]);
      expect(String(answer.headers.location)).toMatch(/^http:\/\/localhost:4873\/(login|signup)(\?next=|$)/);
    }
    for (const route of pagesOf(app, 'POST').filter((one) => !isOpen(one))) {
      const browser = new Browser(app);
      await browser.open('/login');
      const { form = '' } = browser.fields('/login');
      const body = new URLSearchParams({ form }).toString();
      const answer = await browser.send('POST', pathOf(route), { body });
      expect([route.path, answer.statusCode]).toEqual([route.path, 303]);
      expect(String(answer.headers.location)).toContain('/login?next=');
    }
    expect(await stateOf(app)).toBe(before);
  });

  it('a form without the token of its session does nothing, wherever it comes from', async () => {
    const { app, ann, bob } = await openWorld();
    await bob.open('/settings/bob/authentication/add');
    const { form: foreign = '' } = bob.fields('/settings/bob/authentication/add');
    await ann.open('/settings/ann/authentication/mode');
    const { form: own = '' } = ann.fields('/settings/ann/authentication/mode');
    const before = await stateOf(app);
    for (const route of pagesOf(app, 'POST')) {
      const isJson = route.path === '/auth/ceremony';
      const spell = (form: string): string =>
        isJson
          ? JSON.stringify({ form, purpose: 'register' })
          : new URLSearchParams({ form, password }).toString();
      const json: Record<string, string> = isJson ? { 'content-type': 'application/json' } : {};
      const attempts: readonly (readonly [string, string, Record<string, string>])[] = [
        ['no token', spell(''), {}],
        ['a token of somebody else', spell(foreign), {}],
        ['another site', spell(own), { origin: 'https://evil.example' }],
        ['an unknown origin', spell(own), { origin: 'null' }],
        ['a sibling', spell(own), { origin: 'null', 'sec-fetch-site': 'same-site' }],
      ];
      for (const [title, body, headers] of attempts) {
        const answer = await ann.send('POST', pathOf(route), { body, headers: { ...json, ...headers } });
        expect([route.path, title, answer.statusCode]).toEqual([route.path, title, 403]);
      }
    }
    expect(await stateOf(app)).toBe(before);
  });

  it('reading changes nothing, whatever the address says', async () => {
    const { app, ann } = await openWorld();
    const before = await stateOf(app);
    const query = `?password=${encodeURIComponent(password)}&mode=auth-only&release=yes&kind=publish&token-name=x`;
    for (const route of pagesOf(app, 'GET').filter(({ path }) => path !== '/logout')) {
      await ann.send('HEAD', pathOf(route));
      const answer = await ann.send('GET', `${pathOf(route)}${query}`);
      expect([route.path, answer.statusCode < 500]).toEqual([route.path, true]);
    }
    expect(await stateOf(app)).toBe(before);
  });

  it('nobody sees or does anything of another’s', async () => {
    const { app, bob } = await openWorld();
    await bob.open('/settings/bob/authentication/add');
    const { form = '' } = bob.fields('/settings/bob/authentication/add');
    const before = await stateOf(app);
    const own = (route: Route): boolean => route.path.includes(':name');
    for (const route of pagesOf(app, 'GET').filter(own)) {
      const answer = await bob.send('GET', pathOf(route));
      expect([route.path, answer.statusCode]).toEqual([route.path, 404]);
    }
    for (const route of pagesOf(app, 'POST').filter(own)) {
      const body = new URLSearchParams({ form, password }).toString();
      const answer = await bob.send('POST', pathOf(route), { body });
      expect([route.path, answer.statusCode]).toEqual([route.path, 404]);
    }
    expect(await stateOf(app)).toBe(before);
  });

  it('every page is guarded by the same headers and kept nowhere', async () => {
    const { app, ann } = await openWorld();
    for (const route of pagesOf(app, 'GET').filter(({ path }) => !isFile(path))) {
      const { headers } = await ann.send('GET', pathOf(route));
      expect([route.path, headers['content-security-policy']]).toEqual([
        route.path,
        expect.stringContaining("default-src 'none'"),
      ]);
      expect([route.path, headers['cache-control']]).toEqual([route.path, 'no-store']);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it('a file that caches may share brings nobody a cookie, and is the same for everybody', async () => {
    const { app, ann } = await openWorld();
    for (const path of ['/-/site/site.css', '/favicon.ico']) {
      const stranger = await new Browser(app).send('GET', path);
      const known = await ann.send('GET', path);
      for (const { headers, statusCode } of [stranger, known]) {
        expect(statusCode).toBe(200);
        expect(headers['cache-control']).toContain('public');
        expect(headers['set-cookie']).toBeUndefined();
        expect(headers.vary).not.toContain('Cookie');
        expect(headers['x-content-type-options']).toBe('nosniff');
      }
      expect(known.body).toBe(stranger.body);
    }
  });

  it('a cookie opens nothing of the registry', async () => {
    const { app, ann } = await openWorld();
    const cookie = [...ann.cookies].map((pair) => pair.join('=')).join('; ');
    for (const path of ['/-/whoami', '/-/npm/v1/user', '/-/npm/v1/tokens'])
      expect((await app.ask('GET', path, { headers: { cookie } })).statusCode).toBe(401);
    const answer = await app.ask('PUT', '/left-padlock', {
      headers: { cookie },
      body: documentOf({ name: 'left-padlock', version: '1.0.1' }),
    });
    expect(answer.statusCode).toBe(401);
  });
});
