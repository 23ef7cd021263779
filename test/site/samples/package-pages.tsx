import type { VNode } from 'preact';
import type { PackagePage as Data, VersionLine } from '../../../src/packages/page-facts.ts';
import type { Dependency } from '../../../src/packages/page-manifest.ts';
import type { Found } from '../../../src/packages/search.ts';
import { HomePage } from '../../../src/site/packages/home-page.tsx';
import { NotFoundPage } from '../../../src/site/packages/not-found-page.tsx';
import { PackagePage, VersionPage } from '../../../src/site/packages/package-page.tsx';
import { SearchPage } from '../../../src/site/packages/search-page.tsx';
import type { PackageView } from '../../../src/site/packages/words.ts';
import { writeHtml } from '../../../src/site/readme/markdown.ts';
import { ann, day, now, stranger } from './setting.ts';

const repository = 'https://git.example/acme/padlock';

const markdown = `# padlock

[![build](https://git.example/build.svg)](https://git.example/build) ![coverage](https://git.example/coverage.svg)

Pads a lock on its **left** side, in \`constant time\`: see [Usage](#usage)[^1].

## Usage

\`\`\`js
await pad(lock, { side: 'left', length: 32, an_option_so_long_that_its_line_is_wider_than_the_page: true });
\`\`\`

| option | default | meaning |
| --- | :-: | --- |
| \`side\` | \`left\` | which side |

- [x] left
- [ ] right

> Not a quote.

<details><summary>More</summary>

Hidden text.

</details>

[^1]: A note.
`;

const readme = writeHtml(markdown, { repository });

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

const need = (name: string, range: string, page?: string, optional = false): Dependency => ({
  name,
  range,
  page,
  optional,
});

const data: Data = {
  name: '@acme/padlock',
  visibility: 'restricted',
  requiresSecondFactor: true,
  bypassAllowed: true,
  createdAt: now - 300 * day,
  updatedAt: now - 3 * day,
  latest: '1.4.2',
  tags: [
    { tag: 'latest', version: '1.4.2' },
    { tag: 'next', version: '2.0.0-rc.1' },
  ],
  shown: {
    ...line('1.4.2', { predicate: 'https://slsa.dev/provenance/v1' }),
    description: 'Pads a lock on its left side, in constant time.',
    keywords: ['lock', 'left pad', 'constant-time'],
    licence: 'MIT',
    links: { repository, homepage: 'https://git.example/padlock', bugs: `${repository}/issues` },
    directory: undefined,
    commands: ['padlock', 'unpad'],
    node: '>=20',
    installScript: true,
    fileCount: 12,
    unpackedSize: 61_000,
    readme: markdown,
    integrity: 'sha512-AAAA',
    shasum: 'aaaa',
    signatureKey: 'SHA256:x',
    needs: {
      dependencies: [
        need('left', '^1.0.0', 'left'),
        need('alias', 'npm:right@2', 'right'),
        need('gone', '*'),
      ],
      peer: [need('host', '>=3 <5', undefined, true)],
      optional: [],
      development: [need('@types/a-name-that-goes-on-and-on', 'github:acme/a-name-that-goes-on-and-on#1')],
      bundled: ['left'],
      needed: 3,
      more: 0,
    },
  },
  versions: {
    lines: [
      line('2.0.0-rc.1', { factor: 'bypass', publisher: 'release-bot' }),
      line('1.4.2', { predicate: 'https://slsa.dev/provenance/v1' }),
      line('1.4.1', { factor: 'totp', unpublishedAt: now - day }),
      line('1.4.0', { factor: 'none', publisher: 'ben', deprecated: 'old' }),
    ],
    page: 1,
    pages: 3,
    total: 120,
    unpublished: 1,
  },
  dependants: { names: ['@acme/door', 'gate', 'portcullis'], total: 1204, more: false },
  maintainers: [
    { name: 'ann', secondFactor: true },
    { name: 'ben', secondFactor: false },
  ],
  maintained: true,
  downloads: Array.from({ length: 26 }, (_, week) => 1000 + week * 40 + (week % 5) * 130),
};

const view = (one: PackageView) => (): VNode => (
  <PackagePage context={ann} data={data} readme={readme} view={one} now={now} />
);

const found = (name: string, description: string, flags: Found['flags'] = {}): Found => ({
  package: {
    name,
    version: '1.0.0',
    description,
    keywords: [],
    date: new Date(now - day).toISOString(),
    links: { npm: '' },
    publisher: { username: 'ann', email: '' },
    maintainers: [],
  },
  flags,
  relevance: 1,
});

const some = [
  found('@acme/padlock', 'Pads a lock on its left side, in constant time.'),
  found('lock', 'Locks for files.', { deprecated: true }),
];

const old = { ...data.shown, deprecated: 'Use 2.0, which pads both sides.', readme: null };
const gone = { ...data.shown, unpublishedAt: now - day, readme: null };

/** The pages of packages as they are, from data that somebody made up. */
export const packagePages: Record<string, () => VNode> = {
  'package-readme': view('readme'),
  'package-versions': view('versions'),
  'package-dependencies': view('dependencies'),
  'package-dependents': view('dependents'),
  'package-old-version': () => (
    <VersionPage
      context={stranger}
      data={{ ...data, latest: '2.0.0', maintained: false, shown: old }}
      readme={null}
      view="readme"
      now={now}
    />
  ),
  'package-unpublished': () => (
    <VersionPage
      context={stranger}
      data={{ ...data, latest: '2.0.0', shown: gone }}
      readme={null}
      view="readme"
      now={now}
    />
  ),
  'package-missing': () => <NotFoundPage context={stranger} name="@acme/gone" />,
  'search-found': () => <SearchPage context={ann} query="lock" found={some} total={120} page={2} now={now} />,
  'search-nothing': () => <SearchPage context={ann} query="lokc" found={[]} total={0} page={1} now={now} />,
  'home-packages': () => <HomePage context={ann} newest={some} total={120} now={now} />,
  'home-empty': () => <HomePage context={stranger} newest={[]} total={0} now={now} />,
};
