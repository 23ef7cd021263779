import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createAccount } from '../../src/accounts/accounts.ts';
import { makeStaffLink } from '../../src/accounts/invitations.ts';
import { linkPending, record } from '../../src/ledger/audit.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { mailsOf } from './mailed.ts';
import { codeNow, enable, password, signIn, signUp } from './people.ts';
import { makeStaff, openStaff } from './staff.ts';

const dialects = ['sqlite', 'postgres'] as const;
const reason = 'The owner wrote that the laptop was stolen.';
const window = 5 * 60_000;

const rowsOf = ({ body }: Browser): string[] =>
  [...body.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].slice(1).map(([, row = '']) =>
    row
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );

const mailsTo = async (app: TestApp, to: string): Promise<string[]> =>
  (await mailsOf(app)).filter((mail) => mail.to === to).map((mail) => JSON.stringify(mail));

/** Accounts as the operator makes them, in one go. */
const createPeople = ({ app }: TestApp, names: readonly string[]) =>
  app.gate.onConsole('account.create', { on: 'account', name: 'many' }, async (tx, permit) => {
    for (const name of names)
      await createAccount(tx, permit, { name, email: `${name}@example.com`, password: 'none' });
  });

const pages = [
  '/staff/accounts',
  '/staff/accounts/ann',
  '/staff/accounts/nobody',
  '/staff/accounts/ann/freeze',
  '/staff/accounts/ann/unfreeze',
  '/staff/accounts/nobody/freeze',
  '/staff/invite',
  '/staff/audit',
];

