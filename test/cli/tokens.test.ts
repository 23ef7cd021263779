import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { makeFolder, run, serve } from './command-line.ts';

const password = 'correct-horse-battery-9';

/** An account with one limited token beside its login, both made by a server that still runs. */
async function openAccount() {
  const folder = makeFolder();
  const dataDir = join(folder, 'tallystick-data');
  const { url } = await serve(dataDir);
  const send = async (method: string, path: string, body: object, token?: string) => {
    const headers = {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const answer = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
    return (await answer.json()) as { token: string; key: string };
  };
  const person = { name: 'ann', password, email: 'ann@acme.example', type: 'user', roles: [] };
  const { token } = await send('PUT', '/-/user/org.couchdb.user:ann', person);
  const limits = { packages: ['a'], bypass_2fa: true };
  const made = await send('POST', '/-/npm/v1/tokens', { name: 'ci', password, ...limits }, token);
  const suspend = () => {
    const database = new DatabaseSync(join(dataDir, 'tallystick.db'), { timeout: 10_000 });
    database.prepare('update tokens set suspended_at = created_at where id = ?').run(made.key);
    database.close();
  };
  return { folder, made, suspend };
}

test('admin token list shows every token but not the tokens themselves', async () => {
  const { folder, made } = await openAccount();
  const text = await run(['admin', 'token', 'list', 'ann'], { folder });
  expect(text.code, text.stderr).toBe(0);
  expect(text.stdout).toMatch(/^KEY +TOKEN +KIND +LAST USED +EXPIRES +STATE +NAME$/m);
  expect(text.stdout).toMatch(new RegExp(`^${made.key} +npm_.{4}\\.\\.\\. +automation .* good +ci$`, 'm'));
  expect(text.stdout).not.toContain(made.token);
  const told: unknown = JSON.parse(
    (await run(['admin', 'token', 'list', 'ann', '--json'], { folder })).stdout,
  );
  expect(told).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        key: made.key,
        suspendedAt: null,
        grants: expect.objectContaining({ packages: ['a'] }),
      }),
    ]),
  );
  expect(await run(['admin', 'token', 'list', 'zed'], { folder })).toMatchObject({ code: 1, stdout: '' });
});

test('admin token revoke ends a token by the beginning of its key alone, and tells its owner and the log', async () => {
  const { folder, made } = await openAccount();
  const revoke = (key: string, ...more: string[]) =>
    run(['admin', 'token', 'revoke', key, ...more], { folder });
  expect((await revoke('abc')).stderr).toContain('at least 6');
  expect((await revoke('0'.repeat(32))).code).toBe(1);
  const done = await revoke(made.key.slice(0, 8), '--reason', 'found in a public log');
  expect(done).toMatchObject({ code: 0 });
  expect(done.stdout).toBe(
    `The token ${made.key} of ann is revoked, on every server; its owner is told by mail.\n`,
  );
  expect((await run(['admin', 'token', 'list', 'ann'], { folder })).stdout).not.toContain(made.key);
  expect((await revoke(made.key)).code).toBe(1);
  const database = new DatabaseSync(join(folder, 'tallystick-data', 'tallystick.db'));
  const row = database.prepare("select entry from audit where action = 'token.revokeForOwner'").get();
  database.close();
  expect(JSON.parse(String(row?.entry))).toMatchObject({
    actorKind: 'console',
    target: 'ann',
    reason: 'found in a public log',
  });
});

test('admin token resume lets a suspended token work again, beside a running server, and is in the log', async () => {
  const { folder, made, suspend } = await openAccount();
  const resume = () => run(['admin', 'token', 'resume', 'ann', made.key], { folder });
  const early = await resume();
  expect(early).toMatchObject({ code: 1, stdout: '' });
  expect(early.stderr).toContain('is not suspended');
  suspend();
  const list = await run(['admin', 'token', 'list', 'ann'], { folder });
  expect(list.stdout).toMatch(/ suspended +ci$/m);
  expect(await resume()).toMatchObject({ code: 0, stdout: `The token ${made.key} of ann works again.\n` });
  expect((await run(['admin', 'token', 'list', 'ann'], { folder })).stdout).not.toContain('suspended');
  const database = new DatabaseSync(join(folder, 'tallystick-data', 'tallystick.db'));
  const row = database.prepare("select outcome, entry from audit where action = 'token.resume'").get();
  database.close();
  expect(row).toMatchObject({ outcome: 'done' });
  expect(JSON.parse(String(row?.entry))).toMatchObject({ actorKind: 'console', target: 'ann' });
});
