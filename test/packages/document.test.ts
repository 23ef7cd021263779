import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/kernel/failure.ts';
import {
  kindOfPut,
  kindOfRevisionPut,
  packageDocument,
  readDeprecations,
  readPublish,
  readRemaining,
} from '../../src/packages/document.ts';
import { arrive } from './uploads.ts';

const bytes = Buffer.from('not a tarball, but bytes');
const attachment = {
  content_type: 'application/octet-stream',
  data: bytes.toString('base64'),
  length: bytes.length,
};

function documentOf(name = 'foo', version = '1.0.0'): Record<string, unknown> {
  return {
    _id: name,
    name,
    'dist-tags': { latest: version },
    versions: {
      [version]: {
        name,
        version,
        _id: `${name}@${version}`,
        readme: '# hi',
        dist: { shasum: 's', integrity: 'i' },
      },
    },
    access: null,
    _attachments: { [`${name}-${version}.tgz`]: attachment },
  };
}
const read = async (document: unknown, name = 'foo') => readPublish(name, await arrive(document));

async function refusal(document: unknown, name = 'foo'): Promise<string> {
  try {
    await read(document, name);
  } catch (thrown) {
    if (isFailure(thrown, 'document_invalid')) return thrown.message;
    throw thrown;
  }
  throw new Error('not refused');
}

describe('a PUT to a package is', () => {
  it.each([
    ['publish', documentOf()],
    ['deprecate', { versions: {} }],
    ['deprecate', { versions: {}, users: {}, _attachments: {} }],
    ['deprecate', {}],
    ['star', { users: { alice: true } }],
  ])('%s', (kind, document) => {
    expect(kindOfPut(packageDocument.parse(document))).toBe(kind);
  });
  it.each([
    ['unpublish', { versions: {}, maintainers: [] }],
    ['owners', { maintainers: [{ name: 'bob' }] }],
    ['unpublish', {}],
  ])('with a revision %s', (kind, document) => {
    expect(kindOfRevisionPut(packageDocument.parse(document))).toBe(kind);
  });
});

