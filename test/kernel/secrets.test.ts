import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  areEqualSecrets,
  hashSecret,
  isTokenShaped,
  mintToken,
  pickDigits,
  pickSymbols,
} from '../../src/kernel/secrets.ts';
import { createRandom } from '../support/ports.ts';

test('a minted token has the shape that npm masks in its logs and ends in its own checksum', () => {
  const token = mintToken(createRandom('secrets'));
  expect(token).toMatch(/^npm_[0-9A-Za-z]{36}$/);
  expect(isTokenShaped(token)).toBe(true);
});

test('the checksum is the CRC-32 of the secret part in base 62', () => {
  const secret = '0'.repeat(30);
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const sum = [5, 4, 3, 2, 1, 0]
    .map((place) => alphabet[Math.floor(crc32(secret) / 62 ** place) % 62])
    .join('');
  expect(isTokenShaped(`npm_${secret}${sum}`)).toBe(true);
});

test('a token with one altered character is told apart without a database', () => {
  const random = createRandom('secrets');
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 39 }), (place) => {
      const token = mintToken(random);
      const other = token[place] === 'x' ? 'y' : 'x';
      expect(isTokenShaped(token.slice(0, place) + other + token.slice(place + 1))).toBe(false);
    }),
  );
});

test.each([
  '',
  'npm_',
  'NPM_'.padEnd(40, 'a'),
  'npm_'.padEnd(39, '0'),
  'npm_'.padEnd(41, '0'),
  `npm_${'0'.repeat(35)}é`,
])('no token: %j', (text) => {
  expect(isTokenShaped(text)).toBe(false);
});

test('every symbol of an alphabet is equally likely', () => {
  const counts = new Map<string, number>();
  for (const digit of pickDigits(createRandom('secrets'), 100_000))
    counts.set(digit, (counts.get(digit) ?? 0) + 1);
  expect([...counts.keys()].sort().join('')).toBe('0123456789');
  // Taking bytes modulo ten would give 0 to 5 about 10,156 each and 6 to 9 about 9,766.
  for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});

test('bytes that would favour some symbols are thrown away', () => {
  const bytes = [Buffer.from([255, 250, 9]), Buffer.from([251, 7]), Buffer.from([0])];
  const random = { bytes: () => bytes.shift() ?? Buffer.alloc(0) };
  expect(pickSymbols(random, '0123456789', 3)).toBe('970');
});

test('a secret is kept as its SHA-256', () => {
  expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('secrets of different lengths compare as different, not as an error', () => {
  expect(areEqualSecrets('a', 'ab')).toBe(false);
  expect(areEqualSecrets('', '')).toBe(true);
  expect(areEqualSecrets(Buffer.from('ab'), 'ab')).toBe(true);
});
