import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  countCodePoints,
  currentCost,
  hashPassword,
  isOutdated,
  matchesPassword,
} from '../../src/accounts/passwords.ts';
import { createSlots } from '../../src/accounts/slots.ts';
import { checkNewPassword } from '../../src/accounts/strength.ts';
import { isFailure } from '../../src/kernel/failure.ts';
import type { Vault } from '../../src/kernel/vault.ts';

const vaultOf = (key: string): Vault => ({
  seal: () => '',
  open: () => Buffer.alloc(0),
  renew: () => 1,
  hmac: (purpose, data) => createHmac('sha256', `${key}:${purpose}`).update(data).digest(),
});
const vault = vaultOf('one');
const random = { bytes: (length: number) => randomBytes(length) };
const tools = { vault, random };
const rule = { length: 12, strength: 3 };
const owner = { name: 'hannah', email: 'hannah.arendt@example.com', host: 'registry.acme.example' };

const reasonOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
  } catch (thrown) {
    if (isFailure(thrown, 'request_invalid')) return thrown.details.reason;
    throw thrown;
  }
  return 'accepted';
};

describe('a stored password', () => {
  test('is a PHC string of Argon2id with the cost of PW4, a 16-byte salt and a 32-byte tag', async () => {
    const stored = await hashPassword(tools, 'four lamps on a barge');
    const [, salt, tag] = /^\$argon2id\$v=19\$m=47104,t=1,p=1\$([^$=]+)\$([^$=]+)$/.exec(stored) ?? [];
    expect(Buffer.from(salt ?? '', 'base64')).toHaveLength(16);
    expect(Buffer.from(tag ?? '', 'base64')).toHaveLength(32);
  });

  test('matches the password it was made of and no other', async () => {
    const stored = await hashPassword(tools, 'four lamps on a barge');
    expect(await matchesPassword(tools, stored, 'four lamps on a barge')).toBe(true);
    expect(await matchesPassword(tools, stored, 'four lamps on a barge ')).toBe(false);
    expect(await matchesPassword(tools, stored, '')).toBe(false);
  });

  test('matches the same characters typed in another Unicode form', async () => {
    const stored = await hashPassword(tools, 'caf\u00e9 \ufb01ve lamps');
    expect(await matchesPassword(tools, stored, 'cafe\u0301 five lamps')).toBe(true);
  });

  test('is worth nothing without the pepper it was made with', async () => {
    const stored = await hashPassword(tools, 'four lamps on a barge');
    expect(await matchesPassword({ vault: vaultOf('two') }, stored, 'four lamps on a barge')).toBe(false);
  });

  test('is never cut: the 256th character counts, and a 257th is refused', async () => {
    const long = 'a'.repeat(255);
    const stored = await hashPassword(tools, `${long}b`);
    expect(await matchesPassword(tools, stored, `${long}c`)).toBe(false);
    expect(await matchesPassword(tools, stored, `${long}b`)).toBe(true);
    const longer = await hashPassword(tools, `${long}bb`);
    expect(await matchesPassword(tools, longer, `${long}bb`)).toBe(false);
  });

  test('of an unknown account matches nothing, not even the text that is hashed in its place', async () => {
    expect(await matchesPassword(tools, undefined, '')).toBe(false);
    expect(await matchesPassword(tools, 'not a hash', 'anything')).toBe(false);
  });

  test('is outdated when it cost less than new ones do', async () => {
    const cheap = await hashPassword(tools, 'x', { ...currentCost, memory: 8192 });
    expect(isOutdated(cheap)).toBe(true);
    expect(await matchesPassword(tools, cheap, 'x')).toBe(true);
    expect(isOutdated(await hashPassword(tools, 'x'))).toBe(false);
  });
});

describe('a new password', () => {
  test.each([
    ['short', 'at least 12 characters'],
    ['password1234', 'too easy to guess'],
    ['aaaaaaaaaaaaaaaa', 'Repeated characters'],
    ['hannahhannah', 'too easy to guess'],
    ['registry.acme.example', 'too easy to guess'],
    ['tallysticktallystick', 'too easy to guess'],
    ['Hannah-Tallystick-1', 'do not count'],
    ['hannah.arendt acme', 'do not count'],
    ['x'.repeat(257), 'at most 256 characters'],
    [`four lamps on a \ud800`, 'no text'],
  ])('%j is refused: %s', async (password, reason) => {
    expect(await reasonOf(checkNewPassword(password, owner, rule))).toContain(reason);
  });

  test.each([
    'four lamps on a barge',
    'Tr0mbone&Kettle!9',
    'ключ под старым ковриком',
    `${'lamp river oat '.repeat(17)}z`,
  ])('%j is accepted: no rule of composition applies', async (password) => {
    expect(await reasonOf(checkNewPassword(password, owner, { length: 12, strength: 2 }))).toBe('accepted');
  });

  test('is counted in code points after normalisation', async () => {
    expect(countCodePoints('👩‍🚀')).toBe(3);
    expect(await reasonOf(checkNewPassword('👍👎🎉🚀🔥🌊', owner, rule))).toContain('at least 12 characters');
  });

  test('obeys the settings of the operator', async () => {
    expect(await reasonOf(checkNewPassword('password', owner, { length: 8, strength: 0 }))).toBe('accepted');
  });
});

describe('a queue of hashes', () => {
  test('runs as many at once as it may, lets as many wait, and refuses the next with when to come back', async () => {
    const slots = createSlots({ running: 2, waiting: 3 });
    let running = 0;
    let most = 0;
    const doors: (() => void)[] = [];
    const job = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => doors.push(resolve));
      running -= 1;
    };
    const jobs = [1, 2, 3, 4, 5].map(() => slots.take(job));
    await expect(slots.take(job)).rejects.toMatchObject({ code: 'busy', details: { retryAfter: 2 } });
    for (let opened = 0; opened < 5; opened += 1) {
      doors[opened]?.();
      await Promise.resolve().then(() => new Promise((resolve) => setImmediate(resolve)));
    }
    await Promise.all(jobs);
    expect(most).toBe(2);
    await expect(slots.take(async () => 'free again')).resolves.toBe('free again');
  });

  test('goes on after a job that throws', async () => {
    const slots = createSlots({ running: 1, waiting: 1 });
    const failing = slots.take(() => Promise.reject(new Error('no memory')));
    const next = slots.take(async () => 'done');
    await expect(failing).rejects.toThrow('no memory');
    await expect(next).resolves.toBe('done');
  });
});
