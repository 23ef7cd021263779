/** Every kind of link that is mailed: one act, one account, one use, its time; opening it does nothing (LK6, RV6–RV8, SE7). */
import { describe, expect, it } from 'vitest';
import { type LinkKind, pathOfLink } from '../../src/accounts/mailed-links.ts';
import { listAudit } from '../../src/ledger/audit.ts';
import type { Action } from '../../src/policy/policy.ts';
import type { Dialect } from '../../src/store/store.ts';
import { freeze, unfreeze } from '../accounts/freezing.ts';
import { Browser } from '../site/browser.ts';
import { linkIn } from '../site/mailed.ts';
import { signIn, signUp } from '../site/people.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { copyOf, fiftyOf } from './copies.ts';
import { confirm, intrude, type Kind, kinds, move, moved, old, profile } from './mailed-link-kinds.ts';

const minute = 60_000;

/** A link in the mail of its owner. */
async function mailed(dialect: Dialect, { settings, send, label, to = old }: Kind) {
  const app = await openApp(dialect, settings);
  const browser = await send(app);
  const path = await linkIn(app, to, label);
  const [page = ''] = path.split('?');
  return { app, browser, path, page, id: path.split(/[/=]/).at(-1) ?? '' };
}

/** How often the act was done. */
const countDone = async ({ app }: TestApp, act: Action): Promise<number> =>
  app.store.read(async (tx) => {
    const rows = await listAudit(tx, { limit: 500 });
    return rows.filter(({ action, outcome }) => action === act && outcome === 'done').length;
  });

const isRefused = ({ status }: Browser): boolean => [403, 404, 410].includes(status);

const everyKind = Object.entries(kinds);

