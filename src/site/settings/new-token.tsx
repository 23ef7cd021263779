/** Generating an access token, and the one page that shows it (contract.md, tokens; requirements TK1–TK3, TK5). */
import { findAccount } from '../../accounts/accounts.ts';
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import type { TokenRules } from '../../tokens/life.ts';
import type { NewToken } from '../../tokens/token.ts';
import { createToken, prepareToken, type ReadyToken, type TokenWish } from '../../tokens/tokens.ts';
import { type FormView, form, ownName, type SiteSettings, self } from '../page.tsx';
import { RadioGroup, type RadioOption } from '../parts/choices.tsx';
import type { PageContext } from '../parts/context.ts';
import { CopyLine } from '../parts/copy.tsx';
import { SelectField, TextAreaField, TextField } from '../parts/fields.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Lead } from '../parts/layout.tsx';
import { LinkButton } from '../parts/link.tsx';
import { Notice } from '../parts/notices.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { DefinitionList } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { livesUnder, tokenWishOf } from './token-form.ts';
import { sayAccess, titleOf, typeOf } from './token-words.ts';

export interface NewTokenParts {
  readonly settings: SiteSettings;
  readonly tokenRules: TokenRules;
}

const types: readonly RadioOption[] = [
  {
    value: 'readonly',
    label: 'Read-only',
    description: 'Installs whatever you may read, and changes nothing.',
  },
  {
    value: 'automation',
    label: 'Automation',
    description:
      'Bypasses 2FA: publishes all of your packages without being asked a code. More convenient and less secure: ' +
      'for CI/CD, not for a personal computer.',
  },
  {
    value: 'publish',
    label: 'Publish',
    description: 'Reads and publishes whatever you may, and is asked your second factor.',
  },
  {
    value: 'granular',
    label: 'Granular',
    description: 'Limited to the packages, scopes and organizations that you name below.',
  },
];

const permissions = [
  { value: 'read-only', label: 'Read-only' },
  { value: 'read-write', label: 'Read and write' },
];

type View = FormView<undefined>;

function Limits({ view: { values } }: { view: View }) {
  return (
    <fieldset class="choices token-limits">
      <legend>Only for Granular</legend>
      <p class="field-help">
        Name what the token may touch; what you leave empty it cannot reach. It never gets more than you may
        yourself.
      </p>
      <TextAreaField
        label="Packages"
        name="packages"
        value={values.packages}
        help="One on each line."
        placeholder="@acme/left-pad"
        rows={3}
        exact
      />
      <TextAreaField
        label="Scopes"
        name="scopes"
        value={values.scopes}
        help="One on each line: all packages of it, those to come too."
        placeholder="@acme"
        rows={2}
        exact
      />
      <SelectField
        label="Permission for these packages and scopes"
        name="permission"
        value={values.permission}
        options={permissions}
      />
      <TextAreaField
        label="Organizations"
        name="organizations"
        value={values.organizations}
        help="One on each line. This gives no right to their packages: name their scopes for that."
        placeholder="acme"
        rows={2}
        exact
      />
      <SelectField
        label="Permission for these organizations"
        name="organizations-permission"
        value={values['organizations-permission']}
        options={permissions}
      />
    </fieldset>
  );
}

function Expiration({ view: { values }, rules }: { view: View; rules: TokenRules }) {
  const { days, chosen } = livesUnder(rules);
  const options = days.map((count) => ({
    value: String(count),
    label: `${count} ${count === 1 ? 'day' : 'days'}`,
  }));
  return (
    <SelectField
      label="Expiration"
      name="expires"
      value={days.includes(Number(values.expires)) ? values.expires : String(chosen ?? '')}
      options={chosen === undefined ? [{ value: '', label: 'As usual here' }, ...options] : options}
      help="You get a mail before it ends."
    />
  );
}

function NewTokenPage({ view, rules }: { view: View; rules: TokenRules }) {
  const { context, values, asked } = view;
  const name = ownName(asked);
  return (
    <SettingsPage context={context} name={name} section="tokens" title="Generate New Token">
      <Lead>The token is shown once, on the next page.</Lead>
      <Refusal view={view} />
      <Form context={context} action={`/settings/${name}/tokens/new`} label="New token">
        <TextField
          label="Token name"
          name="name"
          value={values.name}
          maxLength={100}
          help="Where it will be used. An older token of the same name ends soon after."
          required
        />
        <RadioGroup legend="Type" name="type" value={values.type} options={types} />
        <Limits view={view} />
        <Expiration view={view} rules={rules} />
        <TextAreaField
          label="Allowed IP ranges (CIDR)"
          name="cidr"
          value={values.cidr}
          help="One on each line, such as 10.1.0.0/16 or 2001:db8::/32. Empty: from everywhere."
          rows={2}
          exact
        />
        <Proofs view={view} />
        <Actions>
          <Button kind="primary">Generate Token</Button>
          <LinkButton context={context} href={`/settings/${name}/tokens`} kind="quiet">
            Cancel
          </LinkButton>
        </Actions>
      </Form>
    </SettingsPage>
  );
}

interface Created {
  readonly token: NewToken;
  readonly email: string;
}

/** The key of npm's settings under which a registry's token stands: its URL without the protocol. */
const settingLine = ({ publicUrl }: PageContext, token: string): string =>
  `npm set ${publicUrl.replace(/^https?:/, '')}/:_authToken ${token}`;

function CreatedPage(props: { context: PageContext; name: string; created: Created; now: number }) {
  const { context, name, now } = props;
  const { token, email } = props.created;
  return (
    <SettingsPage
      context={context}
      name={name}
      section="tokens"
      title="Your new token"
      notice={
        <Notice kind="success" title={`${titleOf(token)} is generated`}>
          <p>We sent a mail about it to {email}.</p>
        </Notice>
      }
    >
      <Notice kind="warning" title="Copy it now">
        <p>It will not be shown again. Whoever has it can use it.</p>
      </Notice>
      <CopyLine text={token.token} />
      <p>To use it on the computer where you are, or in a build:</p>
      <CopyLine text={settingLine(context, token.token)} />
      <DefinitionList
        items={[
          { term: 'Type', value: typeOf[token.kind] },
          { term: 'Access', value: sayAccess(token).join(' ') },
          ...(token.ranges ? [{ term: 'Allowed IP ranges', value: token.ranges.join(', ') }] : []),
          { term: 'Expires', value: <Time at={token.expiresAt} now={now} /> },
        ]}
      />
      <LinkButton context={context} kind="primary" href={`/settings/${name}/tokens`}>
        I have copied it
      </LinkButton>
    </SettingsPage>
  );
}

/** The form and the page that shows the token. */
export const newTokenRoutes = ({ settings, tokenRules }: NewTokenParts): readonly Route[] =>
  form<'token.create', undefined, TokenWish, ReadyToken, Created>(settings, {
    path: '/settings/:name/tokens/new',
    action: 'token.create',
    target: self,
    seenAs: 'token.list',
    read: async () => undefined,
    show: (view) => <NewTokenPage view={view} rules={tokenRules} />,
    wish: tokenWishOf,
    prepare: async (wish) => prepareToken(wish, tokenRules),
    run: async (tx, permit, _wish, ready, asked) => {
      const token = await createToken(tx, permit, ready, tokenRules);
      const { email } = (await findAccount(tx, ownName(asked))) ?? fail('credential_invalid');
      return { token, email };
    },
    done: (created, asked, context) => (
      <CreatedPage context={context} name={ownName(asked)} created={created} now={asked.actor.receivedAt} />
    ),
  });
