import { beforeEach, describe, expect, it } from 'vitest';
import { neededPackages } from '../../src/packages/dependencies.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { hour, mustPublish, packumentOf, pathOf, publish, signUp } from './publisher.ts';

const day = 24 * hour;

describe('what a manifest needs', () => {
  it.each<[string, object, string[]]>([
    ['nothing', {}, []],
    [
      'what it says, but not for development',
      { dependencies: { a: '^1' }, devDependencies: { b: '1' } },
      ['a'],
    ],
    [
      'optional and peer packages',
      { optionalDependencies: { a: '1' }, peerDependencies: { b: '*' } },
      ['a', 'b'],
    ],
    ['a name once', { dependencies: { a: '1' }, peerDependencies: { a: '1' } }, ['a']],
    ['the package behind an alias', { dependencies: { a: 'npm:@s/b@^1', c: 'npm:d' } }, ['@s/b', 'd']],
    ['a tag and no range at all', { dependencies: { a: 'latest', b: '' } }, ['a', 'b']],
    [
      'nothing that comes from elsewhere',
      {
        dependencies: {
          a: 'git+ssh://git@host/a.git',
          b: 'github:x/y',
          c: 'x/y#v1',
          d: 'file:../d',
          e: '../e',
          f: 'https://host/f.tgz',
          g: 'workspace:*',
          h: '~/h',
        },
      },
      [],
    ],
    ['ranges that begin with a tilde', { dependencies: { a: '~1.0.0', b: '>=1 <2' } }, ['a', 'b']],
    ['the old lists', { dependencies: ['a@1', 'b'] }, ['a', 'b']],
  ])('%s', (_what, manifest, expected) => {
    expect(neededPackages(manifest as Record<string, unknown>)).toEqual(expected);
  });
});

