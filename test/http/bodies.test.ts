import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openBody } from '../../src/http/body.ts';
import { choice, route } from '../../src/http/route.ts';
import { fail } from '../../src/kernel/failure.ts';
import { noise } from '../packages/archives.ts';
import { echo, echoShape, openGate, serve } from './serving.ts';

const large = 96 * 1024 * 1024;

/** A buffer as `fetch` is typed to take it. */
const bodyOf = (body: string | Buffer): string | Uint8Array<ArrayBuffer> =>
  typeof body === 'string' ? body : new Uint8Array(body);

const post = (base: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${base}/-/echo/ann`, {
    method: 'POST',
    body: bodyOf(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

describe('request bodies', () => {
  test('a JSON body of the right shape reaches the route', async () => {
    const { base } = await serve([echo]);
    const response = await post(base, '{"text":"hello"}');
    expect([response.status, await response.json()]).toEqual([200, { text: 'hello', name: 'ann' }]);
  });

  test('a body compressed with gzip is inflated', async () => {
    const { base } = await serve([echo]);
    const response = await post(base, gzipSync('{"text":"packed"}'), { 'content-encoding': 'gzip' });
    expect([response.status, await response.json()]).toMatchObject([200, { text: 'packed' }]);
  });

  const deep = `${'['.repeat(70)}${']'.repeat(70)}`;
  const refusals: [string, string | Buffer, Record<string, string>, number, RegExp][] = [
    ['no JSON at all', 'text', {}, 400, /not valid JSON/],
    ['another shape', '{"text":1}', {}, 400, /wrong at "text"/],
    ['nothing', '', {}, 400, /body is wrong/],
    ['a key named __proto__', '{"text":"a","__proto__":{"x":1}}', {}, 400, /__proto__/],
    ['too deep a nesting', `{"text":"a","deep":${deep}}`, {}, 400, /deeper than 64/],
    ['another media type', '{"text":"a"}', { 'content-type': 'text/plain' }, 415, /application\/json/],
    ['an unknown encoding', '{"text":"a"}', { 'content-encoding': 'br' }, 400, /gzip, nothing else/],
    ['broken gzip', 'no gzip', { 'content-encoding': 'gzip' }, 400, /not valid gzip/],
    [
      'too many bytes',
      JSON.stringify({ text: 'a'.repeat(256 * 1024) }),
      {},
      413,
      /larger than the limit of 262144/,
    ],
    [
      'too many bytes once inflated',
      gzipSync(Buffer.alloc(2 * 1024 * 1024, 32)),
      { 'content-encoding': 'gzip' },
      413,
      /larger than the limit/,
    ],
  ];
  test.each(refusals)('%s is refused with a sentence', async (_what, body, headers, status, words) => {
    const { base } = await serve([echo]);
    const response = await post(base, body, headers);
    const answer = (await response.json()) as { error: string; message: string };
    expect([response.status, answer.message]).toEqual([status, answer.error]);
    expect(answer.error).toMatch(words);
  });

  const many = (count: number, write: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => write(index)).join(',');
  const withKeys = (count: number): string =>
    `{"text":"a","list":[${many(count - 2, () => '{"a:,":"\\":,"}')}]}`;
  const withElements = (count: number): string => `{"text":"a","list":[${many(count - 1, () => '0')}]}`;

  test.each([
    ['keys', withKeys, 'The JSON body has more than 1000 keys.'],
    ['elements', withElements, 'The lists of the JSON body have more than 1000 elements.'],
  ])('a thousand %s are read, and more are refused', async (_what, write, sentence) => {
    const { base } = await serve([echo]);
    expect((await post(base, write(1000))).status).toBe(200);
    const response = await post(base, write(1002));
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([400, sentence]);
  });

  test('a route says itself when it takes more', async () => {
    const wide = { bytes: 1024 * 1024, depth: 64, keys: 20_000 };
    const { base } = await serve([route({ ...echoShape, limits: wide })]);
    expect((await post(base, withKeys(20_000))).status).toBe(200);
    expect((await post(base, withKeys(20_001))).status).toBe(400);
  });

  test.each([
    ['at the root', '{"text":"a","x":1,"text":"b"}'],
    ['in depth', '{"text":"a","x":[{"b":{"c":1,"d":2,"c":1}}]}'],
    ['spelt in two ways', '{"text":"a","\\u0074ext":"b"}'],
    ['that is __proto__', '{"text":"a","__proto__":1,"__proto__":2}'],
  ])('a key twice in one object %s is refused', async (_where, body) => {
    const { base } = await serve([echo]);
    const response = await post(base, body);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/key twice in one object|__proto__/);
  });

  test('the same key in several objects, and signs within texts, are read', async () => {
    const { base } = await serve([echo]);
    const text = '":,\\"{[\\\\';
    const response = await post(base, JSON.stringify({ text, x: [{ a: 1 }, { a: { a: ':' } }], ':': ',' }));
    expect([response.status, await response.json()]).toMatchObject([200, { text }]);
  });

  test('a body that is no UTF-8 is refused, not mended', async () => {
    const { base } = await serve([echo]);
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
      const body = Buffer.concat([Buffer.from('{"text":"'), Buffer.from(bytes), Buffer.from('"}')]);
      const response = await post(base, body);
      const answer = (await response.json()) as { error: string };
      expect([response.status, answer.error]).toEqual([400, 'The request body is not valid UTF-8.']);
    }
    const whole = await post(base, '{"text":"é€😀"}');
    expect(await whole.json()).toMatchObject({ text: 'é€😀' });
  });

  test('what is refused is named in a few words, however much of it came', async () => {
    const strict = route({ ...echoShape, input: z.strictObject({ text: z.string() }) });
    const { base } = await serve([strict]);
    const reasonOf = async (body: object): Promise<string> =>
      ((await (await post(base, JSON.stringify(body))).json()) as { error: string }).error;
    const keys = (count: number, length = 1): object =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [String.fromCharCode(97 + index).repeat(length), 0]),
      );
    expect(await reasonOf({ text: 'a', ...keys(1) })).toBe(
      'The request body is wrong: Unrecognized key: "a".',
    );
    expect(await reasonOf({ text: 'a', ...keys(7) })).toBe(
      'The request body is wrong: Unrecognized keys: "a", "b", "c", "d", "e" and 2 more.',
    );
    expect(await reasonOf({ text: 'a', ...keys(900, 100) })).toHaveLength(
      'The request body is wrong: Unrecognized keys: "", "", "", "", "" and 895 more.'.length + 5 * 60,
    );
  });

  test('an early refusal of a large upload is heard by a client that is still sending', async () => {
    const refusing = { ...openGate(), judge: async () => fail('otp_required') };
    const upload = choice({
      method: 'PUT',
      path: '/:package',
      input: z.unknown(),
      limits: { bytes: large, depth: 64, keys: 100 },
      first: { action: 'package.publish', target: () => ({ on: 'package', name: 'hello' }) },
      pick: () => 'package.publish',
      oneOf: { 'package.publish': async () => ({}) },
    });
    const { base } = await serve([upload], { gate: refusing });
    const response = await fetch(`${base}/hello`, { method: 'PUT', body: Buffer.alloc(8 * 1024 * 1024, 32) });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'otp']);
  });
});

describe('a route with a reader of its own', () => {
  const held: string[] = [];
  const upload = (read: (request: IncomingMessage) => Promise<string>) =>
    choice<string, 'package.publish' | 'package.deprecate'>({
      method: 'PUT',
      path: '/:package',
      reader: {
        limit: large,
        read: async (request) => {
          const body = await read(request);
          held.push(body);
          return {
            body,
            release: async () => {
              held.push(`no ${body}`);
            },
          };
        },
      },
      pick: (body) => (body === 'deprecate' ? 'package.deprecate' : 'package.publish'),
      oneOf: {
        'package.publish': async () => fail('otp_required'),
        'package.deprecate': async (_gate, asked) => ({ body: { was: asked.body, held: [...held] } }),
      },
    });
  const readWhole = async (request: IncomingMessage): Promise<string> => {
    const pieces: Buffer[] = [];
    for await (const piece of openBody(request, 100)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };
  const put = (base: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(`${base}/hello`, { method: 'PUT', body: bodyOf(body), headers });

  test('acts on what it read, and lets go of it once that is done or refused', async () => {
    const { base } = await serve([upload(readWhole)]);
    held.length = 0;
    expect(await (await put(base, 'deprecate')).json()).toEqual({ was: 'deprecate', held: ['deprecate'] });
    expect((await put(base, gzipSync('publish'), { 'content-encoding': 'gzip' })).status).toBe(401);
    expect(held).toEqual(['deprecate', 'no deprecate', 'publish', 'no publish']);
  });

  const eightMiB = noise(8 * 1024 * 1024);
  test.each([
    ['plain', eightMiB, {}],
    ['compressed', gzipSync(eightMiB), { 'content-encoding': 'gzip' }],
  ])(
    'that refuses in the middle of a %s body is heard by a client that is still sending',
    async (_how, body, headers) => {
      const { base } = await serve([
        upload(async (request) => {
          for await (const _piece of openBody(request, large)) fail('tarball_too_large', { limit: 1 });
          return '';
        }),
      ]);
      const response = await put(base, body, headers);
      expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([
        413,
        'The tarball is larger than the limit of 1 bytes.',
      ]);
    },
  );

  test('is told when a compressed body breaks off', async () => {
    const outcome = Promise.withResolvers<unknown>();
    const broken = upload(async (request) => {
      const read = readWhole(request);
      read.catch(outcome.resolve);
      return read;
    });
    const { server: breaking } = await serve([broken]);
    const { port } = breaking.server.address() as { port: number };
    const { connect } = await import('node:net');
    const socket = connect(port, '127.0.0.1');
    const head = 'PUT /hello HTTP/1.1\r\nhost: x\r\ncontent-encoding: gzip\r\ncontent-length: 1000\r\n\r\n';
    socket.write(Buffer.concat([Buffer.from(head), gzipSync('publish').subarray(0, 12)]));
    breaking.server.once('request', () => socket.destroy());
    expect(await outcome.promise).toBeInstanceOf(Error);
  });
});
