/** An account that is held, and what its owner does about it. */
import { expect } from 'vitest';
import { type HoldWish, readHold, startHold } from '../../src/accounts/holds.ts';
import { listAudit } from '../../src/ledger/audit.ts';
import type { MailWish } from '../../src/ledger/mail.ts';
import type { Dialect } from '../../src/store/store.ts';
import { register } from '../factors/key-holder.ts';
import type { Browser } from '../site/browser.ts';
import { mailsOf } from '../site/mailed.ts';
import { enable, signIn, signUp } from '../site/people.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { Authenticator } from '../support/authenticator.ts';
import { createVault } from '../support/ports.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
export const old = 'ann@example.com';
export const moved = 'ann@new.example';
export const page = '/settings/ann/authentication/hold';
export const byKey = `${page}/end`;
export const byMail = `${page}/mail`;
export const label = 'End the hold';

export interface Scene {
  readonly app: TestApp;
  readonly secret: string;
  readonly account: { readonly id: string; readonly name: string };
}

/** Ann, with an authenticator app and a confirmed address. */
export async function openScene(dialect: Dialect): Promise<Scene> {
  const app = await openApp(dialect, { TALLYSTICK_HOLD_TIME: '14d' });
  await signUp(app);
  const { secret } = await enable(app);
  const account = await app.app.store.write(async (tx) => {
    await tx.sql.updateTable('accounts').set({ email_verified_at: tx.now }).execute();
    return tx.sql.selectFrom('accounts').select(['id', 'name']).executeTakeFirstOrThrow();
  });
  app.clock.advance(minute);
  return { app, secret, account };
}

/** Holds the account, as after a recovery code unless something else is wished for. */
export const hold = ({ app, account }: Scene, wish: Partial<HoldWish> = {}) =>
  app.app.store.write((tx) =>
    startHold(tx, { account, kind: 'full', reason: 'recovery-code', time: 14 * day, ...wish }),
  );
export const isHeld = ({ app, account }: Scene): Promise<boolean> =>
  app.app.store.read(async (tx) => (await readHold(tx, account.id)) !== null);

/** Somebody signed in as ann moves the account to another address, which holds it. */
export async function move(scene: Scene): Promise<Browser> {
  const { app, secret } = scene;
  const browser = await signIn(app, 'ann', secret);
  await browser.open('/settings/~/profile');
  await browser.submit('/settings/ann/profile', { email: moved });
  expect(await isHeld(scene)).toBe(true);
  return browser;
}

/** The mails with a link that ends the hold. */
export const holdMails = async ({ app }: Scene): Promise<MailWish[]> =>
  (await mailsOf(app)).filter(({ what }) => what === 'Ending the hold on your account');

/** Asks for such a mail. */
export async function askLink(browser: Browser): Promise<Browser> {
  await browser.open(page);
  return browser.submit(byMail);
}

/** Registers a security key. */
export const addKey = ({ app, account }: Scene, seed: string): Promise<Authenticator> => {
  const { store } = app.app;
  const world = { store, clock: app.clock, vault: createVault(), another: () => store };
  const authenticator = new Authenticator({ seed });
  return register(world, account, authenticator, { factor: 'totp', name: seed }).then(() => authenticator);
};

/** Touches a key on the page that ends the hold. */
export async function touch(browser: Browser, authenticator: Authenticator): Promise<Browser> {
  await browser.open(byKey);
  const { form } = browser.fields(byKey);
  const options = await browser.send('POST', '/auth/ceremony', {
    body: JSON.stringify({ form, purpose: 'step-up', operation: 'hold.endByKey' }),
    headers: { 'content-type': 'application/json' },
  });
  return browser.submit(byKey, { key: JSON.stringify(authenticator.answer(options.json())) });
}

/** What the log has of an act that was done. */
export const done = ({ app }: Scene, action: string) =>
  app.app.store.read(async (tx) =>
    (await listAudit(tx, { limit: 200 })).filter((row) => row.action === action && row.outcome === 'done'),
  );
