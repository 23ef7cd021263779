/** `/staff/audit`: what happened on the whole registry (AU1, AU2). */
import { findAccount } from '../../accounts/accounts.ts';
import type { Asked, Route } from '../../http/route.ts';
import { hashSecret } from '../../kernel/secrets.ts';
import {
  type ChainEnd,
  type LogFilter,
  type LogPage,
  pagesOf,
  readChainEnd,
  readLog,
} from '../../ledger/log-pages.ts';
import { page, type SiteSettings, site } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { SelectField, TextField } from '../parts/fields.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Lead, Section } from '../parts/layout.tsx';
import { Link } from '../parts/link.tsx';
import { Pagination } from '../parts/navigation.tsx';
import { Empty, Notice } from '../parts/notices.tsx';
import { DataTable, DefinitionList } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { eventNames } from '../settings/event-words.ts';
import { ChainState, logColumns, rowKey } from '../settings/log-rows.tsx';
import { readPageNumber } from '../settings/page-number.ts';
import { queryOf, StaffPage } from './parts.tsx';

type Tx = Parameters<typeof readLog>[0];

const path = '/staff/audit';
const day = 24 * 60 * 60_000;

/** What was asked for, as it was typed; empty where nothing was. */
interface Search {
  readonly account: string;
  readonly action: string;
  readonly outcome: string;
  readonly from: string;
  readonly to: string;
}

const searchIn = ({ query }: Pick<Asked<unknown>, 'query'>): Search => ({
  account: query.account?.trim() ?? '',
  action: query.action ?? '',
  outcome: query.outcome ?? '',
  from: query.from ?? '',
  to: query.to ?? '',
});

/** The first instant of a day in UTC; undefined for what is no day. */
function beginningOf(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) ? undefined : at;
}

const outcomes = ['done', 'refused'] as const;

/** What the search leaves; null where it names an account that there is not. */
async function filterOf(tx: Tx, search: Search): Promise<LogFilter | null> {
  const account = search.account === '' ? undefined : await findAccount(tx, search.account);
  if (search.account !== '' && account === undefined) return null;
  const last = beginningOf(search.to);
  return {
    account: account?.id,
    action: search.action || undefined,
    outcome: outcomes.find((outcome) => outcome === search.outcome),
    from: beginningOf(search.from),
    to: last === undefined ? undefined : last + day,
  };
}

interface Read {
  readonly log: LogPage;
  readonly chain: ChainEnd;
}

async function readAudit(tx: Tx, asked: Pick<Asked<unknown>, 'query'>): Promise<Read> {
  const number = readPageNumber(asked.query.page);
  const filter = await filterOf(tx, searchIn(asked));
  const log = filter === null ? { rows: [], total: 0 } : await readLog(tx, filter, { page: number });
  return { log, chain: await readChainEnd(tx) };
}

const actionOptions = [
  { value: '', label: 'All' },
  ...eventNames
    .map(([value, words]) => ({ value, label: `${words} (${value})` }))
    .sort((one, other) => one.label.localeCompare(other.label, 'en')),
];
const outcomeOptions = [
  { value: '', label: 'All' },
  { value: 'done', label: 'Done' },
  { value: 'refused', label: 'Refused' },
];

function SearchForm({ context, search }: { context: PageContext; search: Search }) {
  return (
    <Form context={context} action={path} method="get" label="Search the audit log">
      <TextField label="Account" name="account" value={search.account} exact />
      <SelectField label="What happened" name="action" value={search.action} options={actionOptions} />
      <SelectField label="Outcome" name="outcome" value={search.outcome} options={outcomeOptions} />
      <TextField label="From" name="from" type="date" value={search.from} />
      <TextField label="To" name="to" type="date" value={search.to} help="Days are those of UTC." />
      <Actions>
        <Button>Search</Button>
        <Link context={context} href={path}>
          Show everything
        </Link>
      </Actions>
    </Form>
  );
}

function ChainHeadSection({ chain: { head, waiting }, now }: { chain: ChainEnd; now: number }) {
  const sentence = {
    follows: 'The newest entry follows from the one before it.',
    broken: 'The newest entry does not follow from the one before it.',
    waits: 'The newest entry waits for its link.',
  } as const;
  return (
    <Section title="The chain">
      {head?.standing === 'broken' && (
        <Notice kind="danger" title="This log was altered">
          <p>{sentence.broken}</p>
        </Notice>
      )}
      {head === null ? (
        <p>There is no linked entry yet.</p>
      ) : (
        <>
          {head.standing !== 'broken' && <p>{sentence[head.standing]}</p>}
          <DefinitionList
            items={[
              { term: 'Entry', value: head.sequence },
              { term: 'Hash', value: <code>{head.hash}</code> },
              { term: 'Written', value: <Time at={head.at} now={now} /> },
              { term: 'Waiting for their link', value: waiting },
            ]}
          />
        </>
      )}
      <p class="muted">
        <code>tallystick audit verify</code> on the server walks the whole chain.
      </p>
    </Section>
  );
}

interface View extends Read {
  readonly context: PageContext;
  readonly search: Search;
  readonly page: number;
  readonly now: number;
  readonly session: string | null;
}

function AuditPage({ view }: { view: View }) {
  const { context, log, chain, search, now } = view;
  return (
    <StaffPage context={context} section="audit" title="Audit log">
      <Lead>What happened on the whole registry, the latest first. Nothing here can be removed.</Lead>
      <SearchForm context={context} search={search} />
      {log.rows.length === 0 ? (
        <Empty title="Nothing here is like that." />
      ) : (
        <>
          <DataTable
            caption="Audit log"
            quietCaption
            rows={log.rows}
            keyOf={rowKey}
            columns={logColumns({ now, session: view.session, owner: null })}
          />
          <ChainState rows={log.rows} owner={null} />
        </>
      )}
      <Pagination
        context={context}
        page={view.page}
        pages={pagesOf(log)}
        hrefOf={(to) => `${path}${queryOf({ ...search, page: to })}`}
      />
      <ChainHeadSection chain={chain} now={now} />
    </StaffPage>
  );
}

/** The page. */
export const auditPage = (settings: SiteSettings): Route =>
  page(settings, {
    path,
    action: 'staff.audit',
    target: site,
    read: readAudit,
    show: (read, context, asked) => (
      <AuditPage
        view={{
          ...read,
          context,
          search: searchIn(asked),
          page: readPageNumber(asked.query.page),
          now: asked.actor.receivedAt,
          session: asked.actor.session === null ? null : hashSecret(asked.actor.session),
        }}
      />
    ),
  });
