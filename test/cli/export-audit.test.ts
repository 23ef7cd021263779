import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder, run, serve } from './command-line.ts';

const create = (folder: string, name: string) =>
  run(['admin', 'user', 'create', name, '--email', `${name}@acme.example`], {
    folder,
    input: 'correct-horse-battery-9\n',
  });

test('audit export prints the log for people, and as JSON lines whose hashes anybody can check', async () => {
  const folder = makeFolder();
  for (const name of ['ann', 'bob', 'cleo']) await create(folder, name);
  const text = await run(['audit', 'export'], { folder });
  expect(text.code, text.stderr).toBe(0);
  expect(text.stdout.trimEnd().split('\n')).toHaveLength(3);
  expect(text.stdout).toMatch(/^1 \d{4}-\S+Z done account\.create by console on ann$/m);
  const json = await run(['audit', 'export', '--json'], { folder });
  let before = Buffer.alloc(32);
  for (const line of json.stdout.trimEnd().split('\n')) {
    const { hash } = JSON.parse(line) as { hash: string };
    const entry = line.slice(line.indexOf('"entry":') + '"entry":'.length, -1);
    before = createHash('sha256').update(before).update(entry).digest();
    expect(hash).toBe(before.toString('hex'));
  }
  const rest = await run(['audit', 'export', '--after', '2', '--json'], { folder });
  expect(JSON.parse(rest.stdout)).toMatchObject({ sequence: 3, entry: { target: 'cleo' } });
  expect(await run(['audit', 'export', '--after', 'x'], { folder })).toMatchObject({ code: 2, stdout: '' });
});

test('a server keeps checkpoints in the file of the setting, which audit verify accepts as heads', async () => {
  const folder = makeFolder();
  const dataDir = join(folder, 'tallystick-data');
  await create(folder, 'ann');
  const file = join(folder, 'checkpoints.jsonl');
  const server = await serve(dataDir, { env: { TALLYSTICK_AUDIT_CHECKPOINTS: file } });
  await server.saw(/audit chain head/);
  await expect.poll(() => (existsSync(file) ? readFileSync(file, 'utf8') : '')).toMatch(/\n$/);
  const { sequence, hash } = JSON.parse(readFileSync(file, 'utf8').split('\n')[0] ?? '') as {
    sequence: number;
    hash: string;
  };
  const verified = await run(['audit', 'verify', '--head', `${sequence}:${hash}`], { folder });
  expect(verified.code, verified.stdout).toBe(0);
});
