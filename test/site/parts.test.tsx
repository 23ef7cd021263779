import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { describe, expect, it } from 'vitest';
import { AreaChart } from '../../src/site/parts/chart.tsx';
import type { PageContext } from '../../src/site/parts/context.ts';
import { Codes, CopyLine, InstallCommands, SecretGroups } from '../../src/site/parts/copy.tsx';
import { Portrait } from '../../src/site/parts/header.tsx';
import { Pagination } from '../../src/site/parts/navigation.tsx';
import { Notice, Problem } from '../../src/site/parts/notices.tsx';
import { Page, renderPage } from '../../src/site/parts/page.tsx';
import { publicFiles } from '../../src/site/parts/public-files.ts';
import { SettingsPage } from '../../src/site/parts/settings.tsx';
import { DataTable } from '../../src/site/parts/tables.tsx';
import { sayWhen, Time } from '../../src/site/parts/time.tsx';

const stranger: PageContext = {
  siteName: 'Tallystick',
  publicUrl: 'https://registry.example/npm',
  prefix: '/npm',
  viewer: null,
  formToken: 'token-of-the-form',
};
const ann: PageContext = { ...stranger, viewer: { name: 'ann', staff: false } };
const hostile = `"><script>alert(1)</script>'&`;

/** The tags of one kind, as written. */
const tags = (html: string, name: string): readonly string[] =>
  html.match(new RegExp(`<${name}[\\s>][^>]*`, 'g')) ?? [];
const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];

