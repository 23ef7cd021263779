import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/kernel/failure.ts';
import { deriveManifest, refuseTag, refuseVersion } from '../../src/packages/manifest.ts';
import type { Tarball } from '../../src/packages/tarball.ts';

const identity = { name: 'foo', version: '1.0.0' };

function packed(manifest: object, files: string[] = []): Tarball {
  const all = ['package.json', ...files];
  return {
    manifest: { ...identity, ...manifest },
    files: all,
    fileCount: all.length,
    unpackedSize: 1,
    hasShrinkwrap: all.includes('npm-shrinkwrap.json'),
  };
}
const derive = (posted: object, tarball: Tarball) => deriveManifest({ ...identity, ...posted }, tarball);

function refusal(posted: object, tarball: Tarball): string {
  try {
    derive(posted, tarball);
  } catch (thrown) {
    if (isFailure(thrown)) return `${thrown.code} ${thrown.message}`;
    throw thrown;
  }
  throw new Error('not refused');
}

describe('a version', () => {
  it.each(['1.0.0', '0.0.1-alpha.1', '10.20.30'])('may be %s', (version) => {
    expect(refuseVersion(version)).toBeUndefined();
  });
  it.each([
    '1.0',
    'v1.0.0',
    '=1.0.0',
    ' 1.0.0',
    '1.0.0 ',
    '1.0.0+build',
    '01.0.0',
    'latest',
    '',
    '1.0.0.0',
    `1.0.${'9'.repeat(300)}`,
    '../1.0.0',
  ])('may not be %j', (version) => {
    expect(refuseVersion(version)).toContain('not a version');
  });
});

describe('a tag', () => {
  it.each(['latest', 'next', 'beta-1', 'x/y', 'constructor', 'größe'])('may be %s', (tag) => {
    expect(refuseTag(tag)).toBeUndefined();
  });
  it.each([
    '1.0.0',
    'v1',
    'x',
    '*',
    '',
    '>=2',
    '^1',
    'a b',
    'a\u0000',
    'a\u009b31m',
    '\u202ea',
    'a\u200b',
    '..',
    '.',
    'a/../b',
    '__proto__',
    '_etag',
    'a%2fb',
    '\ud800',
    'a'.repeat(129),
  ])('may not be %j', (tag) => {
    expect(refuseTag(tag)).toMatch(/tag/i);
  });
});

describe('a posted manifest that says what the tarball says', () => {
  it('keeps its descriptive fields and loses what is not its to say', () => {
    const posted = {
      description: 'd',
      repository: { type: 'git', url: 'git+https://example.org/x.git' },
      gitHead: 'abc',
      _nodeVersion: '24.0.0',
      _npmVersion: '11.0.0',
      readme: 'long',
      dist: { shasum: 'x' },
      _npmUser: { name: 'eve' },
      maintainers: [{ name: 'eve' }],
      deprecated: 'no',
      hasInstallScript: true,
      _hasShrinkwrap: true,
      _resolved: '/tmp/secret',
      _from: 'file:',
      _integrity: 'x',
      integrity: 'x',
      shasum: 'y',
    };
    expect(JSON.parse(JSON.stringify(derive(posted, packed({ repository: 'x' }))))).toEqual({
      ...identity,
      _id: 'foo@1.0.0',
      description: 'd',
      repository: posted.repository,
      gitHead: 'abc',
      _nodeVersion: '24.0.0',
      _npmVersion: '11.0.0',
      _hasShrinkwrap: false,
    });
  });

  it('may have optional dependencies repeated among the others, as npm 6 writes them', () => {
    const tarball = packed({ dependencies: { a: '1' }, optionalDependencies: { b: '2' } });
    const derived = derive({ dependencies: { a: '1', b: '2' }, optionalDependencies: { b: '2' } }, tarball);
    expect(derived.dependencies).toEqual({ a: '1' });
    expect(derived.optionalDependencies).toEqual({ b: '2' });
  });

  it('may have git references in the spelling of npm', () => {
    const tarball = packed({
      dependencies: {
        a: 'alice/a#v1',
        b: 'git+ssh://git@github.com/x/b.git',
        c: 'https://gitlab.com/x/c.git',
      },
    });
    const posted = {
      dependencies: {
        a: 'github:alice/a#v1',
        b: 'git@github.com:x/b.git',
        c: 'git+https://gitlab.com/x/c.git',
      },
    };
    expect(derive(posted, tarball).dependencies).toEqual(tarball.manifest.dependencies);
  });

  it('may have lists of dependencies turned into objects', () => {
    const derived = derive(
      { dependencies: { a: '1.0.0', b: '' } },
      packed({ dependencies: ['a@1.0.0', 'b'] }),
    );
    expect(derived.dependencies).toEqual({ a: '1.0.0', b: '' });
  });

  it('may spell bundled dependencies either way', () => {
    const tarball = packed({ dependencies: { a: '1' }, bundledDependencies: true });
    expect(
      derive({ dependencies: { a: '1' }, bundleDependencies: ['a'] }, tarball).bundleDependencies,
    ).toEqual(['a']);
    const six = packed({ bundleDependencies: ['z'] });
    expect(derive({ dependencies: { z: '*' }, bundleDependencies: ['z'] }, six).dependencies).toBeUndefined();
  });

  it('may have its command as a text, a list or an object, with ./ before it', () => {
    const posted = { name: '@s/foo', bin: { foo: 'cli.js' } };
    const tarball = packed({ name: '@s/foo', bin: './cli.js' });
    expect(derive(posted, tarball).bin).toEqual({ foo: 'cli.js' });
    expect(derive({ bin: { cli: './bin/cli' } }, packed({ bin: ['bin/cli'] })).bin).toEqual({
      cli: 'bin/cli',
    });
  });

  it('may list the commands of a folder or leave that to us', () => {
    const tarball = packed({ directories: { bin: './tools' } }, ['tools/a.js', 'tools/.hidden', 'lib/b.js']);
    expect(derive({}, tarball).bin).toEqual({ 'a.js': 'tools/a.js' });
    expect(derive({ bin: { 'a.js': 'tools/a.js' } }, tarball).bin).toEqual({ 'a.js': 'tools/a.js' });
  });

  it('may add the scripts that npm adds by looking at the files', () => {
    const tarball = packed({ scripts: { test: './node_modules/.bin/vitest' } }, ['binding.gyp', 'server.js']);
    const posted = { scripts: { test: 'vitest', install: 'node-gyp rebuild', start: 'node server.js' } };
    expect(derive(posted, tarball).scripts).toEqual(posted.scripts);
  });

  it('may announce a build as yarn 1 does, where there is none', () => {
    const tarball = packed({ gypfile: false }, ['binding.gyp']);
    const derived = derive({ scripts: { install: 'node-gyp rebuild' } }, tarball);
    expect([derived.scripts, derived.hasInstallScript]).toEqual([undefined, undefined]);
  });

  it('announces an install script by its scripts or by binding.gyp', () => {
    const scripts = { scripts: { postinstall: 'x' } };
    expect(derive(scripts, packed(scripts)).hasInstallScript).toBe(true);
    expect(derive({}, packed({}, ['binding.gyp'])).hasInstallScript).toBe(true);
    expect(derive({}, packed({ gypfile: false }, ['binding.gyp'])).hasInstallScript).toBeUndefined();
    expect(derive({}, packed({})).hasInstallScript).toBeUndefined();
  });

  it('announces a shrinkwrap by its file', () => {
    expect(derive({}, packed({}, ['npm-shrinkwrap.json']))._hasShrinkwrap).toBe(true);
  });

  it('may have a loose version cleaned and engines as a list', () => {
    expect(
      derive({ engines: { node: '>=4' } }, packed({ version: 'v1.0.0', engines: ['node >=4'] })).version,
    ).toBe('1.0.0');
  });
});

