import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { fail } from '../kernel/failure.ts';

/** Bounds of a JSON body (IN1): bytes after inflating, depth of nesting, number of keys. */
export interface JsonLimits {
  readonly bytes: number;
  readonly depth: number;
  readonly keys: number;
}

const MiB = 1024 * 1024;
/** What most requests may send. */
export const smallBody: JsonLimits = { bytes: MiB, depth: 64, keys: 100_000 };
/** A packument or a publish document. */
export const largeBody: JsonLimits = { bytes: 96 * MiB, depth: 64, keys: 2_000_000 };

const drainTime = 30_000;

/**
 * Reads and throws away what the client still sends, at most `bytes` or 30 s of it, so that it sees our answer instead
 * of a reset connection (OT9).
 */
export async function drain(request: IncomingMessage, bytes: number): Promise<void> {
  if (request.readableEnded || request.destroyed) return;
  await new Promise<void>((resolve) => {
    let rest = bytes;
    const finish = (): void => {
      clearTimeout(timer);
      request.off('data', count);
      resolve();
    };
    const count = (chunk: Buffer): void => {
      rest -= chunk.length;
      if (rest <= 0) finish();
    };
    const timer = setTimeout(finish, drainTime);
    request.on('data', count).once('end', finish).once('close', finish).once('error', finish);
    request.resume();
  });
}

/** The body's bytes, inflated where the client compressed it. Fails with `request_too_large`, `request_invalid`. */
async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) fail('request_too_large', { limit });
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip')
    fail('request_invalid', {
      reason: 'The request body may be plain or compressed with gzip, nothing else.',
    });
  const source = encoding === 'gzip' ? request.pipe(createGunzip()) : request;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > limit) fail('request_too_large', { limit });
      chunks.push(chunk);
    }
  } catch (thrown) {
    if (encoding === 'gzip' && thrown instanceof Error && 'errno' in thrown)
      fail('request_invalid', { reason: 'The request body is not valid gzip.' });
    throw thrown;
  }
  return Buffer.concat(chunks);
}

/** Walks a parsed document without recursion: bounds it, refuses `__proto__`, and takes every object's prototype away. */
function inspect(document: unknown, limits: JsonLimits): void {
  let keys = 0;
  let level: object[] = typeof document === 'object' && document !== null ? [document] : [];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limits.depth)
      fail('request_invalid', { reason: `The JSON body is nested deeper than ${limits.depth} levels.` });
    const next: object[] = [];
    for (const node of level) {
      const isList = Array.isArray(node);
      for (const [key, value] of Object.entries(node)) {
        if (!isList) keys += 1;
        if (keys > limits.keys)
          fail('request_invalid', { reason: `The JSON body has more than ${limits.keys} keys.` });
        if (key === '__proto__')
          fail('request_invalid', { reason: 'The JSON body has a key named __proto__.' });
        if (typeof value === 'object' && value !== null) next.push(value);
      }
      if (!isList) Object.setPrototypeOf(node, null);
    }
    level = next;
  }
}

/**
 * The JSON body, or undefined when there is none. Fails with `media_type_unsupported`, `request_too_large`,
 * `request_invalid`.
 */
export async function readJson(request: IncomingMessage, limits: JsonLimits): Promise<unknown> {
  const bytes = await readBytes(request, limits.bytes);
  if (bytes.length === 0) return undefined;
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/([a-z0-9.+-]+\+)?json\b/i.test(type))
    fail('media_type_unsupported');
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    fail('request_invalid', { reason: 'The request body is not valid JSON.' });
  }
  inspect(document, limits);
  return document;
}
