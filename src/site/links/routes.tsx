/** What the four kinds of links in mails say and do (RV7, RV8, SE7). */
import { confirmEmail, endSessionByLink, freezeByLink, undoEmail } from '../../accounts/linked-acts.ts';
import type { Route } from '../../http/route.ts';
import type { SiteSettings } from '../page.tsx';
import { Link } from '../parts/link.tsx';
import { DefinitionList } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { browserIn } from '../settings/clients.ts';
import { linkedRoutes } from './linked.tsx';

const confirmRoutes = (settings: SiteSettings): readonly Route[] =>
  linkedRoutes(settings, {
    kind: 'confirm-email',
    action: 'account.confirmEmail',
    title: 'Confirm your email address',
    button: 'Confirm',
    explain: ({ account, payload, asksPassword }) => (
      <>
        <p>
          <strong>{payload}</strong> becomes the confirmed address of the account <code>{account.name}</code>.
          Notices about its security go there.
        </p>
        {asksPassword && <p>The address was changed without the account’s password, so it is asked here.</p>}
      </>
    ),
    run: confirmEmail,
    doneTitle: 'Email address confirmed',
    done: ({ account, payload }, context) => (
      <>
        <p>
          {payload} is the confirmed address of <code>{account.name}</code>.
        </p>
        <p>
          <Link context={context} href="/settings/~/profile">
            To your profile
          </Link>
        </p>
      </>
    ),
  });

const undoRoutes = (settings: SiteSettings): readonly Route[] =>
  linkedRoutes(settings, {
    kind: 'undo-email',
    action: 'account.undoEmail',
    title: 'Take your email address back',
    button: 'Take my address back',
    explain: ({ account, payload }) => (
      <>
        <p>
          <strong>{payload}</strong> becomes the address of the account <code>{account.name}</code> again.
        </p>
        <p>
          Every session of the website and every login of a command line ends, everywhere. Access tokens that
          were made for programs go on.
        </p>
      </>
    ),
    run: undoEmail,
    doneTitle: 'Your email address is back',
    done: ({ account, payload }, context) => (
      <>
        <p>
          {payload} is the address of <code>{account.name}</code> again, and everybody is signed out.
        </p>
        <p>
          Whoever changed it knew your password or had one of your logins:{' '}
          <Link context={context} href="/settings/~/password">
            set a new password
          </Link>{' '}
          now, and look through your access tokens and second factors.
        </p>
      </>
    ),
  });

const freezeRoutes = (settings: SiteSettings): readonly Route[] =>
  linkedRoutes(settings, {
    kind: 'freeze',
    action: 'account.freezeByLink',
    title: 'Freeze your account',
    button: 'Freeze my account',
    danger: true,
    explain: ({ account }) => (
      <>
        <p>
          Freezing stops whoever is in the account <code>{account.name}</code>: nobody can sign in to it, you
          neither, its sessions do nothing, and its access tokens publish and change nothing.
        </p>
        <p>Nothing is removed, and public packages can still be installed.</p>
        <p>You cannot undo it yourself: the people who run this registry let the account go on.</p>
      </>
    ),
    run: freezeByLink,
    doneTitle: 'Account frozen',
    done: ({ account }) => (
      <p>
        The account <code>{account.name}</code> is frozen. Ask the people who run this registry to let it go
        on, once you can set a new password.
      </p>
    ),
  });

const endSessionRoutes = (settings: SiteSettings): readonly Route[] =>
  linkedRoutes(settings, {
    kind: 'end-session',
    action: 'account.endSessionByLink',
    title: 'End a session',
    button: 'End this session',
    explain: ({ account, session }, now) => (
      <>
        <p>
          Whoever signed in to the account <code>{account.name}</code> here is signed out:
        </p>
        {session && (
          <DefinitionList
            items={[
              { term: 'Browser', value: browserIn(session.user_agent) },
              { term: 'Address', value: session.address ?? 'unknown' },
              { term: 'Signed in', value: <Time at={session.created_at} now={now} /> },
            ]}
          />
        )}
      </>
    ),
    run: endSessionByLink,
    doneTitle: 'Session ended',
    done: (_link, context) => (
      <p>
        Whoever it was knew your password:{' '}
        <Link context={context} href="/settings/~/password">
          set a new one
        </Link>{' '}
        now.
      </p>
    ),
  });

/** The pages behind the links in mails. */
export const linkRoutes = (settings: SiteSettings): readonly Route[] => [
  ...confirmRoutes(settings),
  ...undoRoutes(settings),
  ...freezeRoutes(settings),
  ...endSessionRoutes(settings),
];
