/** Uploads that arrive in pieces, and what becomes of them. */
import { createHash } from 'node:crypto';
import { type FailureCode, isFailure } from '../../src/kernel/failure.ts';
import { readUpload, type UploadLimits } from '../../src/packages/upload/read-upload.ts';
import { cut, type MemorySink, memorySink } from './uploads.ts';

export const MiB = 1024 * 1024;
export const small: UploadLimits = {
  body: 1_000_000,
  document: 100_000,
  tarball: 400_000,
  depth: 64,
  keys: 10_000,
  width: 10_000,
  widths: new Map(),
  manifest: 10_000,
};

/** What became of an upload. */
export interface Outcome {
  readonly sinks: MemorySink[];
  readonly refusal: { code: FailureCode; message: string } | undefined;
  readonly upload: Awaited<ReturnType<typeof readUpload<MemorySink>>> | undefined;
}

export async function read(
  text: string | Buffer,
  lengths: readonly number[] = [],
  limits: UploadLimits = small,
): Promise<Outcome> {
  const sinks: MemorySink[] = [];
  const open = async (): Promise<MemorySink> => {
    const sink = memorySink();
    sinks.push(sink);
    return sink;
  };
  try {
    const upload = await readUpload(cut(Buffer.from(text), lengths), limits, open);
    return { sinks, upload, refusal: undefined };
  } catch (thrown) {
    if (!isFailure(thrown)) throw thrown;
    return { sinks, upload: undefined, refusal: { code: thrown.code, message: thrown.message } };
  }
}

export async function arrived(...asked: Parameters<typeof read>): Promise<NonNullable<Outcome['upload']>> {
  const { upload, refusal } = await read(...asked);
  if (upload === undefined) throw new Error(`refused: ${refusal?.message}`);
  return upload;
}

export const key = '@s/n-1.0.0.tgz';
export const withData = (data: unknown, more: object = {}): string =>
  JSON.stringify({
    name: '@s/n',
    _attachments: { [key]: { content_type: 'x/y', data, length: 3, ...more } },
  });
export const hex = (algorithm: string, bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex');