eachDialect('the rules of unpublishing', (dialect) => {
  let app: TestApp;
  let alice: string;
  let bob: string;
  const open = async (settings: Record<string, string> = {}) => {
    app = await openApp(dialect, settings);
    alice = await signUp(app, 'alice');
    bob = await signUp(app, 'bob');
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    await mustPublish(app, alice, { name: 'foo', version: '1.1.0' });
  };
  beforeEach(() => open());

  const removeVersion = async (version: string, name = 'foo') => {
    const document = await packumentOf(app, name, alice);
    delete document.versions[version];
    return app.ask('PUT', `${pathOf(name)}/-rev/${document._rev}`, { token: alice, body: document });
  };
  const removeAll = async (name = 'foo', token = alice) => {
    const { _rev } = await packumentOf(app, name, token);
    return app.ask('DELETE', `${pathOf(name)}/-rev/${_rev}`, { token });
  };
  const need = (name: string, manifest: object = { dependencies: { foo: '^1.0.0' } }, token = bob) =>
    mustPublish(app, token, { name, version: '1.0.0', manifest: manifest as Record<string, unknown> });

  it('let a young version and a young package go that nobody needs', async () => {
    app.clock.advance(72 * hour);
    expect((await removeVersion('1.1.0')).statusCode).toBe(200);
    expect((await removeAll()).statusCode).toBe(200);
  });

  it('keep what other packages need, and name them', async () => {
    await need('bar');
    for (const answer of [await removeVersion('1.1.0'), await removeAll()]) {
      expect(answer.statusCode).toBe(403);
      expect(answer.json().error).toBe(
        'foo cannot be unpublished, because other packages need it (bar). ' +
          'Deprecate it instead: npm deprecate foo "<message>".',
      );
    }
    for (const name of ['baz', 'qux', 'quux']) await need(name);
    expect((await removeAll()).json().error).toContain('(bar, baz, quux and 1 more)');
    expect(Object.keys((await packumentOf(app, 'foo')).versions)).toHaveLength(2);
  });

  it('overlook development, other places, and the package itself', async () => {
    await need('bar', { devDependencies: { foo: '1' } });
    await need('baz', { dependencies: { foo: 'github:x/foo' } });
    await need('qux', { dependencies: { foo: 'npm:other@1' } });
    await mustPublish(app, alice, {
      name: 'foo',
      version: '1.2.0',
      manifest: { dependencies: { foo: '^1.0.0' } },
    });
    expect((await removeVersion('1.1.0')).statusCode).toBe(200);
  });

  it('see through an alias, and see peer and optional packages', async () => {
    for (const manifest of [
      { dependencies: { other: 'npm:foo@^1' } },
      { peerDependencies: { foo: '*' } },
      { optionalDependencies: { foo: '1' } },
    ]) {
      await need('bar', manifest);
      expect((await removeAll()).statusCode, JSON.stringify(manifest)).toBe(403);
      expect((await removeAll('bar', bob)).statusCode).toBe(200);
      app.clock.advance(day);
      await open();
    }
  });

  it('let go again what nobody needs any more', async () => {
    await need('bar');
    expect((await removeVersion('1.1.0')).statusCode).toBe(403);
    expect((await removeAll('bar', bob)).statusCode).toBe(200);
    expect((await removeVersion('1.1.0')).statusCode).toBe(200);
  });

  it('do not tell of packages that the owner may not know, nor heed them', async () => {
    await mustPublish(app, bob, {
      name: '@bob/secret',
      version: '1.0.0',
      manifest: { dependencies: { foo: '1' } },
    });
    expect((await removeVersion('1.1.0')).statusCode).toBe(200);
    await app.ask('PUT', '/-/package/@bob%2fsecret/owners', { token: bob, body: { user: 'alice' } });
    const refused = await removeAll();
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toContain('@bob/secret');
  });

  it('keep what is older than 72 hours and has several maintainers, and say what to do', async () => {
    await app.ask('PUT', '/-/package/foo/owners', { token: alice, body: { user: 'bob' } });
    expect((await removeVersion('1.1.0')).statusCode).toBe(200);
    app.clock.advance(72 * hour + 1);
    const refused = await removeAll();
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toBe(
      'foo@1.0.0 was published more than 72 hours ago and cannot be unpublished, because it has 2 maintainers. ' +
        'Deprecate it instead: npm deprecate foo@1.0.0 "<message>".',
    );
  });

  it('keep what is older and was downloaded often in the last week', async () => {
    const download = async (count: number) => {
      for (let index = 0; index < count; index += 1) await app.ask('GET', '/foo/-/foo-1.0.0.tgz');
      await app.ask('GET', '/downloads/point/last-day/foo');
    };
    await open({ TALLYSTICK_UNPUBLISH_DOWNLOADS: '3' });
    app.clock.advance(10 * day);
    await download(3);
    const refused = await removeAll();
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toContain('it was downloaded 3 times in the last 7 days');
    app.clock.advance(7 * day);
    await download(2);
    expect((await removeAll()).statusCode).toBe(200);
  });

  it('keep what is older and needed, with its age', async () => {
    await need('bar');
    app.clock.advance(72 * hour + 1);
    const refused = await removeVersion('1.0.0');
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toContain('more than 72 hours ago');
    expect(refused.json().error).toContain('other packages need it (bar)');
    expect(refused.json().error).toContain('npm deprecate foo@1.0.0');
  });

  it('are as strict or lax as the operator sets them', async () => {
    await open({ TALLYSTICK_UNPUBLISH_NEEDED: 'true' });
    await need('bar');
    expect((await removeVersion('1.1.0')).statusCode).toBe(200);

    await open({ TALLYSTICK_UNPUBLISH_WINDOW: '1h', TALLYSTICK_UNPUBLISH_DOWNLOADS: '0' });
    expect((await removeVersion('1.1.0')).statusCode).toBe(200);
    app.clock.advance(hour + 1);
    const refused = await removeAll();
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toContain('more than 1 hour ago');

    await open({ TALLYSTICK_UNPUBLISH_WINDOW: 'never', TALLYSTICK_UNPUBLISH_DOWNLOADS: '0' });
    app.clock.advance(3650 * day);
    alice = await signUp(app, 'alice');
    expect((await removeAll()).statusCode).toBe(200);
  });

  it('never give a number back, whatever the operator sets', async () => {
    await open({ TALLYSTICK_UNPUBLISH_WINDOW: 'never', TALLYSTICK_UNPUBLISH_NEEDED: 'true' });
    await removeVersion('1.1.0');
    const again = await publish(app, alice, { name: 'foo', version: '1.1.0' });
    expect(again.statusCode).toBe(403);
    expect(again.json().error).toContain('previously published versions: 1.1.0');
  });
});
