import { beforeEach, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { mustPublish, signUp } from './publisher.ts';

eachDialect('reading', (dialect) => {
  let app: TestApp;
  let alice: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
  });

  it('hides a restricted package from everybody else everywhere', async () => {
    await mustPublish(app, alice, { name: '@alice/foo', version: '1.0.0' });
    const bob = await signUp(app, 'bob');
    const paths = [
      '/@alice%2ffoo',
      '/@alice%2ffoo?write=true',
      '/@alice%2ffoo/1.0.0',
      '/@alice/foo/-/foo-1.0.0.tgz',
      '/-/package/@alice%2ffoo/dist-tags',
      '/-/package/@alice%2ffoo/dist-tags/latest',
      '/-/package/@alice%2ffoo/visibility',
      '/-/package/@alice%2ffoo/access',
      '/-/package/@alice%2ffoo/collaborators',
    ];
    for (const path of paths) {
      const own = await app.ask('GET', path, { token: alice });
      expect(own.statusCode, path).toBe(200);
      for (const wish of [{}, { token: bob }]) {
        const strange = await app.ask('GET', path, wish);
        const absent = await app.ask('GET', path.replace('foo', 'bar').replace('foo-', 'bar-'), wish);
        expect(strange.statusCode, path).toBe(404);
        expect(strange.body, path).toBe(absent.body);
      }
    }
    const own = await app.ask('GET', '/@alice%2ffoo', { token: alice });
    expect(own.headers).toMatchObject({
      'cache-control': 'private, no-cache',
      vary: 'accept, accept-encoding, authorization',
    });
    const bytes = await app.ask('GET', '/@alice/foo/-/foo-1.0.0.tgz', { token: alice });
    expect(bytes.headers['cache-control']).toBe('private, max-age=31536000, immutable');
  });

  it('refuses writes of strangers by what they may see', async () => {
    await mustPublish(app, alice, { name: '@alice/secret', version: '1.0.0' });
    await mustPublish(app, alice, { name: '@alice/open', version: '1.0.0', access: 'public' });
    const bob = await signUp(app, 'bob');
    const writes = [
      ['PUT', '/-/package/NAME/dist-tags/beta', '1.0.0'],
      ['PUT', '/-/package/NAME/dist-tags/latest', '1.0.0'],
      ['DELETE', '/-/package/NAME/dist-tags/beta', undefined],
      ['POST', '/-/package/NAME/access', { access: 'public' }],
      ['PUT', '/NAME/-rev/1-x', { versions: {} }],
      ['DELETE', '/NAME/-rev/1-x', undefined],
      ['DELETE', '/NAME/-/open-1.0.0.tgz/-rev/1-x', undefined],
    ] as const;
    for (const [method, path, body] of writes) {
      const at = (name: string) =>
        app.ask(method, path.replace('NAME', name), {
          token: bob,
          ...(body === undefined ? {} : { body }),
        });
      expect((await at('@alice%2fopen')).statusCode, `${method} ${path}`).toBe(403);
      expect((await at('@alice%2fsecret')).statusCode, `${method} ${path}`).toBe(404);
    }
    const deprecation = { token: bob, body: { versions: { '1.0.0': { deprecated: 'x' } } } };
    expect((await app.ask('PUT', '/@alice%2fopen', deprecation)).statusCode).toBe(403);
  });

  it('asks strangers to log in where anonymous reading is off', async () => {
    const closed = await openApp(dialect, { TALLYSTICK_ANONYMOUS_READ: 'false' });
    const carol = await signUp(closed, 'carol');
    await mustPublish(closed, carol, { name: 'foo', version: '1.0.0' });
    for (const path of ['/foo', '/foo/1.0.0', '/foo/-/foo-1.0.0.tgz', '/bar', '/-/package/foo/dist-tags']) {
      const answer = await closed.ask('GET', path);
      expect(answer.statusCode, path).toBe(401);
      expect(answer.headers['www-authenticate'], path).toBe('Bearer');
    }
    const own = await closed.ask('GET', '/foo', { token: carol });
    expect(own.headers['cache-control']).toBe('private, no-cache');
  });

  it('takes away a reader’s right in another process within a second', async () => {
    await mustPublish(app, alice, { name: '@alice/foo', version: '1.0.0', access: 'public' });
    const other = await app.another();
    expect((await other.ask('GET', '/@alice/foo/-/foo-1.0.0.tgz')).statusCode).toBe(200);
    await app.ask('POST', '/-/package/@alice%2ffoo/access', {
      token: alice,
      body: { access: 'restricted' },
    });
    expect((await app.ask('GET', '/@alice/foo/-/foo-1.0.0.tgz')).statusCode).toBe(404);
    app.clock.advance(1000);
    expect((await other.ask('GET', '/@alice/foo/-/foo-1.0.0.tgz')).statusCode).toBe(404);
  });
});
