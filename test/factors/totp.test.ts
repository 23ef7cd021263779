import fc from 'fast-check';
import { Secret, TOTP, URI } from 'otpauth';
import { describe, expect, test } from 'vitest';
import { codeAt, createTotpSecret, endOfStep, findStep, stepAt, totpUri } from '../../src/factors/totp.ts';
import { decodeBase32 } from '../../src/kernel/base32.ts';
import { createRandom } from '../support/ports.ts';

/** The secret of both RFCs' vectors. */
const secret = Buffer.from('12345678901234567890');

describe('RFC 4226, appendix D', () => {
  const vectors = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ');
  test.each(vectors.map((code, counter) => [counter, code] as const))(
    'counter %d gives %s',
    (counter, code) => {
      expect(codeAt(secret, counter)).toBe(code);
    },
  );
});

describe('RFC 6238, appendix B, shortened to six digits', () => {
  test.each([
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ])('second %d gives %s', (second, code) => {
    expect(codeAt(secret, stepAt(second * 1000))).toBe(code);
  });
});

test('gives the same codes as another implementation, for any secret and time', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 20, maxLength: 20 }),
      fc.integer({ min: 0, max: 4_102_444_800_000 }),
      (bytes, instant) => {
        const other = new TOTP({ secret: new Secret({ buffer: new Uint8Array(bytes).buffer }) });
        expect(codeAt(Buffer.from(bytes), stepAt(instant))).toBe(other.generate({ timestamp: instant }));
      },
    ),
  );
});

describe('accepted steps', () => {
  const at = 1_000_000 * 30_000 + 12_345;
  const codeOf = (offset: number): string => codeAt(secret, 1_000_000 + offset);

  test('are the current one and its neighbours', () => {
    const found = [-2, -1, 0, 1, 2].map((offset) => findStep(secret, codeOf(offset), at, 1));
    expect(found).toEqual([undefined, 999_999, 1_000_000, 1_000_001, undefined]);
  });

  test('are the current one alone without tolerance', () => {
    const found = [-1, 0, 1].map((offset) => findStep(secret, codeOf(offset), at, 0));
    expect(found).toEqual([undefined, 1_000_000, undefined]);
  });

  test('begin and end on the millisecond', () => {
    const step = 1_000_000;
    const code = codeOf(0);
    expect(findStep(secret, code, (step - 1) * 30_000 - 1, 1)).toBeUndefined();
    expect(findStep(secret, code, (step - 1) * 30_000, 1)).toBe(step);
    expect(findStep(secret, code, endOfStep(step, 1) - 1, 1)).toBe(step);
    expect(findStep(secret, code, endOfStep(step, 1), 1)).toBeUndefined();
    expect(endOfStep(step, 1) - (step - 1) * 30_000).toBe(90_000);
  });

  test.each(['', '12345', '1234567', '１２３４５６', 'abcdef'])('never match %j', (code) => {
    expect(findStep(secret, code, at, 1)).toBeUndefined();
  });
});

describe('the key URI', () => {
  test('says everything that an app needs, and reads back', () => {
    const fresh = createTotpSecret(createRandom('uri'));
    const uri = totpUri(fresh, 'Acme Registry', 'ada');
    expect(uri).toMatch(
      /^otpauth:\/\/totp\/Acme%20Registry:ada\?secret=[A-Z2-7]{32}&issuer=Acme%20Registry&algorithm=SHA1&digits=6&period=30$/,
    );
    expect(decodeBase32(new URL(uri).searchParams.get('secret') ?? '')).toEqual(fresh);
    const parsed = URI.parse(uri);
    expect(parsed.issuer).toBe('Acme Registry');
    expect(parsed.label).toBe('ada');
  });

  test('keeps an odd site name in its place', () => {
    const url = new URL(totpUri(secret, 'R&D: 100% #1?', 'ada'));
    expect(url.searchParams.get('issuer')).toBe('R&D: 100% #1?');
    expect(url.searchParams.get('period')).toBe('30');
  });
});
