import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { beforeEach, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { noise, tarball } from './archives.ts';
import { contentOf, documentOf, mustPublish, packumentOf, signUp } from './publisher.ts';

const abbreviated = { accept: 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*' };
const keywords = Array.from({ length: 200 }, (_, index) => `keyword-${index}`);

eachDialect('reading', (dialect) => {
  let app: TestApp;
  let alice: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
  });

  it('gives the full form unless the abbreviated one is asked for, and never confuses them', async () => {
    const manifest = {
      description: 'd',
      keywords,
      scripts: { postinstall: 'x' },
      dependencies: { a: '1' },
      bin: './c.js',
      license: 'MIT',
    };
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0', manifest });
    const full = await app.ask('GET', '/foo', { headers: { accept: 'application/json' } });
    const short = await app.ask('GET', '/foo', { headers: abbreviated });
    expect(full.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(short.headers['content-type']).toBe('application/vnd.npm.install-v1+json');
    expect(full.headers.etag).not.toBe(short.headers.etag);
    for (const { headers } of [full, short]) {
      expect(headers['cache-control']).toBe('no-cache');
      expect(headers.vary).toBe('accept, accept-encoding');
    }
    expect(Object.keys(full.json())).toEqual([
      '_id',
      '_rev',
      'name',
      'dist-tags',
      'versions',
      'time',
      'maintainers',
      'description',
      'keywords',
      'license',
    ]);
    expect(Object.keys(short.json())).toEqual(['name', 'modified', 'dist-tags', 'versions', 'time']);
    expect(short.json().versions['1.0.0']).toEqual({
      name: 'foo',
      version: '1.0.0',
      dependencies: { a: '1' },
      bin: { foo: 'c.js' },
      hasInstallScript: true,
      _hasShrinkwrap: false,
      dist: full.json().versions['1.0.0'].dist,
    });
  });

  it.each([
    ['application/vnd.npm.install-v1+json', 'short'],
    ['application/vnd.npm.install-v1+json; q=0.5, application/json', 'full'],
    ['application/vnd.npm.install-v1+json; q=0', 'full'],
    ['application/json; q=1.0, */*', 'full'],
    ['*/*', 'full'],
  ])('understands accept: %s', async (accept, form) => {
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    const answer = await app.ask('GET', '/foo', { headers: { accept } });
    expect('_id' in answer.json()).toBe(form === 'full');
  });

  it('answers 304 to who has the document, whatever the date says, until it changes', async () => {
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    const first = await app.ask('GET', '/foo');
    const etag = String(first.headers.etag);
    const headers = { 'if-none-match': etag, 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' };
    const again = await app.ask('GET', '/foo', { headers });
    expect(again.statusCode).toBe(304);
    expect(again.body).toBe('');
    for (const name of ['etag', 'cache-control', 'vary'])
      expect(again.headers[name]).toBe(first.headers[name]);
    expect(
      (await app.ask('GET', '/foo', { headers: { 'if-none-match': `"x", ${etag.slice(2)}` } })).statusCode,
    ).toBe(304);
    await app.ask('PUT', '/-/package/foo/dist-tags/beta', { token: alice, body: '1.0.0' });
    const changed = await app.ask('GET', '/foo', { headers });
    expect(changed.statusCode).toBe(200);
    expect(changed.headers.etag).not.toBe(etag);
  });

  it('compresses documents as the client can take them, and tarballs never', async () => {
    const draft = { name: 'foo', version: '1.0.0', manifest: { keywords } };
    await mustPublish(app, alice, draft);
    const plain = (await app.ask('GET', '/foo')).rawPayload;
    const asked = async (encoding: string) =>
      app.ask('GET', '/foo', { headers: { 'accept-encoding': encoding } });
    const forms: [string, string, (bytes: Buffer) => Buffer][] = [
      ['gzip,deflate', 'gzip', gunzipSync],
      ['gzip, deflate, br', 'br', brotliDecompressSync],
      ['zstd,gzip,deflate', 'zstd', zstdDecompressSync],
      ['br;q=0.1, gzip;q=0.9', 'gzip', gunzipSync],
    ];
    for (const [encoding, chosen, decode] of forms) {
      const answer = await asked(encoding);
      expect(answer.headers['content-encoding']).toBe(chosen);
      expect(Number(answer.headers['content-length'])).toBe(answer.rawPayload.length);
      expect(decode(answer.rawPayload)).toEqual(plain);
    }
    for (const encoding of ['identity', 'gzip/deflate', 'gzip;q=0', '']) {
      expect((await asked(encoding)).headers['content-encoding']).toBeUndefined();
    }
    const bytes = await app.ask('GET', '/foo/-/foo-1.0.0.tgz', {
      headers: { 'accept-encoding': 'gzip, br, zstd' },
    });
    expect(bytes.headers['content-encoding']).toBeUndefined();
    expect(bytes.rawPayload).toEqual(contentOf(draft));
  });

  it('serves tarballs small and large under every spelling of their path', async () => {
    const small = { name: '@alice/foo', version: '1.0.0', access: 'public' as const };
    const content = tarball(
      { name: '@alice/foo', version: '2.0.0' },
      { path: 'package/big', content: noise(300_000) },
    );
    await mustPublish(app, alice, small);
    await mustPublish(app, alice, { ...small, version: '2.0.0', content });
    for (const path of [
      '/@alice/foo/-/foo-',
      '/@alice%2ffoo/-/foo-',
      '/@alice%2Ffoo/-/foo-',
      '/@alice/foo/-/@alice/foo-',
    ]) {
      const one = await app.ask('GET', `${path}1.0.0.tgz`);
      expect(one.rawPayload, path).toEqual(contentOf(small));
      expect(one.headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'cache-control': 'public, max-age=31536000, immutable',
        'content-length': String(contentOf(small).length),
      });
      const two = await app.ask('GET', `${path}2.0.0.tgz`);
      expect(two.rawPayload.equals(content), path).toBe(true);
      expect(two.headers['content-length']).toBe(String(content.length));
      const held = await app.ask('GET', `${path}2.0.0.tgz`, {
        headers: { 'if-none-match': String(two.headers.etag) },
      });
      expect(held.statusCode).toBe(304);
    }
  });

  it('gives equal bytes for every spelling of a scoped name', async () => {
    await mustPublish(app, alice, { name: '@alice/foo', version: '1.0.0', access: 'public' });
    const [first, ...others] = await Promise.all(
      ['/@alice%2ffoo', '/@alice%2Ffoo', '/@alice/foo', '/%40alice%2ffoo'].map((path) =>
        app.ask('GET', path),
      ),
    );
    expect(first?.statusCode).toBe(200);
    for (const other of others) expect(other.rawPayload).toEqual(first?.rawPayload);
  });

  it('gives one manifest by version or tag, and 404 for all else', async () => {
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0', manifest: { description: 'd' } });
    const packument = await packumentOf(app, 'foo');
    for (const path of ['/foo/1.0.0', '/foo/latest']) {
      expect((await app.ask('GET', path)).json()).toEqual(packument.versions['1.0.0']);
    }
    expect((await app.ask('GET', '/foo/1.0.0', { headers: abbreviated })).json()).not.toHaveProperty(
      'description',
    );
    for (const path of [
      '/foo/9.9.9',
      '/foo/^1',
      '/foo/beta',
      '/foo/-/foo-9.9.9.tgz',
      '/foo/-/bar-1.0.0.tgz',
      '/foo/-/foo-1.0.0.zip',
      '/bar',
      '/Foo',
      '/-/x',
      '/foo/bar/baz',
    ]) {
      const answer = await app.ask('GET', path);
      expect(answer.statusCode, path).toBe(404);
      expect(answer.json().error, path).toBe(answer.json().message);
    }
    expect((await app.ask('GET', '/foo/9.9.9')).json().error).toBe('version not found: 9.9.9');
  });

  it('answers HEAD with the headers of GET and no body', async () => {
    const content = tarball(
      { name: 'foo', version: '2.0.0' },
      { path: 'package/big', content: noise(200_000) },
    );
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    await mustPublish(app, alice, { name: 'foo', version: '2.0.0', content });
    for (const path of ['/foo', '/foo/1.0.0', '/foo/-/foo-1.0.0.tgz', '/foo/-/foo-2.0.0.tgz']) {
      const got = await app.ask('GET', path);
      const head = await app.ask('HEAD', path);
      expect(head.statusCode).toBe(200);
      expect(head.body).toBe('');
      for (const name of ['etag', 'content-length', 'content-type', 'cache-control', 'vary']) {
        expect(head.headers[name], `${name} of ${path}`).toBe(got.headers[name]);
      }
    }
    expect((await app.ask('HEAD', '/bar')).statusCode).toBe(404);
  });

  it('refuses paths that nobody sends honestly', async () => {
    for (const path of [
      '/@alice%252ffoo',
      '/foo%00',
      '/foo%5cbar',
      '/..%2f..%2fetc',
      '/foo/-/..%2f..%2fx.tgz',
      '/foo%',
    ]) {
      expect((await app.ask('GET', path)).statusCode, path).toBe(400);
    }
  });

  it('shows a change of another process within a second, and at once to who is about to write', async () => {
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    const other = await app.another();
    expect(Object.keys((await other.ask('GET', '/foo')).json().versions)).toEqual(['1.0.0']);
    await mustPublish(app, alice, { name: 'foo', version: '1.1.0' });
    expect(Object.keys((await packumentOf(other, 'foo')).versions)).toEqual(['1.0.0', '1.1.0']);
    await mustPublish(app, alice, { name: 'foo', version: '1.2.0' });
    app.clock.advance(1000);
    expect(Object.keys((await other.ask('GET', '/foo')).json().versions)).toHaveLength(3);
  });

  it('has its URLs under the prefix of the public URL', async () => {
    const mounted = await openApp(dialect, { TALLYSTICK_PUBLIC_URL: 'http://localhost:4873/npm' });
    const carol = await signUp(mounted, 'carol');
    await mustPublish(mounted, carol, { name: 'foo', version: '1.0.0' });
    const { dist } = (await mounted.ask('GET', '/npm/foo')).json().versions['1.0.0'];
    expect(dist.tarball).toBe('http://localhost:4873/npm/foo/-/foo-1.0.0.tgz');
    expect((await mounted.ask('GET', new URL(dist.tarball).pathname)).statusCode).toBe(200);
  });

  it('keeps the readme at the root of the full form, at most 64 KiB of it', async () => {
    const body = documentOf({ name: 'foo', version: '1.0.0' });
    Object.assign(body.versions['1.0.0'] ?? {}, {
      readme: `${'ä'.repeat(40_000)}\u0000`,
      readmeFilename: 'README.md',
    });
    expect((await app.ask('PUT', '/foo', { token: alice, body })).statusCode).toBe(201);
    const packument = await packumentOf(app, 'foo');
    expect(packument.readme).toBe('ä'.repeat(32_768));
    expect(packument.readmeFilename).toBe('README.md');
    expect(packument.versions['1.0.0']).not.toHaveProperty('readme');
  });
});
