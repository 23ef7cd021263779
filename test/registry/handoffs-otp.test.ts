import { beforeEach, describe, expect, inject, test } from 'vitest';
import { currentCost } from '../../src/accounts/passwords.ts';
import { goodPassword } from '../accounts/acting.ts';
import { couchBody, enableFactor, signUp, userPath } from '../accounts/wire.ts';
import { mustPublish, packumentOf, pathOf, publish } from '../packages/publisher.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { Browser, type Visitor } from './browser.ts';

const minute = 60_000;
const office = '198.51.100.7';
const elsewhere = '203.0.113.9';
const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });
const web = (address = office): Record<string, string> => ({ ...from(address), 'npm-auth-type': 'web' });

interface Offer {
  authUrl: string;
  doneUrl: string;
}

beforeEach(() => {
  // What a hash costs is another test's matter.
  currentCost.memory = 64;
});

for (const dialect of ['sqlite', 'postgres'] as const)
  describe.skipIf(dialect === 'postgres' && inject('postgresPort') === 0)(
    `a proof by a page on ${dialect}`,
    () => {
      const openWorld = async () => {
        const settings = { TALLYSTICK_PASSWORD_STRENGTH: '0', TALLYSTICK_TRUSTED_PROXIES: '127.0.0.1' };
        const world = await openApp(dialect, settings);
        const token = await signUp(world);
        const { code } = await enableFactor(world, token);
        const browser = (told: Omit<Visitor, 'app' | 'name'> & { name?: string } = {}) =>
          new Browser({ app: world.app, name: 'hannah', address: office, code: code(), ...told });
        return { world, token, code, browser };
      };

      const poll = (world: TestApp, { doneUrl }: Offer, wish: Wish = {}) => {
        const { pathname, search } = new URL(doneUrl);
        return world.ask('GET', pathname + search, { headers: from(office), ...wish });
      };

      const draft = (version: string, name = '@hannah/lamp') => ({ name, version });

      /** Publishes without a code, as a client that can open a browser, and returns what is offered. */
      async function challenge(
        world: TestApp,
        token: string,
        version = '1.0.0',
        headers = web(),
      ): Promise<Offer> {
        const answer = await publish(world, token, draft(version), { headers });
        expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'otp']);
        const body = answer.json();
        expect(body.error).toContain('one-time pass');
        expect(body.message).toBe(body.error);
        return body;
      }

      /** The value of an approved proof. */
      async function collect(world: TestApp, offer: Offer): Promise<string> {
        const answer = await poll(world, offer);
        expect(answer.statusCode, answer.body).toBe(200);
        return answer.json().token;
      }

      const statusOf = async (answer: Promise<{ statusCode: number }>): Promise<number> =>
        (await answer).statusCode;

      test('npm publish is refused with a page, approved there, and done with the value that comes of it', async () => {
        const { world, token, browser } = await openWorld();
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
        const { world, token } = await openWorld();
        for (const headers of [from(office), { ...from(office), 'npm-auth-type': 'legacy' }]) {
          const answer = await publish(world, token, draft('1.0.0'), { headers });
          expect([answer.statusCode, Object.keys(answer.json()).sort()]).toEqual([401, ['error', 'message']]);
        }
        const rows = await world.app.store.read((tx) => tx.sql.selectFrom('handoffs').select('id').execute());
        expect(rows).toEqual([]);
      });

      test('a wrong code is refused with a page and with the help of a wrong code', async () => {
        const { world, token } = await openWorld();
        const answer = await publish(world, token, draft('1.0.0'), { headers: web(), otp: '0'.repeat(64) });
        expect([answer.statusCode, answer.headers['npm-notice']]).toEqual([
          401,
          expect.stringContaining('Invalid OTP'),
        ]);
        expect(answer.json()).toMatchObject({ authUrl: expect.any(String), doneUrl: expect.any(String) });
      });

      test('the value opens nothing but the act that was approved', async () => {
        const { world, token, browser } = await openWorld();
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
        expect(await statusOf(world.ask('POST', '/-/npm/v1/user', { token, ...wish, body: fullname }))).toBe(
          401,
        );
        expect(await statusOf(publish(world, token, draft('1.0.0'), wish))).toBe(201);
      });

      test('the value is good for the credential that was challenged alone', async () => {
        const { world, token, code, browser } = await openWorld();
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
        const { world, token, browser } = await openWorld();
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
        const { world, token, browser } = await openWorld();
        const offer = await challenge(world, token);
        await browser().approveOtp(offer.authUrl);
        const otp = await collect(world, offer);
        world.clock.advance(5 * minute);
        expect(await statusOf(publish(world, token, draft('1.0.0'), { headers: from(office), otp }))).toBe(
          401,
        );
      });

      test('a value is told again to the same address within half a minute and to nobody else', async () => {
        const { world, token, browser } = await openWorld();
        const offer = await challenge(world, token);
        await browser().approveOtp(offer.authUrl);
        const otp = await collect(world, offer);
        expect(await collect(world, offer)).toBe(otp);
        expect((await poll(world, offer, { headers: from(elsewhere) })).statusCode).toBe(404);
        world.clock.advance(31_000);
        expect((await poll(world, offer)).statusCode).toBe(404);
      });

      test('a live bearer of another account finds nothing; the own one, a dead one and none do', async () => {
        const { world, token, browser } = await openWorld();
        const other = await signUp(world, 'greta');
        const offer = await challenge(world, token);
        await browser().approveOtp(offer.authUrl);
        expect((await poll(world, offer, { token: other })).statusCode).toBe(404);
        expect((await poll(world, offer, { token: `npm_${'0'.repeat(36)}` })).statusCode).toBe(200);
        expect((await poll(world, offer, { token })).statusCode).toBe(200);
        expect((await poll(world, offer)).statusCode).toBe(200);
      });

      test('another account sees nothing of it and can neither approve nor deny it', async () => {
        const { world, token, browser } = await openWorld();
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
        const { world, token, code, browser } = await openWorld();
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
        expect(
          await statusOf(publish(world, token, draft('1.0.0'), { headers: from(office), otp: value })),
        ).toBe(401);
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
        expect(await statusOf(publish(world, token, draft('1.0.0'), { headers: from(office), otp }))).toBe(
          401,
        );

        world.clock.advance(minute);
        const revoked = await challenge(world, token);
        await browser().approveOtp(revoked.authUrl);
        await world.ask('DELETE', `/-/user/token/${token}`, { token });
        expect((await poll(world, revoked)).statusCode).toBe(404);
      });

      test('turning the second factor off ends what was approved', async () => {
        const { world, token, code, browser } = await openWorld();
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
        const { world, token, browser } = await openWorld();
        const body = { password: goodPassword, packages_all: true, bypass_2fa: true, name: 'ci' };
        const create = (wish: Wish) => world.ask('POST', '/-/npm/v1/tokens', { token, body, ...wish });
        const offer: Offer = (await create({ headers: web() })).json();
        await browser().approveOtp(offer.authUrl);
        const answer = await create({ headers: web(), otp: await collect(world, offer) });
        expect([answer.statusCode, answer.json().error]).toEqual([403, expect.stringContaining('--otp')]);
      });

      test('a sign-in with a password is approved on the page too, for its address alone', async () => {
        const { world, browser } = await openWorld();
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

      test('of many sign-ins at once with one value one is done', async () => {
        const { world, browser } = await openWorld();
        const login = (wish: Wish) =>
          world.ask('PUT', userPath('hannah'), { body: couchBody('hannah'), ...wish });
        const offer: Offer = (await login({ headers: web() })).json();
        await browser().approveOtp(offer.authUrl);
        const otp = await collect(world, offer);
        const answers = await Promise.all(
          Array.from({ length: 12 }, () => login({ headers: from(office), otp })),
        );
        expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
      });

      test('one hundred polls at once get one value', async () => {
        const { world, token, browser } = await openWorld();
        const offer = await challenge(world, token);
        await browser().approveOtp(offer.authUrl);
        const answers = await Promise.all(
          Array.from({ length: 60 }, (_, index) =>
            poll(world, offer, { headers: from(`198.51.100.${index % 4}`) }),
          ),
        );
        const values = answers
          .filter(({ statusCode }) => statusCode === 200)
          .map((answer) => answer.json().token);
        expect(new Set(values).size).toBe(1);
        expect(values.length).toBeLessThanOrEqual(15);
      });

      test('a release lets the same token publish from the same address for five minutes, and nothing else', async () => {
        const { world, token, browser } = await openWorld();
        const offer = await challenge(world, token);
        await browser().approveOtp(offer.authUrl, true);
        // Whoever has no terminal never fetches the value, and publishes again.
        await mustPublish(world, token, draft('1.0.0'), { headers: web() });
        const otp = await collect(world, offer);
        await mustPublish(world, token, draft('1.0.1'), { headers: from(office), otp });
        await mustPublish(world, token, draft('1.0.2'), { headers: from(office), otp });
        await mustPublish(world, token, draft('1.0.0', '@hannah/desk'), { headers: from(office) });

        const { act } = await browser().open('otp', offer.authUrl);
        expect(act?.uses.map(({ subject }) => subject.split(' ')[0])).toEqual([
          '@hannah/lamp@1.0.0',
          '@hannah/lamp@1.0.1',
          '@hannah/lamp@1.0.2',
          '@hannah/desk@1.0.0',
        ]);
        expect(act?.release).toMatchObject({ open: true, left: 196 });

        expect(await statusOf(publish(world, token, draft('2.0.0'), { headers: from(elsewhere) }))).toBe(401);
        const tag = (wish: Wish) =>
          world.ask('PUT', '/-/package/@hannah%2flamp/dist-tags/latest', { token, body: '1.0.0', ...wish });
        expect(await statusOf(tag({ headers: from(office) }))).toBe(401);
        expect(await statusOf(tag({ headers: from(office), otp }))).toBe(401);
        const body = { fullname: 'Somebody' };
        expect(
          await statusOf(world.ask('POST', '/-/npm/v1/user', { token, body, headers: from(office) })),
        ).toBe(401);

        world.clock.advance(5 * minute);
        expect(await statusOf(publish(world, token, draft('2.0.0'), { headers: from(office) }))).toBe(401);
        expect(await statusOf(publish(world, token, draft('2.0.0'), { headers: from(office), otp }))).toBe(
          401,
        );
        expect((await browser().open('otp', offer.authUrl)).act?.release?.open).toBe(false);
      });

      test('a release can be ended on its page', async () => {
        const { world, token, browser } = await openWorld();
        const offer = await challenge(world, token);
        await browser().approveOtp(offer.authUrl, true);
        await mustPublish(world, token, draft('1.0.0'), { headers: from(office) });
        await browser().deny(offer.authUrl);
        expect(await statusOf(publish(world, token, draft('1.0.1'), { headers: from(office) }))).toBe(401);
      });

      test('a release serves two hundred writes, with the value or without', async () => {
        const { world, token, browser } = await openWorld();
        const offer = await challenge(world, token);
        await browser().approveOtp(offer.authUrl, true);
        const otp = await collect(world, offer);
        await world.app.store.write((tx) => tx.sql.updateTable('handoffs').set({ uses: 198 }).execute());
        const answers = await Promise.all(
          Array.from({ length: 6 }, (_, index) => {
            const wish: Wish = index % 2 === 0 ? { headers: from(office) } : { headers: from(office), otp };
            return publish(world, token, draft(`1.0.${index}`), wish);
          }),
        );
        expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(2);
        expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(4);
      });

      test('a value that is guessed counts as a guess, and the right one still passes when the app is barred', async () => {
        const { world, token, browser } = await openWorld();
        const offer = await challenge(world, token);
        await browser().approveOtp(offer.authUrl);
        await world.app.store.write((tx) =>
          tx.sql.updateTable('factors').set({ barred_at: tx.now }).execute(),
        );
        const otp = await collect(world, offer);
        for (let guess = 1; guess <= 4; guess += 1) {
          const wrong = String(guess).repeat(64);
          expect(
            await statusOf(publish(world, token, draft('1.0.0'), { headers: from(office), otp: wrong })),
          ).toBe(401);
        }
        expect(await statusOf(publish(world, token, draft('1.0.0'), { headers: from(office), otp }))).toBe(
          201,
        );
        const fifth = { headers: from(office), otp: '5'.repeat(64) };
        expect(await statusOf(publish(world, token, draft('1.0.1'), fifth))).toBe(401);
        const sixth = { headers: from(office), otp: '6'.repeat(64) };
        expect(await statusOf(publish(world, token, draft('1.0.1'), sixth))).toBe(429);
      });

      test('whoever asks ever again has at most twenty requests that wait', async () => {
        const { world, token } = await openWorld();
        const first = await challenge(world, token);
        for (let number = 2; number <= 21; number += 1) {
          world.clock.advance(1000);
          await challenge(world, token, `1.0.${number}`);
        }
        const rows = await world.app.store.read((tx) => tx.sql.selectFrom('handoffs').select('id').execute());
        expect(rows).toHaveLength(20);
        expect((await poll(world, first)).statusCode).toBe(404);
      });
    },
  );
