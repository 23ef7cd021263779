import { expect, test } from 'vitest';
import { listAudit, verifyAudit } from '../../src/ledger/audit.ts';
import { mustPublish, publish } from '../packages/publisher.ts';
import { createToken, login, minute, openWorld, protect, signUp, tokens, user } from './people.ts';

test('what was done and what was refused stands in a chain that shows every change', async () => {
  const world = await openWorld();
  const { app, ask, clock } = world;
  const me = await protect(world);
  const made = await createToken(world, me, {}, me.code());
  clock.advance(minute);
  await mustPublish(world, made.token, { name: 'hello', version: '1.0.0' }, { otp: me.code() });
  await publish(world, made.token, { name: 'hello', version: '2.0.0' }, { otp: '000000' });
  await login(world, 'hannah', {}, 'a wrong password');
  clock.advance(minute);
  await ask('DELETE', `${tokens}/token/${made.key}`, { token: me.token, otp: me.code() });
  clock.advance(minute);
  const disable = { tfa: { password: 'four lamps on a barge', mode: 'disable' } };
  expect((await ask('POST', user, { token: me.token, otp: me.code(), body: disable })).statusCode).toBe(200);

  const rows = (await app.store.read((tx) => listAudit(tx, { limit: 100 }))).reverse();
  expect(rows.map(({ action, outcome, reason }) => [action, outcome, reason ?? ''].join(' ').trim())).toEqual(
    [
      'account.create done',
      'factor.enable done',
      'factor.confirm done',
      'token.create done',
      'package.publish done',
      'package.publish refused otp_refused',
      'account.login refused password_wrong',
      'token.revoke done',
      'factor.disable done',
    ],
  );
  for (const row of rows) {
    expect(row.address).toBe('127.0.0.1');
    expect(row.requestId).not.toBeNull();
  }
  expect(await verifyAudit(app.store)).toMatchObject({ verified: rows.length, broken: undefined });
});

test('what the headers alone refuse leaves a row, and a frozen account sees who used its tokens', async () => {
  const world = await openWorld();
  const { app, clock } = world;
  const me = await signUp(world);
  await mustPublish(world, me.token, { name: 'hello', version: '1.0.0' });
  const reading = await createToken(world, me, { readonly: true });
  expect((await publish(world, reading.token, { name: 'hello', version: '2.0.0' })).statusCode).toBe(403);
  const { id } = await app.store.write((tx) =>
    tx.sql
      .updateTable('accounts')
      .set({ frozen_at: tx.now })
      .where('name', '=', 'hannah')
      .returning('id')
      .executeTakeFirstOrThrow(),
  );
  clock.advance(minute);
  const second = await world.another();
  const address = '198.51.100.7';
  const tag = { token: me.token, address, body: '1.0.0' };
  expect((await second.ask('PUT', '/-/package/hello/dist-tags/beta', tag)).statusCode).toBe(403);
  expect((await second.ask('GET', '/-/whoami', { token: me.token, address })).statusCode).toBe(403);
  const rows = await app.store.read((tx) => listAudit(tx, { account: id, limit: 100 }));
  expect(rows.filter(({ outcome }) => outcome === 'refused')).toMatchObject([
    { action: 'account.identify', reason: 'account_frozen', actor: 'hannah', address },
    { action: 'package.tag', reason: 'account_frozen', actor: 'hannah', address, target: 'hello' },
    { action: 'package.publish', reason: 'token_readonly', tokenKey: reading.key, target: 'hello' },
  ]);
  expect(rows[0]?.tokenKey).toMatch(/^[0-9a-f]{32}$/);
});

test('no row can be changed or taken away by the server’s own hand', async () => {
  const world = await openWorld();
  const { store } = world.app;
  await protect(world);
  const tampering = [
    () => store.write(async (tx) => void (await tx.sql.deleteFrom('audit').execute())),
    () => store.write(async (tx) => void (await tx.sql.updateTable('audit').set({ action: 'x' }).execute())),
    () => store.write(async (tx) => void (await tx.sql.updateTable('audit').set({ entry: '{}' }).execute())),
  ];
  for (const tamper of tampering) await expect(tamper()).rejects.toThrow();
  expect((await verifyAudit(store)).broken).toBeUndefined();
});

test('names, agents and targets with control characters are made visible', async () => {
  const world = await openWorld();
  const headers = {
    'user-agent': 'npm/11 \u009b31mred\u009b0m',
    authorization: `Basic ${Buffer.from('ev\u001b[2Jil\r\nadmin:x').toString('base64')}`,
  };
  await world.ask('GET', user, { headers });
  await world.ask('POST', tokens, { headers, body: { password: 'x' } });
  const text = JSON.stringify(
    await world.app.store.read((tx) => tx.sql.selectFrom('audit').selectAll().execute()),
  );
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]|\\u00|\\r|\\n/);
});
