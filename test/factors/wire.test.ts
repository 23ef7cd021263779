import { describe, expect, test } from 'vitest';
import { isFailure } from '../../src/kernel/failure.ts';
import { describeBeginning, describeFactor, readFactorWish } from '../../src/registry/factors.ts';

describe('what "tfa" asks for', () => {
  test('an object with a mode begins, or changes the mode', () => {
    const tfa = { password: 'secret', mode: 'auth-only' };
    expect(readFactorWish(tfa)).toEqual({ act: 'enable', mode: 'auth-only', password: 'secret' });
  });

  test('the mode "disable" ends', () => {
    expect(readFactorWish({ password: 'secret', mode: 'disable' })).toEqual({
      act: 'disable',
      password: 'secret',
    });
  });

  test('a list of one code finishes', () => {
    expect(readFactorWish(['123456'])).toEqual({ act: 'confirm', code: '123456' });
  });

  test.each([[[]], [['123456', '654321']], [[123456]], [[['123456']]], [[null]]])(
    'the list %j is a guess that cannot be right',
    (tfa) => {
      expect(readFactorWish(tfa)).toEqual({ act: 'confirm', code: JSON.stringify(tfa) });
    },
  );

  test.each([[undefined], [null]])('%j asks for nothing', (tfa) => {
    expect(readFactorWish(tfa)).toBeUndefined();
  });

  test('a missing password is left to the gate, which asks for it', () => {
    expect(readFactorWish({ mode: 'auth-only' })).toMatchObject({ password: undefined });
  });

  test.each([
    [{ password: 'secret' }, '"tfa.mode"'],
    [{ password: 'secret', mode: 'none' }, '"tfa.mode"'],
    [{ password: 'secret', mode: 'auth-only', code: '1' }, 'not "code"'],
    [{ password: 1, mode: 'auth-only' }, '"tfa.password"'],
    ['auth-only', '"tfa" must be'],
    [true, '"tfa" must be'],
    [false, '"tfa" must be'],
    [1, '"tfa" must be'],
  ])('%j is refused with a sentence', (tfa, sentence) => {
    let thrown: unknown;
    try {
      readFactorWish(tfa);
    } catch (caught) {
      thrown = caught;
    }
    expect(isFailure(thrown, 'request_invalid') && thrown.message).toContain(sentence);
  });
});

test('a profile shows the mode, whether it only waits, or nothing', () => {
  expect(describeFactor(null)).toBeNull();
  expect(describeFactor({ mode: 'auth-only', pending: true })).toEqual({ mode: 'auth-only', pending: true });
});

describe('the reply to a beginning', () => {
  test('is the URI that npm draws', () => {
    expect(describeBeginning({ step: 'scan', uri: 'otpauth://totp/x' }, 'npm/6.14.18')).toBe(
      'otpauth://totp/x',
    );
  });

  const changed = { step: 'done', mode: 'auth-only' } as const;

  test.each([
    'npm/6.14.18 node/v20',
    'npm/7.24.2',
    'npm/10.9.9',
    'npm/11.0.0',
    'npm/11.3.0 node/v24.1.0 linux x64',
  ])('is null for a changed mode in %s', (userAgent) => {
    expect(describeBeginning(changed, userAgent)).toBeNull();
  });

  test.each([
    'npm/11.4.0',
    'npm/11.19.1 node/v24.1.0',
    'npm/12.2.0',
    'npm/111.0.0',
    'pnpm/8.15.9 npm/? node/v20',
    'pnpm/12.0.0 npm/6.0.0',
    'curl/8',
    'npm/x',
    '',
  ])('is the mode for a changed mode in %j', (userAgent) => {
    expect(describeBeginning(changed, userAgent)).toEqual({ mode: 'auth-only' });
  });
});
