import { expect, test } from 'vitest';
import { Visitor } from '../clients/visitor.ts';
import type { TestApp } from '../support/app.ts';
import { documentOf } from '../support/document.ts';
import { createToken, minute, openWorld, type Protected, protect, user } from './people.ts';

const origin = 'http://localhost:4873';
const far = '203.0.113.9';

interface Started {
  readonly loginUrl: string;
  readonly doneUrl: string;
}

const visitor = (app: TestApp, { name, code }: Protected) => new Visitor({ app, origin, name, code });
const poll = ({ ask }: TestApp, { doneUrl }: { doneUrl: string }, address = '127.0.0.1') =>
  ask('GET', doneUrl.slice(origin.length), { address });
const start = async ({ ask }: TestApp, address = '127.0.0.1') => {
  const answer = await ask('POST', '/-/v1/login', { body: {}, address });
  return { ...(answer.json() as Started), notice: String(answer.headers['npm-notice']) };
};
const publish = ({ ask }: TestApp, token: string, version: string, wish: object = {}) =>
  ask('PUT', '/hello', {
    token,
    body: documentOf({ name: 'hello', version }),
    headers: { 'npm-auth-type': 'web' },
    ...wish,
  });

test('the page and the terminal know different secrets, of which the database has neither', async () => {
  const world = await openWorld();
  const me = await protect(world);
  const started = await start(world);
  const [page = '', done = ''] = [started.loginUrl, started.doneUrl].map(
    (url) => /[0-9a-f]{64}$/.exec(url)?.[0],
  );
  expect(new Set([page, done, '']).size).toBe(3);
  const rows = JSON.stringify(
    await world.app.store.read((tx) => tx.sql.selectFrom('handoffs').selectAll().execute()),
  );
  for (const secret of [page, done]) expect(rows).not.toContain(secret);
  expect((await poll(world, { doneUrl: `${origin}/-/v1/done?authId=${page}` })).statusCode).toBeGreaterThan(
    399,
  );
  world.clock.advance(10 * minute);
  expect(await visitor(world, me).open(started.loginUrl)).not.toContain('Approve');
  const late = await poll(world, started);
  expect([late.statusCode, late.headers['cache-control']]).toEqual([503, 'no-store']);
});

test('a login is approved by its owner, who compares what the terminal shows, and is handed out once', async () => {
  const world = await openWorld();
  const me = await protect(world);
  const started = await start(world);
  const waiting = await poll(world, started);
  expect([waiting.statusCode, waiting.headers['retry-after'], waiting.body]).toEqual([202, '2', '{}']);
  const text = await visitor(world, me).open(started.loginUrl);
  const [compared = ''] = /\b[0-9A-Z]{8}\b/.exec(started.notice) ?? [];
  expect(compared).not.toBe('');
  expect(text).toContain(compared);
  world.clock.advance(minute);
  await visitor(world, me).approve(started.loginUrl);
  expect((await poll(world, started, far)).statusCode).toBe(200);
  expect((await poll(world, started)).statusCode).toBe(503);
});

test('a login from another network needs the word of its owner for that', async () => {
  const world = await openWorld();
  const me = await protect(world);
  const started = await start(world, far);
  const browser = visitor(world, me);
  expect(await browser.open(started.loginUrl)).toContain(far);
  await expect(browser.approve(started.loginUrl)).rejects.toThrow();
  expect((await poll(world, started, far)).statusCode).toBe(202);
});

test('what is denied, or whose account was frozen meanwhile, is not handed out', async () => {
  const world = await openWorld();
  const me = await protect(world);
  const denied = await start(world);
  await visitor(world, me).deny(denied.loginUrl);
  expect((await poll(world, denied)).statusCode).toBe(503);
  world.clock.advance(minute);
  const approved = await start(world);
  await visitor(world, me).approve(approved.loginUrl);
  await world.app.store.write(async (tx) => {
    await tx.sql.updateTable('accounts').set({ frozen_at: tx.now }).execute();
  });
  expect((await poll(world, approved)).statusCode).toBe(503);
});

test('an approved publish is that one, for the token that was refused', async () => {
  const world = await openWorld();
  const me = await protect(world);
  const second = await createToken(world, me, {}, me.code());
  world.clock.advance(minute);
  const legacy = await publish(world, me.token, '1.0.0', { headers: {} });
  expect(Object.keys(legacy.json()).sort()).toEqual(['error', 'message']);
  const { authUrl, doneUrl } = (await publish(world, me.token, '1.0.0')).json();
  await visitor(world, me).approve(authUrl);
  const otp = (await poll(world, { doneUrl })).json().token as string;
  expect(otp).toMatch(/^[0-9a-f]{64}$/);
  for (const [token, version] of [
    [second.token, '1.0.0'],
    [me.token, '1.0.1'],
  ] as const)
    expect((await publish(world, token, version, { otp })).statusCode).toBe(401);
  const renamed = await world.ask('POST', user, { token: me.token, otp, body: { fullname: 'Mallory' } });
  expect(renamed.statusCode).toBe(401);
  expect((await publish(world, me.token, '1.0.0', { otp })).statusCode).toBe(201);
});

test('an approved release is publishes of one token, from one address, for five minutes', async () => {
  const world = await openWorld();
  const me = await protect(world);
  const second = await createToken(world, me, {}, me.code());
  world.clock.advance(minute);
  const { authUrl } = (await publish(world, me.token, '1.0.0')).json();
  await visitor(world, me).approveRelease(authUrl);
  for (const version of ['1.0.0', '1.0.1'])
    expect((await publish(world, me.token, version)).statusCode).toBe(201);
  expect((await publish(world, me.token, '1.0.2', { address: far })).statusCode).toBe(401);
  expect((await publish(world, second.token, '1.0.2')).statusCode).toBe(401);
  const renamed = await world.ask('POST', user, { token: me.token, body: { fullname: 'Mallory' } });
  expect(renamed.statusCode).toBe(401);
  expect(await visitor(world, { ...me, code: () => me.code(1) }).open(authUrl)).toContain('hello@1.0.1');
  world.clock.advance(5 * minute);
  expect((await publish(world, me.token, '1.0.2')).statusCode).toBe(401);
});
