/** The security log of an account, for its owner (requirements AU1, AU2). */
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { hashSecret } from '../../kernel/secrets.ts';
import { type LogPage as Log, pagesOf, readLog } from '../../ledger/log-pages.ts';
import { ownName, page, type SiteAsked, type SiteSettings, self } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { Lead } from '../parts/layout.tsx';
import { Link } from '../parts/link.tsx';
import { Pagination } from '../parts/navigation.tsx';
import { Empty } from '../parts/notices.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { DataTable } from '../parts/tables.tsx';
import { ChainState, logColumns, rowKey } from './log-rows.tsx';
import { readPageNumber } from './page-number.ts';

interface View {
  readonly context: PageContext;
  readonly name: string;
  readonly now: number;
  readonly log: Log;
  /** From 1. */
  readonly page: number;
  /** How rows of this very session are known. */
  readonly session: string | null;
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
            keyOf={rowKey}
            columns={logColumns({ now: view.now, session: view.session, owner: name })}
          />
          <ChainState rows={log.rows} owner={name} />
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

const viewOf = (log: Log, context: PageContext, asked: SiteAsked): View => ({
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
      readLog(
        tx,
        { account: actor.account?.id ?? fail('credential_missing') },
        { page: readPageNumber(query.page) },
      ),
    show: (log, context, asked) => <LogPage view={viewOf(log, context, asked)} />,
  });
