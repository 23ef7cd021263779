import { expect, test } from 'vitest';
import { mustPublish, publish } from '../packages/publisher.ts';
import type { TestApp } from '../support/app.ts';
import {
  createToken,
  goodPassword,
  login,
  openWorld,
  protect,
  type Somebody,
  signUp,
  tokens,
  user,
} from './people.ts';

const day = 24 * 3_600_000;
const name = '@hannah/tool';
const path = '/@hannah%2ftool';

/** What a live token does; a dead one must be refused each of these. */
async function refusals({ ask }: TestApp, token: string): Promise<(string | number)[]> {
  const answers = [
    await ask('GET', '/-/whoami', { token }),
    await ask('GET', user, { token }),
    await ask('GET', tokens, { token }),
    await ask('POST', user, { token, body: { fullname: 'Eve' } }),
    await ask('POST', tokens, { token, body: { password: goodPassword } }),
    await ask('PUT', `/-/package${path}/dist-tags/beta`, { token, body: '1.0.0' }),
    await ask('POST', `/-/package${path}/access`, { token, body: { access: 'public' } }),
  ];
  for (const { statusCode, headers, body } of answers) {
    expect(statusCode, body).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer');
  }
  const reads = [await ask('GET', path, { token }), await ask('GET', `${path}/-/tool-1.0.0.tgz`, { token })];
  return reads.map(({ statusCode }) => statusCode);
}

async function openWorldWithTool(): Promise<{ world: TestApp; hannah: Somebody }> {
  const world = await openWorld();
  const hannah = await signUp(world);
  await mustPublish(world, hannah.token, { name, version: '1.0.0' });
  return { world, hannah };
}

test('revoked by its owner, by whoever holds it, or by logging out: at once and everywhere', async () => {
  const { world, hannah } = await openWorldWithTool();
  const ways = [
    ({ key }: { key: string }) => world.ask('DELETE', `${tokens}/token/${key}`, { token: hannah.token }),
    ({ token }: { token: string }) => world.ask('DELETE', `${tokens}/token/${token}`),
    ({ token }: { token: string }) => world.ask('DELETE', `/-/user/token/${token}`, { token }),
  ];
  for (const revoke of ways) {
    const made = await createToken(world, hannah);
    expect((await world.ask('GET', path, { token: made.token })).statusCode).toBe(200);
    expect((await revoke(made)).statusCode).toBeLessThan(300);
    expect(await refusals(world, made.token)).toEqual([401, 401]);
  }
});

test('expired or idle for too long: for ever, even when the clock is set back', async () => {
  const { world, hannah } = await openWorldWithTool();
  const made = await createToken(world, hannah, { expires: 1 });
  world.clock.advance(day);
  expect(await refusals(world, made.token)).toEqual([401, 401]);
  world.clock.advance(-day);
  expect(await refusals(world, made.token)).toEqual([401, 401]);
  world.clock.advance(15 * day);
  expect(await refusals(world, hannah.token)).toEqual([401, 401]);
  world.clock.advance(-15 * day);
  expect(await refusals(world, hannah.token)).toEqual([401, 401]);
});

test('a changed password ends every login but the one that changed it', async () => {
  const { world, hannah } = await openWorldWithTool();
  const other = await signUp(world);
  const body = { password: { old: goodPassword, new: 'five lamps on a barge' } };
  expect((await world.ask('POST', user, { token: hannah.token, body })).statusCode).toBe(200);
  expect(await refusals(world, other.token)).toEqual([401, 401]);
  expect((await world.ask('GET', '/-/whoami', { token: hannah.token })).statusCode).toBe(200);
});

test('of a frozen account: nothing but what strangers read', async () => {
  const { world, hannah } = await openWorldWithTool();
  const { app, ask } = world;
  await mustPublish(world, hannah.token, { name: 'open', version: '1.0.0' });
  const made = await createToken(world, hannah);
  await app.store.write(async (tx) => {
    await tx.sql.updateTable('accounts').set({ frozen_at: tx.now }).execute();
  });
  // Another process knows of it within a second; one that starts now knows at once.
  const { ask: askAnother } = await world.another();
  for (const token of [hannah.token, made.token]) {
    for (const question of ['/-/whoami', user, tokens]) {
      const answer = await askAnother('GET', question, { token });
      expect([answer.statusCode, answer.json().error]).toEqual([403, 'This account is frozen.']);
    }
    expect((await askAnother('GET', path, { token })).statusCode).toBe(403);
    expect((await askAnother('GET', `${path}/-/tool-1.0.0.tgz`, { token })).statusCode).toBe(403);
    expect((await askAnother('GET', '/-/v1/search?text=tool', { token })).json().total).toBe(0);
    expect((await askAnother('GET', '/open', { token })).statusCode).toBe(200);
    expect((await publish(world, token, { name, version: '2.0.0' })).statusCode).toBe(403);
  }
  expect((await login(world, 'hannah')).statusCode).toBe(403);
  expect((await ask('DELETE', `/-/user/token/${made.token}`)).statusCode).toBe(200);
});

test('revoked between its recognition and its act, it does nothing', async () => {
  const { world, hannah } = await openWorldWithTool();
  const made = await createToken(world, hannah);
  const [gone, ...others] = await Promise.all([
    world.ask('DELETE', `${tokens}/token/${made.key}`, { token: hannah.token }),
    ...Array.from({ length: 10 }, (_, index) =>
      publish(world, made.token, { name, version: `2.0.${index}` }),
    ),
  ]);
  expect(gone.statusCode).toBe(204);
  const done = others.filter(({ statusCode }) => statusCode === 201).length;
  const { versions } = (await world.ask('GET', `${path}?write=true`, { token: hannah.token })).json();
  expect(Object.keys(versions)).toHaveLength(1 + done);
  for (const { statusCode } of others) expect([201, 401]).toContain(statusCode);
  expect((await publish(world, made.token, { name, version: '3.0.0' })).statusCode).toBe(401);
});

test('texts that are nearly a token are told apart without a question, and never match', async () => {
  const { world, hannah } = await openWorldWithTool();
  const { token } = hannah;
  const flipped = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0');
  for (const near of [
    token.slice(0, -1),
    `${token}0`,
    flipped,
    token.toUpperCase(),
    ` ${token}`,
    `${token},x`,
  ])
    expect((await world.ask('GET', '/-/whoami', { token: near })).statusCode, near).toBe(401);
  for (const authorization of [
    token,
    `Token ${token}`,
    `Bearer\t${token}`,
    `Bearer ${token} ${token}x`.trim(),
  ]) {
    const { statusCode } = await world.ask('GET', '/-/whoami', { headers: { authorization } });
    expect([200, 401]).toContain(statusCode);
  }
});

test('nobody else’s token can be revoked by its key, and no list shows a token', async () => {
  const world = await openWorld();
  const hannah = await protect(world);
  const eve = await signUp(world, 'eve');
  const made = await createToken(world, hannah, {}, hannah.code());
  const theirs = await world.ask('DELETE', `${tokens}/token/${made.key}`, { token: eve.token });
  const unknown = await world.ask('DELETE', `${tokens}/token/${'0'.repeat(32)}`, { token: eve.token });
  expect([theirs.statusCode, theirs.body]).toEqual([404, unknown.body]);
  expect((await world.ask('GET', '/-/whoami', { token: made.token })).statusCode).toBe(200);
  const list = (await world.ask('GET', `${tokens}?perPage=100`, { token: hannah.token })).body;
  expect(list).not.toContain(made.token);
  expect(list).toContain(made.key);
});
