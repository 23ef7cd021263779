/** The security log of an account, for its owner (requirements AU1, AU2). */
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { hashSecret } from '../../kernel/secrets.ts';
import { type OwnLog, pagesOf, readOwnLog } from '../../ledger/audit.ts';
import { ownName, page, type SiteAsked, type SiteSettings, self } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { Lead } from '../parts/layout.tsx';
import { Link } from '../parts/link.tsx';
import { Pagination } from '../parts/navigation.tsx';
import { Badge, Empty, Notice } from '../parts/notices.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { type Column, DataTable } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { browserIn } from './clients.ts';
import { sayActor, sayEvent, sayFactor, sayOutcome } from './event-words.ts';
import { readPageNumber } from './page-number.ts';

type Row = OwnLog['rows'][number];

interface View {
  readonly context: PageContext;
  readonly name: string;
  readonly now: number;
  readonly log: OwnLog;
  /** From 1. */
  readonly page: number;
  /** How rows of this very session are known. */
  readonly session: string | null;
}

function Event({ row, name }: { row: Row; name: string }) {
  const actor = sayActor(row, name);
  return (
    <>
      {sayEvent(row)}
      {row.target !== null && row.target !== name && (
        <>
          : <code>{row.target}</code>
        </>
      )}
      {actor !== null && <span class="muted"> by {actor}</span>}
    </>
  );
}

function Outcome({ row }: { row: Row }) {
  return row.outcome === 'done' ? (
    <span>{sayOutcome(row)}</span>
  ) : (
    <Badge kind="danger">{sayOutcome(row)}</Badge>
  );
}

const columns = ({ name, now, session }: View): readonly Column<Row>[] => [
  { label: 'What happened', cell: (row) => <Event row={row} name={name} /> },
  { label: 'Outcome', cell: (row) => <Outcome row={row} /> },
  { label: 'When', cell: ({ at }) => <Time at={at} now={now} /> },
  {
    label: 'From',
    cell: ({ address, userAgent, tokenKey, sessionHash }) => (
      <>
        {address === null ? <span class="muted">unknown</span> : <code>{address}</code>}
        {userAgent !== null && <> {browserIn(userAgent)}</>}
        {tokenKey !== null && <span class="muted"> with an access token</span>}
        {sessionHash !== null && sessionHash === session && (
          <>
            {' '}
            <Badge kind="safe">this session</Badge>
          </>
        )}
      </>
    ),
  },
  {
    label: 'Second factor',
    cell: (row) => sayFactor(row) ?? <span class="muted">not asked</span>,
  },
  {
    label: 'Entry',
    kind: 'number',
    cell: ({ sequence }) => sequence ?? <span class="muted">new</span>,
  },
];

/** What the chain says of the rows of this page, no more. */
function ChainState({ rows }: { rows: readonly Row[] }) {
  const broken = rows.filter(({ standing }) => standing === 'broken');
  const waiting = rows.filter(({ standing }) => standing === 'waits').length;
  if (broken.length > 0)
    return (
      <Notice kind="danger" title="This log was altered">
        <p>
          {broken.length === 1 ? 'Entry' : 'Entries'}{' '}
          {broken.map(({ sequence }) => sequence ?? 'without a number').join(', ')} on this page cannot be
          believed: tell the people who run this registry, who find out more with{' '}
          <code>tallystick audit verify</code>.
        </p>
      </Notice>
    );
  return (
    <p class="muted">
      Each entry is chained to the one before it in the log of the whole registry, which is why numbers are
      missing here. Those on this page are unaltered
      {waiting > 0 &&
        `; ${waiting} of them will get ${waiting === 1 ? 'its number' : 'their numbers'} in a moment`}
      .
    </p>
  );
}

function LogPage({ view }: { view: View }) {
  const { context, name, log } = view;
  return (
    <SettingsPage context={context} name={name} section="security-log" title="Security log">
      <Lead>What happened with your account, the latest first. Nothing here can be removed.</Lead>
      {log.rows.length === 0 ? (
        <Empty title="Nothing has been written down yet.">
          <p>Signing in, changes of your account, your tokens and your packages will stand here.</p>
        </Empty>
      ) : (
        <>
          <DataTable
            caption="Security log"
            quietCaption
            rows={log.rows}
            keyOf={(row) => `${row.sequence} ${row.requestId} ${row.at} ${row.action}`}
            columns={columns(view)}
          />
          <ChainState rows={log.rows} />
        </>
      )}
      <Pagination
        context={context}
        page={view.page}
        pages={pagesOf(log)}
        hrefOf={(to) => `/settings/${name}/security-log?page=${to}`}
      />
      <p>
        If something here was not you,{' '}
        <Link context={context} href={`/settings/${name}/password`}>
          change your password
        </Link>{' '}
        and look through your{' '}
        <Link context={context} href={`/settings/${name}/tokens`}>
          access tokens
        </Link>
        .
      </p>
    </SettingsPage>
  );
}

const viewOf = (log: OwnLog, context: PageContext, asked: SiteAsked): View => ({
  log,
  context,
  name: ownName(asked),
  now: asked.actor.receivedAt,
  page: readPageNumber(asked.query.page),
  session: asked.actor.session === null ? null : hashSecret(asked.actor.session),
});

/** The page. */
export const securityLogPage = (settings: SiteSettings): Route =>
  page(settings, {
    path: '/settings/:name/security-log',
    action: 'account.log',
    target: self,
    read: (tx, { actor, query }) =>
      readOwnLog(tx, actor.account?.id ?? fail('credential_missing'), { page: readPageNumber(query.page) }),
    show: (log, context, asked) => <LogPage view={viewOf(log, context, asked)} />,
  });
