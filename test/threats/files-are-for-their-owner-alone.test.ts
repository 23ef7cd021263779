import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { couchBody, userPath } from '../accounts/wire.ts';
import { documentOf } from '../support/document.ts';
import { type ServerProcess, startServer } from '../support/process.ts';
import { goodPassword } from './people.ts';

let server: ServerProcess | undefined;
let folder: string;
let token: string;
const wrongPassword = 'a password that is wrong';

const running = (): ServerProcess => {
  if (server === undefined) throw new Error('the server did not start');
  return server;
};

const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${running().url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

beforeAll(async () => {
  // A folder that others could look into, as an operator may have made it.
  folder = mkdtempSync(join(tmpdir(), 'tallystick-modes-'));
  chmodSync(folder, 0o755);
  server = await startServer({ dataDir: folder, env: { TALLYSTICK_LOG_LEVEL: 'debug' } });
  const signedUp = await ask('PUT', userPath('hannah'), couchBody('hannah', goodPassword, 'h@example.com'));
  ({ token } = (await signedUp.json()) as { token: string });
  const authorization = `Bearer ${token}`;
  await ask('PUT', '/hello', documentOf({ name: 'hello', version: '1.0.0' }), { authorization });
  await ask('PUT', userPath('hannah'), couchBody('hannah', wrongPassword));
  await ask('POST', '/-/npm/v1/tokens', { password: goodPassword }, { authorization, 'npm-otp': '135790' });
  await ask('DELETE', `/-/user/token/${token}`, undefined, { authorization });
});
afterAll(async () => {
  await server?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('nobody else on the machine can read the database, the keyring, a mail or a package', () => {
  const files = readdirSync(running().dataDir, { recursive: true, withFileTypes: true });
  expect(files.filter((file) => file.isFile()).map(({ name }) => name)).toEqual(
    expect.arrayContaining(['tallystick.db']),
  );
  for (const file of files) {
    const { mode } = statSync(join(file.parentPath, file.name));
    expect((mode & 0o077).toString(8), file.name).toBe('0');
  }
});

test('neither the debug log nor a file holds what was typed', async () => {
  await running().stop();
  const files = readdirSync(running().dataDir, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'));
  expect(running().log().length).toBeGreaterThan(0);
  for (const secret of [goodPassword, wrongPassword, token])
    for (const text of [running().log(), ...files]) expect(text.includes(secret)).toBe(false);
});