describe('a page', () => {
  const draw = (page: VNode): string => renderPage(page);

  it('escapes its title, its heading, the query and the name of who is signed in', () => {
    const context = { ...stranger, siteName: hostile, viewer: { name: hostile, staff: false } };
    const html = draw(
      <Page context={context} title={hostile} query={hostile}>
        {hostile}
      </Page>,
    );
    expect(html).not.toContain('alert(1)</script>');
    expect(html.match(/&lt;script>alert\(1\)&lt;\/script>/g)?.length).toBeGreaterThanOrEqual(6);
  });

  it('leaves its heading to the children when told', () => {
    const html = draw(
      <Page context={stranger} title="Search" heading={false}>
        <h1>Own</h1>
      </Page>,
    );
    expect(tags(html, 'h1')).toHaveLength(1);
  });

  it('offers a stranger to sign in and an account its menu, with a form to sign out', () => {
    const outside = draw(
      <Page context={stranger} title="Home">
        x
      </Page>,
    );
    expect(outside).toContain('<a href="/npm/login">Sign in</a>');
    expect(outside).not.toContain('Sign out');
    const inside = draw(
      <Page context={ann} title="Home">
        x
      </Page>,
    );
    expect(inside).not.toContain('Sign in<');
    expect(inside).toMatch(
      /<form action="\/npm\/logout" method="post"><input type="hidden" name="form" value="token-of-the-form"/,
    );
  });

  it('shows the way to the staff pages to staff alone', () => {
    const staff = { ...ann, viewer: { name: 'ann', staff: true } };
    expect(
      draw(
        <Page context={staff} title="Home">
          x
        </Page>,
      ),
    ).toContain('/npm/staff/');
    expect(
      draw(
        <Page context={ann} title="Home">
          x
        </Page>,
      ),
    ).not.toContain('/npm/staff/');
  });

  it('gives every file of the site an address that changes with the files', () => {
    const html = draw(
      <Page context={stranger} title="Home" scripts={['keys.js']}>
        x
      </Page>,
    );
    const linked = [...html.matchAll(/"(\/npm\/-\/site\/[^"]+)"/g)].map(([, address]) => address ?? '');
    expect(linked).toHaveLength(8);
    for (const address of linked)
      expect(address).toMatch(/^\/npm\/-\/site\/[a-z-]+\.(css|ico|js|svg)\?v=[0-9a-f]{12}$/);
    const present = [...publicFiles.keys()];
    for (const address of linked.filter((one) => !one.includes('keys.js')))
      expect(present).toContain(address.replace(/^.*\//, '').replace(/\?.*$/, ''));
  });

  it('marks the current one of the settings and names the organisations', () => {
    const html = draw(
      <SettingsPage context={ann} name="ann" section="tokens" organisations={['acme']} title="Access Tokens">
        x
      </SettingsPage>,
    );
    expect(html.match(/aria-current="page"/g)).toHaveLength(1);
    expect(html).toContain('<a href="/npm/settings/ann/tokens" aria-current="page">Access Tokens</a>');
    for (const words of ['Profile', 'Authentication', 'Sessions', 'SSH Keys', 'Security log', 'acme'])
      expect(html).toContain(`>${words}</a>`);
  });
});

describe('notices', () => {
  it('announce problems and lead to the fields', () => {
    const html = renderToString(
      <Problem title="Not made." problems={[{ message: 'Give it a name.', field: 'name' }]} />,
    );
    expect(html).toContain('role="alert"');
    expect(html).toContain('<a href="#name">Give it a name.</a>');
  });

  it('say their kind in a word where no title does', () => {
    const words = (['info', 'success', 'warning', 'danger'] as const).map((kind) =>
      renderToString(<Notice kind={kind}>x</Notice>),
    );
    expect(words.map((html) => /notice-title">([^<]+)</.exec(html)?.[1])).toEqual([
      'Note',
      'Done',
      'Warning',
      'Important',
    ]);
  });
});

describe('what is copied', () => {
  it('hides "Copy" until the script runs, and holds exactly the text', () => {
    const [button = ''] = tags(renderToString(<CopyLine text="npm install x" />), 'button');
    expect(button).toContain(' hidden');
    expect(attribute(button, 'data-copy')).toBe('npm install x');
  });

  it('shows a key in groups of four and copies it without spaces', () => {
    const html = renderToString(<SecretGroups secret="ABCDEFGHIJ" />);
    expect(html).toContain('ABCD EFGH IJ');
    expect(html).toContain('data-copy="ABCDEFGHIJ"');
  });

  it('prints recovery codes under what they belong to', () => {
    const html = renderToString(
      <Codes codes={['1111 2222 3333 4444']} heading="Recovery codes of ann on registry.example" />,
    );
    expect(html).toContain('<p class="print-only">Recovery codes of ann on registry.example</p>');
    expect(html).toContain('<code>1111 2222 3333 4444</code>');
  });

  it('installs with each client in its own words', () => {
    const html = renderToString(<InstallCommands wanted="@acme/x@1.0.0" />);
    const commands = tags(html, 'button').map((tag) => attribute(tag, 'data-copy'));
    expect(commands).toEqual(
      ['npm install', 'pnpm add', 'yarn add', 'bun add'].map((words) => `${words} @acme/x@1.0.0`),
    );
  });
});

describe('lists', () => {
  it('name each row by its first cell, and each cell for narrow screens', () => {
    const html = renderToString(
      <DataTable
        caption="Tokens"
        keyOf={(row) => row}
        rows={['laptop']}
        columns={[
          { label: 'Name', cell: (row) => row },
          { label: 'Uses', kind: 'number', cell: () => 3 },
          { label: 'Revoke', kind: 'action', cell: () => 'x' },
        ]}
      />,
    );
    expect(html).toContain('<caption>Tokens</caption>');
    expect(html).toContain('<th scope="row">laptop</th>');
    expect(html).toContain('<td class="number" data-label="Uses">3</td>');
    expect(html).toContain('<th scope="col" class="action"><span class="hush">Revoke</span></th>');
  });

  it('need no way to other pages where there is one', () => {
    const pages = (page: number, of: number) =>
      renderToString(
        <Pagination context={stranger} page={page} pages={of} hrefOf={(one) => `/search?q=x&page=${one}`} />,
      );
    expect(pages(1, 1)).toBe('');
    expect(pages(1, 2)).not.toContain('Previous');
    expect(pages(2, 2)).not.toContain('Next');
    expect(pages(2, 3)).toContain('href="/npm/search?q=x&amp;page=3"');
  });
});

describe('times', () => {
  const now = Date.UTC(2026, 10, 22, 15);
  const day = 86_400_000;

  it.each([
    [now, 'just now'],
    [now - 59_999, 'just now'],
    [now - 60_000, '1 minute ago'],
    [now - 3 * 3_600_000, '3 hours ago'],
    [now - day, '1 day ago'],
    [now - 29 * day, '29 days ago'],
    [now - 30 * day, '1 month ago'],
    [now - 800 * day, '2 years ago'],
    [now + 1, 'in less than a minute'],
    [now + 72 * 3_600_000 - 1, 'in 71 hours'],
    [now + 72 * 3_600_000, 'in 3 days'],
    [now + 30 * 60_000, 'in 30 minutes'],
  ])('%d is %s', (at, words) => {
    expect(sayWhen(at, now)).toBe(words);
  });

  it('name the exact instant, and that it is UTC', () => {
    expect(renderToString(<Time at={now} now={now} />)).toBe(
      '<time datetime="2026-11-22T15:00:00.000Z" title="2026-11-22 15:00:00 UTC">just now</time>',
    );
    expect(renderToString(<Time at={null} now={now} />)).toContain('never');
  });
});

describe('pictures', () => {
  it('draw no chart outside of its frame, whatever the values', () => {
    for (const values of [[], [0], [5], [0, 0, 0], [1, 1e9, 3]]) {
      const html = renderToString(<AreaChart label="Weekly downloads" values={values} />);
      expect(html).not.toMatch(/NaN|Infinity/);
      const heights = [...html.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
      expect(heights.length).toBeGreaterThan(3);
      expect(Math.max(...heights)).toBeLessThanOrEqual(48);
    }
  });

  it('say in words what a chart shows', () => {
    const html = renderToString(<AreaChart label="Weekly downloads" values={[1200, 4000, 3]} />);
    expect(html).toContain('3 values from 1,200 to 3, highest 4,000.');
  });

  it.each([
    ['ann', 'AN'],
    ['ann-lee', 'AL'],
    ['a', 'A'],
    ['left.pad_restorer', 'LP'],
  ])('make a portrait of %s', (name, initials) => {
    expect(renderToString(<Portrait name={name} />)).toContain(`>${initials}<`);
  });
});
