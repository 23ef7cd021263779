/** Arbitrary damage to bytes, and tarballs that were damaged on every level at which they are read. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { archive, entry, noise, paxRecord } from '../packages/archives.ts';

/** One change of some bytes. Places are fractions, so that shrinking moves them towards the beginning. */
type Damage = (bytes: Buffer) => Buffer;

const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (bytes: Buffer, fraction: number): number => Math.floor(fraction * bytes.length);
const spliced = (bytes: Buffer, from: number, to: number, inside: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, from), inside, bytes.subarray(to)]);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(place, fc.nat(255)).map(
    ([where, value]): Damage =>
      (bytes) => {
        const copy = Buffer.from(bytes);
        if (copy.length > 0) copy[Math.min(at(bytes, where), copy.length - 1)] = value;
        return copy;
      },
  ),
  fc.tuple(place, fc.nat(7)).map(
    ([where, bit]): Damage =>
      (bytes) => {
        const copy = Buffer.from(bytes);
        const index = Math.min(at(bytes, where), copy.length - 1);
        if (copy.length > 0) copy[index] = (copy[index] ?? 0) ^ (1 << bit);
        return copy;
      },
  ),
  place.map(
    (where): Damage =>
      (bytes) =>
        bytes.subarray(0, at(bytes, where)),
  ),
  fc.tuple(place, fc.uint8Array({ maxLength: 40 })).map(
    ([where, inside]): Damage =>
      (bytes) =>
        spliced(bytes, at(bytes, where), at(bytes, where), inside),
  ),
  fc.tuple(place, fc.nat(64)).map(
    ([where, length]): Damage =>
      (bytes) =>
        spliced(bytes, at(bytes, where), at(bytes, where) + length, Buffer.alloc(0)),
  ),
  fc.tuple(place, place, fc.nat(600)).map(
    ([from, to, length]): Damage =>
      (bytes) =>
        spliced(
          bytes,
          at(bytes, to),
          at(bytes, to),
          bytes.subarray(at(bytes, from), at(bytes, from) + length),
        ),
  ),
);

const apply = (bytes: Buffer, changes: readonly Damage[]): Buffer =>
  changes.reduce((changed, change) => change(changed), bytes);

/** None in most cases. */
export const seldom = <T>(arbitrary: fc.Arbitrary<(value: T) => T>): fc.Arbitrary<(value: T) => T> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant((value: T) => value) }, { weight: 1, arbitrary });

/** Up to so many changes. */
export const damages = (most: number): fc.Arbitrary<(bytes: Buffer) => Buffer> =>
  fc
    .array(damage, { maxLength: most, size: 'max' })
    .map((changes) => (bytes: Buffer) => apply(bytes, changes));

/** The fields of a tar header: offset and length (POSIX ustar). */
const fields = [
  [0, 100],
  [100, 8],
  [124, 12],
  [136, 12],
  [148, 8],
  [156, 1],
  [157, 100],
  [257, 8],
  [345, 155],
] as const;

/** Text that means something in one field or another. */
const fieldText = fc.oneof(
  fc.constantFrom(
    ...['', '/', '..', '../x', '/etc/passwd', 'package', 'package/', 'package/package.json', 'C:\\x', 'a\\b'],
    ...[
      'package/./x',
      'package//x',
      'PACKAGE/PACKAGE.JSON',
      'package/cafe\u0301',
      'package/caf\u00e9',
      '\0\0',
    ],
    ...['0', '1', '2', '5', '7', 'x', 'g', 'L', 'K', 'S', 'D', 'V', '\x80', 'ustar\x0000', 'ustar  \0'],
    ...[
      '00000000000\0',
      '77777777777\0',
      '00000000777 ',
      '-1',
      '9999999999',
      '0x10',
      ' 12 ',
      '\x80\xff\xff\xff',
    ],
  ),
  fc.string({ maxLength: 12, unit: 'binary' }),
);

/** One entry whose header was changed after it was made, its checksum made anew so that the change is looked at. */
const patchedEntry = fc
  .record({
    path: fc.oneof(
      fc.constantFrom('package/a.js', 'package/b/c.js', 'package/package.json', 'x/y'),
      fieldText,
    ),
    content: fc.oneof(fc.constant(''), fc.string({ maxLength: 700 }), paxText()),
    type: fc.constantFrom('0', '\0', '1', '2', '3', '5', '7', 'x', 'g', 'L', 'K', 'S'),
    changes: fc.array(fc.tuple(fc.constantFrom(...fields), fieldText), { maxLength: 2 }),
  })
  .map(({ path, content, type, changes }) =>
    entry({
      path,
      content,
      type,
      patch: (header) => {
        for (const [[offset, length], text] of changes) header.write(text, offset, length, 'latin1');
      },
    }),
  );

/** Records of pax headers, sound and not. */
function paxText(): fc.Arbitrary<string> {
  const record = fc
    .tuple(
      fc.constantFrom('path', 'linkpath', 'size', 'mtime', 'GNU.sparse.name', 'comment', ''),
      fc.oneof(fieldText, fc.constantFrom('package/long.js', '0', '5', '1e3', '-1', '18446744073709551616')),
    )
    .map(([key, value]) => paxRecord(key, value));
  return fc.array(record, { maxLength: 3 }).map((records) => records.join(''));
}

/** What npm packs, and what it may meet on the way: the archives that damage begins with. */
const corpus = (manifest: object): Buffer[] => {
  const packed = { path: 'package/package.json', content: JSON.stringify(manifest) };
  const long = `package/${'d/'.repeat(60)}file.js`;
  return [
    archive(packed),
    archive(packed, { path: 'package/index.js', content: 'module.exports = 1;\n' }),
    archive({ path: 'package/', type: '5' }, packed, { path: 'package/lib/', type: '5' }),
    archive(
      { path: 'PaxHeader', type: 'x', content: paxRecord('path', long) },
      { path: 'x', content: '1' },
      packed,
    ),
    archive({ path: '././@LongLink', type: 'L', content: `${long}\0` }, { path: 'x', content: '1' }, packed),
    archive({ path: 'pax_global_header', type: 'g', content: paxRecord('comment', 'abc') }, packed),
    archive(packed, { path: 'package/data.bin', content: noise(3000) }),
    archive(packed, { path: 'package/link', type: '2', linkpath: '../../etc/passwd' }),
    archive(packed, { path: 'package/binding.gyp', content: '{}' }, { path: 'package/npm-shrinkwrap.json' }),
    archive({ ...packed, content: `\ufeff${packed.content}` }),
  ];
};

/** Gzipped archives around a manifest: damaged as an archive, as a compressed one, in both ways, or whole. */
export function tarballs(manifest: object): fc.Arbitrary<Buffer> {
  const bases = corpus(manifest);
  return fc
    .record({
      base: fc.constantFrom(...bases),
      extra: fc.oneof(fc.constant<Buffer[]>([]), fc.array(patchedEntry, { maxLength: 3 })),
      inside: seldom(damages(3)),
      level: fc.constantFrom(0, 1, 9),
      outside: seldom(damages(3)),
      again: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1),
    })
    .map(({ base, extra, inside, level, outside, again }) => {
      const raw = inside(Buffer.concat([...extra, base]));
      const member = outside(gzipSync(raw, { level }));
      return Buffer.concat([member, ...Array.from({ length: again }, () => member)]);
    });
}
