import { describe, expect, test } from 'vitest';
import { Authenticator, codeOfStep } from './totp.ts';

describe('the authenticator app of the tests', () => {
  // RFC 6238, appendix B: the secret "12345678901234567890", the last six of the eight digits.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  test.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('shows what RFC 6238 says at second %i', (second, code) => {
    expect(codeOfStep(secret, Math.floor(second / 30))).toBe(code);
  });

  test('gives another code each time', async () => {
    const app = new Authenticator(secret);
    expect(await app.next()).not.toBe(await app.next());
  });

  test('knows codes that are wrong, and different ones', () => {
    const app = new Authenticator(secret);
    const wrong = [0, 1, 2, 3, 4, 5].map((number) => app.wrong(number));
    expect(new Set(wrong).size).toBe(6);
  });
});
