import { describe, expect, test } from 'vitest';
import { isFailure } from '../../src/kernel/failure.ts';
import { createKeyring, type Keyring, parseKeyring } from '../../src/kernel/keyring.ts';
import { createVault, keyVersionOf } from '../../src/kernel/vault.ts';
import { createRandom } from '../support/ports.ts';

const random = createRandom('vault');
const keyring = createKeyring(0, random);
const second = { version: 2, key: random.bytes(32).toString('base64'), created: '2026-01-01T00:00:00.000Z' };
const rotated: Keyring = { current: 2, keys: [...keyring.keys, second] };
const secret = Buffer.from('twenty secret bytes!');
const row = ['factors', 'alice', 'f1'];

const failureOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (thrown) {
    return isFailure(thrown) ? thrown.code : thrown;
  }
  return undefined;
};

describe('sealing', () => {
  const vault = createVault(keyring, random);

  test('gives back the plain bytes to the same row', () => {
    expect(vault.open(vault.seal(secret, row), row)).toEqual(secret);
  });

  test('shows nothing of the secret and never the same text twice', () => {
    const texts = [vault.seal(secret, row), vault.seal(secret, row)];
    expect(texts[0]).not.toBe(texts[1]);
    for (const text of texts) expect(Buffer.from(text, 'base64url').includes(secret)).toBe(false);
  });

  test.each([
    [['factors', 'bob', 'f1']],
    [['factors', 'alice', 'f2']],
    [['pending_factors', 'alice', 'f1']],
    [['factors', 'alice']],
    [['factors', 'alice,f1']],
    [['factors', 'alice', 'f1', '1']],
  ])('opens nowhere else: not in %j', (other) => {
    expect(() => vault.open(vault.seal(secret, row), other)).toThrow();
  });

  test('does not open when any byte was altered', () => {
    const [version = '', text = ''] = vault.seal(secret, row).split('.');
    const bytes = Buffer.from(text, 'base64url');
    for (let place = 0; place < bytes.length; place += 1) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8((bytes[place] ?? 0) ^ 1, place);
      expect(() => vault.open(`${version}.${altered.toString('base64url')}`, row)).toThrow();
    }
  });

  test.each(['', '1.', '1.AAAA', 'x.AAAA', 'AAAA'])('does not open %j', (text) => {
    expect(() => vault.open(text, row)).toThrow('not a sealed text');
  });
});

describe('rotation', () => {
  test('a rotated keyring opens what the old key sealed, and seals with the new one', () => {
    const old = createVault(keyring, random).seal(secret, row);
    const vault = createVault(rotated, random);
    expect(vault.open(old, row)).toEqual(secret);
    expect(keyVersionOf(old)).toBe(1);
    expect(keyVersionOf(vault.seal(secret, row))).toBe(2);
  });

  test('a text cannot be passed off as sealed by another version', () => {
    const vault = createVault(
      { ...rotated, keys: [...keyring.keys, { ...second, key: keyring.keys[0]?.key ?? '' }] },
      random,
    );
    const sealed = vault.seal(secret, row);
    expect(() => vault.open(sealed.replace(/^2/, '1'), row)).toThrow();
  });

  test('a key that is missing is named by its version', () => {
    const sealed = createVault(rotated, random).seal(secret, row);
    expect(failureOf(() => createVault(keyring, random).open(sealed, row))).toBe('keyring_wrong');
  });
});

describe('keyed hashes', () => {
  const keys = new Map([
    ['pepper', Buffer.alloc(32, 1)] as const,
    ['recovery-codes', Buffer.alloc(32, 2)] as const,
  ]);
  const vault = createVault(keyring, random, keys);

  test('differ by key', () => {
    expect(vault.hmac('pepper', 'x')).not.toEqual(vault.hmac('recovery-codes', 'x'));
    expect(vault.hmac('pepper', 'x')).toEqual(vault.hmac('pepper', 'x'));
  });

  test('cannot be made with a key that is not loaded', () => {
    expect(() => vault.hmac('presented-codes', 'x')).toThrow('not loaded');
  });
});

describe('reading a keyring', () => {
  test('what was made is read again', () => {
    expect(parseKeyring(JSON.stringify(keyring))).toEqual(keyring);
  });

  test.each([
    ['no JSON', '{'],
    ['nothing', 'null'],
    ['no keys', '{"current":1}'],
    ['a short key', JSON.stringify({ current: 1, keys: [{ version: 1, key: 'AAAA', created: '' }] })],
    ['a current key that is not there', JSON.stringify({ ...keyring, current: 2 })],
    ['a version twice', JSON.stringify({ current: 1, keys: [...keyring.keys, ...keyring.keys] })],
  ])('%s is keyring_wrong', (_what, text) => {
    expect(failureOf(() => parseKeyring(text))).toBe('keyring_wrong');
  });

  test('the complaint shows nothing of the keys', () => {
    const text = JSON.stringify({ ...keyring, current: 7 });
    expect(() => parseKeyring(text)).toThrow(
      /^The keyring calls version 7 its current key but does not hold it\.$/,
    );
  });
});
