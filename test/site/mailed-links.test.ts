import { describe, expect, inject, it } from 'vitest';
import { unfreezeAccount } from '../../src/accounts/freezing.ts';
import { listAudit } from '../../src/ledger/audit.ts';
import { keepingMails } from '../packages/publisher.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { linkIn, mailsOf } from './mailed.ts';
import { codeNow, enable, password, signIn, signUp } from './people.ts';

const hour = 3_600_000;
const day = 24 * hour;
const later = 5 * 60_000;
const old = 'ann@example.com';
const fresh = 'ann@new.example';
const profile = '/settings/ann/profile';
const again = `${profile}/confirm`;
const over = 'This link is not good any more';

const login = async (app: TestApp, name = 'ann'): Promise<string> =>
  (await app.ask('PUT', `/-/user/org.couchdb.user:${name}`, { body: { name, password } })).json().token;
const npmProfile = async (app: TestApp, token: string) =>
  (await app.ask('GET', '/-/npm/v1/user', { token })).json();
const setEmail = (app: TestApp, token: string, email: string, otp?: string) =>
  app.ask('POST', '/-/npm/v1/user', { token, body: { email }, ...(otp === undefined ? {} : { otp }) });
const whoami = async (app: TestApp, token: string): Promise<number> =>
  (await app.ask('GET', '/-/whoami', { token })).statusCode;

const unfreeze = ({ app }: TestApp) =>
  app.gate.onConsole('account.unfreeze', { on: 'account', name: 'ann' }, (tx, permit) =>
    unfreezeAccount(tx, permit, { name: 'ann' }),
  );

/** Opens a link and presses its button. */
async function follow(app: TestApp, path: string, filled: Record<string, string> = {}): Promise<Browser> {
  const browser = await new Browser(app).open(path);
  if (browser.heading() === over) return browser;
  return browser.submit(path, filled);
}

async function confirmed(app: TestApp): Promise<Browser> {
  const browser = await signUp(app);
  await follow(app, await linkIn(app, old, 'Confirm'));
  return browser;
}

/** An account whose confirmed address somebody moves with a login of the command line. */
async function moved(app: TestApp): Promise<{ browser: Browser; token: string }> {
  const browser = await confirmed(app);
  const token = await login(app);
  expect((await setEmail(app, token, fresh)).statusCode).toBe(200);
  return { browser, token };
}

const actionsOf = async ({ app }: TestApp): Promise<string[]> =>
  app.store.read(async (tx) => {
    const { id } = await tx.sql
      .selectFrom('accounts')
      .select('id')
      .where('name', '=', 'ann')
      .executeTakeFirstOrThrow();
    return (await listAudit(tx, { account: id, limit: 100 })).map(({ action }) => action);
  });

