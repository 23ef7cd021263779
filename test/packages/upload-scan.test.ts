import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fail, isFailure } from '../../src/kernel/failure.ts';
import { buildJson } from '../../src/packages/upload/build-json.ts';
import { scanJson } from '../../src/packages/upload/scan-json.ts';
import { spell } from './uploads.ts';

const limits = { depth: 64, keys: 1000, width: 1000, widths: new Map<string, number>(), manifest: 1000 };
const nowhere = { first: 'nowhere', last: 'nowhere', open: () => fail('unavailable') };

/** Reads a document that arrives in pieces of these lengths. */
function read(bytes: Buffer, lengths: readonly number[] = []): unknown {
  const builder = buildJson(limits, nowhere);
  const scanner = scanJson(builder);
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? bytes.length;
    scanner.take(bytes.subarray(at, at + length));
    at += length;
  }
  scanner.end();
  return builder.result();
}

function refusal(text: string | Buffer, lengths: readonly number[] = []): string {
  try {
    read(Buffer.from(text), lengths);
  } catch (thrown) {
    if (isFailure(thrown, 'request_invalid')) return thrown.message;
    throw thrown;
  }
  throw new Error(`not refused: ${String(text)}`);
}

const lengthLists = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
const json = fc.jsonValue({ maxDepth: 5 });

/** The value, or why it was refused. */
function attempt(text: string, lengths: readonly number[]): { value: string } | { refused: string } {
  try {
    return { value: JSON.stringify(read(Buffer.from(text), lengths)) };
  } catch (thrown) {
    if (isFailure(thrown, 'request_invalid')) return { refused: thrown.message };
    throw thrown;
  }
}

describe('a document that arrives in pieces', () => {
  it('is what JSON.parse makes of the whole, however it is spelt and cut', () => {
    fc.assert(
      fc.property(json, fc.array(fc.nat(100), { maxLength: 20 }), lengthLists, (value, noise, lengths) => {
        const text = spell(value, noise);
        fc.pre(!text.includes('"__proto__"'));
        expect(JSON.stringify(read(Buffer.from(text), lengths))).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  it('is refused exactly where JSON.parse refuses the whole, when characters were changed, lost or added', () => {
    const change = fc.record({
      at: fc.nat(),
      remove: fc.nat(2),
      insert: fc.constantFrom('', ...'{}[],:"\\0123456789.eE+-tfn u/\t\n\u0001\ufeffé'),
    });
    let refused = 0;
    fc.assert(
      fc.property(json, lengthLists, fc.array(change, { maxLength: 3 }), (value, lengths, changes) => {
        let text = JSON.stringify(value);
        for (const { at, remove, insert } of changes) {
          const from = at % (text.length + 1);
          text = (text.slice(0, from) + insert + text.slice(from + remove)).toWellFormed();
        }
        let expected: { value: string } | undefined;
        try {
          expected = { value: JSON.stringify(JSON.parse(text)) };
        } catch {
          refused += 1;
        }
        const outcome = attempt(text, lengths);
        // Keys that a change made equal, or dangerous, are refused by us alone.
        fc.pre(!('refused' in outcome && /twice in one object|__proto__/.test(outcome.refused)));
        expect(outcome).toEqual(expected ?? { refused: 'The request body is not valid JSON.' });
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('may be cut inside an escape, a character and a number', () => {
    const text =
      '{"gr\\u00fc\\u00dfe \\ud83d\\ude00 😀 äß€":[-12.5e+2,true,"\\"\\\\\\/\\b\\f\\n\\r\\t"],"":null}';
    for (let length = 1; length < 12; length += 1)
      expect(JSON.stringify(read(Buffer.from(text), [length]))).toBe(JSON.stringify(JSON.parse(text)));
  });

  it('may be a number at its very end', () => {
    expect(read(Buffer.from('-0.5'), [1])).toBe(-0.5);
    expect(Object.is(read(Buffer.from('-0')), -0)).toBe(true);
  });

  it('keeps halves of characters that are escaped alone', () => {
    expect(read(Buffer.from('["\\ud83d","\\ude00x"]'), [1])).toEqual(['\ud83d', '\ude00x']);
  });

  it.each([
    '',
    ' ',
    '{',
    '[1',
    '"a',
    '1 2',
    '{}x',
    '[1,]',
    '{"a":1,}',
    '{"a"}',
    '{1:1}',
    '[}',
    '{]',
    '{"a":1]',
    '[1}',
    '01',
    '1.',
    '.5',
    '+1',
    '-',
    'tru',
    'True',
    'NaN',
    'nullx',
    '"\t"',
    '"\\x"',
    '"\\u12g4"',
    '"\\u12"',
    '"\\é"',
    '\ufeff{}',
    "'a'",
    '[1 2]',
    '{"a" 1}',
    ']',
    ',',
  ])('is refused when it is %j', (text) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(refusal(text)).toMatch(/not valid JSON/);
    expect(refusal(text, [1])).toMatch(/not valid JSON/);
  });

  it('is refused when its bytes are not UTF-8', () => {
    for (const bytes of [
      [0xff],
      [0xc3],
      [0xe2, 0x82],
      [0xed, 0xa0, 0x80],
      [0xc0, 0xaf],
      [0xf0, 0x9f, 0x98],
    ]) {
      const text = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
      expect(refusal(text)).toMatch(/not valid UTF-8/);
      expect(refusal(text, [1])).toMatch(/not valid UTF-8/);
    }
  });

  it('is refused at a number that does not end', () => {
    expect(refusal('1'.repeat(5000), [100])).toMatch(/not valid JSON/);
  });
});

describe('a document has limits:', () => {
  it('its depth', () => {
    expect(read(Buffer.from(`${'['.repeat(64)}${']'.repeat(64)}`))).toHaveLength(1);
    expect(refusal('['.repeat(65))).toMatch(/nested deeper than 64 levels/);
    expect(refusal('{"a":'.repeat(65))).toMatch(/nested deeper than 64 levels/);
  });

  it('its keys, which may be spread over many objects', () => {
    const many = (count: number): string => JSON.stringify({ ...Array.from({ length: count }, () => 0) });
    expect(Object.keys(read(Buffer.from(many(1000))) as object)).toHaveLength(1000);
    expect(refusal(many(1001))).toMatch(/more than 1000 keys/);
    expect(refusal(`{"x":[${many(499)}],"y":${many(500)}}`)).toMatch(/more than 1000 keys/);
  });

  it('the elements of its lists', () => {
    expect(refusal(`[${'0,'.repeat(1000)}0]`)).toMatch(/more than 1000 elements/);
  });

  it('no key that would reach a prototype, however it is spelt', () => {
    expect(refusal('{"a":{"__proto__":{}}}')).toMatch(/__proto__/);
    expect(refusal('{"\\u005f_proto__":1}', [1])).toMatch(/__proto__/);
  });

  it('no key twice in one object, however it is spelt', () => {
    expect(refusal('{"name":"a","n\\u0061me":"b"}')).toMatch(/the key "name" twice/);
    expect(read(Buffer.from('[{"a":1},{"a":2}]'))).toHaveLength(2);
  });

  it('and its objects have no prototype, so that names of packages are plain keys', () => {
    const document = read(Buffer.from('{"constructor":{"toString":1}}')) as Record<string, object>;
    expect(Object.getPrototypeOf(document)).toBeNull();
    expect(Object.getPrototypeOf(document.constructor)).toBeNull();
    expect(Object.keys(document)).toEqual(['constructor']);
    expect((read(Buffer.from('{}')) as { constructor?: unknown }).constructor).toBeUndefined();
  });
});
