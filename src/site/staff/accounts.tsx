/** `/staff/accounts`: everybody who has an account here. */
import {
  type Directory,
  type DirectoryEntry,
  directoryPages,
  listDirectory,
} from '../../factors/directory.ts';
import type { Route } from '../../http/route.ts';
import { sayHeld } from '../../policy/hold.ts';
import { page, type SiteSettings, site } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { TextField } from '../parts/fields.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Lead } from '../parts/layout.tsx';
import { Link, LinkButton } from '../parts/link.tsx';
import { Pagination } from '../parts/navigation.tsx';
import { Badge, Empty } from '../parts/notices.tsx';
import { type Column, DataTable } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { readPageNumber } from '../settings/page-number.ts';
import { queryOf, StaffPage } from './parts.tsx';

export const accountsPath = '/staff/accounts';

/** Who may make accounts here, as the operator set it. */
export type Registration = 'open' | 'invite' | 'closed';

/** The address with whether it is verified. */
export function Email({ entry }: { readonly entry: DirectoryEntry }) {
  return (
    <>
      {entry.email} <span class="muted">{entry.emailVerified ? 'verified' : 'not verified'}</span>
    </>
  );
}

/** Which factors an account has. */
export function Factors({ entry: { app, keys } }: { readonly entry: DirectoryEntry }) {
  const kinds = [
    ...(app ? ['app'] : []),
    ...(keys > 0 ? [keys === 1 ? '1 security key' : `${keys} security keys`] : []),
  ];
  return kinds.length === 0 ? <span class="muted">none</span> : <Badge kind="safe">{kinds.join(', ')}</Badge>;
}

/** What is special about an account: staff, frozen, held. */
export function States({ entry }: { readonly entry: DirectoryEntry }) {
  const { staff, mode, frozenAt, hold } = entry;
  if (!staff && frozenAt === null && hold === null) return <span class="muted">none</span>;
  return (
    <>
      {staff && <Badge kind="accent">{mode === 'off' ? 'staff once it has 2FA' : 'staff'}</Badge>}{' '}
      {frozenAt !== null && <Badge kind="danger">frozen</Badge>}{' '}
      {hold !== null && (
        <span title={sayHeld(hold)}>
          <Badge kind="danger">held</Badge>
        </span>
      )}
    </>
  );
}

const columns = (context: PageContext, now: number): readonly Column<DirectoryEntry>[] => [
  {
    label: 'Username',
    cell: ({ name }) => (
      <Link context={context} href={`${accountsPath}/${name}`}>
        {name}
      </Link>
    ),
  },
  { label: 'Email', cell: (entry) => <Email entry={entry} /> },
  { label: 'Second factor', cell: (entry) => <Factors entry={entry} /> },
  { label: 'State', cell: (entry) => <States entry={entry} /> },
  { label: 'Created', cell: ({ createdAt }) => <Time at={createdAt} now={now} /> },
  { label: 'Last sign-in', cell: ({ lastSignIn }) => <Time at={lastSignIn} now={now} absent="not known" /> },
];

interface View {
  readonly context: PageContext;
  readonly directory: Directory;
  readonly search: string;
  readonly page: number;
  readonly now: number;
  readonly registration: Registration;
}

function AccountsPage({ view }: { view: View }) {
  const { context, directory, search, registration } = view;
  const { entries, total } = directory;
  return (
    <StaffPage context={context} section="accounts" title="Accounts">
      <Lead>
        {total === 1 ? '1 account' : `${total} accounts`}
        {search !== '' && ` with “${search}” in the username`}.
      </Lead>
      {registration === 'invite' && (
        <Actions>
          <LinkButton context={context} href="/staff/invite" kind="primary">
            Invite
          </LinkButton>
        </Actions>
      )}
      <Form context={context} action={accountsPath} method="get" label="Search accounts" inline>
        <TextField label="Username" name="q" id="accounts-search" type="search" value={search} exact />
        <Button>Search</Button>
      </Form>
      {entries.length === 0 ? (
        <Empty title="No account has this in its username." />
      ) : (
        <DataTable
          caption="Accounts"
          quietCaption
          columns={columns(context, view.now)}
          rows={entries}
          keyOf={({ id }) => id}
        />
      )}
      <Pagination
        context={context}
        page={view.page}
        pages={directoryPages(total)}
        hrefOf={(to) => `${accountsPath}${queryOf({ q: search, page: to })}`}
      />
    </StaffPage>
  );
}

const longestSearch = 256;
const searchIn = (text = ''): string => text.trim().slice(0, longestSearch);

/** The page. */
export const accountsPage = (settings: SiteSettings, registration: Registration): Route =>
  page(settings, {
    path: accountsPath,
    action: 'staff.accounts',
    target: site,
    read: (tx, { query }) =>
      listDirectory(tx, { search: searchIn(query.q), page: readPageNumber(query.page) }),
    show: (directory, context, { query, actor }) => (
      <AccountsPage
        view={{
          context,
          directory,
          registration,
          search: searchIn(query.q),
          page: readPageNumber(query.page),
          now: actor.receivedAt,
        }}
      />
    ),
  });