describe('a posted manifest is refused when it differs in', () => {
  const cases: [string, object, Tarball][] = [
    ['name', {}, packed({ name: 'bar' })],
    ['version', {}, packed({ version: '1.0.1' })],
    ['dependencies.evil', {}, packed({ dependencies: { evil: '1' } })],
    ['dependencies.evil', { dependencies: { evil: '1' } }, packed({})],
    ['dependencies.a', { dependencies: { a: '1' } }, packed({ dependencies: { a: '2' } })],
    ['dependencies.constructor', { dependencies: { constructor: '1' } }, packed({})],
    ['devDependencies.a', { devDependencies: { a: '1' } }, packed({})],
    ['optionalDependencies.a', {}, packed({ optionalDependencies: { a: '1' } })],
    ['peerDependencies.a', { peerDependencies: { a: '1' } }, packed({})],
    ['peerDependenciesMeta', { peerDependenciesMeta: { a: { optional: true } } }, packed({})],
    ['bundleDependencies', {}, packed({ bundleDependencies: ['a'] })],
    ['scripts.postinstall', {}, packed({ scripts: { postinstall: 'evil' } })],
    ['scripts.install', { scripts: { install: 'node-gyp rebuild' } }, packed({})],
    ['scripts.test', { scripts: { test: 'a' } }, packed({ scripts: { test: 'b' } })],
    ['bin.foo', { bin: { foo: 'a.js' } }, packed({ bin: 'b.js' })],
    ['bin.evil', { bin: { evil: 'lib/evil' } }, packed({ directories: { bin: 'tools' } })],
    ['engines', { engines: { node: '>=1' } }, packed({})],
    ['os', { os: ['linux'] }, packed({ os: 'darwin' })],
    ['cpu', {}, packed({ cpu: ['x64'] })],
    ['libc', { libc: ['musl'] }, packed({})],
  ];
  it.each(cases)('%s', (field, posted, tarball) => {
    expect(refusal(posted, tarball)).toContain(`tarball_differs "${field}"`);
  });
});

it('a private package is not published', () => {
  expect(refusal({ private: true }, packed({ private: true }))).toContain('document_invalid');
  expect(refusal({}, packed({ private: true }))).toContain('document_invalid');
});

it('a command that leads out of the package is refused', () => {
  expect(refusal({ bin: { foo: 'etc/passwd' } }, packed({ bin: '../../etc/passwd' }))).toContain(
    'tarball_refused',
  );
});
