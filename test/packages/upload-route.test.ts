import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enableFactor } from '../accounts/wire.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { noise, tarball } from './archives.ts';
import { contentOf, documentOf, mustPublish, packumentOf, publish, signUp } from './publisher.ts';

const MiB = 1024 * 1024;
const foo = { name: 'foo', version: '1.0.0' };
/** Large enough that its draft is on the disk before it has arrived. */
const large = { ...foo, content: tarball(foo, { path: 'package/data', content: noise(3 * MiB) }) };

describe('a tarball that is put', () => {
  let folder: string;
  let app: TestApp;
  let alice: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tallystick-put-'));
    app = await openApp('sqlite', { TALLYSTICK_DATA_DIR: folder, TALLYSTICK_TARBALL_LIMIT: '4MiB' });
    alice = await signUp(app, 'alice');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const drafts = (): string[] => readdirSync(join(folder, 'blobs', 'temporary'));
  const blobs = (): string[] =>
    readdirSync(join(folder, 'blobs'))
      .filter((name) => name !== 'temporary')
      .flatMap((name) => readdirSync(join(folder, 'blobs', name)));

  it('is served as it was, compressed on its way or not, and no draft of it stays', async () => {
    const zipped = gzipSync(JSON.stringify(documentOf(large)));
    const answer = await app.app.server.inject({
      method: 'PUT',
      url: '/foo',
      headers: {
        authorization: `Bearer ${alice}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      payload: zipped,
    });
    expect(answer.statusCode, answer.body).toBe(201);
    expect((await app.ask('GET', '/foo/-/foo-1.0.0.tgz')).rawPayload.equals(large.content)).toBe(true);
    await mustPublish(app, alice, { ...foo, version: '1.0.1' });
    expect([drafts(), blobs().length]).toEqual([[], 2]);
  });

  it('may come before everything else in its document', async () => {
    const { _attachments, ...rest } = documentOf(foo);
    const body = { _attachments, ...rest };
    expect((await app.ask('PUT', '/foo', { token: alice, body })).statusCode).toBe(201);
    expect((await app.ask('GET', '/foo/-/foo-1.0.0.tgz')).rawPayload).toEqual(contentOf(foo));
  });

  it('is not looked into before the challenge, and leaves nothing then', async () => {
    const { code } = await enableFactor(app, alice);
    const broken = { ...large, content: noise(3 * MiB) };
    const challenged = await publish(app, alice, broken);
    expect([challenged.statusCode, challenged.headers['www-authenticate']]).toEqual([401, 'otp']);
    expect([drafts(), blobs()]).toEqual([[], []]);
    const otp = code();
    const refused = await publish(app, alice, broken, { otp });
    expect([refused.statusCode, refused.json().error]).toEqual([400, 'The tarball is not a gzip file.']);
    expect([drafts(), blobs()]).toEqual([[], []]);
    await mustPublish(app, alice, large, { otp });
    expect(drafts()).toEqual([]);
  });

  it('leaves nothing when its document is refused, or is no publish at all', async () => {
    const whole = documentOf(large);
    const version = whole.versions['1.0.0'];
    const bodies: [number, object][] = [
      [422, { ...whole, versions: { '1.0.0': { ...version, dist: { shasum: 'f00' } } } }],
      [400, { ...whole, versions: [] }],
      [400, { ...whole, zz: Array.from({ length: 20_001 }, () => 0) }],
      [400, { ...whole, name: 'bar' }],
    ];
    for (const [status, body] of bodies)
      expect((await app.ask('PUT', '/foo', { token: alice, body })).statusCode).toBe(status);
    await mustPublish(app, alice, { ...foo, version: '0.0.1' });
    const { _rev } = await packumentOf(app, 'foo');
    const owners = { maintainers: [{ name: 'alice' }], _attachments: whole._attachments };
    const answer = await app.ask('PUT', `/foo/-rev/${_rev}`, { token: alice, body: owners });
    expect(answer.statusCode).toBeLessThan(500);
    expect([drafts(), blobs().length]).toEqual([[], 1]);
  });

  it('that is too large is refused in its own words, and no code is spent', async () => {
    const { code } = await enableFactor(app, alice);
    const otp = code();
    const content = tarball(foo, { path: 'package/data', content: noise(5 * MiB) });
    const refused = await publish(app, alice, { ...foo, content }, { otp });
    expect([refused.statusCode, refused.json().error]).toEqual([
      413,
      'The tarball is larger than the limit of 4194304 bytes.',
    ]);
    expect([drafts(), blobs()]).toEqual([[], []]);
    await mustPublish(app, alice, foo, { otp });
  });

  describe('over a connection', () => {
    let port: number;
    beforeEach(async () => {
      port = Number(new URL(await app.app.server.listen({ host: '127.0.0.1', port: 0 })).port);
    });
    const put = (body: string) =>
      fetch(`http://127.0.0.1:${port}/foo`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${alice}`, 'content-type': 'application/json' },
        body,
      });

    it('is challenged so that its sender hears it', async () => {
      await enableFactor(app, alice);
      const response = await put(JSON.stringify(documentOf(large)));
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'otp']);
      expect(drafts()).toEqual([]);
    });

    it('is refused in the middle so that its sender hears it', async () => {
      const body = JSON.stringify(documentOf(large));
      const response = await put(`${body.slice(0, 3_000_000)}*${body.slice(3_000_001)}`);
      expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([
        400,
        'The attachment "foo-1.0.0.tgz" is not strict base64.',
      ]);
      expect(drafts()).toEqual([]);
    });

    it('leaves nothing when its sender goes away', async () => {
      const body = JSON.stringify(documentOf(large));
      const head = [
        'PUT /foo HTTP/1.1',
        'host: localhost',
        `authorization: Bearer ${alice}`,
        `content-length: ${body.length}`,
      ];
      const socket = connect(port, '127.0.0.1');
      const gone = new Promise<void>((resolve) => {
        app.app.server.server.once('request', (request) => request.once('close', () => resolve()));
      });
      socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 3_000_000)}`);
      await expect.poll(() => drafts().length, { timeout: 30_000 }).toBe(1);
      socket.destroy();
      await gone;
      await expect.poll(drafts, { timeout: 30_000 }).toEqual([]);
      expect(blobs()).toEqual([]);
      expect((await put(JSON.stringify(documentOf(large)))).status).toBe(201);
    });
  });
});
