/** Access tokens: the list, and giving one up (contract.md, tokens; requirements TK1–TK6). */
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { findToken } from '../../tokens/own-tokens.ts';
import type { Token } from '../../tokens/token.ts';
import { listTokens, revokeToken } from '../../tokens/tokens.ts';
import { type FormView, form, ownName, page, type SiteSettings, self } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { CopyLine } from '../parts/copy.tsx';
import { Actions } from '../parts/form.tsx';
import { Lead } from '../parts/layout.tsx';
import { Link, LinkButton } from '../parts/link.tsx';
import { Pagination } from '../parts/navigation.tsx';
import { Badge, Empty, Notice } from '../parts/notices.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { type Column, DataTable } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { readPageNumber } from './page-number.ts';
import { resumeForm } from './resume-token.tsx';
import { TokenAccess } from './token-access.tsx';
import { TokenActPage } from './token-act.tsx';
import { titleOf, typeOf } from './token-words.ts';

const perPage = 50;

interface TokenList {
  readonly tokens: readonly Token[];
  readonly total: number;
}

interface ListView extends TokenList {
  readonly context: PageContext;
  readonly name: string;
  /** From 1. */
  readonly page: number;
  readonly now: number;
}

const columns = ({ context, name, now }: ListView): readonly Column<Token>[] => [
  {
    label: 'Name',
    cell: (token) => (
      <>
        {token.name ?? <span class="muted">no name</span>}
        <br />
        <code>{token.prefix}…</code>
      </>
    ),
  },
  {
    label: 'Access',
    cell: (token) => (
      <>
        <Badge>{typeOf[token.kind]}</Badge> <TokenAccess token={token} />{' '}
        {token.suspendedAt !== null && (
          <>
            <br />
            <Badge kind="danger">suspended</Badge> Ten wrong codes were tried with it within a day, the last
            one <Time at={token.suspendedAt} now={now} />: it installs, and does nothing that asks for a code.
          </>
        )}
      </>
    ),
  },
  { label: 'Created', cell: ({ createdAt }) => <Time at={createdAt} now={now} /> },
  { label: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} now={now} /> },
  { label: 'Expires', cell: ({ expiresAt }) => <Time at={expiresAt} now={now} /> },
  {
    label: 'Revoke',
    kind: 'action',
    cell: (token) => (
      <>
        {token.suspendedAt !== null && (
          <LinkButton context={context} href={`/settings/${name}/tokens/${token.key}/resume`} kind="quiet">
            Resume<span class="hush"> {titleOf(token)}</span>
          </LinkButton>
        )}
        <LinkButton context={context} href={`/settings/${name}/tokens/${token.key}/revoke`} kind="quiet">
          Revoke<span class="hush"> {titleOf(token)}</span>
        </LinkButton>
      </>
    ),
  },
];

function ListPage({ view }: { view: ListView }) {
  const { context, name, tokens, total, page: current } = view;
  return (
    <SettingsPage context={context} name={name} section="tokens" title="Access Tokens">
      <Lead>
        A token stands for you where no person signs in: in build machines, and in what <code>npm login</code>{' '}
        keeps on your computer. Only its first characters are shown here.
      </Lead>
      <Actions>
        <LinkButton context={context} kind="primary" href={`/settings/${name}/tokens/new`}>
          Generate New Token
        </LinkButton>
      </Actions>
      {tokens.length === 0 ? (
        <Empty title="You have no access tokens.">
          <p>Generate one here, or in a terminal. Logging in makes one too.</p>
          <CopyLine text={`npm login --registry=${context.publicUrl}/`} />
          <CopyLine text={`npm token create --registry=${context.publicUrl}/`} />
        </Empty>
      ) : (
        <DataTable
          caption="Your access tokens"
          quietCaption
          columns={columns(view)}
          rows={tokens}
          keyOf={({ key }) => key}
        />
      )}
      <Pagination
        context={context}
        page={current}
        pages={Math.ceil(total / perPage)}
        hrefOf={(to) => `/settings/${name}/tokens?page=${to}`}
      />
    </SettingsPage>
  );
}

const listRoute = (settings: SiteSettings): Route =>
  page(settings, {
    path: '/settings/:name/tokens',
    action: 'token.list',
    target: self,
    read: async (tx, { actor, query }): Promise<TokenList> =>
      listTokens(tx, actor.account?.id ?? fail('credential_missing'), {
        page: readPageNumber(query.page) - 1,
        perPage,
      }),
    show: (list, context, asked) => (
      <ListPage
        view={{
          ...list,
          context,
          name: ownName(asked),
          page: readPageNumber(asked.query.page),
          now: asked.actor.receivedAt,
        }}
      />
    ),
  });

function RevokePage({ view }: { view: FormView<Token> }) {
  const { data: token, asked } = view;
  const now = asked.actor.receivedAt;
  return (
    <TokenActPage
      view={view}
      act="revoke"
      words="Revoke"
      kind="danger"
      times={[
        { term: 'Created', value: <Time at={token.createdAt} now={now} /> },
        { term: 'Last used', value: <Time at={token.lastUsedAt} now={now} /> },
      ]}
    >
      What still uses this token stops working at once. It cannot be taken back.
    </TokenActPage>
  );
}

const revokeForm = (settings: SiteSettings): readonly Route[] =>
  form<'token.revoke', Token, string, undefined, Token>(settings, {
    path: '/settings/:name/tokens/:key/revoke',
    action: 'token.revoke',
    target: self,
    seenAs: 'token.list',
    read: (tx, { actor, params }) =>
      findToken(tx, actor.account?.id ?? fail('credential_missing'), params.key ?? ''),
    show: (view) => <RevokePage view={view} />,
    wish: (_fields, { params }) => params.key ?? '',
    run: async (tx, permit, key) => {
      const token = await findToken(tx, permit.account?.id ?? fail('credential_missing'), key);
      await revokeToken(tx, permit, key);
      return token;
    },
    done: (token, asked, context) => (
      <SettingsPage
        context={context}
        name={ownName(asked)}
        section="tokens"
        title="Token revoked"
        notice={
          <Notice kind="success" title={`${titleOf(token)} is revoked`}>
            {token.kind !== 'session' && <p>We sent a mail about it to your address.</p>}
          </Notice>
        }
      >
        <p>
          Remove it from the places that still hold it.{' '}
          <Link context={context} href={`/settings/${ownName(asked)}/tokens`}>
            Back to your access tokens
          </Link>
        </p>
      </SettingsPage>
    ),
  });

export const tokenPages = (settings: SiteSettings): readonly Route[] => [
  listRoute(settings),
  ...revokeForm(settings),
  ...resumeForm(settings),
];
