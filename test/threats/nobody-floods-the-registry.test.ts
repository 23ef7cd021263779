import { expect, test, vi } from 'vitest';
import { listAudit } from '../../src/ledger/audit.ts';
import { closeFloods, floodWindow } from '../../src/ledger/floods.ts';
import { mustPublish, publish } from '../packages/publisher.ts';
import { openApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { createToken, minute, openWorld, protect, signUp, tokens, user } from './people.ts';

const draft = (number: number) => ({ name: 'hello', version: `1.0.${number}` });
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

eachDialect('writes of one account over two processes', (dialect) => {
  test('are so many as the limit says and not one more, however many come at once', async () => {
    const settings = { TALLYSTICK_PASSWORD_STRENGTH: '0', TALLYSTICK_WRITE_LIMIT: '6/10m' };
    const first = await openApp(dialect, settings);
    const { token } = await signUp(first);
    await mustPublish(first, token, draft(0));
    const second = await first.another();
    const tag = (number: number) =>
      [first, second][number % 2]?.ask('PUT', `/-/package/hello/dist-tags/tag-${number}`, {
        token,
        body: '1.0.0',
      });
    const answers = await Promise.all(numbers(20).map(tag));
    const statuses = answers.map((answer) => answer?.statusCode);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
    expect(statuses.filter((status) => (status ?? 500) < 300)).toHaveLength(5);
    for (const answer of answers)
      if (answer?.statusCode === 429) expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    first.clock.advance(11 * minute);
    expect((await tag(1))?.statusCode).toBeLessThan(300);
  });
});

test('what is refused is not counted, and neither are questions, reads and challenges', async () => {
  const world = await openWorld({ TALLYSTICK_WRITE_LIMIT: '3/10m' });
  const { ask, clock } = world;
  const { token, code } = await protect(world);
  for (const _ of numbers(10)) {
    expect((await publish(world, token, draft(0))).statusCode).toBe(401);
    expect((await ask('GET', user, { token })).statusCode).toBe(200);
    const audit = await ask('POST', '/-/npm/v1/security/advisories/bulk', { token, body: {} });
    expect(audit.statusCode).toBe(200);
  }
  clock.advance(minute);
  const otp = code();
  for (const number of numbers(3)) await mustPublish(world, token, draft(number), { otp });
  const refused = await publish(world, token, draft(3), { otp });
  expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([429, undefined]);
  expect(refused.json().message).toMatch(/^Too many requests in a short time/);
  const wait = Number(refused.headers['retry-after']) * 1000;
  for (const _ of numbers(5)) expect((await publish(world, token, draft(3), { otp })).statusCode).toBe(429);
  clock.advance(wait);
  await mustPublish(world, token, draft(3), { otp: code() });
});

test('a refusal by the limit spends no code', async () => {
  const world = await openWorld({ TALLYSTICK_WRITE_LIMIT: '1/10m' });
  const { ask, clock } = world;
  const me = await protect(world);
  await mustPublish(world, me.token, draft(0), { otp: me.code() });
  clock.advance(minute);
  const otp = me.code();
  expect((await publish(world, me.token, draft(1), { otp })).statusCode).toBe(429);
  const key = (await ask('GET', tokens, { token: me.token })).json().objects[0].key;
  expect((await ask('DELETE', `${tokens}/token/${key}`, { token: me.token, otp })).statusCode).toBe(204);
});

test('a thief who used the limit up keeps the owner from nothing that stops the thief', async () => {
  const world = await openWorld({ TALLYSTICK_WRITE_LIMIT: '2/10m' });
  const { ask } = world;
  const me = await signUp(world);
  const stolen = await createToken(world, me, {
    packages_all: true,
    packages_and_scopes_permission: 'read-write',
    bypass_2fa: true,
    name: 'ci',
  });
  await mustPublish(world, stolen.token, draft(0));
  expect((await publish(world, stolen.token, draft(1))).statusCode).toBe(429);
  expect((await ask('GET', '/hello', { token: stolen.token })).statusCode).toBe(200);
  const neighbour = await signUp(world, 'eve');
  await mustPublish(world, neighbour.token, { name: 'other', version: '1.0.0' });
  const revoked = await ask('DELETE', `${tokens}/token/${stolen.key}`, { token: me.token });
  expect(revoked.statusCode).toBe(204);
  expect((await publish(world, stolen.token, draft(2))).statusCode).toBe(401);
});

test('refusals stand in the log as one row for each window', async () => {
  const world = await openWorld({ TALLYSTICK_WRITE_LIMIT: '1/10m' });
  const { store } = world.app;
  const { token } = await signUp(world);
  await mustPublish(world, token, draft(0));
  for (const number of numbers(30)) await publish(world, token, draft(number + 1));
  const countRefused = () =>
    store.read((tx) => tx.sql.selectFrom('floods').select('count').executeTakeFirst());
  await vi.waitFor(async () => expect(await countRefused()).toEqual({ count: 30 }), 20_000);
  world.clock.advance(2 * floodWindow);
  await closeFloods(store);
  const rows = await store.read((tx) => listAudit(tx, { limit: 100 }));
  expect(rows.filter(({ outcome }) => outcome === 'refused')).toMatchObject([
    { action: 'limit.reached', reason: 'package.publish', actor: 'hannah', count: 30 },
  ]);
});

test('what strangers read is unlimited unless the operator says otherwise, and then counted by their network', async () => {
  const free = await openWorld();
  for (const _ of numbers(50)) expect((await free.ask('GET', '/-/ping')).statusCode).toBe(200);

  const world = await openWorld({ TALLYSTICK_ANONYMOUS_READ_LIMIT: '5/1m' });
  const { ask, clock } = world;
  const { token } = await signUp(world);
  await mustPublish(world, token, draft(0));
  const read = async (address: string, times: number, wish: object = {}): Promise<number[]> => {
    const statuses: number[] = [];
    for (const _ of numbers(times))
      statuses.push((await ask('GET', '/hello', { address, ...wish })).statusCode);
    return statuses;
  };
  expect(await read('198.51.100.7', 8)).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
  expect((await ask('HEAD', '/hello', { address: '198.51.100.7' })).statusCode).toBe(429);
  expect((await ask('GET', '/hello/-/hello-1.0.0.tgz', { address: '198.51.100.7' })).statusCode).toBe(429);
  expect((await ask('GET', '/-/ping', { address: '198.51.100.7' })).statusCode).toBe(200);
  expect(await read('198.51.100.8', 5)).toEqual([200, 200, 200, 200, 200]);
  expect(await read('198.51.100.7', 10, { token })).toEqual(numbers(10).map(() => 200));
  const networks = [
    '2001:db8:1:1::1',
    '2001:db8:1:1::2',
    '2001:db8:1:1:ffff::',
    '2001:db8:1:1::4',
    '2001:db8:1:1::5',
  ];
  for (const address of networks) expect(await read(address, 1)).toEqual([200]);
  expect(await read('2001:db8:1:1::6', 1)).toEqual([429]);
  expect(await read('2001:db8:1:2::6', 1)).toEqual([200]);
  expect(await read('127.0.0.1', 10)).toEqual(numbers(10).map(() => 200));
  const refused = await ask('GET', '/hello', { address: '198.51.100.7' });
  clock.advance(Number(refused.headers['retry-after']) * 1000);
  expect(await read('198.51.100.7', 1)).toEqual([200]);
});