describe('a publish document', () => {
  it('is read whole', async () => {
    const wish = await read(documentOf());
    expect(wish).toMatchObject({
      name: 'foo',
      version: '1.0.0',
      tags: ['latest'],
      tarball: { bytes: bytes.length, sha1: createHash('sha1').update(bytes).digest('hex') },
      claimed: { integrity: 'i', shasum: 's' },
      access: undefined,
      readme: '# hi',
      provenance: undefined,
      others: [],
      revision: undefined,
    });
    for await (const piece of wish.tarball.sink.read()) expect(piece).toEqual(bytes);
  });

  it('of a scoped package has a slash in its attachments, or none', async () => {
    const bare = { ...documentOf('@s/n'), _attachments: { 'n-1.0.0.tgz': attachment } };
    for (const document of [documentOf('@s/n'), bare])
      expect((await read(document, '@s/n')).version).toBe('1.0.0');
  });

  it('may have its readme at the root', async () => {
    const document = {
      ...documentOf(),
      readme: '# root',
      versions: { '1.0.0': { name: 'foo', version: '1.0.0' } },
    };
    expect((await read(document)).readme).toBe('# root');
    expect((await read(document)).claimed).toEqual({ integrity: undefined, shasum: undefined });
  });

  it('may bring a provenance bundle as plain text', async () => {
    const bundle = { content_type: 'application/json', data: '{"a":1}', length: 7 };
    const document = {
      ...documentOf(),
      _attachments: { 'foo-1.0.0.tgz': attachment, 'foo-1.0.0.sigstore': bundle },
    };
    expect((await read(document)).provenance).toBe('{"a":1}');
  });

  it('of npm 6 may be merged with what is stored', async () => {
    const merged = documentOf('foo', '1.1.0');
    const document = {
      ...merged,
      _rev: '1-a',
      'dist-tags': { latest: '1.1.0', old: '1.0.0' },
      versions: { ...(merged.versions as object), '1.0.0': { dist: { shasum: 'abc' } } },
    };
    expect(await read(document)).toMatchObject({
      version: '1.1.0',
      tags: ['latest'],
      others: [{ version: '1.0.0', shasum: 'abc' }],
      revision: '1-a',
    });
  });

  const good = documentOf();
  const manifest = (good.versions as Record<string, object>)['1.0.0'];
  const withVersion = (version: string) => documentOf('foo', version);
  const withAttachment = (changes: object) => ({
    ...good,
    _attachments: { 'foo-1.0.0.tgz': { ...attachment, ...changes } },
  });
  const cases: [string, unknown, RegExp][] = [
    ['another _id', { ...good, _id: 'bar' }, /same/],
    ['another name', { ...good, name: 'bar' }, /same/],
    ['no name', { ...good, name: undefined }, /same/],
    ['no versions', { ...good, versions: {} }, /not named after/],
    [
      'two versions',
      { ...good, versions: { ...(good.versions as object), '1.0.1': {} } },
      /exactly one version/,
    ],
    [
      'a manifest of another name',
      { ...good, versions: { '1.0.0': { ...manifest, name: 'bar' } } },
      /another name/,
    ],
    [
      'a manifest of another version',
      { ...good, versions: { '1.0.0': { ...manifest, version: '1.0.1' } } },
      /another version/,
    ],
    [
      'a manifest with another _id',
      { ...good, versions: { '1.0.0': { ...manifest, _id: 'bar@1.0.0' } } },
      /another _id/,
    ],
    ['a manifest that is no object', { ...good, versions: { '1.0.0': 'x' } }, /no manifest/],
    ['a version v1.0.0', withVersion('v1.0.0'), /not a version/],
    ['a version 1.0', withVersion('1.0'), /not a version/],
    ['a version with build data', withVersion('1.0.0+1'), /not a version/],
    ['no tag', { ...good, 'dist-tags': {} }, /exactly one tag/],
    ['two tags', { ...good, 'dist-tags': { latest: '1.0.0', beta: '1.0.0' } }, /exactly one tag/],
    ['a tag on another version', { ...good, 'dist-tags': { latest: '2.0.0' } }, /exactly one tag/],
    ['a range as tag', { ...good, 'dist-tags': { '^1': '1.0.0' } }, /range/],
    [
      'two tarballs',
      { ...good, _attachments: { 'foo-1.0.0.tgz': attachment, 'bar-1.0.0.tgz': attachment } },
      /exactly one \.tgz/,
    ],
    [
      'a strange attachment',
      { ...good, _attachments: { 'foo-1.0.0.tgz': attachment, 'foo.txt': attachment } },
      /exactly one \.tgz/,
    ],
    [
      'a tarball of another version',
      { ...good, _attachments: { 'foo-1.0.1.tgz': attachment } },
      /not named after/,
    ],
    [
      'a bundle of another version',
      { ...good, _attachments: { 'foo-1.0.0.tgz': attachment, 'foo-2.0.0.sigstore': attachment } },
      /not named after/,
    ],
    ['a wrong length', withAttachment({ length: 1 }), /says it has 1 bytes/],
    ['a length that is no number', withAttachment({ length: '24' }), /number/],
    ['no data', withAttachment({ data: undefined }), /no data/],
    ['empty data', withAttachment({ data: '', length: 0 }), /empty/],
    ['base64 with spaces', withAttachment({ data: ` ${attachment.data}` }), /base64/],
    ['base64 of the URL alphabet', withAttachment({ data: 'ab-_', length: 3 }), /base64/],
    ['base64 with strange characters', withAttachment({ data: 'ab!d', length: 3 }), /base64/],
    ['base64 without its padding', withAttachment({ data: 'QQ', length: 1 }), /base64/],
    ['base64 with loose bits', withAttachment({ data: 'QR==', length: 1 }), /base64/],
  ];
  it.each(cases)('is refused with %s', async (_what, document, words) => {
    expect(await refusal(document)).toMatch(words);
  });

  it.each(['Foo', 'node_modules', 'fs', '@Alice/x'])('is refused for the name %s', async (name) => {
    expect(await refusal(documentOf(name), name)).toMatch(/not a valid package name/);
  });

  it('of a wrong shape does not parse', () => {
    for (const document of [
      null,
      [],
      'x',
      { versions: [] },
      { access: 'secret' },
      { 'dist-tags': 'x' },
      { _attachments: 1 },
    ]) {
      expect(packageDocument.safeParse(document).success).toBe(false);
    }
  });
});

it('a deprecation is a text for each version, an empty one takes it back', () => {
  const versions = { '1.0.0': { deprecated: 'old' }, '1.1.0': { deprecated: '' }, '1.2.0': {} };
  expect(readDeprecations(packageDocument.parse({ versions }))).toEqual(
    new Map([
      ['1.0.0', 'old'],
      ['1.1.0', ''],
    ]),
  );
  expect(readDeprecations(packageDocument.parse({ versions, _rev: '1-a' })).get('1.2.0')).toBe('');
  expect(() => readDeprecations(packageDocument.parse({ versions: { '1.0.0': { deprecated: 1 } } }))).toThrow(
    /not a text/,
  );
});

it('an unpublish names what remains', () => {
  expect(readRemaining(packageDocument.parse({ versions: { '1.0.0': {} } }))).toEqual(new Set(['1.0.0']));
  expect(() => readRemaining(packageDocument.parse({}))).toThrow(/versions/);
});
