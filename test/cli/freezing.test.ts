import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { makeFolder, run, serve } from './command-line.ts';

test('admin user freeze stops a running server from serving the account, and unfreeze lets it go on', async () => {
  const folder = makeFolder();
  const dataDir = join(folder, 'tallystick-data');
  const { url } = await serve(dataDir);
  const person = { name: 'ann', password: 'correct-horse-battery-9', email: 'ann@acme.example', roles: [] };
  const signUp = await fetch(`${url}/-/user/org.couchdb.user:ann`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...person, type: 'user' }),
  });
  const { token } = (await signUp.json()) as { token: string };
  const whoami = async () =>
    (await fetch(`${url}/-/whoami`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await whoami()).toBe(200);

  const frozen = await run(['admin', 'user', 'freeze', 'ann', '--reason', 'her laptop is gone'], { folder });
  expect(frozen, frozen.stderr).toMatchObject({ code: 0 });
  expect(frozen.stdout).toContain('ann is frozen');
  expect(await whoami()).toBe(403);
  const shown = await run(['admin', 'user', 'show', 'ann', '--json'], { folder });
  expect(JSON.parse(shown.stdout).frozenAt).toMatch(/^\d{4}-.+Z$/);
  const again = await run(['admin', 'user', 'freeze', 'ann'], { folder });
  expect(again).toMatchObject({ code: 1, stderr: 'tallystick: The account ann is frozen already.\n' });
  expect(await run(['admin', 'user', 'freeze', 'zed'], { folder })).toMatchObject({ code: 1, stdout: '' });

  const going = await run(['admin', 'user', 'unfreeze', 'ann', '--json'], { folder });
  expect(JSON.parse(going.stdout)).toEqual({ name: 'ann', frozen: false });
  const database = new DatabaseSync(join(dataDir, 'tallystick.db'), { timeout: 10_000 });
  const rows = database.prepare("select entry from audit where action like 'account.%freeze'").all();
  database.close();
  expect(rows.map(({ entry }) => JSON.parse(String(entry)))).toEqual([
    expect.objectContaining({ action: 'account.freeze', reason: 'her laptop is gone', target: 'ann' }),
    expect.objectContaining({ action: 'account.unfreeze', reason: null, target: 'ann' }),
  ]);
});
