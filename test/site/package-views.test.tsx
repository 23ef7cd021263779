import { describe, expect, test } from 'vitest';
import type { VersionLine } from '../../src/packages/page-facts.ts';
import type { PackageView } from '../../src/site/packages/words.ts';
import { day, draw, drawVersion, headings, line, now, read, shown } from './package-samples.tsx';

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
