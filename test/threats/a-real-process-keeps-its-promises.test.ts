/** The core of what is promised, tried on the built server as a process of its own, by its own clock. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { World } from '../clients/world.ts';
import { documentOf } from '../support/document.ts';

const tokens = '/-/npm/v1/tokens';
const user = '/-/npm/v1/user';

let world: World;
beforeAll(async () => {
  world = await World.open({ env: { TALLYSTICK_TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => world.close());

test('a code makes one token, and opens nothing else after that', async () => {
  const me = await world.person();
  await me.protect();
  const otp = me.recoveryCode();
  const body = { password: me.password };
  const answers = await Promise.all(Array.from({ length: 20 }, () => me.ask('POST', tokens, { otp, body })));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 19 }, () => 401)]);
  const replayed = await me.ask('POST', user, { otp, body: { fullname: 'Mallory' } });
  expect([replayed.status, replayed.headers.get('www-authenticate')]).toEqual([401, 'otp']);
});

test('a code is taken again for the same act of the same token from the same address, and from nowhere else', async () => {
  const me = await world.person();
  await me.protect();
  const { token: second } = await me.makeToken({}, me.recoveryCode());
  const otp = me.recoveryCode();
  const name = `hello-${me.name}`;
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  const publish = (version: string, wish: object = {}) =>
    me.ask('PUT', `/${name}`, { otp, body: documentOf({ name, version }), ...from('192.0.2.7'), ...wish });
  expect((await publish('1.0.0')).status).toBe(201);
  expect((await publish('1.0.1')).status).toBe(201);
  expect((await publish('1.0.2', from('198.51.100.7'))).status).toBe(401);
  expect((await publish('1.0.2', { token: second })).status).toBe(401);
  await world.must(404, 'GET', `/${name}/1.0.2`);
});

test('a token that was revoked reads nothing and writes nothing, at once and after a kill', async () => {
  const me = await world.person();
  const { token } = await me.makeToken();
  const name = `@${me.name}/hello`;
  const path = `/${name.replace('/', '%2f')}`;
  await me.must(201, 'PUT', path, { body: documentOf({ name, version: '1.0.0', access: 'restricted' }) });
  await world.must(200, 'GET', path, { token });
  await world.must(204, 'DELETE', `${tokens}/token/${token}`);
  const expectDead = async (): Promise<void> => {
    await world.must(401, 'GET', '/-/whoami', { token });
    expect((await world.ask('GET', path, { token })).status).toBeGreaterThan(400);
    const late = await world.ask('PUT', path, { token, body: documentOf({ name, version: '1.0.1' }) });
    expect(late.status).toBe(401);
  };
  await expectDead();
  await world.server.kill9();
  await world.revive();
  await expectDead();
});

test('a token of one network opens nothing elsewhere, whatever the headers say', async () => {
  const me = await world.person();
  const { token } = await me.makeToken({ cidr_whitelist: ['192.0.2.0/24'] });
  const statusFrom = async (headers: Record<string, string>): Promise<number> =>
    (await world.ask('GET', '/-/whoami', { token, headers })).status;
  expect(await statusFrom({ 'x-forwarded-for': '192.0.2.7' })).toBe(200);
  expect(await statusFrom({ 'x-forwarded-for': '192.0.2.7, 198.51.100.7' })).toBe(401);
  expect(await statusFrom({ 'x-forwarded-for': 'unknown' })).toBe(401);
  expect(await statusFrom({ 'x-real-ip': '192.0.2.7', forwarded: 'for=192.0.2.7' })).toBe(401);
  const refused = await world.ask('GET', '/-/whoami', { token });
  expect(refused.headers.get('www-authenticate')?.toLowerCase()).toBe('ipaddress');
});

test('what was typed stands in no log of it', () => {
  const log = world.server.log();
  expect(log).toContain('listening');
  for (const secret of world.secrets) expect(log).not.toContain(secret);
  expect(log).not.toMatch(/npm_[A-Za-z0-9]{36}/);
});
