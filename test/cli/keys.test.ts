import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder, run, serve } from './command-line.ts';

interface Shown {
  version: number;
  current: boolean;
  sealed: number;
}

const list = async (folder: string): Promise<Shown[]> => {
  const { code, stdout, stderr } = await run(['keys', 'list', '--json'], { folder });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Shown[];
};

test('keys rotate adds a key beside a running server, which goes on; keys list counts; an old key goes when it may', async () => {
  const folder = makeFolder();
  const dataDir = join(folder, 'tallystick-data');
  const path = join(dataDir, 'keyring.json');
  const { url } = await serve(dataDir);
  const signIn = async () =>
    (
      await fetch(`${url}/-/user/org.couchdb.user:ann`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'ann', password: 'correct-horse-battery-9', email: 'a@b.example' }),
      })
    ).status;
  expect(await signIn()).toBe(201);
  const before = readFileSync(path, 'utf8');
  const rotated = await run(['keys', 'rotate'], { folder });
  expect(rotated.code, rotated.stderr).toBe(0);
  expect(rotated.stdout).toContain('Key 2 seals from now on');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const keys = await list(folder);
  expect(keys.map(({ version, current, sealed }) => [version, current, sealed > 0])).toEqual([
    [1, false, false],
    [2, true, true],
  ]);
  expect(await signIn()).toBe(201);
  for (const { key } of (JSON.parse(before) as { keys: { key: string }[] }).keys)
    expect(rotated.stdout + rotated.stderr).not.toContain(key);

  const young = await run(['keys', 'remove', '1'], { folder });
  expect(young).toMatchObject({ code: 1, stdout: '' });
  expect(young.stderr).toContain('Wait ten minutes');
  // As if it had been made an hour ago.
  const keyring = JSON.parse(readFileSync(path, 'utf8')) as { keys: { created: string }[] };
  for (const key of keyring.keys) key.created = new Date(Date.now() - 3600_000).toISOString();
  writeFileSync(path, JSON.stringify(keyring));
  const removed = await run(['keys', 'remove', '1'], { folder });
  expect(removed).toMatchObject({ code: 0, stdout: 'Key 1 is off the keyring.\n' });
  expect((await list(folder)).map(({ version }) => version)).toEqual([2]);
  expect(await signIn()).toBe(201);

  // The old keyring no longer belongs to this database.
  writeFileSync(path, before);
  const wrong = await run(['keys', 'list'], { folder });
  expect(wrong).toMatchObject({ code: 1, stdout: '' });
  expect(wrong.stderr).toContain('lacks key version 2');
});

test('keys refuses what would lose secrets', async () => {
  const folder = makeFolder();
  const dataDir = join(folder, 'tallystick-data');
  const email = ['--email', 'ann@acme.example'];
  await run(['admin', 'user', 'create', 'ann', ...email], { folder, input: 'correct-horse-battery-9\n' });
  const path = join(dataDir, 'keyring.json');
  for (const [version, sentence] of [
    ['1', 'Key 1 is needed'],
    ['7', 'has no key 7'],
  ] as const) {
    const ended = await run(['keys', 'remove', version], { folder });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(sentence);
  }
  expect(await run(['keys', 'remove', 'x'], { folder })).toMatchObject({ code: 2 });
  const env = { TALLYSTICK_KEYRING: readFileSync(path, 'utf8') };
  const fixed = await run(['keys', 'rotate'], { folder, env });
  expect(fixed).toMatchObject({ code: 1, stdout: '' });
  expect(fixed.stderr).toContain('only one in a file can be changed');

  writeFileSync(`${path}.new`, '');
  const cut = await run(['keys', 'rotate'], { folder });
  expect(cut.code).toBe(1);
  expect(cut.stderr).toContain(`remove ${path}.new`);
  expect(existsSync(`${path}.new`)).toBe(true);
  expect((await list(folder)).map(({ version }) => version)).toEqual([1]);
});