describe.each(['sqlite', 'postgres'] as const)('links in mails (%s)', (dialect) => {
  const here = it.skipIf(dialect === 'postgres' && inject('postgresPort') === 0);

  here('the address of a new account is confirmed by opening a page and pressing its button', async () => {
    const app = await openApp(dialect, keepingMails);
    const owner = await signUp(app);
    const path = await linkIn(app, old, 'Confirm');
    expect(path).toMatch(/^\/login\/email\/[0-9a-f]{64}$/);
    await owner.open('/settings/~/profile');
    expect(owner.text()).toContain(`${old} (unverified)`);
    const browser = await new Browser(app).open(path);
    expect(browser.heading()).toBe('Confirm your email address');
    expect(browser.text()).toContain(old);
    await browser.send('HEAD', path);
    await owner.open('/settings/~/profile');
    expect(owner.text()).toContain('(unverified)');
    await browser.submit(path);
    expect(browser.heading()).toBe('Email address confirmed');
    await owner.open('/settings/~/profile');
    expect(owner.text()).toContain('(verified)');
    expect(owner.text()).not.toContain('Send the link again');
    expect(await actionsOf(app)).toContain('account.confirmEmail');
  });

  here('npm adduser asks for the address too, and npm profile get tells that it is confirmed', async () => {
    const app = await openApp(dialect, keepingMails);
    const body = { name: 'ann', password, email: old };
    const token = (await app.ask('PUT', '/-/user/org.couchdb.user:ann', { body })).json().token;
    expect(await npmProfile(app, token)).toMatchObject({ email_verified: false });
    await follow(app, await linkIn(app, old, 'Confirm'));
    expect(await npmProfile(app, token)).toMatchObject({ email_verified: true });
  });

  here('a link is good once, of fifty at once for one', async () => {
    const app = await openApp(dialect, keepingMails);
    const second = await app.another();
    await moved(app);
    for (const label of ['Take my address back', 'freeze']) {
      // What the first one mails is to be the latest.
      app.clock.advance(1000);
      const path = await linkIn(app, old, label);
      const browsers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => new Browser(index % 2 === 0 ? app : second).open(path)),
      );
      await Promise.all(browsers.map((browser) => browser.submit(path)));
      const done = browsers.filter(({ status }) => status === 200);
      expect(done).toHaveLength(1);
      const late = [over, 'This account is frozen'];
      for (const browser of browsers.filter((one) => !done.includes(one)))
        expect([browser.status === 410 || browser.status === 403, late.includes(browser.heading())]).toEqual([
          true,
          true,
        ]);
    }
  });

  here('a link is worth nothing late, again, as another kind, or made up: one page says so', async () => {
    const app = await openApp(dialect, keepingMails);
    const browser = await confirmed(app);
    const used = await linkIn(app, old, 'Confirm');
    await browser.open('/settings/~/profile');
    await browser.submit(profile, { email: fresh });
    const late = await linkIn(app, fresh, 'Confirm');
    const undo = await linkIn(app, old, 'Take my address back');
    const freeze = await linkIn(app, old, 'freeze');
    const idOf = (path: string): string => path.split('/').at(-1) ?? '';
    const valid = await new Browser(app).open(undo);
    const worthless = [
      used,
      `/login/email/${idOf(undo)}`,
      `/login/freeze/${idOf(undo)}`,
      `/login/end-session/${idOf(undo)}`,
      `/login/undo-email/${idOf(freeze)}`,
      `/login/undo-email/${'0'.repeat(64)}`,
      `/login/freeze/x`,
    ];
    const checkAll = async (paths: readonly string[]): Promise<void> => {
      for (const path of paths) {
        const shown = await new Browser(app).open(path);
        expect([path, shown.status, shown.heading()]).toEqual([path, 410, over]);
        const { form = '' } = valid.fields(undo);
        const body = new URLSearchParams({ form, password }).toString();
        const sent = await valid.send('POST', path, { body });
        expect([path, sent.statusCode]).toEqual([path, 410]);
        expect(sent.body).toContain(over);
      }
    };
    await checkAll(worthless);
    app.clock.advance(day);
    await checkAll([late]);
    expect((await new Browser(app).open(undo)).status).toBe(200);
    app.clock.advance(6 * day);
    await checkAll([undo, freeze]);
    await signIn(app);
    expect(await actionsOf(app)).not.toContain('account.undoEmail');
  });

  here('a link confirms the address that it was mailed to and no other', async () => {
    const app = await openApp(dialect, keepingMails);
    await signUp(app);
    const first = await linkIn(app, old, 'Confirm');
    const token = await login(app);
    await setEmail(app, token, fresh);
    expect((await follow(app, first)).heading()).toBe(over);
    expect(await npmProfile(app, token)).toMatchObject({ email: fresh, email_verified: false });
  });

  here('what the command line changed asks the password where it is confirmed, and again', async () => {
    const app = await openApp(dialect, keepingMails);
    const { token } = await moved(app);
    const other = await signUp(app, 'bob');
    const path = await linkIn(app, fresh, 'Confirm');
    const browser = await new Browser(app).open(path);
    expect(browser.fields(path)).toHaveProperty('password');
    await browser.submit(path, { password: '' });
    expect([browser.status, browser.heading()]).toEqual([401, 'Confirm your email address']);
    await browser.submit(path, { password: 'not the password at all' });
    expect(browser.status).toBe(401);
    expect(browser.body).not.toContain('not the password at all');
    expect(await npmProfile(app, token)).toMatchObject({ email_verified: false });
    // Who is signed in does not stand in for the password.
    await other.open(path);
    expect(other.fields(path)).toHaveProperty('password');
    const owner = await signIn(app);
    await owner.open('/settings/~/profile');
    await owner.submit(again);
    expect(owner.text()).toContain('Mail sent');
    const second = await linkIn(app, fresh, 'Confirm');
    expect(second).not.toBe(path);
    expect((await new Browser(app).open(second)).fields(second)).toHaveProperty('password');
    await browser.submit(path, { password });
    expect(browser.heading()).toBe('Email address confirmed');
    expect(await npmProfile(app, token)).toMatchObject({ email: fresh, email_verified: true });
  });

  here('the website asks no password twice, but where only a code was typed it is asked', async () => {
    const app = await openApp(dialect, keepingMails);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    app.clock.advance(later);
    await browser.open('/settings/~/profile');
    await browser.submit(profile, { email: fresh, code: codeNow(app, secret) });
    const path = await linkIn(app, fresh, 'Confirm');
    expect((await new Browser(app).open(path)).fields(path)).toHaveProperty('password');
    const bob = await signUp(app, 'bob');
    app.clock.advance(later);
    await bob.open('/settings/~/profile');
    await bob.submit('/settings/bob/profile', { email: 'bob@new.example', password });
    const other = await linkIn(app, 'bob@new.example', 'Confirm');
    expect((await new Browser(app).open(other)).fields(other)).not.toHaveProperty('password');
  });

  here('another link can be asked for three times a day', async () => {
    const app = await openApp(dialect, keepingMails);
    const browser = await signUp(app);
    for (let time = 0; time < 3; time += 1) {
      await browser.open('/settings/~/profile');
      await browser.submit(again);
      expect(browser.text()).toContain(`Open the link in the mail to ${old}`);
    }
    await browser.open(again);
    await browser.submit(again);
    expect(browser.status).toBe(429);
    const asked = (await mailsOf(app)).filter(({ what }) => what === 'Confirm your email address');
    expect(asked).toHaveLength(4);
    await follow(app, await linkIn(app, old, 'Confirm'));
    await browser.open(again);
    expect(browser.text()).not.toContain('Send the link again');
  });

  here('the change of a confirmed address holds the account, of an unconfirmed one does not', async () => {
    const app = await openApp(dialect, keepingMails);
    await signUp(app);
    const token = await login(app);
    const create = async () =>
      (await app.ask('POST', '/-/npm/v1/tokens', { token, body: { password } })).statusCode;
    await setEmail(app, token, fresh);
    expect(await create()).toBe(201);
    await follow(app, await linkIn(app, fresh, 'Confirm'), { password });
    await setEmail(app, token, old);
    expect(await create()).toBe(403);
    expect((await setEmail(app, token, fresh)).statusCode).toBe(403);
    const held = (await mailsOf(app)).filter(({ what }) => what === 'Account held');
    expect(held.map(({ to }) => to).sort()).toEqual([old, fresh].sort());
    app.clock.advance(72 * hour);
    expect(await create()).toBe(201);
  });

  here('undoing restores the address, ends every session and login, during and after the hold', async () => {
    for (const wait of [hour, 4 * day]) {
      const app = await openApp(dialect, keepingMails);
      const { browser, token } = await moved(app);
      app.clock.advance(wait);
      const path = await linkIn(app, old, 'Take my address back');
      // Even the one who is signed in, and whose account is held.
      await browser.open(path);
      expect(browser.text()).toContain('Every session of the website');
      await browser.submit(path);
      expect(browser.heading()).toBe('Your email address is back');
      expect(await whoami(app, token)).toBe(401);
      expect((await browser.open('/settings/~/profile')).heading()).toBe('Sign in');
      const after = await signIn(app);
      expect((await after.open('/settings/~/profile')).text()).toContain(`${old} (verified)`);
      expect(await actionsOf(app)).toContain('account.undoEmail');
    }
  });

  here('whoever moved the address twice cannot undo what its owner undid', async () => {
    const app = await openApp(dialect, keepingMails);
    const { token } = await moved(app);
    await follow(app, await linkIn(app, fresh, 'Confirm'), { password });
    app.clock.advance(73 * hour);
    expect((await setEmail(app, token, 'third@new.example')).statusCode).toBe(200);
    const theirs = await linkIn(app, fresh, 'Take my address back');
    expect((await follow(app, await linkIn(app, old, 'Take my address back'))).status).toBe(200);
    expect((await follow(app, theirs)).heading()).toBe(over);
    expect(await npmProfile(app, await login(app))).toMatchObject({ email: old, email_verified: true });
  });

  here('no link goes to an address that nobody had confirmed when it was corrected', async () => {
    const app = await openApp(dialect, keepingMails);
    await signUp(app);
    await setEmail(app, await login(app), fresh);
    const mails = (await mailsOf(app)).filter(
      ({ to, what }) => to === old && what === 'Email address changed',
    );
    expect(mails).toHaveLength(1);
    expect([mails[0]?.link, mails[0]?.otherLinks]).toEqual([undefined, undefined]);
  });

  here('the link of a notice freezes the account until the operator lets it go on', async () => {
    const app = await openApp(dialect, keepingMails);
    await confirmed(app);
    const token = await login(app);
    const made = await app.ask('POST', '/-/npm/v1/tokens', { token, body: { password } });
    const path = await linkIn(app, old, 'This was not me: freeze my account');
    const notice = (await mailsOf(app)).find(({ what }) => what === 'New access token');
    expect(notice?.otherLinks?.[0]?.path).toBe(path);
    expect(notice?.paragraphs.join(' ')).toContain('freeze your account with the link below');
    const thief = await signIn(app);
    const browser = await new Browser(app).open(path);
    expect(browser.text()).toContain('nobody can sign in to it');
    expect(await whoami(app, token)).toBe(200);
    await browser.submit(path);
    expect(browser.heading()).toBe('Account frozen');
    for (const held of [token, made.json().token]) expect(await whoami(app, held)).toBe(403);
    expect((await thief.open('/settings/~/profile')).heading()).toBe('Sign in');
    expect((await signIn(app)).status).toBe(403);
    expect(await actionsOf(app)).toContain('account.freezeByLink');
    expect((await mailsOf(app)).map(({ what }) => what)).toContain('Account frozen');
    // Nothing was ended.
    await unfreeze(app);
    expect(await whoami(app, token)).toBe(200);
  });

  here('a frozen account refuses the links of its mails and spends none', async () => {
    const app = await openApp(dialect, keepingMails);
    await moved(app);
    const undo = await linkIn(app, old, 'Take my address back');
    const open = await new Browser(app).open(undo);
    await follow(app, await linkIn(app, old, 'freeze'));
    await open.submit(undo);
    expect([open.status, open.heading()]).toEqual([403, 'This account is frozen']);
    await unfreeze(app);
    expect((await follow(app, undo)).status).toBe(200);
  });

  here('the mail of a new sign-in ends that session and no other', async () => {
    const app = await openApp(dialect, keepingMails);
    const owner = await confirmed(app);
    const thief = new Browser(app);
    thief.address = '198.51.100.9';
    await thief.open('/login');
    await thief.submit('/login', { username: 'ann', password });
    expect((await thief.open('/settings/~/profile')).heading()).toBe('Profile');
    const path = await linkIn(app, old, 'End this session');
    const browser = await new Browser(app).open(path);
    expect(browser.text()).toContain('198.51.100.9');
    await browser.submit(path);
    expect(browser.heading()).toBe('Session ended');
    expect((await thief.open('/settings/~/profile')).heading()).toBe('Sign in');
    expect((await owner.open('/settings/~/profile')).heading()).toBe('Profile');
    expect((await follow(app, path)).heading()).toBe(over);
  });

  here('a session that has ended needs no link any more', async () => {
    const app = await openApp(dialect, keepingMails);
    await confirmed(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    const path = await linkIn(app, old, 'End this session');
    await browser.open('/settings/~/profile');
    await browser.submit('/logout');
    expect((await follow(app, path)).heading()).toBe(over);
  });

  here('no link stands in the log, the database or the security log', async () => {
    const app = await openApp(dialect, keepingMails);
    await moved(app);
    const paths = [
      await linkIn(app, fresh, 'Confirm'),
      await linkIn(app, old, 'Take my address back'),
      await linkIn(app, old, 'freeze'),
    ];
    for (const path of paths) await follow(app, path, { password });
    for (const path of paths) await new Browser(app).open(`${path}x`);
    const stored = await app.app.store.read(async (tx) => [
      await tx.sql.selectFrom('mailed_links').selectAll().execute(),
      await tx.sql.selectFrom('audit').selectAll().execute(),
    ]);
    const kept = JSON.stringify([app.log, stored]);
    expect(kept).toContain('/login/undo-email/:id');
    for (const path of paths) expect(kept).not.toContain(path.split('/').at(-1));
  });
});