describe.each(dialects)('the pages of staff (%s)', (dialect) => {
  it('tell strangers and plain accounts nothing, and staff without a second factor only that', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const bob = await signUp(app, 'bob');
    const staff = await signUp(app, 'sue');
    await makeStaff(app, 'sue');
    const texts = new Set<string>();
    for (const path of pages) {
      const stranger = await new Browser(app).send('GET', path);
      expect([path, stranger.statusCode, stranger.headers.location]).toEqual([
        path,
        303,
        `http://localhost:4873/login?next=${encodeURIComponent(path)}`,
      ]);
      await bob.open(path);
      expect([path, bob.status]).toEqual([path, 403]);
      texts.add(bob.text());
      await staff.open(path);
      expect([path, staff.status, staff.text()]).toEqual([path, 403, expect.stringContaining('two-factor')]);
    }
    expect([...texts]).toEqual([expect.stringContaining('Only staff accounts')]);
    expect([...texts][0]).not.toContain('ann@example.com');

    const { form = '' } = (await bob.open('/settings/bob/profile')).fields('/settings/bob/profile');
    for (const path of ['/staff/accounts/ann/freeze', '/staff/accounts/ann/unfreeze', '/staff/invite']) {
      const body = new URLSearchParams({ form, reason, password }).toString();
      expect([path, (await bob.send('POST', path, { body })).statusCode]).toEqual([path, 403]);
    }
    expect((await signIn(app, 'ann')).path).toBe('/settings/~/authentication');
  });

  it('are in the account menu of staff alone', async () => {
    const app = await openApp(dialect);
    const { browser } = await openStaff(app);
    expect(browser.body).toContain('href="/staff/accounts"');
    expect((await signUp(app)).body).not.toContain('/staff/');
  });

  it('list all accounts by name, fifty to a page, and find them by a part of it', async () => {
    const app = await openApp(dialect);
    const { browser } = await openStaff(app);
    await signUp(app);
    await createPeople(
      app,
      Array.from({ length: 60 }, (_, number) => `guest-${String(number).padStart(2, '0')}`),
    );
    await createPeople(app, ['a_b']);
    await browser.open('/staff/accounts');
    expect(browser.text()).toContain('63 accounts');
    expect(rowsOf(browser)).toHaveLength(50);
    expect(rowsOf(browser)[0]).toContain('a_b');
    expect(rowsOf(browser)[1]).toMatch(/^ann ann@example\.com not verified none none .* just now$/);
    await browser.open('/staff/accounts?page=2');
    expect(rowsOf(browser)).toHaveLength(13);
    expect(rowsOf(browser).at(-1)).toMatch(/^sue sue@example\.com not verified app staff/);

    await browser.open('/staff/accounts?q=ST-1');
    expect(rowsOf(browser)).toHaveLength(10);
    expect(browser.text()).toContain('10 accounts with “ST-1”');
    expect(rowsOf(await browser.open('/staff/accounts?q=_'))).toHaveLength(1);
    for (const none of ['%', '\\', "'"])
      expect((await browser.open(`/staff/accounts?q=${encodeURIComponent(none)}`)).text()).toContain(
        '0 accounts',
      );
  });

  it('freeze an account for a reason, with a proof each time, and mail its owner', async () => {
    const app = await openApp(dialect);
    const ann = await signUp(app);
    const { browser, secret } = await openStaff(app);
    const path = '/staff/accounts/ann/freeze';
    await browser.open('/staff/accounts/ann');
    expect(browser.text()).toContain('ann@example.com not verified');
    await browser.open(path);
    // The sign-in was a moment ago: its window does not cover this (SE3).
    await browser.submit(path, { reason });
    expect([browser.status, browser.text()]).toEqual([401, expect.stringContaining('Enter the pin code')]);
    await browser.submit(path, { reason: 'because', code: codeNow(app, secret) });
    expect([browser.status, browser.text()]).toEqual([
      400,
      expect.stringContaining('at least 20 characters'),
    ]);
    await browser.submit(path, { reason, code: codeNow(app, secret) });
    expect([browser.status, browser.path]).toEqual([200, '/staff/accounts/ann?done=frozen']);
    expect(browser.text()).toContain('The account is frozen');
    expect((await ann.open('/settings/ann/profile')).heading()).toBe('Sign in');
    expect(await mailsTo(app, 'ann@example.com')).toContainEqual(expect.stringContaining(reason));

    app.clock.advance(30_000);
    await browser.open('/staff/accounts/ann/unfreeze');
    await browser.submit('/staff/accounts/ann/unfreeze', {
      reason: 'The laptop was found under the sofa.',
      code: codeNow(app, secret),
    });
    expect(browser.text()).toContain('The account works again');
    const back = await signIn(app);
    await linkPending(app.app.store);
    await back.open('/settings/ann/security-log');
    const told = rowsOf(back).join('\n');
    expect(told).toContain(`Account frozen by the registry itself done: ${reason}`);
    expect(told).toContain('Account works again by the registry itself');

    await browser.open('/staff/audit?action=staff.freeze&outcome=done');
    expect(rowsOf(browser)).toEqual([
      expect.stringContaining(`Froze an account: ann by sue done: ${reason}`),
    ]);
  });

  it('let nobody freeze themselves or an account that there is not', async () => {
    const app = await openApp(dialect);
    const { browser, secret } = await openStaff(app);
    expect((await browser.open('/staff/accounts/sue')).body).not.toContain('/staff/accounts/sue/freeze');
    await browser.open('/staff/accounts/sue/freeze');
    expect([browser.status, browser.text()]).toEqual([403, expect.stringContaining('their own account')]);
    await browser.open('/staff/invite');
    const { form = '' } = (await browser.open('/settings/sue/profile')).fields('/settings/sue/profile');
    const body = () => new URLSearchParams({ form, reason, code: codeNow(app, secret) }).toString();
    expect((await browser.send('POST', '/staff/accounts/sue/freeze', { body: body() })).statusCode).toBe(403);
    app.clock.advance(30_000);
    expect((await browser.send('POST', '/staff/accounts/nobody/freeze', { body: body() })).statusCode).toBe(
      404,
    );
    expect((await browser.open('/staff/accounts/nobody')).status).toBe(404);
    expect((await browser.open('/')).body).toContain('Account menu of sue');
  });

  it('invite somebody by a link that is shown once and mailed, and only where that is the way in', async () => {
    const app = await openApp(dialect, { TALLYSTICK_REGISTRATION: 'invite' });
    const link = await makeStaffLink(app.app.store);
    const boss = await new Browser(app).open(link?.path ?? '');
    await boss.submit('/signup', { username: 'boss', email: 'boss@example.com', password });
    const { secret } = await enable(app, 'boss');
    const browser = await signIn(app, 'boss', secret);
    app.clock.advance(window);
    expect((await browser.open('/staff/accounts')).body).toContain('href="/staff/invite"');
    await browser.open('/staff/invite');
    await browser.submit('/staff/invite', { email: 'ann@example.com' });
    expect(browser.status).toBe(401);
    await browser.submit('/staff/invite', { email: 'no address', code: codeNow(app, secret) });
    expect(browser.status).toBe(400);
    await browser.submit('/staff/invite', { email: 'ann@example.com', code: codeNow(app, secret) });
    expect([browser.status, browser.heading()]).toEqual([200, 'Invitation']);
    const [, made = ''] = /http:\/\/localhost:4873(\/signup\?invite=[\w-]{43})/.exec(browser.text()) ?? [];
    expect(await mailsTo(app, 'ann@example.com')).toEqual([expect.stringContaining(made)]);
    expect((await browser.open('/staff/invite')).body).not.toContain(made);

    const ann = await new Browser(app).open(made);
    await ann.submit('/signup', { username: 'ann', email: 'ann@example.com', password });
    expect(ann.heading()).toBe('Welcome, ann');

    const open = await openApp(dialect);
    const { browser: sue } = await openStaff(open);
    expect((await sue.open('/staff/accounts')).body).not.toContain('/staff/invite');
    expect((await sue.open('/staff/invite')).text()).toContain('nobody needs an invitation');
    const { form = '' } = (await sue.open('/settings/sue/profile')).fields('/settings/sue/profile');
    const body = new URLSearchParams({ form, email: '' }).toString();
    expect((await sue.send('POST', '/staff/invite', { body })).statusCode).toBe(404);
  });
});

