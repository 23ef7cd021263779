/** The page of a package, and of one of its versions: name, what it is and who stands behind it, then one of four views. */
import type { ComponentChildren } from 'preact';
import type { Instant } from '../../kernel/ports.ts';
import type { PackagePage as PackageFacts } from '../../packages/page-facts.ts';
import type { PageContext } from '../parts/context.ts';
import { InstallCommands } from '../parts/copy.tsx';
import { Columns, Lead } from '../parts/layout.tsx';
import { Link } from '../parts/link.tsx';
import { Html } from '../parts/markup.tsx';
import { Tabs } from '../parts/navigation.tsx';
import { Badge, Empty, Notice } from '../parts/notices.tsx';
import { Page } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { DependenciesView, DependentsView } from './dependencies.tsx';
import { Facts } from './facts.tsx';
import { VersionsView } from './versions.tsx';
import { type PackageView, pathOf, sayFactor, searchPath, viewPath } from './words.ts';

/** What the pages of a package are drawn from. */
export interface PackagePageProps {
  readonly context: PageContext;
  readonly data: PackageFacts;
  /** The README as safe HTML (readme/render.ts), or null where the version has none. */
  readonly readme: string | null;
  readonly view: PackageView;
  readonly now: Instant;
}

/** `/package/NAME`: the latest version. */
export function PackagePage(props: PackagePageProps) {
  return <Whole {...props} version={undefined} />;
}

/** `/package/NAME/v/VERSION`: one version, which may be old or gone. */
export function VersionPage(props: PackagePageProps) {
  return <Whole {...props} version={props.data.shown.version} />;
}

/** `version`: of the page of a version, what its links lead on to. */
type Parts = PackagePageProps & { readonly version: string | undefined };

function Whole(props: Parts) {
  const { context, data, version } = props;
  const { name, shown } = data;
  const isGone = shown.unpublishedAt !== null;
  return (
    <Page
      context={context}
      title={version === undefined ? name : `${name} ${version}`}
      heading={<Heading {...props} />}
      width="wide"
    >
      {!isGone && shown.description !== '' && <Lead>{shown.description}</Lead>}
      <Origin {...props} />
      <Warnings {...props} />
      {!isGone && <InstallCommands wanted={version === undefined ? name : `${name}@${version}`} />}
      {isGone ? <VersionsView {...props} /> : <Views {...props} />}
    </Page>
  );
}

function Heading({ data }: Parts) {
  const { name, shown, visibility } = data;
  return (
    <>
      <code>{name}</code> <Badge>{shown.version}</Badge>
      {visibility === 'restricted' && (
        <>
          {' '}
          <Badge kind="accent">private</Badge>
        </>
      )}
      {shown.deprecated !== null && (
        <>
          {' '}
          <Badge kind="danger">deprecated</Badge>
        </>
      )}
    </>
  );
}

/** When, by whom, and with which factor. */
function Origin({ context, data, now }: Parts) {
  const { publishedAt, publisher, factor } = data.shown;
  const proven = sayFactor(factor);
  return (
    <p class="muted">
      Published <Time at={publishedAt} now={now} /> by{' '}
      <Link context={context} href={searchPath(`maintainer:${publisher}`)}>
        {publisher}
      </Link>
      {proven && (
        <>
          {' '}
          <Badge kind={proven.kind}>{proven.words}</Badge>
        </>
      )}
    </p>
  );
}

function Warnings({ context, data, now, version }: Parts) {
  const { shown, latest, name } = data;
  const toLatest = (
    <Link context={context} href={pathOf(name)}>
      {latest}
    </Link>
  );
  return (
    <>
      {shown.unpublishedAt !== null && (
        <Notice kind="danger" title="This version was unpublished">
          <p>
            It was removed <Time at={shown.unpublishedAt} now={now} /> and cannot be installed; its number is
            never used again. The latest version is {toLatest}.
          </p>
        </Notice>
      )}
      {shown.deprecated !== null && (
        <Notice kind="danger" title="This version is deprecated">
          {shown.deprecated !== '' && <p>{shown.deprecated}</p>}
        </Notice>
      )}
      {version !== undefined && version !== latest && shown.unpublishedAt === null && (
        <Notice kind="info" title="This is not the latest version">
          <p>The latest version is {toLatest}.</p>
        </Notice>
      )}
    </>
  );
}

function Views(props: Parts) {
  const { context, data, version, view } = props;
  const { needs } = data.shown;
  const of = (one: PackageView): string => viewPath(data.name, version, one);
  const tabs = [
    { href: of('readme'), label: 'Readme', current: view === 'readme' },
    { href: of('versions'), label: 'Versions', count: data.versions.total, current: view === 'versions' },
    {
      href: of('dependencies'),
      label: 'Dependencies',
      count: needs.needed,
      current: view === 'dependencies',
    },
    {
      href: of('dependents'),
      label: 'Dependents',
      count: data.dependants.total,
      current: view === 'dependents',
    },
  ];
  const own = data.maintained ? [{ href: `${pathOf(data.name)}/access`, label: 'Access' }] : [];
  return (
    <>
      <Tabs context={context} label="Package" tabs={[...tabs, ...own]} />
      <Columns aside={<Facts {...props} />}>{contentOf(props)}</Columns>
    </>
  );
}

function contentOf(props: Parts): ComponentChildren {
  switch (props.view) {
    case 'readme':
      return <Readme {...props} />;
    case 'versions':
      return <VersionsView {...props} />;
    case 'dependencies':
      return <DependenciesView {...props} />;
    case 'dependents':
      return <DependentsView {...props} />;
  }
}

function Readme({ readme, data }: Parts) {
  if (readme !== null) return <Html safe={readme} />;
  return (
    <Empty title="This version has no README.">
      {data.maintained && (
        <p>Write a README.md beside its package.json; the next version that you publish shows it here.</p>
      )}
    </Empty>
  );
}
