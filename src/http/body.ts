import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { createGunzip, type Gunzip } from 'node:zlib';
import { fail } from '../kernel/failure.ts';
import { Arrivals, bodyTime, paced } from './pace.ts';

/** Bounds of a JSON body (IN1): bytes after inflating, depth of nesting, number of keys, and of elements of lists. */
export interface JsonLimits {
  readonly bytes: number;
  readonly depth: number;
  readonly keys: number;
}

/**
 * What most requests may send, most of them without a login: a handful of fields, or a token's packages. Routes that need
 * more say so themselves; IN1 allows a megabyte and 100,000 keys, which take half a second to look through.
 */
export const smallBody: JsonLimits = { bytes: 256 * 1024, depth: 64, keys: 1000 };

const drainTime = 30_000;

const refuse = (reason: string): never => fail('request_invalid', { reason });

/** Whether the headers announce a body. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

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

const isDamage = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('Z_');

/** Inflates what the client sends; breaks off when the client does. */
function inflate(request: IncomingMessage): Gunzip {
  const gunzip = createGunzip();
  request.once('close', () => {
    if (!request.readableEnded) gunzip.destroy(request.errored ?? new Error('the request was broken off'));
  });
  return request.pipe(gunzip);
}

/**
 * The body's bytes as they arrive, inflated where the client compressed them. What is not taken stays to be drained.
 * Fails with `request_too_large` past the limit (in bytes), with `request_too_slow` when they come slower than 1 KiB/s or
 * take longer than `time` (in milliseconds), with `request_invalid` at an encoding that is not known or broken.
 */
export async function* openBody(
  request: IncomingMessage,
  limit: number,
  time: number = bodyTime.small,
): AsyncGenerator<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) fail('request_too_large', { limit });
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip')
    fail('request_invalid', {
      reason: 'The request body may be plain or compressed with gzip, nothing else.',
    });
  const arrivals = new Arrivals(time);
  const gunzip = encoding === 'gzip' ? inflate(request) : undefined;
  // What counts is what comes over the wire, not what it inflates to.
  const arrive = (chunk: Buffer): void => arrivals.arrive(chunk.length);
  if (gunzip) request.on('data', arrive);
  let size = 0;
  try {
    const source = (gunzip ?? request).iterator({ destroyOnReturn: false });
    for await (const chunk of paced(source, arrivals)) {
      if (!gunzip) arrive(chunk);
      size += chunk.length;
      if (size > limit) fail('request_too_large', { limit });
      yield chunk;
    }
  } catch (thrown) {
    if (isDamage(thrown)) fail('request_invalid', { reason: 'The request body is not valid gzip.' });
    throw thrown;
  } finally {
    if (gunzip) {
      request.off('data', arrive);
      // A pipe that nobody reads would hold up the drain.
      request.unpipe(gunzip);
      gunzip.destroy();
    }
  }
}

async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of openBody(request, limit)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Fails with `media_type_unsupported` where the client says that its body is something else than JSON. */
export function requireJson(request: IncomingMessage): void {
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/([a-z0-9.+-]+\+)?json\b/i.test(type))
    fail('media_type_unsupported');
}

const sign = { quote: 0x22, comma: 0x2c, colon: 0x3a, backslash: 0x5c };

/** Where the text ends that begins at `from` with its first quotation mark. */
function endOfText(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== sign.quote) at += bytes[at] === sign.backslash ? 2 : 1;
  return at;
}

/**
 * How many keys a JSON text has, those that come twice counted twice, before anything is built of it. Fails with
 * `request_invalid` past the limit, and where lists have more elements than that.
 */
function countKeys(bytes: Buffer, limit: number): number {
  let keys = 0;
  let commas = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === sign.quote) at = endOfText(bytes, at);
    else if (byte === sign.colon) keys += 1;
    else if (byte === sign.comma) commas += 1;
  }
  if (keys > limit) refuse(`The JSON body has more than ${limit} keys.`);
  if (commas > limit) refuse(`The lists of the JSON body have more than ${limit} elements.`);
  return keys;
}

/**
 * Walks a parsed document without recursion: bounds its depth, refuses `__proto__`, and takes every object's prototype
 * away. Returns how many keys it has.
 */
function inspect(document: unknown, depthLimit: number): number {
  let keys = 0;
  let level: object[] = typeof document === 'object' && document !== null ? [document] : [];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > depthLimit) refuse(`The JSON body is nested deeper than ${depthLimit} levels.`);
    const next: object[] = [];
    const keep = (value: unknown): void => {
      if (typeof value === 'object' && value !== null) next.push(value);
    };
    for (const node of level) {
      if (Array.isArray(node)) {
        node.forEach(keep);
        continue;
      }
      const parsed = node as Record<string, unknown>;
      // What JSON.parse made has own keys only; a list of them would cost more than the parsing did.
      for (const key in parsed) {
        keys += 1;
        if (key === '__proto__') refuse('The JSON body has a key named __proto__.');
        keep(parsed[key]);
      }
      Object.setPrototypeOf(node, null);
    }
    level = next;
  }
  return keys;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuse('The request body is not valid JSON.');
  }
}

/**
 * The JSON body, or undefined when there is none. Fails with `media_type_unsupported`, `request_too_large`,
 * `request_invalid`.
 */
export async function readJson(request: IncomingMessage, limits: JsonLimits): Promise<unknown> {
  const bytes = await readBytes(request, limits.bytes);
  if (bytes.length === 0) return undefined;
  requireJson(request);
  if (!isUtf8(bytes)) refuse('The request body is not valid UTF-8.');
  const written = countKeys(bytes, limits.keys);
  const document = parse(bytes.toString('utf8'));
  // Readers differ in which of two they take: what one of them judged another would do otherwise.
  if (inspect(document, limits.depth) !== written) refuse('The JSON body has a key twice in one object.');
  return document;
}
