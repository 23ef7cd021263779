import { expect, test } from 'vitest';
import { mustPublish, publish } from '../packages/publisher.ts';
import { createToken, openWorld, protect, signUp, tokens } from './people.ts';

const inside = '203.0.113.9';
const spoofs = [
  { 'x-forwarded-for': inside },
  { 'x-forwarded-for': `${inside}, ${inside}` },
  { forwarded: `for=${inside}` },
  { 'x-real-ip': inside },
  { 'true-client-ip': inside },
  { 'cf-connecting-ip': inside },
];

test('without a trusted proxy no header says where a request comes from', async () => {
  const world = await openWorld();
  const hannah = await signUp(world);
  const { token } = await createToken(world, hannah, { cidr_whitelist: ['203.0.113.0/24'] });
  for (const headers of spoofs) {
    const answer = await world.ask('GET', '/-/whoami', { token, headers });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('ipaddress');
  }
  expect((await world.ask('GET', '/-/whoami', { token, address: inside })).statusCode).toBe(200);
  expect((await world.ask('GET', '/-/whoami', { token, address: `::ffff:${inside}` })).statusCode).toBe(200);
  expect((await world.ask('GET', '/-/whoami', { token, address: '::ffff:cb00:7109' })).statusCode).toBe(200);
});

test('behind trusted proxies the last address that they did not write counts, and an unreadable one is none', async () => {
  const world = await openWorld({ TALLYSTICK_TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' });
  const hannah = await signUp(world);
  const { token } = await createToken(world, hannah, { cidr_whitelist: ['203.0.113.0/24'] });
  const from = async (forwarded: string | undefined): Promise<number> => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    return (await world.ask('GET', '/-/whoami', { token, headers })).statusCode;
  };
  for (const allowed of [inside, `198.51.100.1, ${inside}`, `nonsense, ${inside}, 10.1.2.3`])
    expect(await from(allowed), allowed).toBe(200);
  for (const refused of [
    undefined,
    '',
    '198.51.100.1',
    `${inside}, 198.51.100.1`,
    `${inside}, nonsense`,
    `${inside},`,
    `${inside}:443`,
    `${inside}%eth0`,
    '203.0.113.009',
    '10.1.2.3',
  ])
    expect(await from(refused), String(refused)).toBe(401);
});

test('the rule is asked before password and code: a stolen token cannot even try them from elsewhere', async () => {
  const world = await openWorld();
  const hannah = await protect(world);
  const { token } = await createToken(world, hannah, { cidr_whitelist: ['203.0.113.0/24'] }, hannah.code());
  world.clock.advance(60_000);
  await mustPublish(world, hannah.token, { name: 'hello', version: '1.0.0' }, { otp: hannah.code() });
  world.clock.advance(60_000);
  for (let guess = 0; guess < 12; guess += 1) {
    const answer = await publish(
      world,
      token,
      { name: 'hello', version: '1.0.1' },
      { otp: `10000${guess % 10}` },
    );
    expect(answer.headers['www-authenticate']).toBe('ipaddress');
  }
  const draft = { name: 'hello', version: '1.0.1' };
  await mustPublish(world, token, draft, { otp: hannah.code(), address: inside });
});

test('a range that is everything, or not a range, makes no token', async () => {
  const world = await openWorld();
  const hannah = await signUp(world);
  for (const range of [
    '0.0.0.0/0',
    '::/0',
    '::ffff:0:0/96',
    '10.0.0.1/33',
    '010.0.0.0/8',
    'example.com',
    '10.0.0.0/8 ',
    '',
  ]) {
    const body = { password: 'four lamps on a barge', cidr_whitelist: [range] };
    const answer = await world.ask('POST', tokens, { token: hannah.token, body });
    expect(answer.statusCode, range).toBe(400);
  }
});
