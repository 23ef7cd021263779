import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatAddress,
  formatRange,
  isWithin,
  parseAddress,
  parseAddressOrRange,
  parseRange,
} from '../../src/kernel/cidr.ts';

const address = (text: string): string | undefined => {
  const parsed = parseAddress(text);
  return parsed && formatAddress(parsed);
};
const range = (text: string): string | undefined => {
  const parsed = parseRange(text);
  return parsed && formatRange(parsed);
};

describe('addresses', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['0000:0000:0000:0000:0000:ffff:c000:0201', '192.0.2.1'],
    ['::1', '127.0.0.1'],
    ['0:0:0:0:0:0:0:1', '127.0.0.1'],
    ['::', '::'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['fe80::', 'fe80::'],
    ['::2', '::2'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['10:0:0:1::', '10:0:0:1::'],
  ])('%s is %s', (text, expected) => {
    expect(address(text)).toBe(expected);
  });

  test.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '010.0.0.1',
    '0x7f.0.0.1',
    '1.2.3.4:80',
    '[::1]',
    'fe80::1%eth0',
    '::ffff:010.0.0.1',
    '1::2::3',
    ' 1.2.3.4',
    '12345::',
  ])('%j is no address', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test('an address survives being written and read again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const parsed = parseAddress(text);
        expect(parsed).toBeDefined();
        expect(parsed && parseAddress(formatAddress(parsed))).toEqual(parsed);
      }),
    );
  });
});

describe('ranges', () => {
  test.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/32', '10.1.2.3/32'],
    ['192.0.2.129/25', '192.0.2.128/25'],
    ['2001:db8:ffff::1/32', '2001:db8::/32'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['::1/128', '127.0.0.1/32'],
    ['::1/64', '::/64'],
    ['::ffff:1.2.3.4/64', '::/64'],
  ])('%s is kept as %s', (text, expected) => {
    expect(range(text)).toBe(expected);
  });

  test.each([
    '0.0.0.0/0',
    '::/0',
    '::ffff:0:0/96',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '010.0.0.0/8',
    '::/129',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    'example.com/8',
    'fe80::1%1/64',
    '10.0.0.0/8 ',
  ])('%j is refused', (text) => {
    expect(parseRange(text)).toBeUndefined();
  });

  test('a bare address is the range of itself where one is allowed', () => {
    const only = parseAddressOrRange('2001:db8::7');
    expect(only && formatRange(only)).toBe('2001:db8::7/128');
  });

  test('holds the same addresses as node:net says', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 1, max: 32 }), fc.ipV4(), (network, prefix, candidate) => {
        const list = new BlockList();
        list.addSubnet(network, prefix, 'ipv4');
        const [rule, asked] = [parseRange(`${network}/${prefix}`), parseAddress(candidate)];
        expect(rule && asked && isWithin(asked, rule)).toBe(list.check(candidate, 'ipv4'));
      }),
    );
  });

  test('holds every address that shares its first bits, and no address of the other family', () => {
    const six = parseRange('2001:db8::/33');
    const holds = (text: string): unknown => {
      const parsed = parseAddress(text);
      return six && parsed && isWithin(parsed, six);
    };
    expect(holds('2001:db8:7fff::1')).toBe(true);
    expect(holds('2001:db8:8000::1')).toBe(false);
    expect(holds('32.1.13.184')).toBe(false);
  });

  test('a rule for 127.0.0.1 holds ::1, and a rule for a mapped address holds the plain one', () => {
    const within = (text: string, rule: string): unknown => {
      const [asked, parsed] = [parseAddress(text), parseRange(rule)];
      return asked && parsed && isWithin(asked, parsed);
    };
    expect(within('::1', '127.0.0.0/8')).toBe(true);
    expect(within('127.0.0.1', '::1/128')).toBe(true);
    expect(within('192.0.2.9', '::ffff:192.0.2.0/120')).toBe(true);
    expect(within('::ffff:192.0.2.9', '192.0.2.0/24')).toBe(true);
  });
});
