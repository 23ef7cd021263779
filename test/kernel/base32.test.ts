import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase32, encodeBase32 } from '../../src/kernel/base32.ts';

/** RFC 4648 §10, without its padding. */
const vectors = [
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
] as const;

test.each(vectors)('writes and reads %j as RFC 4648 does', (plain, text) => {
  expect(encodeBase32(Buffer.from(plain))).toBe(text);
  expect(decodeBase32(text)?.toString()).toBe(plain);
});

test('reads back what it wrote, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(decodeBase32(encodeBase32(bytes))).toEqual(Buffer.from(bytes));
    }),
  );
});

test('reads what people type: spaces, lower case, padding', () => {
  expect(decodeBase32('mzxw 6ytb oi======')?.toString()).toBe('foobar');
});

test.each(['M', 'MZX', 'MZ', 'MZXW6YQ1', 'MZXW-6YQ', '=MY'])('refuses %j', (text) => {
  expect(decodeBase32(text)).toBeUndefined();
});
