import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FailureCode } from '../../src/kernel/failure.ts';
import { readUpload, uploadLimits } from '../../src/packages/upload/read-upload.ts';
import { noise } from './archives.ts';
import { MiB, read, withData } from './arriving.ts';
import { cut, memorySink } from './uploads.ts';

describe('base64 is refused', () => {
  it.each([
    ['with whitespace inside', 'QU JD'],
    ['with a line break inside', 'QUJD\nQUJD'],
    ['with whitespace at its end', 'QUJD '],
    ['in the alphabet for URLs', 'QU-_'],
    ['without its padding', 'QUI'],
    ['with half of its padding', 'QQ='],
    ['with too much padding', 'QUJD===='],
    ['with padding inside', 'QQ==QUJD'],
    ['with padding alone', '===='],
    ['with stray bits before its padding', 'QR=='],
    ['with stray bits before one sign of padding', 'QUJ='],
    ['with other characters', 'QUé='],
    ['with a NUL', 'QU\u0000D'],
    ['with one sign too many', 'QUJDQ'],
  ])('%s', async (_how, data) => {
    for (const lengths of [[], [1], [3]]) {
      const { refusal, sinks } = await read(withData(data), lengths);
      expect(refusal).toEqual({
        code: 'document_invalid',
        message: 'The attachment "@s/n-1.0.0.tgz" is not strict base64.',
      });
      expect(sinks.flatMap((sink) => sink.events)).not.toContain('end');
    }
  });

  it('exactly where it is not what encoding its bytes gives', async () => {
    const text = fc.string({
      unit: fc.constantFrom('A', 'Q', 'g', '+', '/', '=', '-', '_', ' '),
      maxLength: 9,
    });
    await fc.assert(
      fc.asyncProperty(text, async (data) => {
        const bytes = Buffer.from(data, 'base64');
        const { refusal } = await read(withData(data), [2]);
        expect(refusal === undefined).toBe(bytes.toString('base64') === data);
      }),
      { numRuns: 300 },
    );
  });
});

describe('an upload is refused, and its sink discarded,', () => {
  const tarball = noise(300_000).toString('base64');
  const refusals: [string, string, FailureCode, RegExp][] = [
    [
      'when it is cut off inside its data',
      withData(tarball).slice(0, 300_000),
      'request_invalid',
      /not valid JSON/,
    ],
    [
      'when it is cut off after its data',
      withData(tarball).slice(0, -1),
      'request_invalid',
      /not valid JSON/,
    ],
    ['when it goes on after its end', `${withData(tarball)}{}`, 'request_invalid', /not valid JSON/],
    [
      'when its tarball is too large',
      withData(noise(400_001).toString('base64')),
      'tarball_too_large',
      /^The tarball is larger than the limit of 400000 bytes/,
    ],
    [
      'when the document beside its tarball is too large',
      `{"_attachments":{"a.tgz":{"data":"${tarball}"}},"readme":"${'r'.repeat(100_000)}"}`,
      'request_too_large',
      /limit of 100000 bytes/,
    ],
    [
      'when the whole is too large',
      `{"_attachments":{"a.tgz":{"data":"${tarball}${'\\u0041'.repeat(110_000)}"}}}`,
      'request_too_large',
      /limit of 1000000 bytes/,
    ],
    [
      'when it has two tarballs',
      `{"_attachments":{"a.tgz":{"data":"${tarball}"},"b.tgz":{"data":"QUJD"}}}`,
      'document_invalid',
      /exactly one \.tgz/,
    ],
    [
      'when it has its data twice',
      `{"_attachments":{"a.tgz":{"data":"${tarball}","data":"QUJD"}}}`,
      'request_invalid',
      /"data" twice/,
    ],
    [
      'when it has its attachments twice',
      `{"_attachments":{"a.tgz":{"data":"${tarball}"}},"_attachments":{}}`,
      'request_invalid',
      /"_attachments" twice/,
    ],
    [
      'when a bundle comes as two',
      `{"_attachments":{"a.tgz":{"data":"${tarball}"},"a.sigstore":{"data":"{}"},"b.sigstore":{"data":"{}"}}}`,
      'document_invalid',
      /at most one \.sigstore/,
    ],
    [
      'when something else is attached',
      `{"_attachments":{"a.tgz":{"data":"${tarball}"},"a.zip":{"data":"QUJD"}}}`,
      'document_invalid',
      /exactly one \.tgz/,
    ],
    [
      'when it is nested too deeply after its data',
      `{"_attachments":{"a.tgz":{"data":"${tarball}"}},"a":${'['.repeat(70)}`,
      'request_invalid',
      /deeper than 64/,
    ],
  ];
  it.each(refusals)('%s', async (_when, text, code, message) => {
    for (const lengths of [[], [4096], [70_000, 1]]) {
      const { refusal, sinks } = await read(text, lengths);
      expect([refusal?.code, refusal?.message]).toEqual([code, expect.stringMatching(message)]);
      expect(sinks.map((sink) => sink.events.at(-1))).toEqual(['discard']);
    }
  });

  it('when its bundle is larger than a megabyte', async () => {
    const text = `{"_attachments":{"a.sigstore":{"data":"${'s'.repeat(MiB + 1)}"}}}`;
    const { refusal } = await read(text, [], uploadLimits(64 * MiB));
    expect(refusal?.message).toBe('The attachment "a.sigstore" is larger than 1048576 characters.');
  });

  it('when it breaks off, with the reason for that', async () => {
    const sink = memorySink();
    const broken = new Error('the client went away');
    const body = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from(`{"_attachments":{"a.tgz":{"data":"${noise(MiB).toString('base64')}`);
      throw broken;
    };
    await expect(readUpload(body(), uploadLimits(64 * MiB), async () => sink)).rejects.toBe(broken);
    expect(sink.events).toEqual(['discard']);
  });

  it('when its sink fails, with the reason for that', async () => {
    const full = new Error('full');
    const sink = { ...memorySink(), write: async () => Promise.reject(full) };
    const body = cut(Buffer.from(withData(noise(MiB).toString('base64'))), [50_000]);
    await expect(readUpload(body, uploadLimits(64 * MiB), async () => sink)).rejects.toBe(full);
    expect(sink.events).toEqual(['discard']);
  });
});
