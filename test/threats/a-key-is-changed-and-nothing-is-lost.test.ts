import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../cli/command-line.ts';
import { type Person, pick, World } from '../clients/world.ts';
import { startServer } from '../support/process.ts';

const keys = (world: World, ...args: string[]) => run(['keys', ...args], { env: { ...world.server.env } });

/** What is sealed with each key, by its version. */
async function sealed(world: World): Promise<Record<string, number>> {
  const { code, stdout, stderr } = await keys(world, 'list', '--json');
  expect(code, stderr).toBe(0);
  const list = JSON.parse(stdout) as { version: number; sealed: number }[];
  return Object.fromEntries(list.map((one) => [one.version, one.sealed]));
}

/** What password and recovery code are held against needs a key. */
const expectGood = (me: Person) => me.makeToken({}, me.recoveryCode());

test('a new key seals everything while the server runs; the old one goes when nothing needs it, and not before', {
  timeout: 180_000,
}, async () => {
  const world = await World.open();
  onTestFinished(() => world.close());
  const me = await world.person();
  await me.protect();
  const path = join(world.server.dataDir, 'keyring.json');
  const before = readFileSync(path, 'utf8');
  expect((await keys(world, 'remove', '1')).code).toBe(1);

  expect((await keys(world, 'rotate')).code).toBe(0);
  expect(await sealed(world)).toEqual({ 1: 0, 2: expect.any(Number) });
  await expectGood(me);
  await world.server.kill9();
  await world.revive();
  // So does the secret of the app.
  await me.makeToken({}, await me.code());

  const young = await keys(world, 'remove', '1');
  expect([young.code, young.stderr]).toEqual([1, expect.stringContaining('Wait ten minutes')]);
  // As if it had been made an hour ago.
  const keyring = JSON.parse(readFileSync(path, 'utf8')) as { keys: { created: string; key: string }[] };
  for (const key of keyring.keys) key.created = new Date(Date.now() - 3_600_000).toISOString();
  writeFileSync(path, JSON.stringify(keyring));
  expect((await keys(world, 'remove', '1')).code).toBe(0);
  await world.server.kill9();
  await world.revive();
  await expectGood(me);

  // Who has only the old keyring has none of it.
  await world.server.kill9();
  writeFileSync(path, before);
  await expect(startServer({ dataDir: world.server.dataDir })).rejects.toThrow(/lacks key version 2/);
  writeFileSync(path, JSON.stringify({ ...keyring, keys: keyring.keys.slice(1) }));
  await world.revive();
  expect(pick((await me.must(200, 'GET', '/-/whoami')).json, 'username')).toBe(me.name);
});
