import { expect, test } from 'vitest';
import { makeFolder, run, serve } from './command-line.ts';

const keysAt = async (url: string): Promise<{ keyid: string; expires: string | null }[]> => {
  const answer = await fetch(`${url}/-/npm/v1/keys`);
  return ((await answer.json()) as { keys: { keyid: string; expires: string | null }[] }).keys;
};

test('admin signing-key rotate gives a running server a new key beside the old one, and is recorded', async () => {
  const folder = makeFolder();
  const server = await serve(folder);
  const [old] = await keysAt(server.url);
  const { code, stdout } = await run(['admin', 'signing-key', 'rotate', '--json', '--data-dir', folder]);
  expect(code).toBe(0);
  const { keyid } = JSON.parse(stdout) as { keyid: string };
  expect(keyid).not.toBe(old?.keyid);
  const keys = await keysAt(server.url);
  expect(keys.map((key) => [key.keyid, key.expires === null])).toEqual([
    [old?.keyid, false],
    [keyid, true],
  ]);
  server.child.kill('SIGTERM');
  await server.ended;
  const { stdout: log } = await run(['audit', 'verify', '--json', '--data-dir', folder]);
  expect(JSON.parse(log)).toMatchObject({ whole: true, verified: 1 });
});

test('admin signing-key rotate says what it did', async () => {
  const folder = makeFolder();
  await run(['migrate', '--data-dir', folder]);
  const { code, stdout } = await run(['admin', 'signing-key', 'rotate', '--data-dir', folder]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Versions are signed with the new key SHA256:[A-Za-z0-9+/]{43}\.\n/);
});
