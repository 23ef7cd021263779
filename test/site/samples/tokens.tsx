import type { VNode } from 'preact';
import { Checkbox, RadioGroup } from '../../../src/site/parts/choices.tsx';
import { CopyLine } from '../../../src/site/parts/copy.tsx';
import {
  CodeField,
  PasswordField,
  SelectField,
  TextAreaField,
  TextField,
} from '../../../src/site/parts/fields.tsx';
import { Actions, Button, Form, HiddenField } from '../../../src/site/parts/form.tsx';
import { Lead, Section } from '../../../src/site/parts/layout.tsx';
import { LinkButton } from '../../../src/site/parts/link.tsx';
import { Pagination } from '../../../src/site/parts/navigation.tsx';
import { Badge, Empty, Notice, Problem } from '../../../src/site/parts/notices.tsx';
import { SettingsPage } from '../../../src/site/parts/settings.tsx';
import { DataTable } from '../../../src/site/parts/tables.tsx';
import { Time } from '../../../src/site/parts/time.tsx';
import { ann, day, now } from './setting.ts';

/** Access tokens, and a list that is empty. */
export const tokens: Record<string, () => VNode> = {
  tokens: () => (
    <SettingsPage context={ann} name="ann" section="tokens" title="Access Tokens">
      <Notice kind="success" title="Token “release of left-padlock” made">
        <p>It is shown once. We sent a mail about it to ann@registry.example.</p>
        <CopyLine text="npm_hHTbl5nE3rWm8Qk0a1yV6cXo2sZd9uFgJp7L" />
        <p>To use it, run:</p>
        <CopyLine text="npm set //registry.example/npm/:_authToken npm_hHTbl5nE3rWm8Qk0a1yV6cXo2sZd9uFgJp7L" />
      </Notice>
      <Section
        title="Tokens"
        aside={
          <LinkButton context={ann} href="/settings/ann/tokens/new" kind="primary">
            Generate New Token
          </LinkButton>
        }
      >
        <DataTable
          caption="Your tokens"
          quietCaption
          keyOf={(row) => row.name}
          rows={[
            {
              name: 'release of left-padlock',
              start: 'npm_hHTb',
              kind: 'Granular',
              until: now + 29.5 * day,
              used: null,
            },
            {
              name: 'ci-reader',
              start: 'npm_Qk0a',
              kind: 'Read-only',
              until: now + 300 * day,
              used: now - 60_000,
            },
            { name: 'laptop', start: 'npm_9uFg', kind: 'Login', until: now + 6 * day, used: now - 2 * day },
          ]}
          columns={[
            { label: 'Name', cell: (row) => row.name },
            { label: 'Token', cell: (row) => <code>{row.start}…</code> },
            {
              label: 'Type',
              cell: (row) => <Badge kind={row.kind === 'Granular' ? 'accent' : 'neutral'}>{row.kind}</Badge>,
            },
            { label: 'Expires', cell: (row) => <Time at={row.until} now={now} /> },
            { label: 'Last used', cell: (row) => <Time at={row.used} now={now} /> },
            {
              label: 'Revoke',
              kind: 'action',
              cell: (row) => (
                <Form context={ann} action="/x" inline label={`Revoke ${row.name}`}>
                  <HiddenField name="token" value={row.start} />
                  <Button kind="quiet" label={`Revoke ${row.name}`}>
                    Revoke
                  </Button>
                </Form>
              ),
            },
          ]}
        />
        <Pagination context={ann} page={2} pages={3} hrefOf={(page) => `/settings/ann/tokens?page=${page}`} />
      </Section>
    </SettingsPage>
  ),

  'new-token': () => (
    <SettingsPage context={ann} name="ann" section="tokens" title="Generate New Token">
      <Problem
        title="The token was not made."
        problems={[
          { message: 'Give the token a name.', field: 'name' },
          { message: '“10.0.0.0/0” covers every address: name a smaller range.', field: 'cidr' },
        ]}
      />
      <Form context={ann} action="/x">
        <TextField
          label="Token name"
          name="name"
          required
          error="Give the token a name."
          help="So that you know later what to revoke."
        />
        <RadioGroup
          legend="Type"
          name="type"
          value="automation"
          options={[
            { value: 'readonly', label: 'Read-only', description: 'Installs packages.' },
            {
              value: 'automation',
              label: 'Automation',
              description:
                'Publishes and bypasses 2FA. More convenient and less secure: for CI/CD, not for a personal computer.',
            },
            { value: 'publish', label: 'Publish', description: 'Publishes; asks for your second factor.' },
            {
              value: 'granular',
              label: 'Granular',
              description: 'Chosen packages, scopes and organizations only.',
            },
          ]}
        />
        <SelectField
          label="Expiration"
          name="expires"
          value="30"
          options={[
            { value: '7', label: '7 days' },
            { value: '30', label: '30 days' },
            { value: '365', label: '365 days' },
          ]}
        />
        <TextAreaField
          label="Allowed IP ranges (CIDR)"
          name="cidr"
          exact
          rows={3}
          value={'10.0.0.0/0\n192.0.2.0/24'}
          error="“10.0.0.0/0” covers every address: name a smaller range."
          help="One a line; empty means from anywhere."
        />
        <Checkbox
          label="Mail me when it is used from a new network"
          name="mail"
          checked
          help="At most once a day."
        />
        <PasswordField purpose="current" account="ann" />
        <CodeField />
        <Actions>
          <Button kind="primary">Generate Token</Button>
          <LinkButton context={ann} href="/settings/ann/tokens" kind="quiet">
            Cancel
          </LinkButton>
        </Actions>
      </Form>
    </SettingsPage>
  ),

  empty: () => (
    <SettingsPage context={ann} name="ann" section="ssh-keys" title="SSH Keys">
      <Lead>An SSH key can prove who you are when every factor is lost.</Lead>
      <Empty title="You have no SSH keys yet.">
        <p>Make one in a terminal, then paste the line that the second command prints.</p>
        <CopyLine text="ssh-keygen -t ed25519" />
        <CopyLine text="cat ~/.ssh/id_ed25519.pub" />
        <LinkButton context={ann} href="/x" kind="primary">
          Add SSH key
        </LinkButton>
      </Empty>
    </SettingsPage>
  ),
};
