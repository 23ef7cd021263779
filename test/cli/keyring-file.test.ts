import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openKeyring } from '../../src/adapters/keyring-file.ts';
import { createClock, createRandom } from '../support/ports.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-keyring-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const clock = createClock();
const random = createRandom('keyring');
const open = (keyring: string, isFirstStart: boolean) =>
  openKeyring({ keyring, isFirstStart, clock, random });
const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('a first start makes a keyring that only its user may read, in a folder of the same kind', () => {
  const path = join(folder, 'data', 'keyring.json');
  const { keyring, made, warning } = open(path, true);
  expect(made).toBe(path);
  expect(warning).toBeUndefined();
  expect(modeOf(path)).toBe(0o600);
  expect(modeOf(join(folder, 'data'))).toBe(0o700);
  expect(keyring).toEqual({
    current: 1,
    keys: [{ version: 1, key: expect.stringMatching(/^[\w+/]{43}=$/), created: '2026-01-15T12:00:00.000Z' }],
  });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(keyring);
  expect(readdirSync(join(folder, 'data'))).toEqual(['keyring.json']);
});

test('a keyring that is there is used and never replaced, first start or not', () => {
  const path = join(folder, 'keyring.json');
  const { keyring } = open(path, true);
  const before = readFileSync(path, 'utf8');
  expect(open(path, true)).toEqual({ keyring });
  expect(open(path, false)).toEqual({ keyring });
  expect(readFileSync(path, 'utf8')).toBe(before);
});

test('a missing keyring beside a database in use is refused and none is made', () => {
  const path = join(folder, 'keyring.json');
  expect(() => open(path, false)).toThrow(
    /keyring .+keyring\.json is missing, but the database holds secrets/,
  );
  expect(readdirSync(folder)).toEqual([]);
});

test('a keyring may be the setting itself', () => {
  const path = join(folder, 'keyring.json');
  const { keyring } = open(path, true);
  expect(open(` ${readFileSync(path, 'utf8')}`, false)).toEqual({ keyring });
});

test.each([
  ['nothing', ''],
  ['no JSON', 'secret words'],
  ['another shape', '{"keys":["secret"]}'],
  ['a short key', '{"current":1,"keys":[{"version":1,"key":"c2VjcmV0","created":"x"}]}'],
])('a keyring file with %s is refused with its path and without its content', (_, content) => {
  const path = join(folder, 'keyring.json');
  writeFileSync(path, content);
  expect(() => open(path, true)).toThrow(`The keyring ${path}: The keyring `);
  expect(() => open(path, true)).not.toThrow(/secret|c2Vj/);
  expect(readFileSync(path, 'utf8')).toBe(content);
});

test('a malformed keyring in the setting is refused by the setting’s name', () => {
  expect(() => open('{"current": 1', false)).toThrow('TALLYSTICK_KEYRING: The keyring is not JSON.');
});

test('a keyring that cannot be read is told', () => {
  expect(() => open(folder, false)).toThrow(/The keyring .+ cannot be read \(EISDIR\)/);
});

test('a keyring that others may read is warned about', () => {
  const path = join(folder, 'keyring.json');
  open(path, true);
  chmodSync(path, 0o640);
  expect(open(path, false).warning).toContain(`chmod 600`);
});
