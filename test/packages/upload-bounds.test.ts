import { describe, expect, it } from 'vitest';
import { uploadLimits } from '../../src/packages/upload/read-upload.ts';
import { MiB, read, small } from './arriving.ts';

const limits = uploadLimits(MiB);

/** `count` members, one after another. */
const members = (count: number, write: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => write(index)).join(',');
const object = (count: number, value = '0'): string =>
  `{${members(count, (index) => `"${index}.0.0":${value}`)}}`;
const list = (count: number): string => `[${members(count, () => '0')}]`;

/** Why a document is refused, or undefined where it is read. */
async function reasonFor(text: string, given = limits): Promise<string | undefined> {
  const { refusal } = await read(text, [4096], given);
  if (refusal) expect(refusal.code).toBe('request_invalid');
  return refusal?.message;
}

describe('what one document may hold', () => {
  it.each([
    ['versions', 20_000],
    ['time', 40_000],
    ['users', 40_000],
    ['dist-tags', 5000],
    ['_attachments', 16],
    ['anything', 20_000],
    ['constructor', 20_000],
  ])('are in "%s" at most %i members', async (key, most) => {
    expect(await reasonFor(`{"${key}":${object(most)}}`)).toBeUndefined();
    expect(await reasonFor(`{"${key}":${object(most + 1)}}`)).toBe(`"${key}" has more than ${most} members.`);
  });

  it('are at most 1000 maintainers', async () => {
    expect(await reasonFor(`{"maintainers":${list(1000)}}`)).toBeUndefined();
    expect(await reasonFor(`{"maintainers":${list(1001)}}`)).toBe(
      '"maintainers" has more than 1000 members.',
    );
  });

  it('are at most 20000 keys and elements in one manifest, however they lie in it', async () => {
    const manifest = (count: number): string => `{"a":${object(100)},"b":[${list(count)}]}`;
    const within = manifest(20_000 - 103);
    expect(await reasonFor(`{"versions":{"1.0.0":${within},"2.0.0":${within}}}`)).toBeUndefined();
    expect(await reasonFor(`{"versions":{"1.0.0":${within},"2.0.0":${manifest(20_000 - 102)}}}`)).toBe(
      '"2.0.0" in the JSON body has more than 20000 keys and elements.',
    );
  });

  it('is as wide in depth and at its root as it may be elsewhere', async () => {
    const narrow = { ...limits, width: 10, widths: new Map([['versions', 3]]) };
    expect(await reasonFor(`{"a":{"versions":${object(4)}}}`, narrow)).toBeUndefined();
    for (const text of [`{"a":{"b":${object(11)}}}`, `[[${list(11)}]]`, object(11), list(11)])
      expect(await reasonFor(text, narrow)).toBe(
        'One object or list in the JSON body has more than 10 members.',
      );
  });

  it('is counted again for every object, and in all', async () => {
    const few = { ...limits, keys: 1000, width: 20 };
    expect(await reasonFor(`{"a":[${members(20, () => object(20))}]}`, few)).toBeUndefined();
    expect(await reasonFor(`[${members(20, () => `[${members(20, () => object(3))}]`)}]`, few)).toBe(
      'The JSON body has more than 1000 keys.',
    );
  });

  it('is refused as soon as it is too much, before the rest has come', async () => {
    const { refusal } = await read(`{"versions":${object(101)},"rest":*`, [50], { ...small, width: 100 });
    expect(refusal?.message).toBe('"versions" has more than 100 members.');
  });
});

describe('the limits of an upload', () => {
  it('are those of IN1 around the largest tarball', () => {
    expect(uploadLimits(64 * MiB)).toMatchObject({
      body: 96 * MiB,
      document: 64 * MiB,
      tarball: 64 * MiB,
      depth: 64,
      keys: 1_000_000,
    });
  });

  it('leave room for a whole packument where tarballs are small, and for tarballs where they are large', () => {
    expect(uploadLimits(MiB).body).toBe(64 * MiB);
    expect(uploadLimits(1024 * MiB).body).toBeGreaterThan((1024 * MiB * 4) / 3);
  });
});
