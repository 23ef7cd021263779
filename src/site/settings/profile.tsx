/** The profile: what an account tells of itself (contract.md, settings). */
import type { ComponentChildren } from 'preact';
import {
  type Account,
  checkProfileChange,
  findAccount,
  type ProfileChange,
  updateProfile,
} from '../../accounts/accounts.ts';
import type { Fields } from '../../http/form-body.ts';
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { type FormView, form, goTo, ownName, type SiteSettings, self } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { TextField } from '../parts/fields.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Section } from '../parts/layout.tsx';
import { LinkButton } from '../parts/link.tsx';
import { Badge, Notice } from '../parts/notices.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { DefinitionList } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { confirmationForm, Unconfirmed } from './confirm-email.tsx';

/** What is shown of it: where nothing was typed, what is stored. */
type ProfileView = Pick<FormView<Account>, 'context' | 'values' | 'failure'> & {
  readonly account: Account;
  readonly now: number;
  /** The fields for the proofs that saving wants. */
  readonly proofs?: ComponentChildren;
};

const texts = [
  { name: 'fullname', label: 'Full name', autoComplete: 'name' },
  { name: 'homepage', label: 'Homepage', autoComplete: 'url' },
  { name: 'github', label: 'GitHub', autoComplete: 'off' },
] as const;

function Facts({ account, now }: { account: Account; now: number }) {
  return (
    <DefinitionList
      items={[
        { term: 'Username', value: <code>{account.name}</code> },
        {
          term: 'Email',
          value: (
            <>
              {account.email}{' '}
              <Badge kind={account.emailVerified ? 'safe' : 'neutral'}>
                {account.emailVerified ? '(verified)' : '(unverified)'}
              </Badge>
            </>
          ),
        },
        { term: 'Member since', value: <Time at={account.createdAt} now={now} /> },
      ]}
    />
  );
}

function ProfileForm({ view }: { view: ProfileView }) {
  const { context, account, values } = view;
  return (
    <Form context={context} action={`/settings/${account.name}/profile`} label="Profile">
      {texts.map(({ name, label, autoComplete }) => (
        <TextField
          key={name}
          label={label}
          name={name}
          value={values[name] ?? account[name] ?? ''}
          autoComplete={autoComplete}
          maxLength={256}
        />
      ))}
      <TextField
        label="Email"
        name="email"
        type="email"
        value={values.email ?? account.email}
        autoComplete="email"
        help="Notices about the security of your account go there. When it changes, the old address and the new one hear of it."
        required
        exact
      />
      {view.proofs}
      <Actions>
        <Button kind="primary">Save</Button>
      </Actions>
    </Form>
  );
}

function ProfilePage({ view, saved }: { view: ProfileView; saved?: { mailed: boolean } }) {
  const { context, account } = view;
  return (
    <SettingsPage
      context={context}
      name={account.name}
      section="profile"
      title="Profile"
      notice={
        saved && (
          <Notice kind="success" title="Profile saved">
            {saved.mailed && (
              <p>
                Your address is {account.email} now. We sent a mail about it to this address and to the one
                before: open the link in it to confirm the new one.
              </p>
            )}
          </Notice>
        )
      }
    >
      <Refusal view={view} />
      <Facts account={account} now={view.now} />
      <ProfileForm view={view} />
      {!account.emailVerified && <Unconfirmed context={context} account={account} />}
      <Section title="Password">
        <p>Changing it ends your other sessions and the logins of your command lines.</p>
        <LinkButton context={context} href={`/settings/${account.name}/password`}>
          Change password
        </LinkButton>
      </Section>
    </SettingsPage>
  );
}

/** What the form asks for: an emptied text is removed, an emptied address is refused by its own rule. */
function changeIn(fields: Fields): ProfileChange {
  const change: ProfileChange = {};
  for (const { name } of texts) if (fields[name] !== undefined) change[name] = fields[name].trim();
  if (fields.email !== undefined) change.email = fields.email.trim();
  return change;
}

const profileForm = (settings: SiteSettings): readonly Route[] =>
  form<
    'account.update',
    Account,
    ProfileChange,
    undefined,
    { readonly account: Account; readonly mailed: boolean }
  >(settings, {
    path: '/settings/:name/profile',
    action: 'account.update',
    target: self,
    seenAs: 'account.read',
    read: async (tx, asked) => (await findAccount(tx, ownName(asked))) ?? fail('credential_invalid'),
    show: (view) => (
      <ProfilePage
        view={{
          ...view,
          account: view.data,
          now: view.asked.actor.receivedAt,
          proofs: <Proofs view={view} />,
        }}
      />
    ),
    wish: changeIn,
    prepare: async (change) => checkProfileChange(change) as undefined,
    run: async (tx, permit, change, _checked, asked) => {
      const before = (await findAccount(tx, ownName(asked))) ?? fail('credential_invalid');
      const account = await updateProfile(tx, permit, change);
      return { account, mailed: account.email !== before.email };
    },
    done: ({ account, mailed }, { actor }, context: PageContext) => (
      <ProfilePage
        // Whatever was asked was proven just now, and suffices for a while (SE3).
        view={{ context, values: {}, failure: undefined, account, now: actor.receivedAt }}
        saved={{ mailed }}
      />
    ),
  });

/** `/settings` leads to one's own profile. */
const settingsRoute = (settings: SiteSettings): Route => ({
  surface: 'site',
  method: 'GET',
  path: '/settings',
  actions: ['site.read'],
  ignoresCredential: false,
  bodyLimit: 0,
  handle: async () => goTo(settings, '/settings/~/profile'),
});

export const profileRoutes = (settings: SiteSettings): readonly Route[] => [
  settingsRoute(settings),
  ...profileForm(settings),
  ...confirmationForm(settings),
];
