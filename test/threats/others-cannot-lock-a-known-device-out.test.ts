import { describe, expect, it } from 'vitest';
import { reserveGuess } from '../../src/accounts/guesses.ts';
import { Browser } from '../site/browser.ts';
import { codeNow, enable, password, signIn, signUp } from '../site/people.ts';
import { openApp } from '../support/app.ts';

const minute = 60_000;
const dialects = ['sqlite', 'postgres'] as const;
const settings = { TALLYSTICK_PASSWORD_LIMIT: 'off' };

/** Signs in with a fresh browser and guesses; half an hour apart, as the budgets want it. */
async function guess(browser: Browser, code: string): Promise<number> {
  await browser.open('/login');
  await browser.submit('/login', { username: 'ann', password });
  await browser.submit('/login/second-step', { code });
  return browser.status;
}

describe.each(dialects)('a known device (%s)', (dialect) => {
  it('signs in with a code of the app after others have shut these codes for themselves', async () => {
    const app = await openApp(dialect, settings);
    await signUp(app);
    const { secret } = await enable(app);
    const known = await signIn(app, 'ann', secret);
    await known.open('/logout');
    await known.submit('/logout');
    for (let tries = 0; tries < 20; tries += 1) {
      expect(await guess(new Browser(app), String(100_000 + tries))).toBe(401);
      app.clock.advance(31 * minute);
    }
    expect(await guess(new Browser(app), codeNow(app, secret))).toBe(403);
    app.clock.advance(minute);
    await known.open('/login');
    await known.submit('/login', { username: 'ann', password });
    await known.submit('/login/second-step', { code: codeNow(app, secret) });
    expect(known.path).toBe('/settings/~/authentication');
  });

  it('signs in from anywhere after others have used up the guesses of the password', async () => {
    const app = await openApp(dialect, settings);
    await signUp(app);
    const { secret } = await enable(app);
    const known = await signIn(app, 'ann', secret);
    await known.open('/logout');
    await known.submit('/logout');
    const rules = { passwordLimit: 'off', signupLimit: 'off', loopbackExempt: false } as const;
    for (let tries = 0; tries < 100; tries += 1) {
      const address = `198.51.${tries}.7`;
      await reserveGuess(app.app.store, { name: 'ann', password: `${tries}`, address, device: null }, rules);
    }
    known.address = '203.0.113.9';
    const stranger = new Browser(app);
    stranger.address = '203.0.113.9';
    await stranger.open('/login');
    await stranger.submit('/login', { username: 'ann', password });
    expect(stranger.status).toBe(429);
    app.clock.advance(minute);
    expect(await guess(known, codeNow(app, secret))).toBe(200);
  });

  it('has guesses of its own, which are few, and is not known any more when they are used up', async () => {
    const app = await openApp(dialect, settings);
    await signUp(app);
    const { secret } = await enable(app);
    const known = await signIn(app, 'ann', secret);
    await known.open('/logout');
    await known.submit('/logout');
    for (let round = 0; round < 4; round += 1) {
      for (let tries = 0; tries < 5; tries += 1)
        expect(await guess(known, String(200_000 + 10 * round + tries))).toBe(401);
      if (round === 0) expect(await guess(known, codeNow(app, secret))).toBe(429);
      app.clock.advance(11 * minute);
    }
    // The twentieth made it a stranger: others' guesses were none, so a stranger has all of theirs.
    expect(await guess(known, '300000')).toBe(401);
    const device = await app.app.store.read((tx) =>
      tx.sql.selectFrom('devices').select('ended_at').executeTakeFirstOrThrow(),
    );
    expect(device.ended_at).not.toBeNull();
    app.clock.advance(minute);
    expect(await guess(known, codeNow(app, secret))).toBe(200);
  });

  it('is of one account alone', async () => {
    const app = await openApp(dialect, settings);
    await signUp(app);
    await signUp(app, 'bob');
    const { secret } = await enable(app);
    const bob = await enable(app, 'bob');
    const known = await signIn(app, 'bob', bob.secret);
    const stranger = new Browser(app);
    stranger.cookies.set('ts_device', known.cookies.get('ts_device') ?? '');
    for (let tries = 0; tries < 5; tries += 1)
      expect(await guess(stranger, String(400_000 + tries))).toBe(401);
    expect(await guess(new Browser(app), codeNow(app, secret))).toBe(429);
  });
});
