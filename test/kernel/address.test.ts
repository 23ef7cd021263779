import { describe, expect, test } from 'vitest';
import { findSource, isLoopback, networkOf } from '../../src/kernel/address.ts';
import { parseAddressOrRange, type Range } from '../../src/kernel/cidr.ts';

const trusting = (...texts: string[]): Range[] =>
  texts.map(parseAddressOrRange).filter((range) => range !== undefined);
const find = (
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: Range[],
): string | undefined => findSource(peer, forwardedFor, trusted).address;

describe('without trusted proxies', () => {
  test('the socket counts, normalised', () => {
    expect(find('::ffff:198.51.100.7', undefined, [])).toBe('198.51.100.7');
    expect(find('::1', undefined, [])).toBe('127.0.0.1');
  });

  test('what a stranger forwards is ignored, and noticed', () => {
    expect(findSource('198.51.100.7', '10.0.0.1', [])).toEqual({
      address: '198.51.100.7',
      forwardingIgnored: true,
    });
  });

  test('a socket without an address is unknown', () => {
    expect(find(undefined, undefined, [])).toBeUndefined();
  });
});

describe('behind trusted proxies', () => {
  const trusted = trusting('127.0.0.1', '10.0.0.0/8');

  test('the first hop from the right that is not trusted is the client', () => {
    expect(find('127.0.0.1', '203.0.113.9, 198.51.100.7, 10.1.1.1', trusted)).toBe('198.51.100.7');
    expect(find('::1', '198.51.100.7', trusted)).toBe('198.51.100.7');
  });

  test('what stands left of the client is its own word and is not even read', () => {
    expect(find('127.0.0.1', 'nonsense, 198.51.100.7', trusted)).toBe('198.51.100.7');
  });

  test('nothing is noticed as ignored', () => {
    expect(findSource('127.0.0.1', '198.51.100.7', trusted).forwardingIgnored).toBe(false);
  });

  test.each([
    undefined,
    '',
    ',',
    '198.51.100.7,',
    'unknown',
    '198.51.100.7:1234',
    '198.51.100.7, nonsense, 10.0.0.1',
    '10.0.0.3, 10.0.0.2',
    'fe80::1%eth0',
  ])('the address is unknown when X-Forwarded-For is %j', (forwardedFor) => {
    expect(find('10.9.9.9', forwardedFor, trusted)).toBeUndefined();
  });
});

test('a network is a household or a customer', () => {
  expect(networkOf('198.51.100.7', 'site')).toBe('198.51.100.0/24');
  expect(networkOf('2001:db8:1:2ff::7', 'site')).toBe('2001:db8:1:200::/56');
  expect(networkOf('198.51.100.7', 'customer')).toBe('198.51.100.7/32');
  expect(networkOf('2001:db8:1:2ff::7', 'customer')).toBe('2001:db8:1:2ff::/64');
  expect(networkOf(undefined, 'site')).toBe('unknown');
});

test('loopback is this machine only', () => {
  expect(isLoopback('127.0.0.1')).toBe(true);
  expect(isLoopback('127.9.9.9')).toBe(true);
  expect(isLoopback('12.7.0.1')).toBe(false);
});
