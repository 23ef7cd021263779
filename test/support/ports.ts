import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import type { Clock, Instant, Log, Random } from '../../src/kernel/ports.ts';
import type { Vault } from '../../src/kernel/vault.ts';

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  /** Moves by so many milliseconds; backwards when negative. */
  advance(milliseconds: number): void;
  set(instant: Instant): void;
}

/** Where test clocks start: the beginning of a 30-second TOTP step. */
const testStart: Instant = Date.UTC(2026, 0, 15, 12, 0, 0);

export function createClock(start: Instant = testStart): TestClock {
  let instant = start;
  return {
    now: () => instant,
    advance: (milliseconds) => {
      instant += milliseconds;
    },
    set: (moved) => {
      instant = moved;
    },
  };
}

/** The same bytes in every run for the same seed: a SHA-256 counter stream. */
export function createRandom(seed: string): Random {
  let block = 0;
  let rest = Buffer.alloc(0);
  return {
    bytes: (length) => {
      while (rest.length < length) {
        rest = Buffer.concat([rest, createHash('sha256').update(`${seed}/${block}`).digest()]);
        block += 1;
      }
      const taken = Buffer.from(rest.subarray(0, length));
      rest = rest.subarray(length);
      return taken;
    },
  };
}

/** A real vault on a fixed key: what is sealed for one row does not open for another. */
export function createVault(seed = 'tests'): Vault {
  const random = createRandom(`nonce ${seed}`);
  const key = createHash('sha256').update(`seal ${seed}`).digest();
  const aad = (binding: readonly string[]): Buffer => Buffer.from(JSON.stringify(binding));
  return {
    seal: (plain, binding) => {
      const nonce = random.bytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad(binding));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open: (sealed, binding) => {
      const bytes = Buffer.from(sealed, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(aad(binding));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
    },
    renew: () => 1,
    hmac: (name, data) => createHmac('sha256', `${name} ${seed}`).update(data).digest(),
  };
}

export interface TestLog extends Log {
  readonly lines: { level: string; fields: object; message: string }[];
}

/** Keeps its lines for the test to read. */
export function createLog(): TestLog {
  const lines: TestLog['lines'] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
