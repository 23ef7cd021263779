import { describe, expect, it } from 'vitest';
import { listAudit } from '../../src/ledger/audit.ts';
import { freeze, unfreeze } from '../accounts/freezing.ts';
import { Browser } from '../site/browser.ts';
import { mailsOf } from '../site/mailed.ts';
import { follow, give, home, linkOf, mailbox, openWorld, type World } from '../site/new-browser.ts';
import { codeNow, password } from '../site/people.ts';
import { eachDialect } from '../support/dialects.ts';
import { fiftyOf } from './copies.ts';

const minute = 60_000;
const over = 'This link is not good any more';

const isSignedIn = async (browser: Browser): Promise<boolean> =>
  (await browser.open('/settings/~/profile')).heading() !== 'Sign in';

const sessionsOf = ({ app }: World): Promise<number> =>
  app.app.store.read(async (tx) => {
    const rows = await tx.sql.selectFrom('sessions').select('id').where('halfway', '=', 0).execute();
    return rows.length;
  });

const basic = { authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}` };

eachDialect('a sign-in from a new browser', (dialect) => {
  it('waits for the mailed link, and starts where it began', async () => {
    const world = await openWorld(dialect);
    const before = await sessionsOf(world);
    const browser = await give(world, { next: '/settings/~/tokens' });
    expect([browser.path, browser.status, browser.heading()]).toEqual([
      '/login/confirm',
      200,
      'Open the link in your mail',
    ]);
    expect(browser.text()).toContain('a•••@e•••.com');
    expect(browser.text()).toContain('within 15 minutes');
    expect(browser.body).not.toContain(mailbox);
    expect(await sessionsOf(world)).toBe(before);
    expect(await isSignedIn(browser)).toBe(false);

    const path = await linkOf(world);
    expect(path).toMatch(/^\/login\/confirm\/[0-9a-f]{64}$/);
    await browser.send('HEAD', path);
    await browser.open(path);
    expect([browser.heading(), await sessionsOf(world)]).toEqual(['Finish signing in', before]);
    await browser.submit(path);
    expect([browser.path, browser.status]).toEqual(['/settings/~/tokens', 200]);
    expect(await sessionsOf(world)).toBe(before + 1);
    expect([...browser.cookies.keys()].sort()).toEqual(['ts_device', 'ts_session']);
    const said = (await mailsOf(world.app)).find(({ what }) => what === 'New sign-in');
    expect(said?.paragraphs.join(' ')).toContain('The link that was mailed to you for it was opened');
    const log = await world.app.app.store.read((tx) => listAudit(tx, { limit: 100 }));
    const rows = log.map(({ action, outcome, factor }) => [action, outcome, factor].join(' '));
    for (const row of [
      'account.finishSignIn done totp',
      'signIn.wait done totp',
      'account.confirmSignIn done totp',
    ])
      expect(rows).toContain(row);
  });

  it('is not finished in any other browser, which spends nothing', async () => {
    const world = await openWorld(dialect);
    const thief = await give(world);
    const path = await linkOf(world);
    const owner = new Browser(world.app);
    for (const shown of [await owner.open(path), await new Browser(world.app).open(path)]) {
      expect([shown.status, shown.heading()]).toEqual([403, 'This sign-in began in another browser']);
      expect(shown.text()).toContain('If that was not you');
    }
    const other = await give(world);
    const { form = '' } = (await other.open('/login')).fields('/login');
    const answer = await other.send('POST', path, { body: new URLSearchParams({ form }).toString() });
    expect([answer.statusCode, answer.body.includes('This sign-in began in another browser')]).toEqual([
      403,
      true,
    ]);
    expect(await isSignedIn(other)).toBe(false);
    await follow(thief, path);
    expect(await isSignedIn(thief)).toBe(true);
  });

  it('starts one session, however often and wherever the link is used at once', async () => {
    const world = await openWorld(dialect);
    const second = await world.app.another();
    const browser = await give(world);
    const before = await sessionsOf(world);
    const path = await linkOf(world);
    const copies = await Promise.all(fiftyOf(browser, world.app, second).map((copy) => copy.open(path)));
    await Promise.all(copies.map((copy) => copy.submit(path)));
    expect(copies.filter(({ path: at }) => at === home)).toHaveLength(1);
    for (const copy of copies.filter(({ path: at }) => at !== home))
      expect([copy.status, copy.heading()]).toEqual([410, over]);
    expect(await sessionsOf(world)).toBe(before + 1);
  });

  it('is over after a quarter of an hour, and says so', async () => {
    const world = await openWorld(dialect);
    const browser = await give(world);
    const path = await linkOf(world);
    world.app.clock.advance(15 * minute - 1);
    expect((await browser.open(path)).heading()).toBe('Finish signing in');
    world.app.clock.advance(1);
    await browser.submit(path);
    expect([browser.status, browser.heading()]).toEqual([410, 'The time for this sign-in is over']);
    // A clock that was set back revives nothing.
    world.app.clock.advance(-10 * minute);
    expect((await browser.open(path)).heading()).toBe(over);
    for (const worthless of [`/login/confirm/${'0'.repeat(64)}`, '/login/confirm/x'])
      expect((await browser.open(worthless)).heading()).toBe(over);
  });

  it('is void once the password, the second factor or the address changed, or the account was frozen', async () => {
    const changes: Record<string, (world: World) => Promise<undefined | { statusCode: number }>> = {
      password: async ({ app, secret }) =>
        app.ask('POST', '/-/npm/v1/user', {
          headers: basic,
          otp: codeNow(app, secret),
          body: { password: { old: password, new: `${password} and more` } },
        }),
      'second factor': async ({ app, secret }) =>
        app.ask('POST', '/-/npm/v1/user', {
          headers: basic,
          otp: codeNow(app, secret),
          body: { tfa: { password, mode: 'disable' } },
        }),
      address: async ({ app, secret }) =>
        app.ask('POST', '/-/npm/v1/user', {
          headers: basic,
          otp: codeNow(app, secret),
          body: { email: 'ann@new.example' },
        }),
      app: async ({ app }) => {
        await app.app.store.write((tx) => tx.sql.updateTable('factors').set({ id: 'another' }).execute());
        return undefined;
      },
      'password, by whatever ends no session': async ({ app }) => {
        await app.app.store.write((tx) =>
          tx.sql.updateTable('accounts').set({ password_version: 2 }).execute(),
        );
        return undefined;
      },
      freeze: async (world) => {
        await freeze(world.app, 'ann');
        await unfreeze(world.app, 'ann');
        return undefined;
      },
    };
    for (const [title, change] of Object.entries(changes)) {
      const world = await openWorld(dialect);
      const browser = await give(world);
      const path = await linkOf(world);
      world.app.clock.advance(30_000);
      await change(world);
      await follow(browser, path);
      expect([title, browser.status, browser.heading()]).toEqual([title, 410, over]);
      expect([title, await isSignedIn(browser)]).toEqual([title, false]);
    }
  });

  it('with a recovery code waits too, and codes that were regenerated meanwhile void it', async () => {
    const world = await openWorld(dialect);
    const [first = '', second = ''] = world.codes;
    const browser = await give(world, { code: first });
    expect(browser.path).toBe('/login/confirm');
    const left = await give(world, { code: first });
    expect([left.path, left.status]).toEqual(['/login/second-step', 401]);
    await follow(browser, await linkOf(world));
    expect(browser.path).toBe(home);
    const late = await give(world, { code: second });
    const path = await linkOf(world);
    await world.app.app.store.write((tx) => tx.sql.deleteFrom('recovery_codes').execute());
    await follow(late, path);
    expect([late.status, late.heading()]).toEqual([410, over]);
  });

  it('waits for the last link that was mailed to its browser', async () => {
    const world = await openWorld(dialect);
    const browser = await give(world);
    const first = await linkOf(world);
    world.app.clock.advance(minute);
    await give(world, { browser });
    const last = await linkOf(world);
    expect(last).not.toBe(first);
    expect((await browser.open(first)).heading()).toBe(over);
    await follow(browser, last);
    expect(browser.path).toBe(home);
    expect((await browser.open(last)).heading()).toBe(over);
  });

  it('mails at most five links in a quarter of an hour and twenty a day, and then spends no code', async () => {
    const world = await openWorld(dialect);
    let given = 0;
    const giveAll = async (): Promise<void> => {
      for (let times = 0; times < 5; times += 1) {
        expect((await give(world)).path).toBe('/login/confirm');
        given += 1;
      }
      const refused = await give(world);
      expect([refused.path, refused.status]).toEqual(['/login/second-step', 429]);
      expect(
        await refused.submit('/login/second-step', { code: codeNow(world.app, world.secret) }),
      ).toHaveProperty('status', 429);
    };
    for (let round = 0; round < 4; round += 1) {
      await giveAll();
      world.app.clock.advance(16 * minute);
    }
    expect((await give(world)).status).toBe(429);
    const mails = (await mailsOf(world.app)).filter(({ what }) => what === 'Confirm your sign-in');
    expect([given, mails.length]).toEqual([20, 20]);
  });
});

describe('a sign-in', () => {
  it('ends when its owner ends all other sessions', async () => {
    const world = await openWorld('sqlite');
    const owner = await follow(await give(world), await linkOf(world));
    await follow(await give(world), await linkOf(world));
    world.app.clock.advance(minute);
    const thief = await give(world);
    const path = await linkOf(world);
    const page = '/settings/ann/sessions';
    await owner.open(page);
    await owner.submit(page, { end: 'others' });
    expect(owner.text()).toContain('other sessions ended');
    expect((await follow(thief, path)).heading()).toBe(over);
  });

  it('proves its factor when the code was given, not when the link is opened', async () => {
    const world = await openWorld('sqlite');
    const browser = await give(world);
    const path = await linkOf(world);
    world.app.clock.advance(6 * minute);
    await follow(browser, path);
    const page = '/settings/ann/profile';
    await browser.open(page);
    expect(browser.fields(page)).toHaveProperty('code');
  });

  it('that waits gives nobody who has cookie or link alone anything', async () => {
    const world = await openWorld('sqlite');
    const browser = await give(world);
    const { ts_wait: wait = '' } = Object.fromEntries(browser.cookies);
    for (const name of ['ts_session', 'ts_pre', 'ts_device', 'ts_wait']) {
      const thief = new Browser(world.app);
      thief.cookies.set(name, wait);
      expect(await isSignedIn(thief)).toBe(false);
    }
    const rows = await world.app.app.store.read((tx) =>
      tx.sql.selectFrom('waiting_sign_ins').selectAll().execute(),
    );
    const kept = JSON.stringify(rows);
    expect(kept).not.toContain(wait);
    expect(kept).not.toContain((await linkOf(world)).split('/').at(-1));
  });

  it('of npm login in the browser goes on to its request after the link, and nobody reads which in the database', async () => {
    const world = await openWorld('sqlite');
    const begun = await world.app.ask('POST', '/-/v1/login', { body: { hostname: 'laptop' } });
    const page = new URL(begun.json().loginUrl).pathname;
    const browser = await give(world, { next: page });
    const rows = await world.app.app.store.read((tx) =>
      tx.sql.selectFrom('waiting_sign_ins').selectAll().execute(),
    );
    expect(JSON.stringify(rows)).not.toContain(page.split('/').at(-1));
    await follow(browser, await linkOf(world));
    expect([browser.path, browser.heading()]).toEqual([page, 'Log in on the command line']);
  });
});
