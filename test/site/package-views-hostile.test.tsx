import rehypeRaw from 'rehype-raw';
import { unified } from 'unified';
import { describe, expect, test } from 'vitest';
import type { PackagePage as Data } from '../../src/packages/page-facts.ts';
import { HomePage } from '../../src/site/packages/home-page.tsx';
import { NotFoundPage } from '../../src/site/packages/not-found-page.tsx';
import { PackagePage, VersionPage } from '../../src/site/packages/package-page.tsx';
import { SearchPage } from '../../src/site/packages/search-page.tsx';
import { views } from '../../src/site/packages/words.ts';
import { renderPage } from '../../src/site/parts/page.tsx';
import { context, data, draw, found, line, now, shown } from './package-samples.tsx';

/** A text that would be seen in the tree wherever it is not escaped. */
const hostile = '"><img src=x onerror=run()>\'--></title><script>run()</script>';

interface Node {
  tagName?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
}

function faults(html: string): string[] {
  const seen: string[] = [];
  const visit = ({ tagName, properties = {}, children = [] }: Node): void => {
    if (tagName === 'img' || (tagName === 'script' && properties.src === undefined)) seen.push(tagName);
    seen.push(...Object.keys(properties).filter((name) => /^on|^style$/i.test(name)));
    if (/^(?:javascript|data|vbscript):/i.test(String(properties.href ?? ''))) seen.push('href');
    for (const child of children) visit(child);
  };
  const tree = { type: 'root', children: [{ type: 'raw', value: html }] };
  visit(
    unified()
      .use(rehypeRaw)
      .runSync(tree as never) as Node,
  );
  return seen;
}

describe('foreign text', () => {
  const need = { name: hostile, range: hostile, page: undefined, optional: true };
  const evil = line(hostile, { publisher: hostile, deprecated: hostile, predicate: hostile });
  const poisoned: Data = {
    ...data,
    name: hostile,
    latest: hostile,
    tags: [{ tag: hostile, version: hostile }],
    shown: {
      ...shown,
      ...evil,
      description: hostile,
      keywords: [hostile],
      licence: hostile,
      commands: [hostile],
      node: hostile,
      directory: hostile,
      needs: {
        dependencies: [need],
        peer: [need],
        optional: [need],
        development: [need],
        bundled: [hostile],
        needed: 1,
        more: 1,
      },
    },
    versions: { lines: [evil], page: 1, pages: 2, total: 60, unpublished: 0 },
    dependants: { names: [hostile], total: 2, more: false },
    maintainers: [{ name: hostile, secondFactor: undefined }],
  };

  test.each(views)('is text wherever the view of %s shows it', (view) => {
    const props = { context, data: poisoned, readme: null, view, now };
    expect(faults(renderPage(<PackagePage {...props} />))).toEqual([]);
    expect(faults(renderPage(<VersionPage {...props} />))).toEqual([]);
    expect(renderPage(<PackagePage {...props} />)).toContain('&lt;img');
  });

  test('is text on the pages of search, and where nothing is found', () => {
    const one = found(hostile, {
      description: hostile,
      version: hostile,
      publisher: { username: hostile, email: '' },
    });
    const pages = [
      <SearchPage key="1" context={context} query={hostile} found={[one]} total={99} page={1} now={now} />,
      <SearchPage key="2" context={context} query={hostile} found={[]} total={0} page={1} now={now} />,
      <HomePage key="3" context={context} newest={[one]} total={2} now={now} />,
      <NotFoundPage key="4" context={context} name={hostile} version={hostile} />,
      <NotFoundPage key="5" context={context} name={hostile} />,
    ];
    for (const page of pages) expect(faults(renderPage(page))).toEqual([]);
  });

  test('would be noticed where it is not', () => {
    expect(faults(`<p>${hostile}</p>`)).toEqual(['img', 'onError', 'script']);
  });
});

test('no page without its README is larger than 50 KB', () => {
  const lines = Array.from({ length: 50 }, (_, index) =>
    line(`12.34.${index}-beta.${index}`, { deprecated: 'x'.repeat(500), predicate: 'y' }),
  );
  const list = (kind: string) =>
    Array.from({ length: 100 }, (_, index) => ({
      name: `@some-scope/${kind}-package-${index}`,
      range: '^12.34.56',
      page: index % 2 === 0 ? `@some-scope/${kind}-package-${index}` : undefined,
      optional: false,
    }));
  const large: Data = {
    ...data,
    tags: Array.from({ length: 300 }, (_, index) => ({ tag: `tag-${index}`, version: `12.34.${index}` })),
    shown: {
      ...shown,
      description: 'd'.repeat(1024),
      keywords: Array.from({ length: 100 }, (_, index) => `${index}${'k'.repeat(30)}`),
      needs: {
        dependencies: list('plain'),
        peer: list('peer').slice(0, 50),
        optional: [],
        development: list('development').slice(0, 50),
        bundled: [],
        needed: 200,
        more: 900,
      },
    },
    versions: { lines, page: 1, pages: 10, total: 500, unpublished: 0 },
    dependants: {
      names: list('needing')
        .slice(0, 20)
        .map(({ name }) => name),
      total: 1000,
      more: true,
    },
    maintainers: Array.from({ length: 40 }, (_, index) => ({
      name: `somebody-${index}`,
      secondFactor: true,
    })),
    maintained: true,
  };
  for (const view of views) expect(Buffer.byteLength(draw(large, view, null)), view).toBeLessThan(50_000);
  const many = Array.from({ length: 50 }, (_, index) =>
    found(`package-${index}`, { description: 'w '.repeat(500) }),
  );
  const search = <SearchPage context={context} query="w" found={many} total={500} page={1} now={now} />;
  expect(Buffer.byteLength(renderPage(search))).toBeLessThan(50_000);
});
