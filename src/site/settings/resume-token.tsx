/** Letting a token work again that too many wrong codes suspended (requirements RL2). */
import type { Route } from '../../http/route.ts';
import { findSuspended, resumeOwnToken } from '../../tokens/suspension.ts';
import type { Token } from '../../tokens/token.ts';
import { type FormView, form, owner, ownName, type SiteSettings, self } from '../page.tsx';
import { Link } from '../parts/link.tsx';
import { Notice } from '../parts/notices.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { Time } from '../parts/time.tsx';
import { TokenActPage } from './token-act.tsx';
import { titleOf } from './token-words.ts';

function ResumePage({ view }: { readonly view: FormView<Token> }) {
  const { context, data: token, asked } = view;
  const now = asked.actor.receivedAt;
  return (
    <TokenActPage
      view={view}
      act="resume"
      words="Resume"
      kind="primary"
      times={[
        { term: 'Last used', value: <Time at={token.lastUsedAt} now={now} /> },
        { term: 'Suspended', value: <Time at={token.suspendedAt} now={now} /> },
      ]}
    >
      Ten wrong codes were tried with this token within a day. It still installs, and does nothing that asks
      for a code. If the codes were yours, let it work again; if they were not, somebody else has it:{' '}
      <Link context={context} href={`/settings/${ownName(asked)}/tokens/${token.key}/revoke`}>
        revoke it
      </Link>
      .
    </TokenActPage>
  );
}

/** The page that the refusal of a suspended token names, and its form. */
export const resumeForm = (settings: SiteSettings): readonly Route[] =>
  form<'token.resumeOwn', Token, string, undefined, Token>(settings, {
    path: '/settings/:name/tokens/:key/resume',
    action: 'token.resumeOwn',
    target: self,
    seenAs: 'token.list',
    read: (tx, asked) => findSuspended(tx, owner(asked).id, asked.params.key ?? ''),
    show: (view) => <ResumePage view={view} />,
    wish: (_fields, { params }) => params.key ?? '',
    reason: (key) => `token ${key.slice(0, 8)}`,
    run: (tx, permit, key) => resumeOwnToken(tx, permit, key),
    done: (token, asked, context) => (
      <SettingsPage
        context={context}
        name={ownName(asked)}
        section="tokens"
        title="Token resumed"
        notice={
          <Notice kind="success" title={`${titleOf(token)} works again`}>
            <p>Its wrong codes no longer count against it. We sent a mail about it to your address.</p>
          </Notice>
        }
      >
        <p>
          <Link context={context} href={`/settings/${ownName(asked)}/tokens`}>
            Back to your access tokens
          </Link>
        </p>
      </SettingsPage>
    ),
  });
