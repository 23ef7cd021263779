import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { archive, manifestEntry, tarball } from './archives.ts';
import { documentOf, mustPublish, signUp } from './publisher.ts';

const foo = { name: 'foo', version: '1.0.0' };

eachDialect('publishing', (dialect) => {
  let app: TestApp;
  let alice: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
  });

  describe('is refused with nothing stored for', () => {
    const manifest = { ...foo };
    const link = { path: 'package/link', type: '2', linkpath: '/etc/passwd' };
    const altered = (change: (body: ReturnType<typeof documentOf>) => void, draft = foo) => {
      const body = documentOf(draft);
      change(body);
      return body;
    };
    const version = (body: ReturnType<typeof documentOf>) =>
      body.versions['1.0.0'] as Record<string, unknown> & { dist: Record<string, string> };
    const attachment = (body: ReturnType<typeof documentOf>) =>
      Object.values(body._attachments)[0] as { data: string; length: number };
    const cases: [string, number, () => unknown][] = [
      [
        'another integrity',
        422,
        () =>
          altered((body) => {
            version(body).dist.integrity = 'sha512-AAAA';
          }),
      ],
      [
        'another shasum',
        422,
        () =>
          altered((body) => {
            version(body).dist.shasum = '0'.repeat(40);
          }),
      ],
      [
        'another length',
        400,
        () =>
          altered((body) => {
            attachment(body).length += 1;
          }),
      ],
      [
        'bad base64',
        400,
        () =>
          altered((body) => {
            attachment(body).data = `*${attachment(body).data.slice(1)}`;
          }),
      ],
      [
        'an added dependency',
        422,
        () =>
          altered((body) => {
            version(body).dependencies = { evil: '1' };
          }),
      ],
      [
        'an added script',
        422,
        () =>
          altered((body) => {
            version(body).scripts = { postinstall: 'evil' };
          }),
      ],
      [
        'a hidden script',
        422,
        () => ({
          ...documentOf({ ...foo, content: tarball({ ...manifest, scripts: { install: 'evil' } }) }),
        }),
      ],
      [
        'a tarball of another package',
        422,
        () => documentOf({ ...foo, content: tarball({ name: 'bar', version: '1.0.0' }) }),
      ],
      [
        'a tarball of another version',
        422,
        () => documentOf({ ...foo, content: tarball({ name: 'foo', version: '1.0.1' }) }),
      ],
      [
        'a tarball without a manifest',
        400,
        () => documentOf({ ...foo, content: gzipSync(archive({ path: 'package/x', content: 'x' })) }),
      ],
      ['a tarball with a link', 400, () => documentOf({ ...foo, content: tarball(manifest, link) })],
      [
        'a tarball that climbs out',
        400,
        () => documentOf({ ...foo, content: tarball(manifest, { path: 'package/../../x' }) }),
      ],
      ['a tarball that is none', 400, () => documentOf({ ...foo, content: Buffer.from('hello') })],
      [
        'a bomb',
        400,
        () =>
          documentOf({
            ...foo,
            content: gzipSync(
              archive(manifestEntry(manifest), { path: 'package/0', content: Buffer.alloc(5_000_000) }),
            ),
          }),
      ],
      ['a private package', 400, () => documentOf({ ...foo, manifest: { private: true } })],
      ['restricted access without a scope', 422, () => documentOf({ ...foo, access: 'restricted' })],
      ['a version that is none', 400, () => documentOf({ ...foo, version: 'v1.0.0' })],
      ['a range as tag', 400, () => documentOf({ ...foo, tag: '^1.0.0' })],
      [
        'two versions',
        400,
        () => {
          const body = documentOf(foo);
          return { ...body, versions: { ...body.versions, '2.0.0': {} } };
        },
      ],
      ['another name', 400, () => documentOf({ ...foo, name: 'bar' })],
      ['no attachment at all', 404, () => ({ ...documentOf(foo), _attachments: {} })],
      [
        'a poisoned key',
        400,
        () =>
          JSON.parse(
            JSON.stringify(documentOf(foo))
              .replace('"description"', '"x"')
              .replace('"name"', '"__proto__":{},"name"'),
          ),
      ],
      ['a list in place of the document', 400, () => []],
      ['versions that are a list', 400, () => ({ ...documentOf(foo), versions: [] })],
    ];
    it('whatever is wrong with the document', async () => {
      for (const [what, status, body] of cases) {
        const answer = await app.ask('PUT', '/foo', { token: alice, body: body() });
        expect(answer.statusCode, `${what}: ${answer.body}`).toBe(status);
        expect(answer.json().error, what).toBe(answer.json().message);
        expect(answer.json().error, what).not.toContain('one-time pass');
        expect((await app.ask('GET', '/foo', { token: alice })).statusCode, what).toBe(404);
      }
      await mustPublish(app, alice, foo);
    });

    it('a name that nobody may have', async () => {
      for (const path of ['Foo', 'node_modules', 'fs', '.foo', '_foo', 'foo~', '@alice%2f.foo']) {
        const body = documentOf({ name: decodeURIComponent(path), version: '1.0.0' });
        const answer = await app.ask('PUT', `/${path}`, { token: alice, body });
        expect(answer.statusCode, `${path}: ${answer.body}`).toBe(400);
      }
    });
  });
});
