import { describe, expect, it } from 'vitest';
import { createAccount, findAccount } from '../../src/accounts/accounts.ts';
import { type Invitation, invite, makeStaffLink } from '../../src/accounts/invitations.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { codeNow, enable, password, signIn, signUp } from './people.ts';
import { makeStaff } from './staff.ts';

const dialects = ['sqlite', 'postgres'] as const;
const byInvitation = { TALLYSTICK_REGISTRATION: 'invite', TALLYSTICK_SIGNUP_LIMIT: 'off' };
const hour = 3_600_000;

/** An account as the operator makes one. */
const createPerson = ({ app }: TestApp, name: string): Promise<{ id: string; name: string }> =>
  app.gate.onConsole('account.create', { on: 'account', name }, (tx, permit) =>
    createAccount(tx, permit, { name, email: `${name}@example.com`, password: 'none' }),
  );

/** A link as staff make it. */
async function inviteSomebody(world: TestApp): Promise<Invitation> {
  const name = 'host';
  const known = await world.app.store.read((tx) => findAccount(tx, name));
  const account = known ?? (await createPerson(world, name));
  return world.app.gate.onConsole('staff.invite', { on: 'site' }, (tx, permit) =>
    invite(tx, { ...permit, account }, { email: null }),
  );
}

const staffLink = async ({ app }: TestApp): Promise<string> =>
  (await makeStaffLink(app.store))?.path ?? 'none';

const details = (name: string) => ({ username: name, email: `${name}@example.com`, password });

async function namesIn({ app }: TestApp): Promise<string[]> {
  const rows = await app.store.read((tx) =>
    tx.sql.selectFrom('accounts').select('name').orderBy('name').execute(),
  );
  return rows.map(({ name }) => name);
}

describe.each(dialects)('an invitation (%s)', (dialect) => {
  it('lets one person sign up where registration is by invitation, and nobody after them', async () => {
    const app = await openApp(dialect, byInvitation);
    const { path } = await inviteSomebody(app);
    const ann = await new Browser(app).open(path);
    expect(ann.heading()).toBe('Sign up');
    await ann.submit('/signup', details('ann'));
    expect(ann.heading()).toBe('Welcome, ann');

    const bob = await new Browser(app).open(path);
    expect([bob.status, bob.heading()]).toEqual([403, 'This link is over']);
    expect(await namesIn(app)).toEqual(['ann', 'host']);
  });

  it('is not spent by what was refused', async () => {
    const app = await openApp(dialect, byInvitation);
    const { path } = await inviteSomebody(app);
    const ann = await new Browser(app).open(path);
    await ann.submit('/signup', { ...details('ann'), password: 'short' });
    expect(ann.status).toBe(400);
    await ann.submit('/signup', details('host'));
    expect(ann.status).toBe(400);
    await ann.submit('/signup', details('ann'));
    expect(ann.heading()).toBe('Welcome, ann');
  });

  it('makes one account of a hundred that use it at the same time', async () => {
    const app = await openApp(dialect, byInvitation);
    const { path } = await inviteSomebody(app);
    const page = await new Browser(app).open(path);
    const fields = page.fields('/signup');
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, number) =>
        page.send('POST', '/signup', {
          body: new URLSearchParams({ ...fields, ...details(`guest-${number}`) }).toString(),
        }),
      ),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 303)).toHaveLength(1);
    for (const { statusCode } of answers) expect([303, 403, 503]).toContain(statusCode);
    expect((await namesIn(app)).filter((name) => name.startsWith('guest-'))).toHaveLength(1);
  });

  it('is over after seven days, opens nothing where registration is closed, and was never told to the store', async () => {
    const app = await openApp(dialect, byInvitation);
    const { path, secret } = await inviteSomebody(app);
    const rows = await app.app.store.read((tx) => tx.sql.selectFrom('invitations').selectAll().execute());
    expect(JSON.stringify(rows)).not.toContain(secret);
    app.clock.advance(7 * 24 * hour - 1);
    const browser = await new Browser(app).open(path);
    expect(browser.status).toBe(200);
    app.clock.advance(1);
    await browser.submit('/signup', details('ann'));
    expect([browser.status, browser.text()]).toEqual([
      403,
      expect.stringContaining('does not take new accounts'),
    ]);
    expect((await browser.open(path)).heading()).toBe('This link is over');

    const closed = await openApp(dialect, { TALLYSTICK_REGISTRATION: 'closed' });
    const late = await new Browser(closed).open((await inviteSomebody(closed)).path);
    expect(late.heading()).toBe('This link is over');
    const { form = '' } = (await new Browser(closed).open('/login')).fields('/login');
    expect(form).not.toBe('');
  });

  it('makes nobody staff, whatever it is said to be', async () => {
    const app = await openApp(dialect, byInvitation);
    const { secret } = await inviteSomebody(app);
    const page = await new Browser(app).open(`/signup?invite=${secret}`);
    const { form = '' } = page.fields('/signup');
    const body = new URLSearchParams({ form, staff: secret, ...details('ann') }).toString();
    expect((await page.send('POST', '/signup', { body })).statusCode).toBe(403);
    expect(await namesIn(app)).toEqual(['host']);
  });
});

