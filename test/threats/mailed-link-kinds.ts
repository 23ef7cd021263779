/** Every kind of link that is mailed, and how somebody comes to one. */
import { invite } from '../../src/accounts/invitations.ts';
import type { LinkKind } from '../../src/accounts/mailed-links.ts';
import type { Action } from '../../src/policy/policy.ts';
import { createPerson, permitFor } from '../accounts/acting.ts';
import { Browser } from '../site/browser.ts';
import { codeNow, enable, password, signUp } from '../site/people.ts';
import type { TestApp } from '../support/app.ts';
import { createVault } from '../support/ports.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
export const old = 'ann@example.com';
export const moved = 'ann@new.example';
export const profile = '/settings/ann/profile';

/** A kind of link, and how somebody comes to one. */
export interface Kind {
  readonly settings?: Record<string, string>;
  /** Brings the mail about; returns the browser in which its link is to be opened. */
  readonly send: (app: TestApp) => Promise<Browser>;
  readonly label: string;
  readonly to?: string;
  /** How long it is good, in milliseconds. */
  readonly life: number;
  /** The act that its button does. */
  readonly act: Action;
  /** What its form wants beside the button. */
  readonly filled?: (index: number) => Record<string, string>;
}

/** Confirms every address. */
export const confirm = (app: TestApp) =>
  app.app.store.write(async (tx) => {
    await tx.sql.updateTable('accounts').set({ email_verified_at: tx.now }).execute();
  });

/** Ann moves her account from one confirmed address to another, which holds it. */
export async function move(app: TestApp): Promise<Browser> {
  const browser = await signUp(app);
  await confirm(app);
  await browser.open(profile);
  return browser.submit(profile, { email: moved });
}

/** Somebody knows ann's password, in a network in which she was not seen. */
export async function intrude(app: TestApp): Promise<Browser> {
  const browser = new Browser(app);
  browser.address = '198.51.100.9';
  await browser.open('/login');
  return browser.submit('/login', { username: 'ann', password });
}

const elsewhere = async (app: TestApp, work: Promise<unknown>): Promise<Browser> => {
  await work;
  return new Browser(app);
};

export const kinds: Readonly<Record<LinkKind | 'sign-in' | 'invitation', Kind>> = {
  'confirm-email': {
    send: (app) => elsewhere(app, signUp(app)),
    label: 'Confirm',
    life: day,
    act: 'account.confirmEmail',
  },
  'undo-email': {
    send: (app) => elsewhere(app, move(app)),
    label: 'Take my address back',
    life: 7 * day,
    act: 'account.undoEmail',
  },
  freeze: {
    send: (app) => elsewhere(app, move(app)),
    label: 'freeze my account',
    life: 7 * day,
    act: 'account.freezeByLink',
  },
  'end-session': {
    send: async (app) => {
      await signUp(app);
      return elsewhere(app, intrude(app));
    },
    label: 'End this session',
    life: 14 * day,
    act: 'account.endSessionByLink',
  },
  'end-hold': {
    send: async (app) => {
      const browser = await move(app);
      await browser.open('/settings/~/authentication/hold');
      return browser.submit('/settings/ann/authentication/hold/mail');
    },
    label: 'End the hold',
    life: 15 * minute,
    act: 'hold.endByLink',
    filled: () => ({ password }),
  },
  'sign-in': {
    settings: { TALLYSTICK_CONFIRM_NEW_DEVICE: 'true' },
    send: async (app) => {
      await signUp(app);
      const { secret } = await enable(app);
      const browser = await new Browser(app).open('/login');
      await browser.submit('/login', { username: 'ann', password });
      return browser.submit('/login/second-step', { code: codeNow(app, secret) });
    },
    label: 'Finish signing in',
    life: 15 * minute,
    act: 'account.confirmSignIn',
  },
  invitation: {
    settings: { TALLYSTICK_REGISTRATION: 'invite' },
    send: async (app) => {
      const { store } = app.app;
      const world = { store, clock: app.clock, vault: createVault(), another: () => store };
      const permit = permitFor('staff.invite', await createPerson(world));
      return elsewhere(
        app,
        app.app.store.write((tx) => invite(tx, permit, { email: old })),
      );
    },
    label: 'Sign up',
    life: 7 * day,
    act: 'account.create',
    filled: (index) => ({ username: `newcomer${index}`, email: `new${index}@example.com`, password }),
  },
};
