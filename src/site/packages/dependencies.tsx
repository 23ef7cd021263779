/** What a version needs, and which packages need it. */
import type { PackagePage } from '../../packages/page-facts.ts';
import type { Dependency } from '../../packages/page-manifest.ts';
import type { PageContext } from '../parts/context.ts';
import { CopyLine } from '../parts/copy.tsx';
import { Link } from '../parts/link.tsx';
import { Badge, Empty } from '../parts/notices.tsx';
import { DataTable } from '../parts/tables.tsx';
import { pathOf, sayCount, sayNumber, shorten } from './words.ts';

const longestRange = 100;

interface DependenciesProps {
  readonly context: PageContext;
  readonly data: PackagePage;
}

/** Each kind in a table of its own; kinds without any are left out. */
export function DependenciesView({ context, data }: DependenciesProps) {
  const { dependencies, peer, optional, development, bundled, more } = data.shown.needs;
  const kinds = [
    ['Dependencies', dependencies],
    ['Peer Dependencies', peer],
    ['Optional Dependencies', optional],
    ['Dev Dependencies', development],
  ] as const;
  const filled = kinds.filter(([, list]) => list.length > 0);
  if (filled.length === 0) return <Empty title="This version needs no other package." />;
  return (
    <>
      {filled.map(([kind, list]) => (
        <DependencyTable key={kind} context={context} kind={kind} list={list} bundled={bundled} />
      ))}
      {more > 0 && (
        <p class="muted">
          and {sayNumber(more)} more: <code>npm view {data.name} dependencies</code>
        </p>
      )}
    </>
  );
}

function DependencyTable(props: {
  context: PageContext;
  kind: string;
  list: readonly Dependency[];
  bundled: readonly string[];
}) {
  const { context, kind, list, bundled } = props;
  return (
    <DataTable
      caption={`${kind} (${sayNumber(list.length)})`}
      rows={list}
      keyOf={({ name }) => name}
      columns={[
        {
          label: 'Package',
          cell: ({ name, page, optional }) => (
            <>
              {page === undefined ? (
                name
              ) : (
                <Link context={context} href={pathOf(page)}>
                  {name}
                </Link>
              )}
              {optional && (
                <>
                  {' '}
                  <Badge>optional</Badge>
                </>
              )}
              {bundled.includes(name) && (
                <>
                  {' '}
                  <Badge>bundled</Badge>
                </>
              )}
            </>
          ),
        },
        { label: 'Range', cell: ({ range }) => <code>{shorten(range, longestRange) || '*'}</code> },
      ]}
    />
  );
}

/** The packages of this registry that need it. */
export function DependentsView({ context, data }: DependenciesProps) {
  const { names, total, more } = data.dependants;
  if (total === 0)
    return (
      <Empty title="No package here needs it yet.">
        <CopyLine text={`npm install ${data.name}`} />
      </Empty>
    );
  const rest = total - names.length;
  return (
    <>
      <DataTable
        caption={`${sayCount(total, 'dependent')}${more ? ' and more' : ''}`}
        rows={names}
        keyOf={(name) => name}
        columns={[
          {
            label: 'Package',
            cell: (name) => (
              <Link context={context} href={pathOf(name)}>
                {name}
              </Link>
            ),
          },
        ]}
      />
      {rest > 0 && <p class="muted">and {sayNumber(rest)} more.</p>}
    </>
  );
}
