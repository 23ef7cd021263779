/** The end of a hold before its time: a key must have been there for a week, so the clock is moved. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { linkIn } from '../site/mailed.ts';
import { codeNow, enable } from '../site/people.ts';
import type { TestApp } from '../support/app.ts';
import { launch, missing, type Person } from './chromium.ts';
import { sitDownAtApp } from './moved-clock.ts';

if (missing !== undefined) console.log(`SKIPPED (${missing}): ending a hold in a real browser`);

const day = 24 * 60 * 60_000;

describe.skipIf(missing !== undefined)('ann, whose new address holds her account, in Chromium', () => {
  let browser: Browser;
  let app: TestApp;
  let ann: Person;
  let secret: string;

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  const typeCode = async (): Promise<void> => {
    await ann.fill({ 'Pin code': codeNow(app, secret) });
    app.clock.advance(30_000);
  };

  const signIn = async (): Promise<void> => {
    await ann.page.context().clearCookies();
    await ann.signIn('ann');
    await ann.arriveAt('Two-factor authentication');
    await typeCode();
    await ann.press('Verify');
    await ann.page.getByText('Account menu of ann').waitFor();
  };

  /** As if the link to the address had been opened. */
  const confirmAddress = (): Promise<unknown> =>
    app.app.store.write((tx) => tx.sql.updateTable('accounts').set({ email_verified_at: tx.now }).execute());

  const move = async (email: string): Promise<void> => {
    await ann.open('/settings/~/profile', 'Profile');
    await ann.fill({ Email: email });
    await ann.press('Save');
    await ann.page.getByText('Profile saved').waitFor();
  };

  /** The way from what is said on the settings to the page of the hold. */
  const openHold = async (): Promise<void> => {
    await ann.open('/settings/~/authentication', 'Authentication');
    await ann.page.getByText('Your account is held').waitFor();
    await ann.follow('End it early');
    await ann.arriveAt('Hold');
    expect(await ann.text()).toContain('It creates no access tokens');
  };

  const seeEnded = async (): Promise<void> => {
    await ann.arriveAt('Hold ended');
    await ann.open('/settings/~/authentication/hold', 'Hold');
    expect(await ann.text()).toContain('Your account is not held');
  };

  beforeEach(async () => {
    ({ app, person: ann } = await sitDownAtApp(browser));
    await ann.signUp('ann');
    await confirmAddress();
    ({ secret } = await enable(app));
    await signIn();
  });
  afterEach(async () => {
    expect(ann.faults).toEqual([]);
    await ann.leave();
  });

  test('ends the hold by a touch of a key of eight days, and not by a younger one', async () => {
    const key = await ann.buyKey();
    await ann.open('/settings/~/authentication/keys/add', 'Add security key');
    await ann.fill({ Name: 'laptop' });
    await ann.press('Add security key');
    await ann.arriveAt('Authentication');
    await move('ann@new.example');
    await openHold();
    await ann.follow('End it now');
    await ann.arriveAt('End the hold');
    await ann.press('Use a security key');
    await ann.page.getByRole('alert').getByText('seven days').waitFor();

    app.clock.advance(8 * day);
    await confirmAddress();
    await key.putAway();
    await signIn();
    await key.takeOut();
    await move('ann@newer.example');
    await openHold();
    await ann.follow('End it now');
    await ann.arriveAt('End the hold');
    await ann.press('Use a security key');
    await seeEnded();
  });

  test('ends the hold by a link to the address before, and a code', async () => {
    await move('ann@new.example');
    await openHold();
    await ann.press('Mail me a link');
    await ann.arriveAt('Mail me a link');
    expect(await ann.text()).toContain('Open the link in the mail to ann@example.com');
    app.clock.advance(6 * 60_000);
    await ann.open(await linkIn(app, 'ann@example.com', 'End the hold'), 'End the hold');
    await ann.fill({ 'Pin code': '000000' });
    await ann.press('End the hold');
    await ann.page.getByRole('alert').waitFor();
    await typeCode();
    await ann.press('End the hold');
    await seeEnded();
  });
});
