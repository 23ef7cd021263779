/** How the pages of packages say things. */
import type { PackagePage, VersionLine } from '../../packages/page-facts.ts';

const units = ['kB', 'MB', 'GB'] as const;

/** Bytes as people read them: `812 B`, `18.2 kB` (powers of 1000, as npm writes them). */
export function sayBytes(bytes: number): string {
  let size = bytes;
  let unit = 'B';
  for (const next of units) {
    if (size < 999.95) break;
    size /= 1000;
    unit = next;
  }
  return unit === 'B' ? `${size} B` : `${size.toFixed(1)} ${unit}`;
}

/** `1,204`. */
export const sayNumber = (number: number): string => number.toLocaleString('en');

/** `1 version`, `1,204 versions`. */
export const sayCount = (count: number, thing: string): string =>
  `${sayNumber(count)} ${thing}${count === 1 ? '' : 's'}`;

/** The first `length` characters, cut at a word where there is one. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length).toWellFormed();
  const space = cut.lastIndexOf(' ');
  return `${space > length / 2 ? cut.slice(0, space) : cut}…`;
}

/** A link without what is the same in every one. */
export const sayAddress = (address: string): string =>
  shorten(address.replace(/^https?:\/\/(?:www\.)?/, '').replace(/\/$/, ''), 60);

interface FactorWords {
  readonly words: string;
  readonly kind: 'safe' | 'neutral';
}

const factors: Readonly<Record<NonNullable<VersionLine['factor']>, FactorWords>> = {
  'security-key': { words: 'with a security key', kind: 'safe' },
  totp: { words: 'with an authenticator app', kind: 'safe' },
  page: { words: 'approved in the browser', kind: 'safe' },
  proof: { words: 'with a one-time code', kind: 'safe' },
  'recovery-code': { words: 'with a recovery code', kind: 'safe' },
  bypass: { words: 'by a token that bypasses 2FA', kind: 'neutral' },
  none: { words: 'without a second factor', kind: 'neutral' },
};

/** Which second factor stood behind a publish; undefined where nobody wrote it down. */
export const sayFactor = (factor: VersionLine['factor']): FactorWords | undefined =>
  factor === null ? undefined : factors[factor];

/** The path of a package's page, without the prefix; of a version's where one is named. */
export const pathOf = (name: string, version?: string): string =>
  version === undefined ? `/package/${name}` : `/package/${name}/v/${encodeURIComponent(version)}`;

/** The path of a search, without the prefix. */
export function searchPath(query: string, page = 1): string {
  const rest = page === 1 ? '' : `&page=${page}`;
  return `/search?q=${encodeURIComponent(query)}${rest}`;
}

/** Views of a package, named as in the addresses that people know. */
export const views = ['readme', 'versions', 'dependencies', 'dependents'] as const;
export type PackageView = (typeof views)[number];

/** The view that `?activeTab=` asks for; the README where it asks for none that there is. */
export const viewOf = (asked: string | undefined): PackageView =>
  views.find((view) => view === asked) ?? 'readme';

/** The path of a view, without the prefix. `version`: of the page of that version. */
export function viewPath(name: string, version: string | undefined, view: PackageView, page = 1): string {
  const path = pathOf(name, version);
  if (view === 'readme') return path;
  return `${path}?activeTab=${view}${page === 1 ? '' : `&page=${page}`}`;
}

/** Who must prove what to publish. */
export function sayRule({ requiresSecondFactor, bypassAllowed }: PackagePage): string {
  if (!requiresSecondFactor) return 'As each maintainer has chosen';
  return bypassAllowed
    ? 'Two-factor authentication, or an automation token'
    : 'Two-factor authentication, always';
}
