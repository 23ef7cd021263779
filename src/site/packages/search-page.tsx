/** `/search?q=`: what was found, or how to find. */
import type { Instant } from '../../kernel/ports.ts';
import type { Found } from '../../packages/search.ts';
import type { PageContext } from '../parts/context.ts';
import { CopyLine } from '../parts/copy.tsx';
import { PackageList } from '../parts/layout.tsx';
import { Pagination } from '../parts/navigation.tsx';
import { Badge, Empty } from '../parts/notices.tsx';
import { Page } from '../parts/page.tsx';
import { DefinitionList } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { pathOf, sayCount, searchPath, shorten } from './words.ts';

/** Results on one page. */
export const resultsPerPage = 50;
const longestDescription = 240;

/** Packages as a list, each with description, version, time and publisher. */
export function FoundPackages(props: {
  readonly context: PageContext;
  readonly found: readonly Found[];
  readonly now: Instant;
  /** The level of the names as headings. */
  readonly level?: 2 | 3;
}) {
  const packages = props.found.map(({ package: one, flags }) => ({
    name: one.name,
    href: pathOf(one.name),
    description: shorten(one.description, longestDescription),
    badges: flags.deprecated && <Badge kind="danger">deprecated</Badge>,
    facts: (
      <>
        {one.version} · <Time at={Date.parse(one.date)} now={props.now} />
        {one.publisher.username !== '' && ` by ${one.publisher.username}`}
      </>
    ),
  }));
  return <PackageList context={props.context} level={props.level ?? 2} packages={packages} />;
}

export interface SearchPageProps {
  readonly context: PageContext;
  /** What was asked for, as it was typed. */
  readonly query: string;
  readonly found: readonly Found[];
  /** How many there are on all pages. */
  readonly total: number;
  /** From 1. */
  readonly page: number;
  readonly now: Instant;
}

export function SearchPage({ context, query, found, total, page, now }: SearchPageProps) {
  const shown = shorten(query.trim(), 80);
  const title = shown === '' ? 'All packages' : `Search for “${shown}”`;
  const heading = `${sayCount(total, 'package')}${shown === '' ? '' : ` for “${shown}”`}`;
  return (
    <Page context={context} title={title} heading={heading} query={query} width="wide">
      {found.length === 0 ? (
        <NothingFound query={shown} />
      ) : (
        <FoundPackages context={context} found={found} now={now} />
      )}
      <Pagination
        context={context}
        page={page}
        pages={Math.ceil(total / resultsPerPage)}
        hrefOf={(one) => searchPath(query, one)}
      />
    </Page>
  );
}

/** Words with which a search is narrowed, by example. */
const qualifiers = [
  { term: 'keywords:lock,key', value: 'packages with one of these keywords; + between them for both' },
  { term: 'maintainer:ann', value: 'what somebody maintains' },
  { term: 'scope:acme', value: 'packages of a scope' },
  { term: 'not:deprecated', value: 'leaves out what its maintainers gave up' },
] as const;

function NothingFound({ query }: { query: string }) {
  return (
    <Empty title={query === '' ? 'There are no packages yet.' : 'Nothing here has all of these words.'}>
      {query === '' ? (
        <CopyLine text="npm publish" />
      ) : (
        <>
          <p>Try fewer words, or the beginning of one. These narrow a search instead of widening it:</p>
          <DefinitionList items={qualifiers.map(({ term, value }) => ({ term, value }))} />
        </>
      )}
    </Empty>
  );
}
