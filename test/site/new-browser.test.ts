import { describe, expect, it } from 'vitest';
import { openApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { follow, give, home, linkOf, mailbox, on, openWorld } from './new-browser.ts';
import { codeNow, password, signUp } from './people.ts';

const minute = 60_000;

describe('a sign-in', () => {
  it('from a known browser starts at once, as it does where the operator asks for no links', async () => {
    const world = await openWorld('sqlite');
    const browser = await follow(await give(world), await linkOf(world));
    await browser.open('/logout');
    await browser.submit('/logout');
    expect((await give(world, { browser })).path).toBe(home);
    const without = await openWorld('sqlite', {});
    expect((await give(without)).path).toBe(home);
  });

  it('without a second factor is not told to wait', async () => {
    const app = await openApp('sqlite', on);
    await signUp(app);
    const browser = new Browser(app);
    await browser.open('/login');
    await browser.submit('/login', { username: 'ann', password });
    expect(browser.path).toBe(home);
  });

  it('confirms the address that its link went to', async () => {
    const world = await openWorld('sqlite');
    const browser = await follow(await give(world), await linkOf(world));
    expect((await browser.open('/settings/~/profile')).text()).toContain(`${mailbox} (verified)`);
  });

  it('of an account without an address is told why it cannot go on, and spends nothing', async () => {
    const world = await openWorld('sqlite');
    await world.app.app.store.write((tx) => tx.sql.updateTable('accounts').set({ email: '' }).execute());
    const browser = await give(world);
    expect([browser.path, browser.status]).toEqual(['/login/second-step', 403]);
    expect(browser.text()).toContain('your account has no email address: use a security key');
    await world.app.app.store.write((tx) => tx.sql.updateTable('accounts').set({ email: mailbox }).execute());
    await browser.submit('/login/second-step', { code: codeNow(world.app, world.secret) });
    expect(browser.path).toBe('/login/confirm');
  });

  it('is told in the words of the security log: that it waited, and that it was confirmed', async () => {
    const world = await openWorld('sqlite');
    const browser = await follow(await give(world), await linkOf(world));
    const log = (await browser.open('/settings/~/security-log')).text();
    expect(log).toContain('Sign-in on the website waits for the link in a mail done');
    expect(log).toContain('Sign-in on the website confirmed, by the link in a mail done');
  });

  it('of somebody who waits no more is asked for from the beginning', async () => {
    const world = await openWorld('sqlite');
    expect((await new Browser(world.app).open('/login/confirm')).path).toBe('/login');
    const browser = await give(world);
    expect((await browser.open('/login/confirm')).heading()).toBe('Open the link in your mail');
    world.app.clock.advance(14 * minute);
    expect((await browser.open('/login/confirm')).text()).toContain('within a minute');
    world.app.clock.advance(minute);
    expect((await browser.open('/login/confirm')).heading()).toBe('The time for this sign-in is over');
    const other = await follow(await give(world, { browser }), await linkOf(world));
    expect((await other.open('/login/confirm')).path).toBe(home);
    other.cookies.delete('ts_session');
    expect((await other.open('/login/confirm')).path).toBe('/login');
  });
});
