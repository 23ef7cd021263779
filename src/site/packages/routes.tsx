/** Home, search, and the pages of packages. What strangers may not see they are not told of (contract.md, pages). */
import type { Asked, Route } from '../../http/route.ts';
import { readPackagePage } from '../../packages/page-facts.ts';
import { searchPackages } from '../../packages/search.ts';
import type { Target } from '../../policy/actor.ts';
import { page, type SiteSettings, site } from '../page.tsx';
import type { ReadmeRenderer } from '../readme/render.ts';
import { HomePage } from './home-page.tsx';
import { PackagePage, VersionPage } from './package-page.tsx';
import { resultsPerPage, SearchPage } from './search-page.tsx';
import { viewOf } from './words.ts';

export interface PackagePagesParts {
  readonly settings: SiteSettings;
  readonly anonymousRead: boolean;
  readonly readmes: ReadmeRenderer;
  /** The current instant, for words such as "3 days ago". */
  readonly now: () => number;
}

const newestOnes = 10;
const mostPages = 200;

/** The number of a page, from 1; the first for anything else. */
const pageOf = (text: string | undefined): number =>
  text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;

const homeRoute = ({ settings, anonymousRead, now }: PackagePagesParts): Route =>
  page(settings, {
    path: '/',
    action: 'site.read',
    target: site,
    read: async (tx, { actor }) =>
      actor.account === null && !anonymousRead
        ? { found: [], total: 0 }
        : searchPackages(tx, { text: '', size: newestOnes, from: 0 }, actor, {
            publicUrl: settings.publicUrl,
            anonymousRead,
          }),
    show: ({ found, total }, context) => (
      <HomePage context={context} newest={found} total={total} now={now()} />
    ),
  });

const searchRoute = ({ settings, anonymousRead, now }: PackagePagesParts): Route =>
  page(settings, {
    path: '/search',
    action: 'site.search',
    target: site,
    read: async (tx, { actor, query }) => {
      const number = Math.min(pageOf(query.page), mostPages);
      const wish = { text: query.q ?? '', size: resultsPerPage, from: (number - 1) * resultsPerPage };
      return {
        number,
        ...(await searchPackages(tx, wish, actor, { publicUrl: settings.publicUrl, anonymousRead })),
      };
    },
    show: ({ found, total, number }, context, { query }) => (
      <SearchPage
        context={context}
        query={query.q ?? ''}
        found={found}
        total={total}
        page={number}
        now={now()}
      />
    ),
  });

const packageTarget = ({ params }: Asked<unknown>): Target => ({ on: 'package', name: params.package ?? '' });

function packageRoute(parts: PackagePagesParts, path: string): Route {
  const { settings, anonymousRead, readmes, now } = parts;
  return page(settings, {
    path,
    action: 'package.read',
    target: packageTarget,
    read: (tx, { actor, params, query }) =>
      readPackagePage(
        tx,
        { name: params.package ?? '', version: params.version, page: pageOf(query.page) },
        { actor, anonymousRead },
      ),
    show: async (data, context, { params, query }) => {
      const { readme, links, directory } = data.shown;
      const origin = { repository: links.repository, directory };
      const view = viewOf(query.activeTab);
      const html = readme && view === 'readme' ? await readmes.render(readme, origin) : null;
      const props = { context, data, readme: html, view, now: now() };
      return params.version === undefined ? <PackagePage {...props} /> : <VersionPage {...props} />;
    },
  });
}

export const packagePageRoutes = (parts: PackagePagesParts): readonly Route[] => [
  homeRoute(parts),
  searchRoute(parts),
  packageRoute(parts, '/package/:package'),
  packageRoute(parts, '/package/:package/v/:version'),
];
