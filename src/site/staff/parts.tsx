/** What the pages of staff have in common. */
import type { PageContext } from '../parts/context.ts';
import { Link } from '../parts/link.tsx';
import { Page, type PageProps } from '../parts/page.tsx';

const sections = [
  ['accounts', 'Accounts'],
  ['audit', 'Audit log'],
] as const;

/** A part of the staff pages, as in the path `/staff/…`. */
export type StaffSection = (typeof sections)[number][0];

/** A page of staff, with the sidebar of all of them. */
export function StaffPage({
  section,
  ...page
}: Omit<PageProps, 'sidebar'> & { readonly section: StaffSection }) {
  return <Page width="wide" {...page} sidebar={<Sidebar context={page.context} section={section} />} />;
}

function Sidebar({ context, section }: { context: PageContext; section: StaffSection }) {
  return (
    <nav class="sidebar" aria-label="Staff">
      <p class="sidebar-name">Staff</p>
      <ul>
        {sections.map(([path, words]) => (
          <li key={path}>
            <Link context={context} href={`/staff/${path}`} current={path === section}>
              {words}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** A query with what is set in it; empty where nothing is. */
export function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  const query = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
  return query === '' ? '' : `?${query}`;
}
