/** The versions of a package, the newest first, and the tags that name some of them. */
import type { Instant } from '../../kernel/ports.ts';
import type { PackagePage, VersionLine } from '../../packages/page-facts.ts';
import type { PageContext } from '../parts/context.ts';
import { Link } from '../parts/link.tsx';
import { Pagination } from '../parts/navigation.tsx';
import { Badge } from '../parts/notices.tsx';
import { DataTable } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { pathOf, sayBytes, sayCount, sayFactor, sayNumber, viewPath } from './words.ts';

const mostTags = 50;

interface VersionsProps {
  readonly context: PageContext;
  readonly data: PackagePage;
  readonly version: string | undefined;
  readonly now: Instant;
}

/** Tags, then versions in pages of 50. */
export function VersionsView(props: VersionsProps) {
  const { context, data, version } = props;
  const { page, pages, total, unpublished } = data.versions;
  return (
    <>
      {page === 1 && <Tags {...props} />}
      <DataTable
        caption={`${sayCount(total, 'version')}${unpublished === 0 ? '' : `, ${sayNumber(unpublished)} of them unpublished`}`}
        rows={data.versions.lines}
        keyOf={(line) => line.version}
        columns={[
          { label: 'Version', cell: (line) => <Version line={line} {...props} /> },
          { label: 'Published', cell: (line) => <Time at={line.publishedAt} now={props.now} /> },
          { label: 'By', cell: (line) => <Publisher line={line} /> },
          {
            label: 'Size',
            kind: 'number',
            cell: (line) => (line.unpublishedAt === null ? sayBytes(line.size) : '–'),
          },
        ]}
      />
      <Pagination
        context={context}
        page={page}
        pages={pages}
        hrefOf={(one) => viewPath(data.name, version, 'versions', one)}
      />
    </>
  );
}

function Tags({ context, data }: VersionsProps) {
  const { tags, name } = data;
  const rest = tags.length - mostTags;
  return (
    <>
      <DataTable
        caption="Tags"
        rows={tags.slice(0, mostTags)}
        keyOf={({ tag }) => tag}
        columns={[
          { label: 'Tag', cell: ({ tag }) => <code>{tag}</code> },
          {
            label: 'Version',
            cell: ({ version }) => (
              <Link context={context} href={pathOf(name, version)}>
                {version}
              </Link>
            ),
          },
        ]}
      />
      {rest > 0 && (
        <p class="muted">
          and {sayNumber(rest)} more: <code>npm dist-tag ls {name}</code>
        </p>
      )}
    </>
  );
}

function Version({ context, data, line }: VersionsProps & { line: VersionLine }) {
  const { version, unpublishedAt, deprecated, predicate } = line;
  if (unpublishedAt !== null)
    return (
      <>
        {version} <Badge>unpublished</Badge>
      </>
    );
  return (
    <>
      <Link context={context} href={pathOf(data.name, version)}>
        {version}
      </Link>
      {deprecated !== null && (
        <>
          {' '}
          <Badge kind="danger">deprecated</Badge>
        </>
      )}
      {predicate !== null && (
        <>
          {' '}
          <Badge kind="safe">provenance</Badge>
        </>
      )}
    </>
  );
}

function Publisher({ line }: { line: VersionLine }) {
  const proven = sayFactor(line.factor);
  return (
    <>
      {line.publisher}
      {proven && <span class="muted"> {proven.words}</span>}
    </>
  );
}
