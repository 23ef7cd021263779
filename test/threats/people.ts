/** What tests of threats share: an application whose hashes are cheap, and people in it. */
import { expect } from 'vitest';
import { currentCost } from '../../src/accounts/passwords.ts';
import { codeAt, stepAt } from '../../src/factors/totp.ts';
import { decodeBase32 } from '../../src/kernel/base32.ts';
import { goodPassword } from '../accounts/acting.ts';
import { couchBody, userPath } from '../accounts/wire.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { keepFoldersInMemory } from '../support/in-memory-folder.ts';

export { goodPassword };
export const user = '/-/npm/v1/user';
export const tokens = '/-/npm/v1/tokens';
export const minute = 60_000;

// What a hash costs is another test's matter.
currentCost.memory = 64;
keepFoldersInMemory();

/** An application in which signing up is quick. */
export const openWorld = (settings: Record<string, string> = {}): Promise<TestApp> =>
  openApp('sqlite', { TALLYSTICK_PASSWORD_STRENGTH: '0', ...settings });

/** Somebody who has signed up. */
export interface Somebody {
  readonly name: string;
  /** The login token. */
  readonly token: string;
}

/** Somebody with an authenticator app. */
export interface Protected extends Somebody {
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  /** The code of the present step, or of one some steps away. */
  code(steps?: number): string;
}

export const login = ({ ask }: TestApp, name: string, wish: Wish = {}, password = goodPassword) =>
  ask('PUT', userPath(name), { ...wish, body: couchBody(name, password) });

export async function signUp({ ask }: TestApp, name = 'hannah'): Promise<Somebody> {
  const body = couchBody(name, goodPassword, `${name}@example.com`);
  const reply = await ask('PUT', userPath(name), { body });
  expect(reply.statusCode, reply.body).toBe(201);
  return { name, token: reply.json().token };
}

/** Signs up and turns the second factor on; a minute passes. */
export async function protect(
  world: TestApp,
  name = 'hannah',
  mode: 'auth-only' | 'auth-and-writes' = 'auth-and-writes',
): Promise<Protected> {
  const { ask, clock } = world;
  const { token } = await signUp(world, name);
  const begun = await ask('POST', user, { token, body: { tfa: { password: goodPassword, mode } } });
  const secret = new URL(begun.json().tfa).searchParams.get('secret') ?? '';
  const bytes = decodeBase32(secret) ?? Buffer.alloc(0);
  const code = (steps = 0): string => codeAt(bytes, stepAt(clock.now()) + steps);
  const done = await ask('POST', user, { token, body: { tfa: [code()] } });
  expect(done.statusCode, done.body).toBe(200);
  clock.advance(minute);
  return { name, token, secret, recoveryCodes: done.json().tfa, code };
}

/** A further token; `body` narrows it, `otp` goes with it. */
export async function createToken(
  { ask }: TestApp,
  { token }: Somebody,
  body: object = {},
  otp?: string,
): Promise<{ token: string; key: string }> {
  const wish = otp === undefined ? { token } : { token, otp };
  const reply = await ask('POST', tokens, { ...wish, body: { password: goodPassword, ...body } });
  expect(reply.statusCode, reply.body).toBe(201);
  return reply.json();
}

/** What a client may tell answers apart by. */
export const shown = (reply: {
  statusCode: number;
  body: string;
  headers: Record<string, unknown>;
}): object => {
  const { date: _, ...headers } = reply.headers;
  return { status: reply.statusCode, body: reply.body, headers };
};
