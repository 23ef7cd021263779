/** A sign-in from a browser that is not known, which waits for a mailed link where the operator asks for that. */
import { openApp, type TestApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { linkIn } from './mailed.ts';
import { codeNow, enable, password, signUp } from './people.ts';

export const mailbox = 'ann@example.com';
/** The page after a sign-in. */
export const home = '/settings/~/authentication';
/** The settings with which such a sign-in waits. */
export const on = { TALLYSTICK_CONFIRM_NEW_DEVICE: 'true' };

export interface World {
  readonly app: TestApp;
  readonly secret: string;
  readonly codes: readonly string[];
}

/** Ann with an authenticator app; no browser of hers is known yet. */
export async function openWorld(
  dialect: 'sqlite' | 'postgres',
  settings: Record<string, string> = on,
): Promise<World> {
  const app = await openApp(dialect, settings);
  await signUp(app);
  return { app, ...(await enable(app)) };
}

/** Gives the password and a fresh code, in this browser or a new one. */
export async function give(
  { app, secret }: World,
  { browser = new Browser(app), code, next }: { browser?: Browser; code?: string; next?: string } = {},
): Promise<Browser> {
  app.clock.advance(30_000);
  await browser.open(next === undefined ? '/login' : `/login?next=${encodeURIComponent(next)}`);
  await browser.submit('/login', { username: 'ann', password });
  return browser.submit('/login/second-step', { code: code ?? codeNow(app, secret) });
}

/** The path of the latest link. */
export const linkOf = ({ app }: World): Promise<string> => linkIn(app, mailbox, 'Finish signing in');

/** Opens a link and presses its button, where it has one. */
export async function follow(browser: Browser, path: string): Promise<Browser> {
  await browser.open(path);
  return browser.heading() === 'Finish signing in' ? browser.submit(path) : browser;
}
