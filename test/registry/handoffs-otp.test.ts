import { beforeEach, expect, test } from 'vitest';
import { currentCost } from '../../src/accounts/passwords.ts';
import { goodPassword } from '../accounts/acting.ts';
import { couchBody, enableFactor, signUp, userPath } from '../accounts/wire.ts';
import { mustPublish, packumentOf, pathOf, publish } from '../packages/publisher.ts';
import type { TestApp, Wish } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { Browser } from './browser.ts';
import {
  challenge,
  collect,
  draft,
  elsewhere,
  from,
  minute,
  type Offer,
  office,
  openWorld,
  poll,
  statusOf,
  web,
} from './offers.ts';

beforeEach(() => {
  // What a hash costs is another test's matter.
  currentCost.memory = 64;
});

eachDialect('a proof by a page', (dialect) => {
  test('npm publish is refused with a page, approved there, and done with the value that comes of it', async () => {
    const { world, token, browser } = await openWorld(dialect);
    const offer = await challenge(world, token);
    expect(offer.authUrl).toMatch(/^http:\/\/localhost:4873\/auth\/cli\/[0-9a-f]{64}$/);
    expect(offer.doneUrl).toMatch(/^http:\/\/localhost:4873\/-\/v1\/done\?authId=[0-9a-f]{64}$/);
    expect((await poll(world, offer)).statusCode).toBe(202);

    const shown = await browser().open('otp', offer.authUrl);
    expect(shown).toMatchObject({ kind: 'otp', state: 'waiting', address: office, comparison: null });
    expect(shown.act?.action).toBe('package.publish');
    expect(shown.act?.subject).toMatch(/^@hannah\/lamp@1\.0\.0 sha512-[A-Za-z0-9+/]{86}==$/);
    expect(shown.act?.token?.prefix).toBe(token.slice(0, 8));

    await browser().approveOtp(offer.authUrl);
    const otp = await collect(world, offer);
    expect(otp).toMatch(/^[0-9a-f]{64}$/);
    await mustPublish(world, token, draft('1.0.0'), { headers: web(), otp });
    expect((await browser().open('otp', offer.authUrl)).act?.uses).toEqual([
      { subject: shown.act?.subject, at: world.clock.now() },
    ]);
  });

  test('clients that do not open pages get the challenge that they know', async () => {
    const { world, token } = await openWorld(dialect);
    for (const headers of [from(office), { ...from(office), 'npm-auth-type': 'legacy' }]) {
      const answer = await publish(world, token, draft('1.0.0'), { headers });
      expect([answer.statusCode, Object.keys(answer.json()).sort()]).toEqual([401, ['error', 'message']]);
    }
    const rows = await world.app.store.read((tx) => tx.sql.selectFrom('handoffs').select('id').execute());
    expect(rows).toEqual([]);
  });

  test('a wrong code is refused with a page and with the help of a wrong code', async () => {
    const { world, token } = await openWorld(dialect);
    const answer = await publish(world, token, draft('1.0.0'), { headers: web(), otp: '0'.repeat(64) });
    expect([answer.statusCode, answer.headers['npm-notice']]).toEqual([
      401,
      expect.stringContaining('Invalid OTP'),
    ]);
    expect(answer.json()).toMatchObject({ authUrl: expect.any(String), doneUrl: expect.any(String) });
  });

  test('the value opens nothing but the act that was approved', async () => {
    const { world, token, browser } = await openWorld(dialect);
    const offer = await challenge(world, token);
    await browser().approveOtp(offer.authUrl);
    const otp = await collect(world, offer);
    const wish = { headers: from(office), otp };
    expect(await statusOf(publish(world, token, draft('1.0.1'), wish))).toBe(401);
    const other = { ...draft('1.0.0'), manifest: { description: 'other bytes' } };
    expect(await statusOf(publish(world, token, other, wish))).toBe(401);
    expect(await statusOf(publish(world, token, draft('1.0.0', '@hannah/desk'), wish))).toBe(401);
    const body = { password: goodPassword };
    expect(await statusOf(world.ask('POST', '/-/npm/v1/tokens', { token, ...wish, body }))).toBe(401);
    const fullname = { fullname: 'Somebody' };
    expect(await statusOf(world.ask('POST', '/-/npm/v1/user', { token, ...wish, body: fullname }))).toBe(401);
    expect(await statusOf(publish(world, token, draft('1.0.0'), wish))).toBe(201);
  });

  test('the value is good for the credential that was challenged alone', async () => {
    const { world, token, code, browser } = await openWorld(dialect);
    const body = { password: goodPassword };
    const made = await world.ask('POST', '/-/npm/v1/tokens', { token, otp: code(), body });
    const second: string = made.json().token;
    world.clock.advance(minute);
    const offer = await challenge(world, token);
    await browser().approveOtp(offer.authUrl);
    const otp = await collect(world, offer);
    const wish = { headers: from(office), otp };
    expect(await statusOf(publish(world, second, draft('1.0.0'), wish))).toBe(401);
    expect(await statusOf(publish(world, token, draft('1.0.0'), wish))).toBe(201);
  });

  test('a value serves once, and again only for the same act from the same address within five minutes', async () => {
    const { world, token, browser } = await openWorld(dialect);
    await publishWithPage(world, token, '1.0.0');
    await publishWithPage(world, token, '1.0.1');
    const { _rev, versions } = await packumentOf(world, '@hannah/lamp', token);
    const { '1.0.1': _gone, ...rest } = versions;
    const path = `${pathOf('@hannah/lamp')}/-rev/${_rev}`;
    const put = (wish: Wish) =>
      world.ask('PUT', path, {
        token,
        body: { _id: '@hannah/lamp', name: '@hannah/lamp', versions: rest },
        ...wish,
      });
    const offer: Offer = (await put({ headers: web() })).json();
    expect((await browser().open('otp', offer.authUrl)).act).toMatchObject({
      action: 'package.unpublish',
      subject: '@hannah/lamp',
      mayServeRelease: false,
    });
    await expect(browser().approveOtp(offer.authUrl, true)).rejects.toMatchObject({
      code: 'request_invalid',
    });
    await browser().approveOtp(offer.authUrl);
    const otp = await collect(world, offer);
    expect(await statusOf(put({ headers: from(office), otp }))).toBe(200);

    const remove = async (wish: Wish) => {
      const { _rev: now } = await packumentOf(world, '@hannah/lamp', token);
      return world.ask('DELETE', `${pathOf('@hannah/lamp')}/-rev/${now}`, { token, ...wish });
    };
    expect(await statusOf(remove({ headers: from(elsewhere), otp }))).toBe(401);
    world.clock.advance(4 * minute);
    expect(await statusOf(remove({ headers: from(office), otp }))).toBe(200);

    async function publishWithPage(at: TestApp, bearer: string, version: string): Promise<void> {
      const wanted = await challenge(at, bearer, version);
      await browser().approveOtp(wanted.authUrl);
      await mustPublish(at, bearer, draft(version), {
        headers: from(office),
        otp: await collect(at, wanted),
      });
      at.clock.advance(minute);
    }
  });

  test('after five minutes a value is worth nothing', async () => {
    const { world, token, browser } = await openWorld(dialect);
    const offer = await challenge(world, token);
    await browser().approveOtp(offer.authUrl);
    const otp = await collect(world, offer);
    world.clock.advance(5 * minute);
    expect(await statusOf(publish(world, token, draft('1.0.0'), { headers: from(office), otp }))).toBe(401);
  });

  test('a value is told again to the same address within half a minute and to nobody else', async () => {
    const { world, token, browser } = await openWorld(dialect);
    const offer = await challenge(world, token);
    await browser().approveOtp(offer.authUrl);
    const otp = await collect(world, offer);
    expect(await collect(world, offer)).toBe(otp);
    expect((await poll(world, offer, { headers: from(elsewhere) })).statusCode).toBe(404);
    world.clock.advance(31_000);
    expect((await poll(world, offer)).statusCode).toBe(404);
  });

  test('a live bearer of another account finds nothing; the own one, a dead one and none do', async () => {
    const { world, token, browser } = await openWorld(dialect);
    const other = await signUp(world, 'greta');
    const offer = await challenge(world, token);
    await browser().approveOtp(offer.authUrl);
    expect((await poll(world, offer, { token: other })).statusCode).toBe(404);
    expect((await poll(world, offer, { token: `npm_${'0'.repeat(36)}` })).statusCode).toBe(200);
    expect((await poll(world, offer, { token })).statusCode).toBe(200);
    expect((await poll(world, offer)).statusCode).toBe(200);
  });

  test('another account sees nothing of it and can neither approve nor deny it', async () => {
    const { world, token, browser } = await openWorld(dialect);
    await signUp(world, 'greta');
    const offer = await challenge(world, token);
    const greta = new Browser({ app: world.app, name: 'greta', address: office });
    for (const attempt of [
      () => greta.open('otp', offer.authUrl),
      () => greta.approveOtp(offer.authUrl),
      () => greta.deny(offer.authUrl),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'not_allowed' });
    // Nor does the page of logins take it.
    await expect(browser().open('login', offer.authUrl)).rejects.toMatchObject({ code: 'not_found' });
    await expect(browser().approveLogin(offer.authUrl)).rejects.toMatchObject({ code: 'not_found' });
    expect((await poll(world, offer)).statusCode).toBe(202);
  });

  test('denied, too late, after a new password or a revoked token there is nothing', async () => {
    const { world, token, code, browser } = await openWorld(dialect);
    const denied = await challenge(world, token);
    await browser().deny(denied.authUrl);
    expect((await poll(world, denied)).statusCode).toBe(404);

    const late = await challenge(world, token);
    world.clock.advance(10 * minute);
    expect((await poll(world, late)).statusCode).toBe(404);

    const withdrawn = await challenge(world, token);
    await browser().approveOtp(withdrawn.authUrl);
    const value = await collect(world, withdrawn);
    await browser().deny(withdrawn.authUrl);
    expect(await statusOf(publish(world, token, draft('1.0.0'), { headers: from(office), otp: value }))).toBe(
      401,
    );
    world.clock.advance(minute);

    const stale = await challenge(world, token);
    const held = await challenge(world, token);
    await browser().approveOtp(stale.authUrl);
    world.clock.advance(minute);
    await browser().approveOtp(held.authUrl);
    const otp = await collect(world, held);
    world.clock.advance(minute);
    const body = { password: { old: goodPassword, new: 'five lamps on a barge' } };
    expect(await statusOf(world.ask('POST', '/-/npm/v1/user', { token, otp: code(), body }))).toBe(200);
    expect((await poll(world, stale)).statusCode).toBe(404);
    expect(await statusOf(publish(world, token, draft('1.0.0'), { headers: from(office), otp }))).toBe(401);

    world.clock.advance(minute);
    const revoked = await challenge(world, token);
    await browser().approveOtp(revoked.authUrl);
    await world.ask('DELETE', `/-/user/token/${token}`, { token });
    expect((await poll(world, revoked)).statusCode).toBe(404);
  });

  test('turning the second factor off ends what was approved', async () => {
    const { world, token, code, browser } = await openWorld(dialect);
    const offer = await challenge(world, token);
    await browser().approveOtp(offer.authUrl, true);
    world.clock.advance(minute);
    const login = (await world.ask('POST', '/-/v1/login', { headers: from(office), body: {} })).json();
    await browser().approveLogin(login.loginUrl);
    world.clock.advance(minute);
    const body = { tfa: { password: goodPassword, mode: 'disable' } };
    expect(await statusOf(world.ask('POST', '/-/npm/v1/user', { token, otp: code(), body }))).toBe(200);
    expect((await poll(world, offer)).statusCode).toBe(404);
    expect((await poll(world, login)).statusCode).toBe(503);
    await enableFactor(world, token);
    expect(await statusOf(publish(world, token, draft('1.0.0'), { headers: from(office) }))).toBe(401);
  });

  test('a token that bypasses the second factor is not made by approving it on a page', async () => {
    const { world, token, browser } = await openWorld(dialect);
    const body = { password: goodPassword, packages_all: true, bypass_2fa: true, name: 'ci' };
    const create = (wish: Wish) => world.ask('POST', '/-/npm/v1/tokens', { token, body, ...wish });
    const offer: Offer = (await create({ headers: web() })).json();
    await browser().approveOtp(offer.authUrl);
    const answer = await create({ headers: web(), otp: await collect(world, offer) });
    expect([answer.statusCode, answer.json().error]).toEqual([403, expect.stringContaining('--otp')]);
  });

  test('a sign-in with a password is approved on the page too, for its address alone', async () => {
    const { world, browser } = await openWorld(dialect);
    const login = (wish: Wish) =>
      world.ask('PUT', userPath('hannah'), { body: couchBody('hannah'), ...wish });
    const wrong = await world.ask('PUT', userPath('hannah'), {
      body: couchBody('hannah', 'not it at all'),
      headers: web(),
    });
    expect([wrong.statusCode, wrong.json().authUrl]).toEqual([401, undefined]);
    const offer: Offer = (await login({ headers: web() })).json();
    expect((await browser().open('otp', offer.authUrl)).act).toMatchObject({
      action: 'account.login',
      subject: 'hannah',
      token: null,
    });
    await browser().approveOtp(offer.authUrl);
    const otp = await collect(world, offer);
    expect(await statusOf(login({ headers: from(elsewhere), otp }))).toBe(401);
    const done = await login({ headers: from(office), otp });
    expect(done.statusCode, done.body).toBe(201);
    // A sign-in never takes a proof twice.
    expect(await statusOf(login({ headers: from(office), otp }))).toBe(401);
  });
});
