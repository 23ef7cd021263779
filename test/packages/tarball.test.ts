import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import * as tar from 'tar';
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/kernel/failure.ts';
import { readTarball as readPieces, type Tarball } from '../../src/packages/tarball.ts';
import { archive, type Entry, entry, manifestEntry, noise, paxRecord, tarball } from './archives.ts';

const manifest = { name: 'foo', version: '1.0.0' };
const base = manifestEntry(manifest);
const limit = 64 * 1024 * 1024;

/** Reads the bytes in pieces, of a size that meets no boundary of the format. */
async function readTarball(bytes: Buffer, unpackedLimit: number, length = 997): Promise<Tarball> {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
  }
  return readPieces(pieces(), bytes.length, unpackedLimit);
}

async function refusal(bytes: Buffer, unpackedLimit = limit): Promise<string> {
  const outcome = await readTarball(bytes, unpackedLimit).catch((thrown: unknown) => thrown);
  if (!isFailure(outcome, 'tarball_refused')) throw new Error(`not refused: ${JSON.stringify(outcome)}`);
  return outcome.message;
}
const refusalOf = (...parts: (Entry | Buffer)[]): Promise<string> =>
  refusal(gzipSync(archive(base, ...parts)));

describe('a tarball is read', () => {
  it('with its manifest, its files and their sizes', async () => {
    const bytes = tarball(
      manifest,
      { path: 'package/', type: '5' },
      { path: 'package/lib/a.js', content: 'abc' },
    );
    const read = await readTarball(bytes, limit);
    expect(read.manifest).toEqual(manifest);
    expect(read.files).toEqual(['package.json', 'lib/a.js']);
    expect(read.fileCount).toBe(2);
    expect(read.unpackedSize).toBe(Buffer.byteLength(JSON.stringify(manifest)) + 3);
    expect(read.hasShrinkwrap).toBe(false);
  });

  it('whatever its one top folder is called', async () => {
    const bytes = gzipSync(
      archive(manifestEntry(manifest, 'foo-main'), { path: 'foo-main/npm-shrinkwrap.json', content: '{}' }),
    );
    expect((await readTarball(bytes, limit)).hasShrinkwrap).toBe(true);
  });

  it('with a byte order mark before the manifest', async () => {
    const bytes = gzipSync(
      archive({ path: 'package/package.json', content: `\ufeff${JSON.stringify(manifest)}` }),
    );
    expect((await readTarball(bytes, limit)).manifest).toEqual(manifest);
  });

  it('with long and non-ASCII paths as the tar library writes them', async () => {
    const path = `package/${'ä'.repeat(60)}/${'b'.repeat(90)}.js`;
    const header = new tar.Pax({ path }).encode();
    const bytes = tarball(manifest, header, { path: path.slice(0, 70), content: 'x' });
    expect((await readTarball(bytes, limit)).files[1]).toBe(path.slice('package/'.length));
  });

  it('with a long path in the GNU form, a POSIX prefix and a global comment', async () => {
    const long = `package/${'c'.repeat(120)}`;
    const bytes = tarball(
      manifest,
      { path: 'pax_global_header', type: 'g', content: paxRecord('comment', 'f00') },
      { path: '././@LongLink', type: 'L', content: `${long}\0` },
      { path: long.slice(0, 100), content: 'x' },
      { path: 'short.js', patch: (header) => header.write('package/deep', 345, 'latin1') },
    );
    expect((await readTarball(bytes, limit)).files.slice(1)).toEqual(['c'.repeat(120), 'deep/short.js']);
  });

  it('in pieces of any size without a difference', async () => {
    const bytes = tarball(manifest, { path: 'package/big.bin', content: noise(3000) });
    for (const length of [1, 7, 512, 4096]) {
      expect((await readTarball(bytes, limit, length)).unpackedSize).toBe(
        3000 + JSON.stringify(manifest).length,
      );
    }
  });
});

