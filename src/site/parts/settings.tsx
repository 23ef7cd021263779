import type { PageContext } from './context.ts';
import { Link } from './link.tsx';
import { Page, type PageProps } from './page.tsx';

const sections = [
  ['profile', 'Profile'],
  ['authentication', 'Authentication'],
  ['tokens', 'Access Tokens'],
  ['sessions', 'Sessions'],
  ['ssh-keys', 'SSH Keys'],
  ['security-log', 'Security log'],
] as const;

/** A part of an account's settings, as in the path `/settings/NAME/…`. */
export type SettingsSection = (typeof sections)[number][0];

/**
 * A page of the settings of the account `name`, with the sidebar of all of them. On a narrow screen the sidebar is a row
 * that scrolls sideways above the content.
 */
export function SettingsPage({
  name,
  section,
  organisations = [],
  ...page
}: Omit<PageProps, 'sidebar'> & {
  readonly name: string;
  /** Which entry is the current one; null on a page of an organisation. */
  readonly section: SettingsSection | null;
  /** Organisations of the account, by name. */
  readonly organisations?: readonly string[];
}) {
  const sidebar = (
    <Sidebar context={page.context} name={name} section={section} organisations={organisations} />
  );
  return <Page width="wide" {...page} sidebar={sidebar} />;
}

function Sidebar(props: {
  context: PageContext;
  name: string;
  section: SettingsSection | null;
  organisations: readonly string[];
}) {
  const { context, name } = props;
  return (
    <nav class="sidebar" aria-label="Settings">
      <p class="sidebar-name">{name}</p>
      <ul>
        {sections.map(([path, words]) => (
          <li key={path}>
            <Link context={context} href={`/settings/${name}/${path}`} current={path === props.section}>
              {words}
            </Link>
          </li>
        ))}
      </ul>
      {props.organisations.length > 0 && (
        <>
          <p class="sidebar-name">Organizations</p>
          <ul>
            {props.organisations.map((organisation) => (
              <li key={organisation}>
                <Link context={context} href={`/settings/${organisation}/members`}>
                  {organisation}
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </nav>
  );
}
