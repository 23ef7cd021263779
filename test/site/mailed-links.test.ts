import { expect, it } from 'vitest';
import { unfreeze } from '../accounts/freezing.ts';
import { openApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { Browser } from './browser.ts';
import {
  actionsOf,
  confirmed,
  follow,
  fresh,
  login,
  moved,
  old,
  over,
  profile,
  whoami,
} from './email-address.ts';
import { linkIn, mailsOf } from './mailed.ts';
import { enable, password, signIn } from './people.ts';

const day = 24 * 3_600_000;

eachDialect('links in mails', (dialect) => {
  it('a link is good once, of fifty at once for one', async () => {
    const app = await openApp(dialect);
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

  it('a link is worth nothing late, again, as another kind, or made up: one page says so', async () => {
    const app = await openApp(dialect);
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

  it('the link of a notice freezes the account until the operator lets it go on', async () => {
    const app = await openApp(dialect);
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
    await unfreeze(app, 'ann');
    expect(await whoami(app, token)).toBe(200);
  });

  it('a frozen account refuses the links of its mails and spends none', async () => {
    const app = await openApp(dialect);
    await moved(app);
    const undo = await linkIn(app, old, 'Take my address back');
    const open = await new Browser(app).open(undo);
    await follow(app, await linkIn(app, old, 'freeze'));
    await open.submit(undo);
    expect([open.status, open.heading()]).toEqual([403, 'This account is frozen']);
    await unfreeze(app, 'ann');
    expect((await follow(app, undo)).status).toBe(200);
  });

  it('the mail of a new sign-in ends that session and no other', async () => {
    const app = await openApp(dialect);
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

  it('a session that has ended needs no link any more', async () => {
    const app = await openApp(dialect);
    await confirmed(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    const path = await linkIn(app, old, 'End this session');
    await browser.open('/settings/~/profile');
    await browser.submit('/logout');
    expect((await follow(app, path)).heading()).toBe(over);
  });

  it('no link stands in the log, the database or the security log', async () => {
    const app = await openApp(dialect);
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