describe('the gzip around it', () => {
  const plain = archive(base);

  it('may carry a name, a comment, an extra field and a header checksum', async () => {
    const whole = gzipSync(plain);
    const header = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3]),
      Buffer.from([2, 0, 1, 1]),
      Buffer.from('n\0c\0'),
      Buffer.from([0, 0]),
    ]);
    const body = deflateRawSync(plain);
    const bytes = Buffer.concat([header, body, whole.subarray(-8)]);
    expect((await readTarball(bytes, limit)).manifest).toEqual(manifest);
  });

  it('is refused when it is no gzip at all', async () => {
    expect(await refusal(plain)).toContain('not a gzip file');
    expect(await refusal(Buffer.alloc(0))).toContain('not a gzip file');
    expect(await refusal(Buffer.from('PK\u0003\u0004not a tarball at all'))).toContain('not a gzip file');
  });

  it('is refused with a second member, also an empty one', async () => {
    expect(await refusal(Buffer.concat([gzipSync(plain), gzipSync(archive())]))).toContain('one gzip member');
    expect(await refusal(Buffer.concat([gzipSync(plain), gzipSync('')]))).toContain('one gzip member');
  });

  it('is refused with bytes after its end', async () => {
    expect(await refusal(Buffer.concat([gzipSync(plain), Buffer.alloc(16)]))).toContain('one gzip member');
  });

  it('is refused when it is cut off, damaged or lies about its checksum or length', async () => {
    const whole = gzipSync(plain);
    expect(await refusal(whole.subarray(0, -20))).toContain('damaged');
    const wrongCheck = Buffer.from(whole);
    wrongCheck.writeUInt32LE((crc32(plain) ^ 1) >>> 0, whole.length - 8);
    expect(await refusal(wrongCheck)).toContain('one gzip member');
    const wrongLength = Buffer.from(whole);
    wrongLength.writeUInt32LE(plain.length + 1, whole.length - 4);
    expect(await refusal(wrongLength)).toContain('one gzip member');
  });

  it('is refused with reserved flags or an endless name', async () => {
    const reserved = gzipSync(plain);
    reserved[3] = 0x80;
    expect(await refusal(reserved)).toContain('broken gzip header');
    const endless = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]),
      Buffer.alloc(64, 0x61),
    ]);
    expect(await refusal(endless)).toContain('broken gzip header');
    const longExtra = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 0xff, 0xff]),
      Buffer.alloc(64),
    ]);
    expect(await refusal(longExtra)).toContain('broken gzip header');
  });

  it('is refused as a bomb before it has come out whole', async () => {
    const bomb = tarball(manifest, { path: 'package/zeros', content: Buffer.alloc(8 * 1024 * 1024) });
    expect(await refusal(bomb)).toContain('unpacks to more than');
  });

  it('is refused above the limit although its ratio is honest', async () => {
    expect(
      await refusal(tarball(manifest, { path: 'package/noise', content: noise(100_000) }), 50_000),
    ).toContain('more than 50000 bytes');
  });
});