describe.each(dialects)('the link of the first start (%s)', (dialect) => {
  it.each(['open', 'invite', 'closed'])(
    'makes the first staff account where registration is %s',
    async (setting) => {
      const app = await openApp(dialect, { TALLYSTICK_REGISTRATION: setting });
      const browser = await new Browser(app).open(await staffLink(app));
      await browser.submit('/signup', details('ann'));
      expect(browser.heading()).toBe('Welcome, ann');
      expect(browser.text()).toContain('You are not staff yet');
      expect(browser.body).not.toContain('/staff/accounts');
      await browser.open('/staff/accounts');
      expect([browser.status, browser.text()]).toEqual([
        403,
        expect.stringContaining('two-factor authentication'),
      ]);

      const { secret } = await enable(app);
      const again = await signIn(app, 'ann', secret);
      expect((await again.open('/')).text()).not.toContain('You are not staff yet');
      expect((await again.open('/staff/accounts')).status).toBe(200);
      expect(again.body).toContain('href="/staff/accounts"');
      await again.open('/settings/ann/security-log');
      expect(again.text()).toContain('Became staff');
    },
  );

  it('works once, for a day, and not after the next start or once somebody is staff', async () => {
    const app = await openApp(dialect);
    const first = await staffLink(app);
    const second = await staffLink(app);
    const status = async (path: string) => (await new Browser(app).open(path)).status;
    expect([await status(first), await status(second)]).toEqual([403, 200]);
    app.clock.advance(24 * hour);
    expect(await status(second)).toBe(403);
    const third = await staffLink(app);
    expect(await status(third)).toBe(200);
    const late = await new Browser(app).open(third);
    await signUp(app, 'bob');
    await makeStaff(app, 'bob');
    expect(await makeStaffLink(app.app.store)).toBeUndefined();
    expect(await status(third)).toBe(403);
    await late.submit('/signup', details('ann'));
    expect(late.status).toBe(403);
    expect(await namesIn(app)).toEqual(['bob']);
  });

  it('makes an account staff that is there already, by a button', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const ann = await signIn(app, 'ann', secret);
    const link = await staffLink(app);
    await ann.open(link);
    expect(ann.heading()).toBe('Become staff');
    app.clock.advance(6 * 60_000);
    await ann.open(link);
    await ann.submit('/signup/staff');
    expect([ann.status, ann.heading()]).toEqual([401, 'Become staff']);
    await ann.submit('/signup/staff', { code: codeNow(app, secret) });
    expect([ann.status, ann.path]).toEqual([200, '/staff/accounts']);

    const bob = await signUp(app, 'bob');
    await bob.open(link);
    expect(bob.heading()).toBe('This link is over');
  });

  it('makes one account staff of many that use it at the same time', async () => {
    const app = await openApp(dialect, { TALLYSTICK_SIGNUP_LIMIT: 'off' });
    const page = await new Browser(app).open(await staffLink(app));
    const fields = page.fields('/signup');
    await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        page.send('POST', '/signup', {
          body: new URLSearchParams({ ...fields, ...details(`guest-${number}`) }).toString(),
        }),
      ),
    );
    const staff = await app.app.store.read((tx) =>
      tx.sql.selectFrom('accounts').select('name').where('staff', '=', 1).execute(),
    );
    expect(staff).toHaveLength(1);
    expect(await namesIn(app)).toHaveLength(1);
  });
});
