/**
 * Internet addresses and ranges of them. Every spelling of an IPv4-mapped IPv6 address is the IPv4 address itself, and
 * `::1` is 127.0.0.1: a rule for one must not be escaped through the other (IP2).
 */
import { isIPv4, isIPv6 } from 'node:net';

/** An address, normalised. */
export interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

/** A range of addresses; its host bits are zero. */
export interface Range extends Address {
  readonly prefix: number;
}

const width = { 4: 32, 6: 128 } as const;
const loopback = { family: 4, bits: 0x7f000001n, prefix: 32 } as const;
const mappedPrefix = 0xffffn;

const readV4 = (text: string): bigint =>
  text.split('.').reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n);

/** The 128 bits of a text that `isIPv6` has already approved. */
function readV6(text: string): bigint {
  const dotted = /[^:]*\..*$/.exec(text)?.[0];
  const tail = dotted === undefined ? 0n : readV4(dotted);
  const plain =
    dotted === undefined
      ? text
      : `${text.slice(0, -dotted.length)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  const [head = '', rest] = plain.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = groups(rest ?? '');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/** The address as it is written. */
function readAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, bits: readV4(text) };
  return isIPv6(text) && !text.includes('%') ? { family: 6, bits: readV6(text) } : undefined;
}

/** The address a text names, normalised; undefined for host names, leading zeros, ports, zone ids and the like. */
export function parseAddress(text: string): Address | undefined {
  const written = readAddress(text);
  return written && normalise(rangeOf(written, width[written.family]));
}

/** What is meant by a range as it is written. */
function normalise(range: Range): Range {
  const { family, bits, prefix } = range;
  if (family === 4) return range;
  if (prefix === 128 && bits === 1n) return loopback;
  if (prefix >= 96 && bits >> 32n === mappedPrefix) {
    return { family: 4, bits: bits & 0xffffffffn, prefix: prefix - 96 };
  }
  return range;
}

/** The usual text of an address: dotted, or RFC 5952. */
export function formatAddress({ family, bits }: Address): string {
  const part = (index: number, size: bigint): bigint =>
    (bits >> (BigInt(index) * size)) & ((1n << size) - 1n);
  if (family === 4) return [3, 2, 1, 0].map((index) => part(index, 8n)).join('.');
  const groups = [7, 6, 5, 4, 3, 2, 1, 0].map((index) => part(index, 16n).toString(16));
  const text = groups.join(':');
  // RFC 5952 §4.2: the longest run of two or more zero groups is shortened, the first of equally long ones.
  const runs = text.match(/(?<![^:])0(?::0)+(?![^:])/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return text;
  const start = text.search(new RegExp(`(?<![^:])${longest}(?![^:])`));
  return `${text.slice(0, start).replace(/:$/, '')}::${text.slice(start + longest.length).replace(/^:/, '')}`;
}

/** The range of all addresses that share the first `prefix` bits with this one. */
export function rangeOf({ family, bits }: Address, prefix: number): Range {
  const host = BigInt(width[family] - prefix);
  return { family, bits: (bits >> host) << host, prefix };
}

/** The range that `ADDRESS/PREFIX` names, host bits masked; undefined when it is none, or is everything (`/0`). */
export function parseRange(text: string): Range | undefined {
  const [, written = '', length = ''] = /^([^/]*)\/(\d{1,3})$/.exec(text) ?? [];
  const address = readAddress(written);
  const prefix = Number(length);
  if (!address || String(prefix) !== length || prefix > width[address.family]) return undefined;
  const range = normalise(rangeOf(address, prefix));
  return range.prefix === 0 ? undefined : range;
}

/** Like {@link parseRange}; a bare address is the range of itself alone. */
export function parseAddressOrRange(text: string): Range | undefined {
  const address = parseAddress(text);
  return address ? rangeOf(address, width[address.family]) : parseRange(text);
}

/** The text of a range, e.g. `10.1.0.0/16`. */
export const formatRange = (range: Range): string => `${formatAddress(range)}/${range.prefix}`;

/** Whether the address lies in the range. */
export function isWithin(address: Address, range: Range): boolean {
  return address.family === range.family && rangeOf(address, range.prefix).bits === range.bits;
}

/** Addresses and ranges, as settings list them; what is neither is passed over. */
export const parseRanges = (texts: readonly string[]): Range[] =>
  texts.flatMap((text) => parseAddressOrRange(text) ?? []);
