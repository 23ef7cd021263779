/** Signing up, and the welcome after it that recommends two-factor authentication (contract.md). */
import { createAccount } from '../../accounts/accounts.ts';
import { askNewcomer } from '../../accounts/email-confirmation.ts';
import { acceptInvitation, findInvitation } from '../../accounts/invitations.ts';
import type { AccountPreparing } from '../../accounts/preparing.ts';
import { startSession } from '../../accounts/sessions.ts';
import type { Gate } from '../../gate/gate.ts';
import type { Reply, Route } from '../../http/route.ts';
import { readNext, withNext } from '../next-path.ts';
import { contextOf, goTo, html, page, type SiteAsked, self, site } from '../page.tsx';
import { PasswordField, TextField } from '../parts/fields.tsx';
import { Actions, Button, Form, HiddenField } from '../parts/form.tsx';
import { Link, LinkButton } from '../parts/link.tsx';
import { Page } from '../parts/page.tsx';
import { Refusal } from '../proofs.tsx';
import { becomeStaffPath, becomeStaffRoutes } from './become-staff.tsx';
import { type EntranceView, entrance } from './entrance.ts';
import { InvitationOverPage, invitationIn } from './invitations.tsx';
import type { SigningParts } from './sign-in.tsx';
import { keepSignedIn } from './signed-in.ts';

export interface SignUpParts extends SigningParts {
  readonly preparing: AccountPreparing;
}

const welcome = '/settings/~/welcome';

const signUpPage =
  ({ registration }: SignUpParts) =>
  (view: EntranceView) => {
    const { context, values } = view;
    const invitation = invitationIn(values);
    if (registration !== 'open' && invitation === undefined)
      return (
        <Page context={context} title="Sign up" width="narrow">
          <p>This registry does not take new accounts by itself. Ask the people who run it.</p>
        </Page>
      );
    const next = readNext(values.next, '');
    return (
      <Page context={context} title="Sign up" width="narrow">
        <Refusal view={view} />
        <Form context={context} action="/signup">
          {next !== '' && <HiddenField name="next" value={next} />}
          {invitation && <HiddenField name={invitation.field} value={invitation.secret} />}
          <TextField
            label="Username"
            name="username"
            value={values.username}
            autoComplete="username"
            help="Lower-case letters, digits, dots, hyphens and underscores. It is your scope too, and cannot be changed."
            required
            exact
          />
          <TextField
            label="Email"
            name="email"
            type="email"
            value={values.email}
            autoComplete="email"
            help="Notices about the security of your account go there. Nobody else sees it on these pages."
            required
            exact
          />
          <PasswordField
            purpose="new"
            help="At least 12 characters. A sentence is good, and a password manager is better."
          />
          <Actions>
            <Button kind="primary">Sign up</Button>
          </Actions>
        </Form>
        <p>
          Have an account?{' '}
          <Link context={context} href={withNext('/login', next)}>
            Sign in
          </Link>
        </p>
      </Page>
    );
  };

/** Where somebody goes who is signed in, and what they read whose link is worth nothing. */
async function passBy(
  { settings, registration }: SignUpParts,
  asked: SiteAsked,
  gate: Gate,
): Promise<Reply | undefined> {
  const invitation = invitationIn(asked.query);
  if (asked.actor.account)
    return goTo(
      settings,
      invitation?.kind === 'staff'
        ? `${becomeStaffPath}?staff=${encodeURIComponent(invitation.secret)}`
        : welcome,
    );
  if (invitation === undefined) return undefined;
  const found = await gate.look(asked.actor, 'site.read', site(), (tx) =>
    findInvitation(tx, invitation.secret),
  );
  if (found === invitation.kind && (found === 'staff' || registration !== 'closed')) return undefined;
  return html(<InvitationOverPage context={contextOf(settings, asked.actor, asked.visit)} />, 403);
}

const signUpForm = (parts: SignUpParts): readonly Route[] =>
  entrance(parts.settings, {
    path: '/signup',
    actions: ['account.create'],
    passBy: (asked, gate) => passBy(parts, asked, gate),
    show: signUpPage(parts),
    act: async (gate, asked, fields): Promise<Reply> => {
      const { settings, sessionRules: rules, preparing } = parts;
      const { username = '', email = '', password = '' } = fields;
      const invitation = invitationIn(fields);
      const signedIn = await gate.perform(asked.actor, {
        action: 'account.create',
        target: { on: 'account', name: username },
        invitation: invitation?.secret,
        prepare: () => preparing.signUp({ name: username, email, password }, asked.actor.address),
        work: async (tx, permit, ready) => {
          const account = await createAccount(tx, permit, ready);
          await askNewcomer(tx, permit, account);
          if (invitation) await acceptInvitation(tx, permit, invitation, account.id);
          return startSession(tx, permit, { account, rules });
        },
      });
      keepSignedIn(asked.visit, signedIn, rules);
      const next = readNext(fields.next, '');
      return goTo(settings, next === '' ? welcome : `${welcome}?next=${encodeURIComponent(next)}`);
    },
  });

const welcomePage = ({ settings }: SignUpParts): Route =>
  page(settings, {
    path: welcome,
    action: 'account.read',
    target: self,
    read: async () => undefined,
    show: (_nothing, context, { query, actor }) => (
      <Page context={context} title={`Welcome, ${actor.account?.name ?? ''}`} width="text">
        <p>
          Your account is there. A password alone can be stolen: add two-factor authentication now, before you
          publish anything. It takes a minute, and an authenticator app on your phone.
        </p>
        <Actions>
          <LinkButton context={context} kind="primary" href="/settings/~/authentication/add">
            Add Two-Factor Authentication
          </LinkButton>
          <Link context={context} href={readNext(query.next, '/settings/~/profile')}>
            Not now
          </Link>
        </Actions>
      </Page>
    ),
  });

export const signUpRoutes = (parts: SignUpParts): readonly Route[] => [
  ...signUpForm(parts),
  ...becomeStaffRoutes(parts.settings),
  welcomePage(parts),
];
