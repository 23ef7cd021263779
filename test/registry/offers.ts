/** Acts that wait for the approval on a page: in the office, with everything that clients of this kind send. */
import { expect } from 'vitest';
import { enableFactor, signUp } from '../accounts/wire.ts';
import { publish } from '../packages/publisher.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { Browser, type Visitor } from './browser.ts';

export const minute = 60_000;
export const office = '198.51.100.7';
export const elsewhere = '203.0.113.9';
export const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });
export const web = (address = office): Record<string, string> => ({
  ...from(address),
  'npm-auth-type': 'web',
});

/** What a challenge offers to clients that open pages. */
export interface Offer {
  authUrl: string;
  doneUrl: string;
}

/** A registry with somebody who has an app, in a terminal and at a browser. */
export const openWorld = async (dialect: 'sqlite' | 'postgres') => {
  const settings = { TALLYSTICK_PASSWORD_STRENGTH: '0', TALLYSTICK_TRUSTED_PROXIES: '127.0.0.1' };
  const world = await openApp(dialect, settings);
  const token = await signUp(world);
  const { code } = await enableFactor(world, token);
  const browser = (told: Omit<Visitor, 'app' | 'name'> & { name?: string } = {}) =>
    new Browser({ app: world.app, name: 'hannah', address: office, code: code(), ...told });
  return { world, token, code, browser };
};

export const poll = (world: TestApp, { doneUrl }: Offer, wish: Wish = {}) => {
  const { pathname, search } = new URL(doneUrl);
  return world.ask('GET', pathname + search, { headers: from(office), ...wish });
};

export const draft = (version: string, name = '@hannah/lamp') => ({ name, version });

/** Publishes without a code, as a client that can open a browser, and returns what is offered. */
export async function challenge(
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
export async function collect(world: TestApp, offer: Offer): Promise<string> {
  const answer = await poll(world, offer);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json().token;
}

export const statusOf = async (answer: Promise<{ statusCode: number }>): Promise<number> =>
  (await answer).statusCode;
