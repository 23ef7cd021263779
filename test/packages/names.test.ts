import { describe, expect, it } from 'vitest';
import {
  confusionKey,
  isReadableName,
  refuseNewName,
  splitName,
  tarballPath,
  versionOfFile,
} from '../../src/packages/names.ts';
import { canonicalPath } from '../../src/packages/paths.ts';

describe('a new package name', () => {
  it.each([
    'foo',
    'foo-bar',
    'foo.bar_baz',
    'a',
    '1',
    '@alice/foo',
    '@alice/fs',
    'constructor',
    'a'.repeat(214),
  ])('may be %s', (name) => {
    expect(refuseNewName(name)).toBeUndefined();
  });

  it.each([
    'Foo',
    'x\ud800',
    'node_modules',
    'favicon.ico',
    'fs',
    'http',
    '.foo',
    '_foo',
    '-foo',
    'foo!',
    "fo'o",
    'fo(o',
    'fo*o',
    'fo~o',
    ' foo',
    'foo ',
    'f oo',
    'föö',
    '@/foo',
    '@alice/',
    '@alice',
    '@alice/.foo',
    '@alice/_foo',
    '@alice/-foo',
    '@Alice/foo',
    '@.alice/foo',
    '@alice/foo/bar',
    '@alice/node_modules',
    'a/b',
    '',
    'a'.repeat(215),
    'foo%2fbar',
    '\u0000',
    '__proto__',
    '@a~b/c',
  ])('may not be %j', (name) => {
    expect(refuseNewName(name)).toMatch(/name/);
  });

  it('is told apart from its look-alikes by what remains without - _ and .', () => {
    expect(confusionKey('left-pad')).toBe('leftpad');
    expect(confusionKey('l.e_ft-pad')).toBe('leftpad');
    expect(confusionKey('@alice/left-pad')).toBeUndefined();
  });
});

it('old mixed-case names stay readable', () => {
  expect(isReadableName('JSONStream')).toBe(true);
  expect(isReadableName('../x')).toBe(false);
  expect(isReadableName('x\ud800')).toBe(false);
});

it('a scoped name has two parts', () => {
  expect(splitName('@a/b')).toEqual({ scope: 'a', bare: 'b' });
  expect(splitName('b')).toEqual({ scope: undefined, bare: 'b' });
});

it('a tarball is named by its package without the scope, and only so', () => {
  expect(tarballPath('@a/b', '1.0.0')).toBe('/@a/b/-/b-1.0.0.tgz');
  expect(versionOfFile('@a/b', 'b-1.0.0.tgz')).toBe('1.0.0');
  expect(versionOfFile('foo', 'bar-1.0.0.tgz')).toBeUndefined();
  expect(versionOfFile('foo', 'foo-.tgz')).toBeUndefined();
  expect(versionOfFile('foo', 'foo-1.0.0.zip')).toBeUndefined();
});

describe('the path of a package', () => {
  it.each([
    ['/foo', '/foo'],
    ['/foo?write=true', '/foo?write=true'],
    ['/@s%2fn', '/@s%2fn'],
    ['/@s%2Fn', '/@s%2fn'],
    ['/@s/n', '/@s%2fn'],
    ['/%40s%2fn', '/@s%2fn'],
    ['/%40s/n', '/@s%2fn'],
    ['/n/1.0.0', '/n/1.0.0'],
    ['/@s/n/1.0.0', '/@s%2fn/1.0.0'],
    ['/@s/n/-/n-1.0.0.tgz', '/@s%2fn/-/n-1.0.0.tgz'],
    ['/@s%2fn/-/n-1.0.0.tgz', '/@s%2fn/-/n-1.0.0.tgz'],
    ['/@s/n/-/@s/n-1.0.0.tgz', '/@s%2fn/-/n-1.0.0.tgz'],
    ['/@s%2fn/-/@s%2fn-1.0.0.tgz', '/@s%2fn/-/n-1.0.0.tgz'],
    ['/@s/n/-/n-1.0.0.tgz/-rev/3-a', '/@s%2fn/-/n-1.0.0.tgz/-rev/3-a'],
    ['/@s/n/-rev/3-a?x=1', '/@s%2fn/-rev/3-a?x=1'],
    ['/-/package/%40s%2Fn/dist-tags/x%2Fy', '/-/package/@s%2fn/dist-tags/x%2Fy'],
    ['/-/package/@s/n/dist-tags', '/-/package/@s%2fn/dist-tags'],
    ['/-/package/n/dist-tags/latest', '/-/package/n/dist-tags/latest'],
    ['/-/user/org.couchdb.user:alice', '/-/user/org.couchdb.user:alice'],
    ['/-/v1/login', '/-/v1/login'],
    ['/', '/'],
  ])('%s is %s', (raw, canonical) => {
    expect(canonicalPath(raw)).toBe(canonical);
  });

  it.each([
    '/@s%252fn',
    '/foo%2500',
    '/foo%00',
    '/foo%5cbar',
    '/foo\\bar',
    '/../etc',
    '/foo/../bar',
    '/%2e%2e/x',
    '/foo/%2e%2e%2fbar',
    '/foo/.',
    '/foo%',
    '/foo%zz',
    '/%c3%28',
    'foo',
    '/-/package/foo/dist-tags/%252f',
    '/@s%2f..',
    '/foo/-/..%2f..%2fx.tgz',
  ])('%s is refused', (raw) => {
    expect(canonicalPath(raw)).toBeUndefined();
  });
});
