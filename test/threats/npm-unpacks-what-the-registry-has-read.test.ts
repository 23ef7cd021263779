import { gunzipSync, gzipSync } from 'node:zlib';
import * as tar from 'tar';
import { describe, expect, test } from 'vitest';
import { isFailure } from '../../src/kernel/failure.ts';
import { readTarball } from '../../src/packages/tarball.ts';
import { archive, type Entry, manifestEntry, paxRecord } from '../packages/archives.ts';

const limit = 1024 * 1024;
const honest = manifestEntry({ name: 'foo', version: '1.0.0' });
const evil = JSON.stringify({ name: 'foo', version: '1.0.0', scripts: { postinstall: 'steal' } });

/** What npm's own tar library finds in the archive, as `type path`. */
function seenByNpm(bytes: Buffer): string[] {
  const seen: string[] = [];
  const parser = new tar.Parser({
    onReadEntry: (found) => {
      seen.push(`${found.type} ${found.path}`);
      found.resume();
    },
  });
  parser.end(gunzipSync(bytes));
  return seen;
}

async function refusalOf(bytes: Buffer): Promise<string | undefined> {
  async function* whole(): AsyncGenerator<Buffer> {
    yield bytes;
  }
  try {
    await readTarball(whole(), bytes.length, limit);
    return undefined;
  } catch (thrown) {
    return isFailure(thrown, 'tarball_refused') ? thrown.message : Promise.reject(thrown);
  }
}

const packed = (...parts: Entry[]): Buffer => gzipSync(archive(honest, ...parts));

describe('an archive in which npm would find something else than the registry did is refused', () => {
  test('a second record in the text of a first, which npm reads by lines', async () => {
    const hidden = paxRecord('comment', `x\n${paxRecord('path', 'package/package.json')}`);
    const bytes = packed(
      { path: 'x', type: 'x', content: hidden },
      { path: 'package/readme.md', content: evil },
    );
    expect(seenByNpm(bytes)).toEqual(['File package/package.json', 'File package/package.json']);
    expect(await refusalOf(bytes)).toContain('two lines');
  });

  test('an extension header that makes a link of a file', async () => {
    const bytes = packed(
      { path: 'x', type: 'x', content: paxRecord('type', 'SymbolicLink') },
      { path: 'package/readme.md', linkpath: '/etc/passwd' },
    );
    expect(seenByNpm(bytes)).not.toContain('File package/readme.md');
    expect(await refusalOf(bytes)).toContain('"type"');
  });

  test('an extension header that sets what older readers keep for themselves', async () => {
    for (const key of ['remain', 'blockRemain', 'ignore', 'meta']) {
      const bytes = packed(
        { path: 'x', type: 'x', content: paxRecord(key, '0') },
        { path: 'package/readme.md', content: evil },
      );
      expect(await refusalOf(bytes), key).toContain(`"${key}"`);
    }
  });

  test('a folder before the path that some readers put there and others do not', async () => {
    for (const magic of ['ustar\u00000\u0000', 'ustar  \u0000', 'ustar\u0000  ']) {
      const bytes = packed({
        path: 'a/package.json',
        content: evil,
        patch: (header) => {
          header.write(magic, 257, 'latin1');
          header.write('package/docs', 345, 'latin1');
        },
      });
      expect(seenByNpm(bytes), magic).toContain('File a/package.json');
      expect(await refusalOf(bytes), magic).toContain('broken entry header');
    }
  });

  test('bytes after the end of a path', async () => {
    const bytes = packed({ path: 'package/a\u0000\nb', content: evil });
    expect(await refusalOf(bytes)).toContain('broken entry header');
  });
});

test('what npm itself packs passes', async () => {
  const path = `package/${'ä'.repeat(60)}/${'b'.repeat(90)}.js`;
  const header = new tar.Pax({ path, mtime: new Date(1e12), uid: 501, comment: 'git' }).encode();
  const bytes = gzipSync(archive(honest, header, { path: path.slice(0, 60), content: 'x' }));
  expect(await refusalOf(bytes)).toBeUndefined();
});