eachDialect('a mailed link', (dialect) => {
  describe.each(everyKind)('%s', (_name, kind) => {
    const { act, filled = () => ({}), life } = kind;

    it('is 256 bits long, and of fifty who press its button at once one is served', async () => {
      const { app, browser, path, page, id } = await mailed(dialect, kind);
      expect(id.length === 64 || Buffer.from(id, 'base64url').length === 32).toBe(true);
      const second = await app.another();
      await browser.open(path);
      const presses = fiftyOf(browser, app, second).map((copy, index) => copy.submit(page, filled(index)));
      const answers = await Promise.all(presses);
      expect(answers.filter((one) => !isRefused(one))).toHaveLength(1);
      // Signing up made ann's account already, where she had one.
      expect(await countDone(app, act)).toBe(1);
      await browser.open(path);
      expect(isRefused(browser) || browser.heading() === 'Sign in' || act === 'account.confirmSignIn').toBe(
        true,
      );
    });

    it('does nothing when it is opened, by whatever reads mails first', async () => {
      const { app, browser, path, page } = await mailed(dialect, kind);
      const scanner = new Browser(app);
      for (const headers of [
        {},
        { 'sec-purpose': 'prefetch' },
        { 'user-agent': 'LinkScanner/1.0', accept: '*/*' },
      ]) {
        await scanner.send('GET', path, { headers });
        await scanner.send('HEAD', path, { headers });
        const posted = await scanner.send('POST', page, { body: '', headers });
        expect(posted.statusCode).toBe(403);
        const robot = await scanner.send('POST', page, { body: '', headers: { ...headers, origin: 'null' } });
        expect(robot.statusCode).toBe(403);
      }
      expect(await countDone(app, act)).toBe(0);
      await browser.open(path);
      await browser.submit(page, filled(0));
      expect([browser.status, await countDone(app, act)]).toEqual([200, 1]);
    });

    it('is good until its time is over, and no longer', async () => {
      const { app, browser, path, page } = await mailed(dialect, kind);
      await browser.open(path);
      const late = copyOf(browser, app);
      app.clock.advance(life - 1);
      await browser.open(path);
      // Sessions, which some links need, may be over before: then it is not the link that is refused.
      expect(browser.status).toBe(200);
      app.clock.advance(1);
      await browser.open(path);
      await late.submit(page, filled(0));
      expect([isRefused(browser), isRefused(late), await countDone(app, act)]).toEqual([true, true, 0]);
    });

    it('opens nothing but what it is for', async () => {
      const { app, browser, path, id } = await mailed(dialect, kind);
      const others = [
        ...(Object.keys(kinds) as LinkKind[]).map((other) => pathOfLink(other, id)),
        `/login/confirm/${id}`,
        `/login/cli/${id}`,
      ].filter((other) => !other.startsWith('undefined') && other !== path);
      expect(others.length).toBeGreaterThanOrEqual(6);
      for (const other of others) {
        const visitor = copyOf(browser, app);
        await visitor.open(other);
        expect([other, isRefused(visitor) || visitor.heading() === 'Sign in']).toEqual([other, true]);
      }
      for (const { act: any } of Object.values(kinds))
        if (any !== 'account.create') expect(await countDone(app, any)).toBe(0);
      await browser.open(path);
      expect(browser.status).toBe(200);
    });

    it('stands neither in the log nor in clear in the database', async () => {
      const { app, browser, path, page, id } = await mailed(dialect, kind);
      await browser.open(path);
      await browser.submit(page, filled(0));
      await browser.open(path);
      await new Browser(app).open(`${path}x`);
      const stored = await app.app.store.read(async (tx) => [
        await tx.sql.selectFrom('mailed_links').selectAll().execute(),
        await tx.sql.selectFrom('waiting_sign_ins').selectAll().execute(),
        await tx.sql.selectFrom('invitations').selectAll().execute(),
        await tx.sql.selectFrom('audit').selectAll().execute(),
        await tx.sql.selectFrom('outbox').selectAll().execute(),
      ]);
      expect(await countDone(app, act)).toBe(1);
      expect(JSON.stringify([app.log.lines, stored])).not.toContain(id);
    });
  });

  describe.each(everyKind.filter(([name]) => name !== 'invitation' && name !== 'sign-in'))(
    '%s',
    (name, kind) => {
      const { act, filled = () => ({}) } = kind;

      it('changes nothing for somebody else who presses its button', async () => {
        const { app, path, page } = await mailed(dialect, kind);
        const bob = await signUp(app, 'bob');
        const ofBob = () =>
          app.app.store.read(async (tx) => {
            const account = await tx.sql
              .selectFrom('accounts')
              .selectAll()
              .where('name', '=', 'bob')
              .executeTakeFirstOrThrow();
            const sessions = await tx.sql
              .selectFrom('sessions')
              .select(['id', 'ended_at'])
              .where('account_id', '=', account.id)
              .execute();
            return { account, sessions };
          });
        expect((await ofBob()).sessions).toHaveLength(1);
        const before = JSON.stringify(await ofBob());
        await bob.open(path);
        if (bob.status === 200) await bob.submit(page, filled(0));
        expect(JSON.stringify(await ofBob())).toBe(before);
        expect((await bob.open('/settings/~/profile')).heading()).toBe('Profile');
        // The link of a hold asks who is there; the others are the proof by themselves.
        expect(await countDone(app, act)).toBe(name === 'end-hold' ? 0 : 1);
      });

      it('is refused while its account is frozen, and not spent', async () => {
        const { app, browser, path, page } = await mailed(dialect, kind);
        await browser.open(path);
        await freeze(app, 'ann');
        const press = await copyOf(browser, app).submit(page, filled(0));
        expect([press.status, await countDone(app, act)]).toEqual([403, 0]);
        await unfreeze(app, 'ann');
        await browser.submit(page, filled(0));
        expect([browser.status, await countDone(app, act)]).toEqual([200, 1]);
      });
    },
  );

  it('that confirms an address is void when the account has another', async () => {
    const { app, browser, path } = await mailed(dialect, kinds['confirm-email']);
    const owner = await signIn(app);
    await owner.open(profile);
    await owner.submit(profile, { email: moved });
    expect((await browser.open(path)).status).toBe(410);
  });

  it('that undoes a change is void when an earlier change was undone, and so is what was mailed since', async () => {
    const app = await openApp(dialect, { TALLYSTICK_HOLD_TIME: '0' });
    const thief = await move(app);
    const first = await linkIn(app, old, 'Take my address back');
    await confirm(app);
    app.clock.advance(minute);
    await thief.open(profile);
    await thief.submit(profile, { email: 'third@new.example' });
    const theirs = [await linkIn(app, moved, 'Take my address back'), await linkIn(app, moved, 'freeze')];
    const owner = await new Browser(app).open(first);
    await owner.submit(first);
    expect(owner.status).toBe(200);
    for (const path of theirs) expect((await new Browser(app).open(path)).status).toBe(410);
    const again = await linkIn(app, old, 'freeze');
    expect((await new Browser(app).open(again)).status).toBe(200);
  });

  it('that ends a session is void when that has ended', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const thief = await intrude(app);
    const path = await linkIn(app, old, 'End this session');
    await thief.open('/logout');
    await thief.submit('/logout');
    expect((await new Browser(app).open(path)).status).toBe(410);
  });

  it('that ends a hold is void when the hold is over', async () => {
    const { app, browser, path } = await mailed(dialect, kinds['end-hold']);
    await app.app.store.write((tx) => tx.sql.updateTable('holds').set({ until: tx.now }).execute());
    expect((await browser.open(path)).status).toBe(410);
  });
});
