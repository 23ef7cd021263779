/** RV6: before its time a hold ends by a security key that was there for a week, or by the confirmed mailbox and a factor. */
import { expect, it } from 'vitest';
import { Browser } from '../site/browser.ts';
import { linkIn, mailsOf } from '../site/mailed.ts';
import { codeNow, enable, password, signIn, signUp } from '../site/people.ts';
import { eachDialect } from '../support/dialects.ts';
import { fiftyOf } from './copies.ts';
import {
  addKey,
  askLink,
  byKey,
  byMail,
  done,
  hold,
  holdMails,
  isHeld,
  label,
  move,
  moved,
  old,
  openScene,
  page,
  touch,
} from './held.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

eachDialect('a hold', (dialect) => {
  it('is shown with its reason and its end, and what it stops says where it ends', async () => {
    const scene = await openScene(dialect);
    const browser = await signIn(scene.app, 'ann', scene.secret);
    await browser.open(page);
    expect(browser.text()).toContain('Your account is not held');
    await hold(scene);
    for (const path of [page, '/settings/~/authentication']) {
      await browser.open(path);
      expect(browser.text().toLowerCase()).toContain('because a recovery code was used to remove or replace');
      expect(browser.text()).toContain('in 14 days');
    }
    const held = (await mailsOf(scene.app)).find(({ what }) => what === 'Account held');
    expect(held?.link?.path).toBe(page.replace('ann', '~'));
  });

  it('after a change of address ends by a link to the address before, with a factor, once', async () => {
    const scene = await openScene(dialect);
    const { app, secret } = scene;
    const browser = await move(scene);
    await askLink(browser);
    expect(browser.text()).toContain(`the mail to ${old}`);
    expect((await holdMails(scene)).map(({ to }) => to)).toEqual([old]);
    const path = await linkIn(app, old, label);
    expect(path).toMatch(/^\/login\/end-hold\/[0-9a-f]{64}$/);

    app.clock.advance(5 * minute);
    await browser.open(path);
    await browser.send('HEAD', path);
    for (const code of ['', '000000']) {
      await browser.submit(path, { code });
      expect([browser.status, await isHeld(scene)]).toEqual([401, true]);
    }
    await browser.submit(path, { code: codeNow(app, secret) });
    expect([browser.heading(), await isHeld(scene)]).toEqual(['Hold ended', false]);
    expect((await browser.open(path)).status).toBe(410);

    const ended = (await mailsOf(app)).filter(({ what }) => what === 'Account no longer held');
    expect(ended.map(({ to }) => to).sort()).toEqual([old, moved].sort());
    expect(await done(scene, 'hold.endByLink')).toMatchObject([{ factor: 'totp' }]);
    expect(await done(scene, 'hold.mailLink')).toHaveLength(1);
    await browser.open('/settings/~/security-log');
    expect(browser.text()).toContain('Ended the hold early, by the link in a mail');
  });

  it('is ended by one of fifty who open its link at once', async () => {
    const scene = await openScene(dialect);
    const second = await scene.app.another();
    const browser = await move(scene);
    await askLink(browser);
    const path = await linkIn(scene.app, old, label);
    await browser.open(path);
    const answers = await Promise.all(fiftyOf(browser, scene.app, second).map((one) => one.submit(path)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(49);
    expect(await done(scene, 'hold.endByLink')).toHaveLength(1);
  });

  it('is not ended by its link late, for another account, for strangers, or for a later hold', async () => {
    const scene = await openScene(dialect);
    const { app, secret } = scene;
    const browser = await move(scene);
    const fresh = async (): Promise<string> => {
      await askLink(browser);
      return linkIn(app, old, label);
    };
    const first = await fresh();
    const bob = await signUp(app, 'bob');
    await bob.open('/settings/~/profile');
    const { form = '' } = bob.fields('/settings/bob/profile');
    const body = new URLSearchParams({ form, password }).toString();
    expect((await bob.send('GET', first)).statusCode).toBe(410);
    expect((await bob.send('POST', first, { body })).statusCode).toBe(410);
    const stranger = await new Browser(app).open(first);
    expect(stranger.heading()).toBe('Sign in');

    app.clock.advance(minute);
    const next = await fresh();
    expect((await browser.open(first)).status).toBe(410);
    app.clock.advance(minute);
    await hold(scene);
    await browser.open(next);
    await browser.submit(next, { code: codeNow(app, secret) });
    const kinds = await app.app.store.read((tx) => tx.sql.selectFrom('holds').select('kind').execute());
    expect(kinds).toEqual([{ kind: 'full' }]);

    app.clock.advance(minute);
    const signedIn = await signIn(app, 'ann', secret);
    // The confirmed address is the one before no longer: nobody confirmed the new one.
    await signedIn.open(byMail);
    expect(signedIn.text()).toContain('was not confirmed before');
    await app.app.store.write(async (tx) => {
      await tx.sql
        .updateTable('accounts')
        .set({ email: old, email_verified_at: tx.now })
        .where('name', '=', 'ann')
        .execute();
    });
    await askLink(signedIn);
    const last = await linkIn(app, old, label);
    app.clock.advance(15 * minute);
    expect((await signedIn.open(last)).status).toBe(410);
    expect(await isHeld(scene)).toBe(true);
  });

  it('has three links a day, each void when the password changes', async () => {
    const scene = await openScene(dialect);
    const { app, secret } = scene;
    const browser = await move(scene);
    for (let round = 0; round < 3; round += 1) expect((await askLink(browser)).text()).toContain('Mail sent');
    expect((await askLink(browser)).status).toBe(429);
    const path = await linkIn(app, old, label);
    app.clock.advance(minute);
    await browser.open('/settings/~/password');
    await browser.submit('/settings/ann/password', {
      password,
      'new-password': 'another horse, another staple 7',
      code: codeNow(app, secret),
    });
    expect(browser.status).toBe(200);
    expect((await browser.open(path)).status).toBe(410);
    expect(await isHeld(scene)).toBe(true);
  });

  it('sends no link where no address was confirmed', async () => {
    const scene = await openScene(dialect);
    const { app, secret } = scene;
    await app.app.store.write(async (tx) => {
      await tx.sql.updateTable('accounts').set({ email_verified_at: null }).execute();
    });
    await hold(scene);
    const browser = await signIn(app, 'ann', secret);
    await browser.open('/settings/~/profile');
    const { form = '' } = browser.fields('/settings/ann/profile');
    const sent = await browser.send('POST', byMail, { body: new URLSearchParams({ form }).toString() });
    expect(sent.statusCode).toBe(400);
    expect(await holdMails(scene)).toEqual([]);
  });

  it('ends by a security key that was there for a week, and by no younger one and no code', async () => {
    const scene = await openScene(dialect);
    const { app, secret } = scene;
    const aged = await addKey(scene, 'aged');
    app.clock.advance(minute);
    const young = await addKey(scene, 'young');
    app.clock.advance(7 * day - minute);
    const browser = await move(scene);
    await touch(browser, young);
    expect([browser.status, await isHeld(scene)]).toEqual([403, true]);
    expect(browser.text()).toContain('at least seven days');
    await browser.open(byKey);
    const { form = '' } = browser.fields(byKey);
    const body = new URLSearchParams({ form, code: codeNow(app, secret) }).toString();
    expect((await browser.send('POST', byKey, { body })).statusCode).toBe(403);
    await touch(browser, aged);
    expect([browser.heading(), await isHeld(scene)]).toEqual(['Hold ended', false]);
    expect(await done(scene, 'hold.endByKey')).toMatchObject([{ factor: 'security-key' }]);
  });

  it('after a recovery code is not ended by keys that came later, however old they grow', async () => {
    const scene = await openScene(dialect);
    const { app } = scene;
    const usedAt = app.clock.now();
    app.clock.advance(minute);
    const between = await addKey(scene, 'between');
    app.clock.advance(minute);
    await hold(scene, { causeAt: usedAt });
    app.clock.advance(minute);
    const within = await addKey(scene, 'within');
    app.clock.advance(8 * day);
    const browser = await signIn(app, 'ann', scene.secret);
    for (const key of [between, within]) {
      await touch(browser, key);
      expect([browser.status, await isHeld(scene)]).toEqual([403, true]);
    }
    // The mailbox and a factor suffice, as the address was confirmed before.
    await askLink(browser);
    const path = await linkIn(app, old, label);
    await browser.open(path);
    await browser.submit(path);
    expect([browser.heading(), await isHeld(scene)]).toEqual(['Hold ended', false]);
  });

  it('begun by a recovery code trusts what was there before that was used', async () => {
    const scene = await openScene(dialect);
    const { app } = scene;
    const headers = { authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}` };
    const codes = await app.ask('POST', '/-/npm/v1/user', {
      headers,
      otp: codeNow(app, scene.secret),
      body: { tfa: { password, mode: 'disable' } },
    });
    expect(codes.statusCode).toBe(200);
    expect(await isHeld(scene)).toBe(false);
    app.clock.advance(minute);
    const again = await enable(app);
    const body = { name: 'ann', password };
    const [first = '', second = ''] = again.codes;
    const login = await app.ask('PUT', '/-/user/org.couchdb.user:ann', { body, otp: first });
    const usedAt = app.clock.now();
    app.clock.advance(day);
    const off = await app.ask('POST', '/-/npm/v1/user', {
      token: login.json().token,
      otp: second,
      body: { tfa: { password, mode: 'disable' } },
    });
    expect(off.statusCode).toBe(200);
    const rows = await app.app.store.read((tx) => tx.sql.selectFrom('holds').selectAll().execute());
    // The second code took the factor away; what came after the first proves nothing.
    expect(rows).toMatchObject([{ kind: 'full', reason: 'recovery-code', cause_at: usedAt, mail_to: '' }]);
  });
});
