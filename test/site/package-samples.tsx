/** A package as pages show it, and what people read on them. */
import type { PackagePage as Data, ShownVersion, VersionLine } from '../../src/packages/page-facts.ts';
import type { Found } from '../../src/packages/search.ts';
import { PackagePage, VersionPage } from '../../src/site/packages/package-page.tsx';
import type { PackageView } from '../../src/site/packages/words.ts';
import type { PageContext } from '../../src/site/parts/context.ts';
import { renderPage } from '../../src/site/parts/page.tsx';

export const now = Date.UTC(2026, 0, 15, 12);
export const day = 86_400_000;
export const context: PageContext = {
  siteName: 'Acme packages',
  publicUrl: 'https://registry.example/npm',
  prefix: '/npm',
  viewer: null,
  formToken: 'token',
};

export const line = (version: string, changes: Partial<VersionLine> = {}): VersionLine => ({
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

export const shown: ShownVersion = {
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

export const data: Data = {
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

export const draw = (
  changes: Partial<Data> = {},
  view: PackageView = 'readme',
  readme: string | null = '<p>hi</p>',
) =>
  renderPage(
    <PackagePage context={context} data={{ ...data, ...changes }} readme={readme} view={view} now={now} />,
  );
export const drawVersion = (changes: Partial<ShownVersion> = {}) =>
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
export const read = (html: string): string =>
  html
    .replace(/^.*<main[^>]*>/s, '')
    .replace(/<\/main>.*$/s, '')
    .replace(/<\/(?:p|li|td|th|dt|dd|h\d|div|caption|label)>/g, ' ')
    .replace(/<[^>]+>/g, '')
    .replace(/\s+/g, ' ')
    .trim();

export const headings = (html: string): number => (html.match(/<h1[\s>]/g) ?? []).length;

export const found = (name: string, changes: Partial<Found['package']> = {}): Found => ({
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
