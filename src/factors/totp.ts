/** Time-based codes: RFC 6238 over RFC 4226, with SHA-1, six digits and 30 seconds, as every authenticator app has them. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { encodeBase32 } from '../kernel/base32.ts';
import type { Instant, Random } from '../kernel/ports.ts';

const digits = 6;
/** The life of one code, in milliseconds. */
const stepLength = 30_000;

/** How many steps before and after the current one are accepted, for clocks that go wrong and people who type (OT2). */
export type Tolerance = 0 | 1;

/** A new shared secret of 160 bits, the length RFC 4226 §4 recommends. */
export const createTotpSecret = (random: Random): Buffer => random.bytes(20);

/** What seals the secret of a factor to its row (KY1). */
export const totpBinding = (account: string, factor: string): string[] => ['factors', account, factor];

/** What an authenticator app scans: the key URI that all of them read. `account` is the user's name. */
export function totpUri(secret: Buffer, issuer: string, account: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  const query = `secret=${encodeBase32(secret)}&issuer=${encodeURIComponent(issuer)}`;
  return `otpauth://totp/${label}?${query}&algorithm=SHA1&digits=${digits}&period=${stepLength / 1000}`;
}

/** The number of the step that an instant lies in. */
export const stepAt = (instant: Instant): number => Math.floor(instant / stepLength);

/** The code of one step: HOTP with the step as its counter (RFC 4226 §5.3). */
export function codeAt(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0xf;
  const truncated = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(truncated % 10 ** digits).padStart(digits, '0');
}

/**
 * The newest step, among those acceptable at an instant, whose code this is; undefined when it is none of them. All
 * candidates are compared whichever matches, each in constant time.
 */
export function findStep(
  secret: Buffer,
  code: string,
  at: Instant,
  tolerance: Tolerance,
): number | undefined {
  const presented = Buffer.from(code);
  const current = stepAt(at);
  let found: number | undefined;
  for (let step = current - tolerance; step <= current + tolerance; step += 1) {
    const candidate = Buffer.from(codeAt(secret, step));
    if (candidate.length === presented.length && timingSafeEqual(candidate, presented)) found = step;
  }
  return found;
}

/** The instant from which the code of a step is accepted no more. */
export const endOfStep = (step: number, tolerance: Tolerance): Instant => (step + tolerance + 1) * stepLength;
