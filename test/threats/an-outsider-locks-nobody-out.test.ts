import { expect, test } from 'vitest';
import { mustPublish } from '../packages/publisher.ts';
import { createToken, login, minute, openWorld, protect, user } from './people.ts';

const outside = { address: '198.51.100.7' };
const wrong = (number: number): string => String(100_000 + number);

test('whoever knows the password and guesses codes is stopped at twenty a day; tokens, installs and recovery codes go on', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const me = await protect(world, 'hannah', 'auth-only');
  await mustPublish(world, me.token, { name: 'hello', version: '1.0.0' });
  let looked = 0;
  for (let guess = 0; guess < 140; guess += 1) {
    const { statusCode } = await login(world, 'hannah', { ...outside, otp: wrong(guess) });
    expect([401, 403, 429]).toContain(statusCode);
    if (statusCode === 401) looked += 1;
    clock.advance(10 * minute);
  }
  expect(looked).toBe(20);
  expect((await login(world, 'hannah', { otp: me.code() })).statusCode).toBe(403);
  expect((await ask('GET', '/hello', { token: me.token })).statusCode).toBe(200);
  await mustPublish(world, me.token, { name: 'hello', version: '1.0.1' });

  const [recovery = ''] = me.recoveryCodes;
  expect((await login(world, 'hannah', { otp: recovery, address: '203.0.113.9' })).statusCode).toBe(201);
  clock.advance(61 * minute);
  expect((await login(world, 'hannah', { otp: me.code() })).statusCode).toBe(201);
});

test('passwords are guessed ten times in a quarter of an hour from one address, and the owner elsewhere signs in', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const { token, code } = await protect(world);
  let looked = 0;
  for (let guess = 0; guess < 30; guess += 1) {
    const { statusCode } = await login(world, 'hannah', outside, `password number ${guess}`);
    if (statusCode === 401) looked += 1;
    else expect(statusCode).toBe(429);
  }
  expect(looked).toBe(10);
  expect((await login(world, 'hannah', outside)).statusCode).toBe(429);
  expect((await login(world, 'hannah', { otp: code() })).statusCode).toBe(201);
  expect((await ask('GET', '/-/whoami', { token })).statusCode).toBe(200);
  clock.advance(16 * minute);
  expect((await login(world, 'hannah', { ...outside, otp: code() })).statusCode).toBe(201);
});

test('Basic authorization and the body of a sign-in count together, and unknown names like known ones', async () => {
  const world = await openWorld({ TALLYSTICK_REGISTRATION: 'closed' });
  const { ask } = world;
  await world.app.store.read(async () => undefined);
  for (const name of ['nobody', 'nobody-else']) {
    const statuses: number[] = [];
    for (let guess = 0; guess < 12; guess += 1) {
      const password = `password number ${guess}`;
      const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
      const answer =
        guess % 2 === 0
          ? await login(world, name, outside, password)
          : await ask('GET', user, { ...outside, headers: { authorization } });
      statuses.push(answer.statusCode);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.slice(10)).toEqual([429, 429]);
  }
});

test('a stolen token whose codes were guessed at is suspended where codes count, and still installs', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const me = await protect(world);
  const stolen = await createToken(world, me, {}, me.code());
  clock.advance(minute);
  await mustPublish(world, me.token, { name: 'hello', version: '1.0.0' }, { otp: me.code() });
  const act = (token: string, otp: string) =>
    ask('PUT', '/-/package/hello/dist-tags/latest', { token, otp, body: '1.0.0' });
  for (let guess = 0; guess < 40; guess += 1) {
    await act(stolen.token, wrong(guess));
    clock.advance(10 * minute);
  }
  const refused = await act(stolen.token, me.code());
  expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([403, undefined]);
  expect((await ask('GET', '/hello', { token: stolen.token })).statusCode).toBe(200);
  clock.advance(24 * 60 * minute);
  expect((await act(stolen.token, me.code())).statusCode).toBe(403);
  expect((await act(me.token, me.code())).statusCode).toBe(200);
});
