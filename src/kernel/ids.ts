import type { Instant, Random } from './ports.ts';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

const encodeTime = (now: Instant): string => {
  let rest = now;
  let text = '';
  for (let index = 0; index < 10; index += 1) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
};

/**
 * A new identifier: 26 characters of Crockford base 32, the first ten the time, so that rows sort by age and
 * indexes grow at their end. Never UUID-shaped: npm masks those in its output (protocol/auth.md S12).
 */
export function newId(now: Instant, random: Random): string {
  let tail = '';
  for (const byte of random.bytes(16)) tail += alphabet.charAt(byte % 32);
  return encodeTime(now) + tail;
}
