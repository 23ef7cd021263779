/** Logins that wait for the approval on a page. */
import { beforeEach, expect } from 'vitest';
import { currentCost } from '../../src/accounts/passwords.ts';
import { mailsOf } from '../site/mailed.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { Browser, type Visitor } from './browser.ts';

beforeEach(() => {
  // What a hash costs is another test's matter.
  currentCost.memory = 64;
});

export const minute = 60_000;
/** Requests come from where the header says. */
export const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });
export const office = '198.51.100.7';
export const elsewhere = '203.0.113.9';

/** A registry behind a proxy that keeps its mails, with any password good enough. */
export const openWorld = (
  dialect: 'sqlite' | 'postgres',
  settings: Record<string, string> = {},
): Promise<TestApp> =>
  openApp(dialect, {
    TALLYSTICK_PASSWORD_STRENGTH: '0',
    TALLYSTICK_TRUSTED_PROXIES: '127.0.0.1',
    ...settings,
  });
export const browser = (world: TestApp, told: Omit<Visitor, 'app' | 'name'> & { name?: string } = {}) =>
  new Browser({ app: world.app, name: 'hannah', address: office, ...told });

export interface Started {
  loginUrl: string;
  doneUrl: string;
}

export async function start(world: TestApp, wish: Wish = {}): Promise<Started & { notice: string }> {
  const answer = await world.ask('POST', '/-/v1/login', { headers: from(office), body: {}, ...wish });
  expect(answer.statusCode, answer.body).toBe(200);
  return { ...answer.json(), notice: String(answer.headers['npm-notice']) };
}

export const poll = (world: TestApp, { doneUrl }: { doneUrl: string }, wish: Wish = {}) => {
  const { pathname, search } = new URL(doneUrl);
  return world.ask('GET', pathname + search, { headers: from(office), ...wish });
};

export const whoami = async (world: TestApp, token: string): Promise<string> =>
  (await world.ask('GET', '/-/whoami', { token })).json().username;

/** What the mails that wait are about. */
export const subjects = async (world: TestApp): Promise<string[]> =>
  (await mailsOf(world)).map(({ what }) => what);