describe.each(dialects)('the audit log of staff (%s)', (dialect) => {
  it('shows what everybody did, newest first, fifty to a page, by account, action, outcome and day', async () => {
    const app = await openApp(dialect);
    const { browser } = await openStaff(app);
    const attacker = await new Browser(app).open('/login');
    await signUp(app);
    await attacker.submit('/login', { username: 'ann', password: 'not the password at all' });
    await app.app.store.write(async (tx) => {
      for (let number = 0; number < 60; number += 1)
        await record(tx, {
          action: 'limit.reached',
          outcome: 'refused',
          actorKind: 'stranger',
          target: `t${number}`,
        });
    });
    await linkPending(app.app.store);
    await browser.open('/staff/audit');
    expect(rowsOf(browser)).toHaveLength(50);
    expect(rowsOf(browser)[0]).toContain('t59');
    expect(browser.text()).toContain('follows from the one before it');
    expect(browser.text()).toContain('Waiting for their link 0');
    const total = Number(/Page 1 of (\d)/.exec(browser.text())?.[1]);
    expect(total).toBe(2);
    expect(rowsOf(await browser.open('/staff/audit?page=2')).at(-1)).toContain('Account created: sue');

    const find = async (query: string) => rowsOf(await browser.open(`/staff/audit?${query}`));
    expect(await find('account=ann')).toEqual([expect.stringContaining('refused: wrong password')]);
    expect(await find('account=ann&outcome=refused')).toHaveLength(1);
    expect(await find('account=ann&outcome=done')).toEqual([]);
    expect(await find('action=account.create')).toHaveLength(2);
    expect(await find('account=nobody')).toEqual([]);
    expect(browser.text()).toContain('Nothing here is like that');
    const today = new Date(app.clock.now()).toISOString().slice(0, 10);
    const yesterday = new Date(app.clock.now() - 24 * 3_600_000).toISOString().slice(0, 10);
    expect(await find(`from=${today}&to=${today}&action=account.create`)).toHaveLength(2);
    expect(await find(`to=${yesterday}`)).toEqual([]);
    expect(await find('from=today&to=2026-99-99&action=account.create')).toHaveLength(2);
    await browser.open('/staff/audit?action=limit.reached&page=2');
    expect(rowsOf(browser)).toHaveLength(10);
    expect(browser.body).toContain('/staff/audit?action=limit.reached&amp;page=1');
  });

  it('says when rows were altered', async () => {
    const app = await openApp(dialect);
    const { browser } = await openStaff(app);
    await linkPending(app.app.store);
    await app.app.store.write(async (tx) => {
      await sql
        .raw(dialect === 'sqlite' ? 'drop trigger audit_stays' : 'drop trigger audit_stays on audit')
        .execute(tx.sql);
      await sql`update audit set entry = replace(entry, 'sue', 'zoe') where sequence = (select max(sequence) from audit)`.execute(
        tx.sql,
      );
    });
    await browser.open('/staff/audit');
    expect(browser.text()).toContain('This log was altered');
    expect(browser.text()).toContain('The newest entry does not follow from the one before it.');
  });
});
