import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Canonical, canonicalJson } from '../../src/ledger/canonical.ts';
import { asOneLine, escapeText } from '../../src/ledger/plain-text.ts';

describe('canonical JSON', () => {
  test('the order in which keys were set does not matter', () => {
    expect(canonicalJson({ b: 1, a: [true, null], é: 'x', A: {} })).toBe(
      '{"A":{},"a":[true,null],"b":1,"é":"x"}',
    );
  });

  test('keys are sorted by UTF-16 code units, as RFC 8785 section 3.2.3 shows', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, key])));
    expect(Object.keys(JSON.parse(text))).toEqual([
      '1',
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\u{1f600}',
      '\ufb33',
    ]);
  });

  test('it reads back as what was written', () => {
    const { value } = fc.letrec<{ value: Canonical }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'binary' }),
        fc.maxSafeInteger().map((number) => number || 0),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, (told) => {
        expect(JSON.parse(canonicalJson(told))).toEqual(told);
      }),
    );
  });

  test('a fraction has no canonical form here and is refused', () => {
    expect(() => canonicalJson({ a: 0.1 })).toThrow('whole numbers');
    expect(() => canonicalJson(Number.NaN)).toThrow('whole numbers');
  });
});

describe('foreign text', () => {
  test('controls, escape sequences and marks that turn the direction become visible', () => {
    expect(escapeText('npm\x1b[31m\r\n\u202eevil\u2028\u0085')).toBe(
      'npm\\u{1b}[31m\\u{d}\\u{a}\\u{202e}evil\\u{2028}\\u{85}',
    );
  });

  test('it is never longer than the limit and always well-formed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 600 }),
        fc.integer({ min: 1, max: 300 }),
        (text, limit) => {
          const shown = escapeText(text, limit);
          expect(shown.length).toBeLessThanOrEqual(limit);
          expect(shown.isWellFormed()).toBe(true);
          expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        },
      ),
    );
  });

  test('half a character at the cut is left out', () => {
    expect(escapeText('a😀', 2)).toBe('a');
    expect(asOneLine('a😀', 2)).toBe('a');
  });

  test('a line of a mail stays one line', () => {
    expect(asOneLine('Subject\r\nBcc: eve@example.com\u2028x\0  y ')).toBe(
      'Subject Bcc: eve@example.com x y',
    );
  });
});
