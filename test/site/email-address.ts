/** An account and its email address: confirmed by a mailed link, moved to another one, on the website and by npm. */
import { expect } from 'vitest';
import { listAudit } from '../../src/ledger/audit.ts';
import type { TestApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { linkIn } from './mailed.ts';
import { password, signUp } from './people.ts';

export const old = 'ann@example.com';
export const fresh = 'ann@new.example';
export const profile = '/settings/ann/profile';
/** The heading of a page whose link is worth nothing. */
export const over = 'This link is not good any more';

/** The token of a login on the command line. */
export const login = async (app: TestApp, name = 'ann'): Promise<string> =>
  (await app.ask('PUT', `/-/user/org.couchdb.user:${name}`, { body: { name, password } })).json().token;

/** What `npm profile get` is answered. */
export const npmProfile = async (app: TestApp, token: string) =>
  (await app.ask('GET', '/-/npm/v1/user', { token })).json();

/** Changes the address, as `npm profile set email` does. */
export const setEmail = (app: TestApp, token: string, email: string, otp?: string) =>
  app.ask('POST', '/-/npm/v1/user', { token, body: { email }, ...(otp === undefined ? {} : { otp }) });

/** The status of `npm whoami`. */
export const whoami = async (app: TestApp, token: string): Promise<number> =>
  (await app.ask('GET', '/-/whoami', { token })).statusCode;

/** Opens a link and presses its button. */
export async function follow(
  app: TestApp,
  path: string,
  filled: Record<string, string> = {},
): Promise<Browser> {
  const browser = await new Browser(app).open(path);
  if (browser.heading() === over) return browser;
  return browser.submit(path, filled);
}

/** Ann, signed in, with a confirmed address. */
export async function confirmed(app: TestApp): Promise<Browser> {
  const browser = await signUp(app);
  await follow(app, await linkIn(app, old, 'Confirm'));
  return browser;
}

/** An account whose confirmed address somebody moves with a login of the command line. */
export async function moved(app: TestApp): Promise<{ browser: Browser; token: string }> {
  const browser = await confirmed(app);
  const token = await login(app);
  expect((await setEmail(app, token, fresh)).statusCode).toBe(200);
  return { browser, token };
}

/** What the log has of ann. */
export const actionsOf = async ({ app }: TestApp): Promise<string[]> =>
  app.store.read(async (tx) => {
    const { id } = await tx.sql
      .selectFrom('accounts')
      .select('id')
      .where('name', '=', 'ann')
      .executeTakeFirstOrThrow();
    return (await listAudit(tx, { account: id, limit: 100 })).map(({ action }) => action);
  });
