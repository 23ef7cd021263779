import rehypeRaw from 'rehype-raw';
import { unified } from 'unified';
import { describe, expect, test } from 'vitest';
import type { PackagePage as Data, ShownVersion, VersionLine } from '../../src/packages/page-facts.ts';
import type { Found } from '../../src/packages/search.ts';
import { HomePage } from '../../src/site/packages/home-page.tsx';
import { NotFoundPage } from '../../src/site/packages/not-found-page.tsx';
import { PackagePage, VersionPage } from '../../src/site/packages/package-page.tsx';
import { SearchPage } from '../../src/site/packages/search-page.tsx';
import { type PackageView, sayBytes, shorten, viewOf, views } from '../../src/site/packages/words.ts';
import type { PageContext } from '../../src/site/parts/context.ts';
import { renderPage } from '../../src/site/parts/page.tsx';

const now = Date.UTC(2026, 0, 15, 12);
const day = 86_400_000;
const context: PageContext = {
  siteName: 'Acme packages',
  publicUrl: 'https://registry.example/npm',
  prefix: '/npm',
  viewer: null,
  formToken: 'token',
};

const line = (version: string, changes: Partial<VersionLine> = {}): VersionLine => ({
  version,
  publishedAt: now - 3 * day,
  publisher: 'ann',
  factor: 'security-key',
  deprecated: null,
  predicate: null,
  signed: true,
  size: 18_200,
  unpublishedAt: null,
  ...changes,
});

const shown: ShownVersion = {
  ...line('1.4.2'),
  description: 'Pads a lock.',
  keywords: ['lock', 'left pad'],
  licence: 'MIT',
  links: { repository: 'https://github.com/acme/padlock', homepage: 'https://padlock.example/' },
  directory: undefined,
  commands: ['padlock'],
  node: '>=20',
  installScript: false,
  fileCount: 12,
  unpackedSize: 61_000,
  readme: '# Padlock',
  integrity: 'sha512-AAAA',
  shasum: 'aaaa',
  signatureKey: 'SHA256:x',
  needs: { dependencies: [], peer: [], optional: [], development: [], bundled: [], needed: 0, more: 0 },
};

const data: Data = {
  name: '@acme/padlock',
  visibility: 'public',
  requiresSecondFactor: false,
  bypassAllowed: true,
  createdAt: now - 300 * day,
  updatedAt: now - 3 * day,
  latest: '1.4.2',
  tags: [{ tag: 'latest', version: '1.4.2' }],
  shown,
  versions: { lines: [line('1.4.2')], page: 1, pages: 1, total: 1, unpublished: 0 },
  dependants: { names: [], total: 0, more: false },
  maintainers: [{ name: 'ann', secondFactor: undefined }],
  maintained: false,
  downloads: [...new Array(25).fill(0), 1204],
};

const draw = (
  changes: Partial<Data> = {},
  view: PackageView = 'readme',
  readme: string | null = '<p>hi</p>',
) =>
  renderPage(
    <PackagePage context={context} data={{ ...data, ...changes }} readme={readme} view={view} now={now} />,
  );
const drawVersion = (changes: Partial<ShownVersion> = {}) =>
  renderPage(
    <VersionPage
      context={context}
      data={{ ...data, latest: '2.0.0', shown: { ...shown, ...changes } }}
      readme={null}
      view="readme"
      now={now}
    />,
  );

/** What a person reads: text without tags, spaces as one. */
const read = (html: string): string =>
  html
    .replace(/^.*<main[^>]*>/s, '')
    .replace(/<\/main>.*$/s, '')
    .replace(/<\/(?:p|li|td|th|dt|dd|h\d|div|caption|label)>/g, ' ')
    .replace(/<[^>]+>/g, '')
    .replace(/\s+/g, ' ')
    .trim();

const headings = (html: string): number => (html.match(/<h1[\s>]/g) ?? []).length;

