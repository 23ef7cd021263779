import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { signUp } from './publisher.ts';

const bulk = '/-/npm/v1/security/advisories/bulk';
const older = ['/-/npm/v1/security/audits/quick', '/-/npm/v1/security/audits'] as const;
const all = [bulk, ...older];

describe('audits', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await openApp('sqlite');
  });

  /** Bytes as they are, which `ask` does not send. */
  const send = (path: string, payload: Buffer | string, headers: Record<string, string> = {}) =>
    app.app.server.inject({
      method: 'POST',
      url: path,
      payload,
      headers: { 'content-type': 'application/json', ...headers },
    });
  const gzipped = (body: unknown) => gzipSync(JSON.stringify(body));
  const asGzip = { 'content-encoding': 'gzip' };

  it('find nothing, plain and compressed', async () => {
    const body = { foo: ['1.0.0', '1.1.0'], '@alice/bar': ['2.0.0'], constructor: [] };
    for (const answer of [await app.ask('POST', bulk, { body }), await send(bulk, gzipped(body), asGzip)]) {
      expect([answer.statusCode, answer.json()]).toEqual([200, {}]);
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  it.each(older)('%s counts what a lockfile has', async (path) => {
    const body = {
      name: 'project',
      requires: { a: '1' },
      dependencies: {
        a: { version: '1.0.0', dependencies: { b: { version: '1.0.0', optional: true } } },
        c: { version: '1.0.0', dev: true },
        broken: 'no object',
      },
    };
    const expected = {
      actions: [],
      advisories: {},
      muted: [],
      metadata: {
        vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0 },
        dependencies: 1,
        devDependencies: 1,
        optionalDependencies: 1,
        totalDependencies: 3,
      },
    };
    expect((await app.ask('POST', path, { body })).json()).toEqual(expected);
    expect((await send(path, gzipped(body), asGzip)).json()).toEqual(expected);
    const pnpm = { dependencies: { '.': body } };
    expect((await app.ask('POST', path, { body: pnpm })).json()).toEqual(expected);
    expect((await app.ask('POST', path, { body: {} })).json().metadata.totalDependencies).toBe(0);
  });

  it('are refused in any other shape', async () => {
    for (const body of [[], 'foo', 7, { foo: '1.0.0' }, { foo: [1] }, { foo: { 0: '1.0.0' } }])
      expect((await app.ask('POST', bulk, { body })).statusCode, JSON.stringify(body)).toBe(400);
    for (const path of all) {
      expect((await send(path, '')).statusCode).toBe(400);
      expect((await send(path, '{')).statusCode).toBe(400);
      expect((await send(path, '{"__proto__":[]}')).statusCode).toBe(400);
      expect((await send(path, 'hello', asGzip)).statusCode).toBe(400);
      expect((await send(path, gzipped({}).subarray(0, -4), asGzip)).statusCode).toBe(400);
      expect((await send(path, '{}', { 'content-encoding': 'br' })).statusCode).toBe(400);
      expect((await send(path, '{}', { 'content-type': 'text/plain' })).statusCode).toBe(415);
      expect((await app.ask('GET', path)).statusCode).toBe(404);
    }
    const many = Object.fromEntries(Array.from({ length: 100_001 }, (_, index) => [`p${index}`, []]));
    const refused = await app.ask('POST', bulk, { body: many });
    expect(refused.statusCode).toBe(400);
    expect(refused.json().error).toContain('100000 packages');
  });

  it('are cut off where they unpack to more than 5 MiB, and served where they are just that', async () => {
    const limit = 5 * 1024 * 1024;
    const bomb = gzipSync(Buffer.alloc(500 * 1024 * 1024, ' '));
    expect(bomb.length).toBeLessThan(1024 * 1024);
    for (const path of all) expect((await send(path, bomb, asGzip)).statusCode).toBe(413);
    const full = `{"a":[]${' '.repeat(limit - 8)}}`;
    expect((await send(bulk, gzipSync(full), asGzip)).statusCode).toBe(200);
    expect((await send(bulk, gzipSync(`${full} `), asGzip)).statusCode).toBe(413);
    expect((await send(bulk, `${full} `)).statusCode).toBe(413);
  });

  it('are answered to read-only tokens, and to accounts alone where anonymous reading is off', async () => {
    app = await openApp('sqlite', { TALLYSTICK_ANONYMOUS_READ: 'false' });
    const token = await signUp(app, 'alice');
    for (const path of all) {
      expect((await app.ask('POST', path, { body: {} })).statusCode).toBe(401);
      expect((await app.ask('POST', path, { token, body: {} })).statusCode).toBe(200);
      expect((await app.ask('POST', path, { token: 'npm_nonsense', body: {} })).statusCode).toBe(401);
    }
  });

  it('tell nothing of a private name', async () => {
    const answer = await app.ask('POST', bulk, { body: { '@alice/secret': ['1.0.0'] } });
    expect(answer.json()).toEqual({});
  });
});
