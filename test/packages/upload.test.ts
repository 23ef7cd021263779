import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/kernel/failure.ts';
import { readUpload, uploadLimits } from '../../src/packages/upload/read-upload.ts';
import { openRoom } from '../../src/packages/upload/room.ts';
import { noise } from './archives.ts';
import { arrived, hex, key, MiB, read, small, withData } from './arriving.ts';
import { cut, memorySink, spell } from './uploads.ts';

describe('an upload', () => {
  const member = fc.jsonValue({ maxDepth: 3 });
  const members = fc.array(
    fc.tuple(
      fc.string().filter((name) => name !== '_attachments' && name !== '__proto__'),
      member,
    ),
    { maxLength: 5 },
  );
  const nested = member.filter((value) => !JSON.stringify(value).includes('"__proto__"'));

  it('is the document without the data, and the bytes of the data, however it is ordered, spelt and cut', async () => {
    const wish = fc.record({
      before: members,
      after: members,
      around: nested,
      bytes: fc.uint8Array({ maxLength: 300 }),
      bundle: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
      isBundleFirst: fc.boolean(),
      isDataFirst: fc.boolean(),
      noise: fc.array(fc.nat(100), { maxLength: 20 }),
      lengths: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(wish, async (given) => {
        fc.pre(!JSON.stringify([given.before, given.after]).includes('"__proto__"'));
        const data = Buffer.from(given.bytes).toString('base64');
        const about = {
          content_type: 'application/octet-stream',
          length: given.bytes.length,
          more: given.around,
        };
        const tarball = [[key, given.isDataFirst ? { data, ...about } : { ...about, data }]];
        const bundle = given.bundle === undefined ? [] : [['n.sigstore', { data: given.bundle }]];
        const attached = given.isBundleFirst ? [...bundle, ...tarball] : [...tarball, ...bundle];
        const whole = Object.fromEntries([
          ...given.before,
          ['_attachments', Object.fromEntries(attached)],
          ...given.after,
        ]);
        const upload = await arrived(spell(whole, given.noise), given.lengths);

        const rest = JSON.parse(JSON.stringify(whole));
        for (const attachment of Object.values<{ data?: string }>(rest._attachments)) delete attachment.data;
        expect(JSON.stringify(upload.document)).toBe(JSON.stringify(rest));
        expect(upload.tarball?.sink.content()).toEqual(Buffer.from(given.bytes));
        expect(upload.tarball).toMatchObject({
          key,
          contentType: 'application/octet-stream',
          declaredLength: given.bytes.length,
          bytes: given.bytes.length,
          sha512: hex('sha512', given.bytes),
          sha1: hex('sha1', given.bytes),
        });
        expect(upload.bundle?.text).toBe(given.bundle);
      }),
      { numRuns: 300 },
    );
  });

  it('without attachments is its document alone, and no sink is opened', async () => {
    for (const document of [
      { versions: { '1.0.0': { deprecated: 'no' } }, _attachments: {} },
      { users: { alice: true } },
      { data: 'x', a: { b: { data: 'y' }, _attachments: { c: { data: 'z' } } } },
      { _attachments: [{ 'a.tgz': { data: 'QUJD' } }] },
      {
        _attachments: {
          'a.tgz': [{ data: 'QUJD' }],
          'b.tgz': { data: { data: 'QUJD' } },
          'c.tgz': { data: 1 },
        },
      },
      { _attachments: { data: 'QUJD', 'a.tgz': { stub: true, inner: { data: 'QUJD' } } } },
      [1, 2],
      'text',
      null,
    ]) {
      const { upload, sinks } = await read(JSON.stringify(document), [5]);
      expect(upload).toEqual({ document, tarball: undefined, bundle: undefined });
      expect(sinks).toEqual([]);
    }
  });

  it('of many megabytes arrives whole, in pieces of any size, with other work in between', async () => {
    const bytes = noise(3 * MiB + 1);
    const text = `{"_attachments":{"a.tgz":{"data":"${bytes.toString('base64')}"}},"readme":"${'é'.repeat(MiB)}"}`;
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const upload = await arrived(text, [], uploadLimits(64 * MiB));
    isOver = true;
    expect(upload.tarball?.sink.content().equals(bytes)).toBe(true);
    expect(upload.tarball?.sha512).toBe(hex('sha512', bytes));
    expect((upload.document as { readme: string }).readme).toHaveLength(MiB);
    // One piece of 6 MiB is dealt with in slices of 64 KiB.
    expect(turns).toBeGreaterThan(80);
    const again = await arrived(text, [65_537, 3, 1000], uploadLimits(64 * MiB));
    expect(again.tarball?.sha512).toBe(hex('sha512', bytes));
  });

  it('may write every sign of its base64 as an escape', async () => {
    const bytes = noise(300);
    const escaped = [...bytes.toString('base64')].map(
      (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    const upload = await arrived(
      `{"\\u005fattachments":{"a.tgz":{"d\\u0061ta":"${escaped.join('')}"}}}`,
      [7],
    );
    expect(upload.tarball?.sink.content()).toEqual(bytes);
    expect(upload.document).toEqual({ _attachments: { 'a.tgz': {} } });
  });

  it('may be an empty tarball, which is for others to refuse', async () => {
    const upload = await arrived(withData(''));
    expect(upload.tarball).toMatchObject({ bytes: 0, sha512: hex('sha512', Buffer.alloc(0)) });
  });
});

describe('the documents of uploads under way', () => {
  const begin = (room: ReturnType<typeof openRoom>, text: string) => {
    const place = room.enter();
    const upload = readUpload(cut(Buffer.from(text), [999]), small, async () => memorySink(), place);
    return {
      place,
      outcome: upload.then(
        () => 'read',
        (thrown) => (isFailure(thrown) ? thrown.code : thrown),
      ),
    };
  };
  const many = JSON.stringify(Array.from({ length: 900 }, () => 1));

  it('share a room: who finds none is to come back, unless alone', async () => {
    const room = openRoom(80_000, 1_000);
    const [first, second, third] = [
      begin(room, many),
      begin(room, '{"a":1}'),
      begin(room, `"${'x'.repeat(90_000)}"`),
    ];
    expect(await first.outcome).toBe('read');
    expect(await second.outcome).toBe('read');
    expect(await third.outcome).toBe('busy');
    third.place.leave();
    expect(await begin(room, many).outcome).toBe('busy');
    first.place.leave();
    first.place.leave();
    expect(await begin(room, `"${'x'.repeat(70_000)}"`).outcome).toBe('read');
  });

  it('take as much for their keys and elements as for their text', async () => {
    const room = openRoom(80_000, 1_000);
    expect(await begin(room, many).outcome).toBe('read');
    expect(await begin(room, `"${'x'.repeat(many.length)}"`).outcome).toBe('read');
    expect(await begin(room, many).outcome).toBe('busy');
  });

  it('fit alone, however large', async () => {
    expect(await begin(openRoom(1, 1), many).outcome).toBe('read');
  });
});