describe('a tarball is refused with', () => {
  const cases: [string, Entry, string][] = [
    ['an absolute path', { path: '/etc/passwd' }, 'absolute'],
    ['a drive letter', { path: 'C:/x' }, 'absolute'],
    ['a path out of the package', { path: 'package/../../x' }, 'not plain'],
    ['a dot as a folder', { path: './package/x' }, 'not plain'],
    ['an empty folder name', { path: 'package//x' }, 'not plain'],
    ['a backslash', { path: 'package\\x' }, 'backslash'],
    ['a control character', { path: 'package/a\u0007' }, 'control'],
    ['a sign that turns the text around', { path: 'package/a\u202egnp.js' }, 'control'],
    ['a sign that shuts text off', { path: 'package/a\u2066b' }, 'control'],
    ['a separator of lines', { path: 'package/a\u2028b' }, 'control'],
    ['a hard link', { path: 'package/x', type: '1', linkpath: 'package/package.json' }, 'hard link'],
    ['a symbolic link', { path: 'package/x', type: '2', linkpath: '/etc/passwd' }, 'symbolic link'],
    ['a character device', { path: 'package/x', type: '3' }, 'device'],
    ['a block device', { path: 'package/x', type: '4' }, 'device'],
    ['a pipe', { path: 'package/x', type: '6' }, 'pipe'],
    ['a GNU long link', { path: '././@LongLink', type: 'K', content: 'x\0' }, 'link'],
    ['a sparse file', { path: 'package/x', type: 'S' }, 'unknown kind'],
    ['a second top folder', { path: 'other/x', content: 'x' }, 'more than one top folder'],
    ['a file beside the top folder', { path: 'x', content: 'x' }, 'more than one top folder'],
    ['the same path twice', { path: 'package/package.json', content: '{}' }, 'twice'],
    ['two paths that differ in case', { path: 'package/PACKAGE.json', content: '{}' }, 'twice'],
    ['a wrong checksum', { path: 'package/x', checksum: 1 }, 'checksum'],
    ['a folder with content', { path: 'package/d/', type: '5', content: 'x' }, 'folder with content'],
    [
      'a size in base 256',
      { path: 'package/x', patch: (header) => header.writeUInt32BE(0x80000001, 124) },
      'broken entry header',
    ],
    [
      'a path that is not UTF-8',
      { path: '', patch: (header) => header.write('package/\u00ff', 0, 'latin1') },
      'not UTF-8',
    ],
    ['no path', { path: '' }, 'not plain'],
    [
      'a path of more than 512 bytes',
      { path: 'x', type: 'x', content: paxRecord('path', `package/${'p'.repeat(520)}`) },
      'cut off',
    ],
    [
      'a link in an extension header',
      { path: 'x', type: 'x', content: paxRecord('linkpath', '/etc') },
      'link',
    ],
    ['a broken extension header', { path: 'x', type: 'x', content: '99 path=short\n' }, 'broken extension'],
    [
      'an extension header that repeats itself',
      { path: 'x', type: 'x', content: paxRecord('path', 'a') + paxRecord('path', 'b') },
      'twice',
    ],
    [
      'a global header that renames',
      { path: 'x', type: 'g', content: paxRecord('path', 'package/package.json') },
      'renames',
    ],
    [
      'a huge extension header',
      { path: 'x', type: 'x', content: paxRecord('comment', noise(33_000).toString('hex')) },
      'larger than',
    ],
  ];
  it.each(cases)('%s', async (_what, bad, words) => {
    expect(await refusalOf(bad)).toContain(words);
  });

  it('a long path in an extension header', async () => {
    const header = entry({ path: 'x', type: 'x', content: paxRecord('path', `package/${'p'.repeat(520)}`) });
    expect(await refusalOf(header, { path: 'package/p' })).toContain('longer than 512');
  });

  it('an extension header that names another size', async () => {
    const header = entry({ path: 'x', type: 'x', content: paxRecord('size', '4') });
    expect(await refusalOf(header, { path: 'package/p', content: 'ab' })).toContain('two sizes');
  });

  it('two extension headers in a row', async () => {
    const header = entry({ path: 'x', type: 'x', content: paxRecord('path', 'package/a') });
    expect(await refusalOf(header, header, { path: 'package/p' })).toContain('two extension headers');
  });

  it('names that meet after Unicode normalisation', async () => {
    expect(await refusalOf({ path: 'package/\u00e4' }, { path: 'package/a\u0308' })).toContain('twice');
  });

  it('a file where a folder is, in either order', async () => {
    expect(await refusalOf({ path: 'package/a' }, { path: 'package/a/b' })).toContain(
      'file where it has a folder',
    );
    expect(await refusalOf({ path: 'package/a/b' }, { path: 'package/a' })).toContain('twice');
  });

  it('content after its end', async () => {
    const bytes = gzipSync(Buffer.concat([archive(base), entry({ path: 'package/late' })]));
    expect(await refusal(bytes)).toContain('goes on after its end');
  });

  it('no end', async () => {
    expect(await refusal(gzipSync(entry(base)))).toContain('cut off');
    expect(await refusal(gzipSync(archive(base).subarray(0, 700)))).toContain('cut off');
  });

  it('more than 50,000 entries', async () => {
    const many = Array.from({ length: 50_000 }, (_, index) =>
      entry({ path: `package/${index}-${(index * 7919) % 65_537}` }),
    );
    expect(await refusalOf({ path: 'package/noise', content: noise(300_000) }, ...many)).toMatch(
      /more than 50000 entries/,
    );
  });

  it('no package.json, or one that is not at the root', async () => {
    expect(await refusal(gzipSync(archive({ path: 'package/lib/package.json', content: '{}' })))).toContain(
      'no package.json',
    );
  });

  it.each([
    ['not JSON', '{', 'not valid JSON'],
    ['a list', '[]', 'not an object'],
    ['a poisoned key', '{"scripts":{"__proto__":{}}}', '__proto__'],
    ['endless nesting', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 'nested deeper'],
    ['more than a mebibyte', JSON.stringify({ text: 'x'.repeat(1024 * 1024) }), 'larger than'],
  ])('a package.json that is %s', async (_what, content, words) => {
    const bytes = gzipSync(
      archive({ path: 'package/noise', content: noise(20_000) }, { path: 'package/package.json', content }),
    );
    expect(await refusal(bytes)).toContain(words);
  });
});
