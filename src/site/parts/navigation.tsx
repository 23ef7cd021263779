import type { PageContext } from './context.ts';
import { Link } from './link.tsx';

/** Views of one thing, each with its own address (paths without the prefix). */
export function Tabs(props: {
  readonly context: PageContext;
  readonly label: string;
  readonly tabs: readonly {
    readonly href: string;
    readonly label: string;
    readonly count?: number | undefined;
    readonly current?: boolean;
  }[];
}) {
  return (
    <nav class="tabs" aria-label={props.label}>
      <ul>
        {props.tabs.map((tab) => (
          <li key={tab.href}>
            <Link context={props.context} href={tab.href} current={tab.current}>
              {tab.label}
              {tab.count !== undefined && <span class="count"> {tab.count}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Ways to the page before and after; nothing where all fits on one. `hrefOf` gives the path of a page, from 1. */
export function Pagination(props: {
  readonly context: PageContext;
  /** The current page, from 1. */
  readonly page: number;
  readonly pages: number;
  readonly hrefOf: (page: number) => string;
}) {
  const { context, page, pages, hrefOf } = props;
  if (pages <= 1) return null;
  return (
    <nav class="pagination" aria-label="Pages">
      {page > 1 && (
        <Link context={context} href={hrefOf(page - 1)}>
          Previous
        </Link>
      )}
      <span class="muted">
        Page {page} of {pages}
      </span>
      {page < pages && (
        <Link context={context} href={hrefOf(page + 1)}>
          Next
        </Link>
      )}
    </nav>
  );
}
