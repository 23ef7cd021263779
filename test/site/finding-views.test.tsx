import { describe, expect, test } from 'vitest';
import type { Found } from '../../src/packages/search.ts';
import { HomePage } from '../../src/site/packages/home-page.tsx';
import { NotFoundPage } from '../../src/site/packages/not-found-page.tsx';
import { SearchPage } from '../../src/site/packages/search-page.tsx';
import { sayBytes, shorten, viewOf } from '../../src/site/packages/words.ts';
import { renderPage } from '../../src/site/parts/page.tsx';
import { context, found, headings, now, read } from './package-samples.tsx';

describe('the search page', () => {
  const search = (query: string, some: readonly Found[], total = some.length, page = 1): string =>
    renderPage(
      <SearchPage context={context} query={query} found={some} total={total} page={page} now={now} />,
    );

  test('shows what was found, and no address of anybody', () => {
    const html = search('hello', [found('hello'), { ...found('@a/b'), flags: { deprecated: true } }]);
    const text = read(html);
    expect(text).toContain('2 packages for “hello”');
    expect(text).toContain('Says hello. 1.0.0 · 1 day ago by ann');
    expect(text).toContain('@a/b deprecated');
    expect(html).toContain('href="/npm/package/@a/b"');
    expect(html).toContain('value="hello"');
    expect(html).not.toContain('ann@example.com');
  });

  test('leads on to further pages of the same search', () => {
    const html = search('a&b "c"', [found('a')], 120, 2);
    expect(read(html)).toContain('Page 2 of 3');
    expect(html).toContain('href="/npm/search?q=a%26b%20%22c%22"');
    expect(html).toContain('href="/npm/search?q=a%26b%20%22c%22&amp;page=3"');
  });

  test('teaches how to find where nothing was found', () => {
    const text = read(search('nonsense', []));
    expect(text).toContain('0 packages for “nonsense”');
    expect(text).toContain('keywords:');
    expect(read(search(' ', []))).toContain('There are no packages yet.');
  });
});

test('the first page gives the commands to begin with, with the address of this registry', () => {
  const html = renderPage(<HomePage context={context} newest={[found('hello')]} total={7} now={now} />);
  for (const command of ['npm set registry https://registry.example/npm/', 'npm login', 'npm publish'])
    expect(html).toContain(`data-copy="${command}"`);
  expect(read(html)).toContain('7 packages');
  expect(html).toContain('href="/npm/package/hello"');
  expect(html).toContain('href="/npm/search?q="');
  expect(headings(html)).toBe(1);
  const empty = renderPage(<HomePage context={context} newest={[]} total={0} now={now} />);
  expect(read(empty)).toContain('Nothing is published yet.');
});

test('what is not there leads to the search, or to the versions that are', () => {
  const html = renderPage(<NotFoundPage context={context} name="@acme/gone" />);
  expect(read(html)).toContain('There is no package @acme/gone, or you may not see it.');
  expect(html).toContain('href="/npm/search?q=gone"');
  const other = renderPage(<NotFoundPage context={context} name="@acme/padlock" version="9.9.9" />);
  expect(other).toContain('href="/npm/package/@acme/padlock?activeTab=versions"');
});

test('an unknown view is the README', () => {
  expect(viewOf('versions')).toBe('versions');
  for (const other of [undefined, '', 'code', 'constructor']) expect(viewOf(other)).toBe('readme');
});

test('sizes and long texts are said shortly', () => {
  expect([0, 999, 1000, 18_240, 999_949, 999_950, 5e9].map(sayBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '18.2 kB',
    '999.9 kB',
    '1.0 MB',
    '5.0 GB',
  ]);
  expect(shorten('one two three', 9)).toBe('one two…');
  expect(shorten('unbroken', 4)).toBe('unbr…');
});
