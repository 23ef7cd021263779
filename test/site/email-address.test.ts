import { expect, it } from 'vitest';
import { openApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { Browser } from './browser.ts';
import {
  actionsOf,
  follow,
  fresh,
  login,
  moved,
  npmProfile,
  old,
  over,
  profile,
  setEmail,
  whoami,
} from './email-address.ts';
import { linkIn, mailsOf } from './mailed.ts';
import { codeNow, enable, password, signIn, signUp } from './people.ts';

const hour = 3_600_000;
const day = 24 * hour;
const later = 5 * 60_000;
const again = `${profile}/confirm`;

eachDialect('links in mails', (dialect) => {
  it('the address of a new account is confirmed by opening a page and pressing its button', async () => {
    const app = await openApp(dialect);
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

  it('npm adduser asks for the address too, and npm profile get tells that it is confirmed', async () => {
    const app = await openApp(dialect);
    const body = { name: 'ann', password, email: old };
    const token = (await app.ask('PUT', '/-/user/org.couchdb.user:ann', { body })).json().token;
    expect(await npmProfile(app, token)).toMatchObject({ email_verified: false });
    await follow(app, await linkIn(app, old, 'Confirm'));
    expect(await npmProfile(app, token)).toMatchObject({ email_verified: true });
  });

  it('a link confirms the address that it was mailed to and no other', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const first = await linkIn(app, old, 'Confirm');
    const token = await login(app);
    await setEmail(app, token, fresh);
    expect((await follow(app, first)).heading()).toBe(over);
    expect(await npmProfile(app, token)).toMatchObject({ email: fresh, email_verified: false });
  });

  it('what the command line changed asks the password where it is confirmed, and again', async () => {
    const app = await openApp(dialect);
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

  it('the website asks no password twice, but where only a code was typed it is asked', async () => {
    const app = await openApp(dialect);
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

  it('another link can be asked for three times a day', async () => {
    const app = await openApp(dialect);
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

  it('the change of a confirmed address holds the account, of an unconfirmed one does not', async () => {
    const app = await openApp(dialect);
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

  it('undoing restores the address, ends every session and login, during and after the hold', async () => {
    for (const wait of [hour, 4 * day]) {
      const app = await openApp(dialect);
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

  it('whoever moved the address twice cannot undo what its owner undid', async () => {
    const app = await openApp(dialect);
    const { token } = await moved(app);
    await follow(app, await linkIn(app, fresh, 'Confirm'), { password });
    app.clock.advance(73 * hour);
    expect((await setEmail(app, token, 'third@new.example')).statusCode).toBe(200);
    const theirs = await linkIn(app, fresh, 'Take my address back');
    expect((await follow(app, await linkIn(app, old, 'Take my address back'))).status).toBe(200);
    expect((await follow(app, theirs)).heading()).toBe(over);
    expect(await npmProfile(app, await login(app))).toMatchObject({ email: old, email_verified: true });
  });

  it('no link goes to an address that nobody had confirmed when it was corrected', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    await setEmail(app, await login(app), fresh);
    const mails = (await mailsOf(app)).filter(
      ({ to, what }) => to === old && what === 'Email address changed',
    );
    expect(mails).toHaveLength(1);
    expect([mails[0]?.link, mails[0]?.otherLinks]).toEqual([undefined, undefined]);
  });
});
