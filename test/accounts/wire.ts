import { expect } from 'vitest';
import { codeAt, stepAt } from '../../src/factors/totp.ts';
import { decodeBase32 } from '../../src/kernel/base32.ts';
import type { TestApp, Wish } from '../support/app.ts';
import { goodPassword } from './acting.ts';

export const userPath = (name: string): string => `/-/user/org.couchdb.user:${name}`;

/** What npm sends at a sign-in, and with an address at a sign-up (npm-profile). */
export const couchBody = (name: string, password = goodPassword, email?: string) => ({
  _id: `org.couchdb.user:${name}`,
  name,
  password,
  type: 'user',
  roles: [],
  date: '2026-01-15T12:00:00.000Z',
  ...(email === undefined ? {} : { email }),
});

/** Signs up, or in when the account exists, and returns the token. */
export async function signUp({ ask }: TestApp, name = 'hannah', wish: Wish = {}): Promise<string> {
  const body = couchBody(name, goodPassword, `${name}@example.com`);
  const reply = await ask('PUT', userPath(name), { ...wish, body });
  expect(reply.statusCode, reply.body).toBe(201);
  return reply.json().token;
}

/** Turns the second factor on and returns its secret and recovery codes; a minute passes. */
export async function enableFactor(
  { ask, clock }: TestApp,
  token: string,
  mode: 'auth-only' | 'auth-and-writes' = 'auth-and-writes',
): Promise<{ code: () => string; recoveryCodes: string[] }> {
  const begun = await ask('POST', '/-/npm/v1/user', {
    token,
    body: { tfa: { password: goodPassword, mode } },
  });
  expect(begun.statusCode, begun.body).toBe(200);
  const secret = decodeBase32(new URL(begun.json().tfa).searchParams.get('secret') ?? '') ?? Buffer.alloc(0);
  const code = (): string => codeAt(secret, stepAt(clock.now()));
  const done = await ask('POST', '/-/npm/v1/user', { token, body: { tfa: [code()] } });
  expect(done.statusCode, done.body).toBe(200);
  clock.advance(60_000);
  return { code, recoveryCodes: done.json().tfa };
}

export const basic = (name: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});