describe('the page of a package', () => {
  test('tells in one glance what it is, which version, when and by whom, with which factor, and how to install it', () => {
    const html = draw();
    const text = read(html);
    expect(text).toContain('@acme/padlock 1.4.2');
    expect(text).toContain('Pads a lock.');
    expect(text).toContain('Published 3 days ago by ann with a security key');
    for (const command of ['npm install', 'pnpm add', 'yarn add', 'bun add'])
      expect(html).toContain(`data-copy="${command} @acme/padlock"`);
    expect(html).toContain('datetime="2026-01-12T12:00:00.000Z"');
    expect(html).toContain('<div class="prose"><p>hi</p></div>');
    expect(text).toContain('Weekly downloads 1,204');
    expect(text).toContain('License MIT');
    expect(text).toContain('Size 18.2 kB, 61.0 kB unpacked in 12 files');
    expect(text).toContain('Repository github.com/acme/padlock');
    expect(text).toContain('Homepage padlock.example');
    expect(headings(html)).toBe(1);
    expect(html).toContain('<title>@acme/padlock · Acme packages</title>');
  });

  test('links everything under the path of the public URL', () => {
    const html = ['readme', 'versions', 'dependencies', 'dependents']
      .map((view) => draw({}, view as PackageView))
      .join('');
    const paths = [...html.matchAll(/(?:href|action|src)="(\/[^"]*)"/g)].map(([, path]) => path ?? '');
    expect(paths.length).toBeGreaterThan(10);
    for (const path of paths) expect(path).toMatch(/^\/npm\//);
    expect(html).toContain('href="/npm/package/@acme/padlock?activeTab=versions"');
  });

  test('names every factor in words, and none where nobody wrote it down', () => {
    const by = (factor: VersionLine['factor']): string =>
      / by ann( [^.]*?)? Install with/.exec(read(draw({ shown: { ...shown, factor } })))?.[1]?.trim() ?? '';
    expect(by('totp')).toBe('with an authenticator app');
    expect(by('recovery-code')).toBe('with a recovery code');
    expect(by('bypass')).toBe('by a token that bypasses 2FA');
    expect(by('none')).toBe('without a second factor');
    expect(by('page')).toBe('approved in the browser');
    expect(by(null)).toBe('');
  });

  test('warns of what a reader must know first', () => {
    const text = read(
      draw({ visibility: 'restricted', shown: { ...shown, deprecated: 'Use lock.', installScript: true } }),
    );
    expect(text).toContain('private deprecated');
    expect(text).toContain('This version is deprecated Use lock.');
    expect(text).toContain('Install script runs when it is installed');
  });

  test('shows who uses two-factor authentication only where it was told', () => {
    expect(read(draw())).toContain('Maintainers ann');
    expect(read(draw())).not.toMatch(/ann (?:no )?2FA/);
    const maintainers = [
      { name: 'ann', secondFactor: true },
      { name: 'ben', secondFactor: false },
    ];
    const own = draw({ maintained: true, maintainers });
    expect(read(own)).toContain('ann 2FA, ben no 2FA');
    expect(own).toContain('href="/npm/package/@acme/padlock/access"');
    expect(draw()).not.toContain('/access"');
  });

  test('says what publishing takes, what is attested and what is signed', () => {
    const text = read(
      draw({
        requiresSecondFactor: true,
        bypassAllowed: false,
        shown: { ...shown, predicate: 'https://slsa.dev/provenance/v1' },
      }),
    );
    expect(text).toContain('To publish Two-factor authentication, always');
    expect(text).toContain('Provenance attested slsa.dev/provenance/v1');
    expect(text).toContain('Signature signed by this registry');
    expect(read(draw({ shown: { ...shown, signed: false } }))).toContain('Signature not signed yet');
  });

  test('lists versions with date, publisher and factor, and what became of each', () => {
    const lines = [
      line('1.4.2'),
      line('1.4.1', { unpublishedAt: now - day }),
      line('1.4.0', { deprecated: 'old', factor: 'none', publisher: 'ben' }),
      line('1.3.0', { predicate: 'https://slsa.dev/provenance/v1' }),
    ];
    const html = draw({ versions: { lines, page: 1, pages: 3, total: 120, unpublished: 1 } }, 'versions');
    const text = read(html);
    expect(text).toContain('120 versions, 1 of them unpublished');
    expect(text).toContain('1.4.1 unpublished');
    expect(html).not.toContain('/v/1.4.1"');
    expect(html).toContain('href="/npm/package/@acme/padlock/v/1.4.0"');
    expect(text).toContain('1.4.0 deprecated 3 days ago ben without a second factor');
    expect(text).toContain('1.3.0 provenance');
    expect(text).toContain('Page 1 of 3');
    expect(html).toContain('href="/npm/package/@acme/padlock?activeTab=versions&amp;page=2"');
    expect(text).toContain('latest 1.4.2');
  });

  test('lists what it needs by kind, linked where it is here', () => {
    const one = (name: string, page?: string, optional = false) => ({
      name,
      range: '^1.0.0',
      page,
      optional,
    });
    const needs = {
      dependencies: [one('left', 'left'), one('alias', 'right'), one('gone')],
      peer: [one('host', undefined, true)],
      optional: [],
      development: [],
      bundled: ['left'],
      needed: 3,
      more: 3,
    };
    const html = draw({ shown: { ...shown, needs } }, 'dependencies');
    expect(html).toContain('<a href="/npm/package/right">alias</a>');
    expect(html).not.toContain('/package/gone"');
    const text = read(html);
    expect(text).toContain('Dependencies (3)');
    expect(text).toContain('left bundled ^1.0.0');
    expect(text).toContain('host optional ^1.0.0');
    expect(text).not.toContain('Dev Dependencies');
    expect(text).toContain('and 3 more');
    expect(read(draw({}, 'dependencies'))).toContain('This version needs no other package.');
  });

  test('lists what needs it, and teaches where nothing does', () => {
    const names = ['a', '@acme/b'];
    const text = read(draw({ dependants: { names, total: 1000, more: true } }, 'dependents'));
    expect(text).toContain('1,000 dependents and more');
    expect(text).toContain('and 998 more');
    expect(read(draw({}, 'dependents'))).toContain('No package here needs it yet.');
  });

  test('says so where there is no README', () => {
    expect(read(draw({}, 'readme', null))).toContain('This version has no README.');
    expect(read(draw({ maintained: true }, 'readme', null))).toContain('Write a README.md');
  });
});

describe('the page of a version', () => {
  test('installs exactly this version, and leads to the latest', () => {
    const html = drawVersion();
    expect(html).toContain('data-copy="npm install @acme/padlock@1.4.2"');
    expect(read(html)).toContain('This is not the latest version The latest version is 2.0.0.');
    expect(html).toContain('href="/npm/package/@acme/padlock/v/1.4.2?activeTab=versions"');
    expect(html).toContain('<title>@acme/padlock 1.4.2 · Acme packages</title>');
    expect(headings(html)).toBe(1);
  });

  test('offers no installing of what was unpublished', () => {
    const html = drawVersion({ unpublishedAt: now - day, readme: null });
    expect(read(html)).toContain('This version was unpublished It was removed 1 day ago');
    expect(html).not.toContain('npm install');
  });
});

const found = (name: string, changes: Partial<Found['package']> = {}): Found => ({
  package: {
    name,
    version: '1.0.0',
    description: 'Says hello.',
    keywords: [],
    date: new Date(now - day).toISOString(),
    links: { npm: '' },
    publisher: { username: 'ann', email: 'ann@example.com' },
    maintainers: [],
    ...changes,
  },
  flags: {},
  relevance: 1,
});

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
