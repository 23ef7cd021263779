import { expect, test } from 'vitest';
import { policy } from '../../src/policy/policy.ts';
import { mailsIn } from '../packages/publisher.ts';
import { goodPassword, login, minute, openWorld, protect, signUp, tokens, user } from './people.ts';

const begin = { tfa: { password: goodPassword, mode: 'auth-and-writes' } };

test('each app gets 160 random bits of its own, told as apps read them', async () => {
  const world = await openWorld();
  const secrets = new Set<string>();
  for (const name of ['hannah', 'ida', 'jane']) {
    const { token } = await signUp(world, name);
    const begun = await world.ask('POST', user, { token, body: begin });
    const uri = new URL(begun.json().tfa);
    expect(`${uri.protocol}//${uri.host}${uri.pathname}`).toBe(`otpauth://totp/Tallystick:${name}`);
    const { secret = '', ...told } = Object.fromEntries(uri.searchParams);
    expect(told).toEqual({ issuer: 'Tallystick', algorithm: 'SHA1', digits: '6', period: '30' });
    // Five bits a letter.
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    secrets.add(secret);
  }
  expect(secrets.size).toBe(3);
});

test('codes are good half a minute early and half a minute late, and no longer', async () => {
  const world = await openWorld();
  const { token, code } = await protect(world);
  const body = { password: goodPassword };
  const statuses: number[] = [];
  for (const steps of [-2, 2, -1, 0, 1])
    statuses.push((await world.ask('POST', tokens, { token, otp: code(steps), body })).statusCode);
  expect(statuses).toEqual([401, 401, 201, 201, 201]);
});

test('whoever asks for a second app is told no secret, and the first stays', async () => {
  const world = await openWorld();
  const { token, code } = await protect(world);
  const again = await world.ask('POST', user, { token, otp: code(), body: begin });
  expect(again.body).not.toContain('otpauth:');
  world.clock.advance(minute);
  const answer = await world.ask('POST', tokens, { token, otp: code(), body: { password: goodPassword } });
  expect(answer.statusCode, answer.body).toBe(201);
  const rows = await world.app.store.read((tx) => tx.sql.selectFrom('factors').select('kind').execute());
  expect(rows).toEqual([{ kind: 'totp' }]);
});

test('no verified address is needed to be safe, and no mail holds anything that opens a door', async () => {
  const world = await openWorld();
  const { token, secret, recoveryCodes } = await protect(world);
  expect((await world.ask('GET', user, { token })).json().email_verified).toBe(false);
  expect((await login(world, 'hannah')).statusCode).toBe(401);
  const [used = ''] = recoveryCodes;
  expect((await login(world, 'hannah', { otp: used })).statusCode).toBe(201);
  const mails = await mailsIn(world);
  expect(mails.length).toBeGreaterThan(0);
  for (const { what, text } of mails) {
    expect(text, what).not.toMatch(/\b\d{6,8}\b|\b(?:\d{4}[ -]?){4}\b|[0-9a-f]{64}/);
    expect(text, what).not.toContain(secret);
  }
});

test('keys come, are renamed and go only with a factor, and for those who have none yet with the password', () => {
  const acts = Object.entries(policy).filter(([action]) => /^factor\.\w*key$/i.test(action));
  expect(acts.map(([action]) => action).sort()).toEqual([
    'factor.addKey',
    'factor.removeKey',
    'factor.renameKey',
  ]);
  for (const [action, { asks, who }] of acts)
    expect({ asks, who }, action).toEqual({ asks: 'auth', who: 'self' });
});
