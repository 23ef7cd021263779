/** Minting, recognising and comparing the secrets that people and programs carry. */
import { createHash, hash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Random } from './ports.ts';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const tokenShape = /^npm_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/;

/** `length` symbols of the alphabet (at most 256 of them), each equally likely: bytes that would favour some are thrown away. */
export function pickSymbols(random: Random, alphabet: string, length: number): string {
  const fair = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of random.bytes(length - text.length)) {
      if (byte < fair) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}

/** `length` random decimal digits. */
export const pickDigits = (random: Random, length: number): string => pickSymbols(random, digits, length);

function checksum(text: string): string {
  let rest = crc32(text);
  let sum = '';
  for (let place = 0; place < 6; place += 1) {
    sum = base62.charAt(rest % 62) + sum;
    rest = Math.floor(rest / 62);
  }
  return sum;
}

/** A new access token in npm's shape, which npm masks in its logs: `npm_`, 178 random bits, a CRC-32 (TK1). */
export function mintToken(random: Random): string {
  const secret = pickSymbols(random, base62, 30);
  return `npm_${secret}${checksum(secret)}`;
}

/** Whether a text can be a token of ours at all; most wrong ones are told apart here without asking the database. */
export function isTokenShaped(text: string): boolean {
  const [, secret, sum] = tokenShape.exec(text) ?? [];
  return secret !== undefined && checksum(secret) === sum;
}

/** What the store keeps of a secret of at least 128 random bits: hex SHA-256. */
export const hashSecret = (secret: string): string => hash('sha256', secret);

/** Whether two secrets are equal, in a time that tells nothing about where they differ (KY3). */
export function areEqualSecrets(one: string | Buffer, other: string | Buffer): boolean {
  const digest = (secret: string | Buffer): Buffer => createHash('sha256').update(secret).digest();
  return timingSafeEqual(digest(one), digest(other));
}
