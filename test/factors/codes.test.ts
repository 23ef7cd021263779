import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCode } from '../../src/factors/codes.ts';

const hex = 'a0'.repeat(32);

describe('the shape of a presented code', () => {
  test.each([
    ['123456', 'totp', '123456'],
    ['12 34 56', 'totp', '123456'],
    [' 123456 ', 'totp', '123456'],
    ['12345678', 'key-page', '12345678'],
    ['1234 5678', 'key-page', '12345678'],
    ['1111222233334444', 'recovery-code', '1111222233334444'],
    ['1111 2222 3333 4444', 'recovery-code', '1111222233334444'],
    ['1111-2222-3333-4444', 'recovery-code', '1111222233334444'],
    [hex, 'web', hex],
    [hex.toUpperCase(), 'web', hex],
  ])('%j is %s', (presented, kind, text) => {
    expect(readCode(presented)).toEqual({ kind, text });
  });

  test.each([
    '1',
    '12345',
    '1234567',
    '123456789',
    '123-456',
    '1234-5678',
    '-',
    '１２３４５６',
    '١٢٣٤٥٦',
    '123456,654321',
    '123456, 654321',
    '12\t3456',
    '12\u00a03456',
    `${hex}0`,
    hex.slice(1),
    'zz'.repeat(32),
    '0x1234',
    '1e5000',
    '["123456"]',
  ])('%j can never be right, and is a guess all the same', (presented) => {
    expect(readCode(presented)?.kind).toBe('malformed');
  });

  test.each([null, undefined, '', ' ', '   '])('%j is no code at all', (presented) => {
    expect(readCode(presented)).toBeUndefined();
  });

  test('spaces never change what a code is', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[0-9a-f-]{1,70}$/),
        fc.array(fc.nat(70), { maxLength: 9 }),
        (code, places) => {
          const spaced = places.reduce((text, place) => `${text.slice(0, place)} ${text.slice(place)}`, code);
          expect(readCode(spaced)).toEqual(readCode(code));
        },
      ),
    );
  });
});
