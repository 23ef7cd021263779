/** Changing the password: the one before and, where there is a second factor, a code of it, each time anew (PW6). */
import { changePassword, type ReadyPassword } from '../../accounts/accounts.ts';
import { type Device, listDevices } from '../../accounts/devices.ts';
import type { AccountPreparing } from '../../accounts/preparing.ts';
import { listSessions, type Session } from '../../accounts/sessions.ts';
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { listLogins } from '../../tokens/own-tokens.ts';
import type { Token } from '../../tokens/token.ts';
import { type FormView, form, ownName, type SiteSettings, self } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { PasswordField } from '../parts/fields.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Section } from '../parts/layout.tsx';
import { Link, LinkButton } from '../parts/link.tsx';
import { Notice } from '../parts/notices.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { browserIn } from './clients.ts';

export interface PasswordParts {
  readonly settings: SiteSettings;
  readonly preparing: AccountPreparing;
}

/** What a new password ended. */
interface Ended {
  readonly sessions: readonly Session[];
  readonly logins: readonly Token[];
  readonly devices: readonly Device[];
}

function PasswordPage({ view }: { view: FormView<undefined> }) {
  const { context, wanted, asked } = view;
  const name = ownName(asked);
  return (
    <SettingsPage context={context} name={name} section="profile" title="Change password">
      <Refusal view={view} />
      <p>
        Afterwards your other sessions, the logins of your command lines and your known devices end. Access
        tokens that you made for programs go on.
      </p>
      <Form context={context} action={`/settings/${name}/password`}>
        {wanted.password && <PasswordField purpose="current" label="Current password" account={name} />}
        <PasswordField
          purpose="new"
          name="new-password"
          label="New password"
          help="At least 12 characters. A sentence is good, and a password manager is better."
        />
        <Proofs view={{ ...view, wanted: { ...wanted, password: false } }} />
        <Actions>
          <Button kind="primary">Change password</Button>
          <LinkButton context={context} href={`/settings/${name}/profile`} kind="quiet">
            Cancel
          </LinkButton>
        </Actions>
      </Form>
    </SettingsPage>
  );
}

function EndedList({ ended: { sessions, logins, devices } }: { ended: Ended }) {
  if (sessions.length + logins.length + devices.length === 0)
    return <p>There was no other session, no login of a command line and no known device.</p>;
  return (
    <Section title="What ended">
      <ul>
        {sessions.map((session) => (
          <li key={session.id}>
            Session: {browserIn(session.userAgent)}, {session.address ?? 'unknown address'}
          </li>
        ))}
        {logins.map((login) => (
          <li key={login.key}>
            Login of the command line: <code>{login.prefix}…</code>,{' '}
            {login.createdAddress ?? 'unknown address'}
          </li>
        ))}
        {devices.map((device) => (
          <li key={device.id}>
            Known device: {browserIn(device.userAgent)}, {device.address ?? 'unknown address'}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function ChangedPage({ context, name, ended }: { context: PageContext; name: string; ended: Ended }) {
  return (
    <SettingsPage
      context={context}
      name={name}
      section="profile"
      title="Password changed"
      notice={
        <Notice kind="success" title="Your new password holds">
          <p>We sent a mail about it to your address. This session goes on.</p>
        </Notice>
      }
    >
      <EndedList ended={ended} />
      <p>
        Programs that logged in with <code>npm login</code> have to do so again.{' '}
        <Link context={context} href={`/settings/${name}/profile`}>
          Back to your profile
        </Link>
      </p>
    </SettingsPage>
  );
}

/** The page and its form. */
export const passwordRoutes = ({ settings, preparing }: PasswordParts): readonly Route[] =>
  form<'account.password', undefined, string, ReadyPassword, Ended>(settings, {
    path: '/settings/:name/password',
    action: 'account.password',
    target: self,
    seenAs: 'account.read',
    read: async () => undefined,
    show: (view) => <PasswordPage view={view} />,
    wish: (fields) =>
      fields['new-password'] || fail('request_invalid', { reason: 'Enter the new password.' }),
    prepare: (password, asked) => preparing.newPassword(ownName(asked), password),
    run: async (tx, permit, _password, ready) => {
      const { id } = permit.account ?? fail('session_ended');
      const ended = {
        sessions: (await listSessions(tx, id)).filter((session) => session.id !== permit.actor.session),
        logins: await listLogins(tx, id),
        devices: await listDevices(tx, id),
      };
      await changePassword(tx, permit, ready);
      return ended;
    },
    done: (ended, asked, context) => <ChangedPage context={context} name={ownName(asked)} ended={ended} />,
  });
