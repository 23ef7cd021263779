import type { VNode } from 'preact';
import { renderSVG } from 'uqr';
import { AreaChart } from '../../src/site/parts/chart.tsx';
import { Checkbox, RadioGroup } from '../../src/site/parts/choices.tsx';
import type { PageContext } from '../../src/site/parts/context.ts';
import {
  Codes,
  CopyButton,
  CopyLine,
  InstallCommands,
  PrintButton,
  SecretGroups,
} from '../../src/site/parts/copy.tsx';
import {
  CodeField,
  PasswordField,
  SelectField,
  TextAreaField,
  TextField,
} from '../../src/site/parts/fields.tsx';
import { Actions, Button, Form, HiddenField } from '../../src/site/parts/form.tsx';
import { Beside, Columns, Lead, PackageList, Section } from '../../src/site/parts/layout.tsx';
import { Link, LinkButton } from '../../src/site/parts/link.tsx';
import { Html, Svg } from '../../src/site/parts/markup.tsx';
import { Pagination, Tabs } from '../../src/site/parts/navigation.tsx';
import { Badge, Empty, Notice, Problem } from '../../src/site/parts/notices.tsx';
import { Page } from '../../src/site/parts/page.tsx';
import { SettingsPage } from '../../src/site/parts/settings.tsx';
import { DataTable, DefinitionList } from '../../src/site/parts/tables.tsx';
import { Time } from '../../src/site/parts/time.tsx';

const now = Date.UTC(2026, 10, 22, 15);
const day = 86_400_000;

const stranger: PageContext = {
  siteName: 'Tallystick',
  publicUrl: 'https://registry.example/npm',
  prefix: '/npm',
  viewer: null,
  formToken: 'f0f0',
};
const ann: PageContext = { ...stranger, viewer: { name: 'ann', staff: false } };
const context = ann;

/** Pages as they will be, by name: the gallery draws them, the test of the parts renders them. */
export const samples: Record<string, () => VNode> = {
  'sign-in': () => (
    <Page context={stranger} title="Sign in" width="narrow">
      <Problem title="Wrong username or password.">
        <p>
          Check both, or{' '}
          <Link context={stranger} href="/forgot">
            choose a new password
          </Link>
          .
        </p>
      </Problem>
      <Form context={stranger} action="/login">
        <TextField
          label="Username or email"
          name="name"
          value="ann"
          required
          exact
          autoComplete="username webauthn"
        />
        <PasswordField purpose="current" />
        <Button kind="primary">Sign in</Button>
      </Form>
      <p>
        New here?{' '}
        <Link context={stranger} href="/signup">
          Sign up
        </Link>
      </p>
    </Page>
  ),

  'second-step': () => (
    <Page context={stranger} title="Two-factor authentication" width="narrow">
      <Lead>Open your authentication app and take the code of the entry “Tallystick: ann”.</Lead>
      <Form context={stranger} action="/login/second-step" label="Pin code">
        <CodeField
          autoFocus
          error="Invalid OTP. Codes change every 30 seconds: take a fresh one, and check that the clocks of phone and computer are right."
        />
        <Button kind="primary">Verify</Button>
      </Form>
      <Form context={stranger} action="/login/second-step/key" label="Security key">
        <Button>Use a security key</Button>
      </Form>
      <p>
        <Link context={stranger} href="/login/recovery-code">
          Lost access to your two-factor authentication app? Use a recovery code
        </Link>
      </p>
    </Page>
  ),

  authentication: () => (
    <SettingsPage
      context={context}
      name="ann"
      section="authentication"
      organisations={['acme', 'left-pad-restorers']}
      title="Authentication"
      notice={
        <Notice kind="success" title="Security key “Yellow key” added">
          <p>We sent a mail about it to ann@registry.example.</p>
        </Notice>
      }
    >
      <Lead>
        Signing in and every write ask for a second factor. You have two, so losing one does not lock you out.
      </Lead>
      <Section
        title="Factors"
        aside={
          <LinkButton context={context} href="/x" kind="primary">
            Add security key
          </LinkButton>
        }
      >
        <DataTable
          caption="Your factors"
          quietCaption
          keyOf={(row) => row.name}
          rows={[
            { kind: 'Authentication app', name: 'Phone', added: now - 400 * day, used: now - 3 * 3_600_000 },
            { kind: 'Security key', name: 'Yellow key', added: now - 40_000, used: null },
          ]}
          columns={[
            { label: 'Name', cell: (row) => row.name },
            { label: 'Kind', cell: (row) => row.kind },
            { label: 'Added', cell: (row) => <Time at={row.added} now={now} /> },
            { label: 'Last used', cell: (row) => <Time at={row.used} now={now} /> },
            {
              label: 'Remove',
              kind: 'action',
              cell: (row) => (
                <Form context={context} action="/x" inline label={`Remove ${row.name}`}>
                  <Button kind="quiet" label={`Remove ${row.name}`}>
                    Remove
                  </Button>
                </Form>
              ),
            },
          ]}
        />
      </Section>
      <Section title="Backup Recovery Code">
        <p>
          7 of 10 codes are left <Badge kind="safe">enough</Badge>. Regenerating makes every earlier code
          useless.
        </p>
        <LinkButton context={context} href="/x">
          Regenerate recovery codes
        </LinkButton>
      </Section>
      <Section title="When we ask">
        <Form context={context} action="/x" label="Mode">
          <RadioGroup
            legend="Ask for a second factor at"
            name="mode"
            value="auth-and-writes"
            options={[
              {
                value: 'auth-and-writes',
                label: 'Authorization and writes',
                description: 'Recommended. Signing in, settings, and every publish and change of a package.',
              },
              { value: 'auth-only', label: 'Authorization only', description: 'Signing in and settings.' },
            ]}
          />
          <PasswordField purpose="current" account="ann" />
          <CodeField />
          <Button kind="secondary">Change mode</Button>
        </Form>
        <p>In a terminal:</p>
        <CopyLine text="npm profile enable-2fa auth-only" />
      </Section>
      <Section title="End two-factor authentication">
        <p>Removes all factors and recovery codes, and ends your other sessions.</p>
        <LinkButton context={context} href="/x" kind="danger">
          Remove
        </LinkButton>
      </Section>
    </SettingsPage>
  ),

  'qr-step': () => (
    <SettingsPage context={context} name="ann" section="authentication" title="Add Two-Factor Authentication">
      <Lead>
        Scan the code with Google Authenticator, Authy, 1Password, Microsoft Authenticator, FreeOTP or any
        other TOTP app.
      </Lead>
      <Beside
        picture={
          <Svg
            label="QR code for your authentication app"
            generated={renderSVG(
              'otpauth://totp/Tallystick:ann?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Tallystick&algorithm=SHA1&digits=6&period=30',
            )}
          />
        }
      >
        <h2>Or type it by hand</h2>
        <SecretGroups secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" />
        <DefinitionList
          items={[
            { term: 'Account', value: 'ann' },
            { term: 'Issuer', value: 'Tallystick' },
            { term: 'Kind', value: 'time-based, six digits, 30 seconds' },
          ]}
        />
      </Beside>
      <Form context={context} action="/x">
        <CodeField help="The six digits that the app shows now." />
        <Actions>
          <Button kind="primary">Save</Button>
          <LinkButton context={context} href="/x" kind="quiet">
            Not now
          </LinkButton>
        </Actions>
      </Form>
    </SettingsPage>
  ),

  'recovery-codes': () => {
    const digits = (index: number) =>
      String((index + 3) * 7_919_310_733_571)
        .padStart(16, '4')
        .slice(0, 16);
    const codes = Array.from({ length: 10 }, (_, index) => digits(index).replace(/(.{4})(?=.)/g, '$1 '));
    return (
      <SettingsPage context={context} name="ann" section="authentication" title="Recovery codes">
        <Notice kind="warning" title="These codes are shown once">
          <p>
            Keep these codes in a place that is not near the device you authenticate with. If you lose the
            device or forget your password, these codes may be your only way back.
          </p>
        </Notice>
        <Codes
          codes={codes}
          heading="Recovery codes of ann on registry.example, made 22 November 2026 (UTC)"
        />
        <Actions>
          <LinkButton context={context} href="/x">
            Download codes
          </LinkButton>
          <CopyButton text={codes.join('\n')} kind="secondary" />
          <PrintButton />
        </Actions>
        <Form context={context} action="/x">
          <Button kind="primary">I have saved my recovery codes</Button>
        </Form>
      </SettingsPage>
    );
  },

  tokens: () => (
    <SettingsPage context={context} name="ann" section="tokens" title="Access Tokens">
      <Notice kind="success" title="Token “release of left-padlock” made">
        <p>It is shown once. We sent a mail about it to ann@registry.example.</p>
        <CopyLine text="npm_hHTbl5nE3rWm8Qk0a1yV6cXo2sZd9uFgJp7L" />
        <p>To use it, run:</p>
        <CopyLine text="npm set //registry.example/npm/:_authToken npm_hHTbl5nE3rWm8Qk0a1yV6cXo2sZd9uFgJp7L" />
      </Notice>
      <Section
        title="Tokens"
        aside={
          <LinkButton context={context} href="/settings/ann/tokens/new" kind="primary">
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
                <Form context={context} action="/x" inline label={`Revoke ${row.name}`}>
                  <HiddenField name="token" value={row.start} />
                  <Button kind="quiet" label={`Revoke ${row.name}`}>
                    Revoke
                  </Button>
                </Form>
              ),
            },
          ]}
        />
        <Pagination
          context={context}
          page={2}
          pages={3}
          hrefOf={(page) => `/settings/ann/tokens?page=${page}`}
        />
      </Section>
    </SettingsPage>
  ),

  'new-token': () => (
    <SettingsPage context={context} name="ann" section="tokens" title="Generate New Token">
      <Problem
        title="The token was not made."
        problems={[
          { message: 'Give the token a name.', field: 'name' },
          { message: '“10.0.0.0/0” covers every address: name a smaller range.', field: 'cidr' },
        ]}
      />
      <Form context={context} action="/x">
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
          <LinkButton context={context} href="/settings/ann/tokens" kind="quiet">
            Cancel
          </LinkButton>
        </Actions>
      </Form>
    </SettingsPage>
  ),

  package: () => (
    <Page
      context={context}
      title="@acme/left-padlock"
      heading={
        <>
          <code>@acme/left-padlock</code> <Badge>1.4.2</Badge>
        </>
      }
      width="wide"
    >
      <p class="muted">
        Published <Time at={now - 3 * day} now={now} /> by{' '}
        <Link context={context} href="/~ann">
          ann
        </Link>{' '}
        <Badge kind="safe">with a security key</Badge>
      </p>
      <InstallCommands wanted="@acme/left-padlock" />
      <Tabs
        context={context}
        label="Package"
        tabs={[
          { href: '/package/@acme/left-padlock', label: 'Readme', current: true },
          { href: '/package/@acme/left-padlock/versions', label: 'Versions', count: 42 },
          { href: '/package/@acme/left-padlock/dependencies', label: 'Dependencies', count: 3 },
          { href: '/package/@acme/left-padlock/dependents', label: 'Dependents', count: 1204 },
        ]}
      />
      <Columns
        aside={
          <>
            <h2>Weekly downloads</h2>
            <p>
              <strong>12,480</strong>
            </p>
            <AreaChart
              label="Weekly downloads"
              values={[3, 4, 4, 6, 5, 8, 9, 7, 10, 12, 11, 12.4].map((n) => n * 1000)}
            />
            <DefinitionList
              stacked
              items={[
                { term: 'Licence', value: 'MIT' },
                { term: 'Size', value: '18.2 kB in 12 files' },
                {
                  term: 'Repository',
                  value: <a href="https://git.example/acme/left-padlock">git.example/acme/left-padlock</a>,
                },
                {
                  term: 'Maintainers',
                  value: (
                    <>
                      ann <Badge kind="safe">2FA</Badge>, ben <Badge kind="danger">no 2FA</Badge>
                    </>
                  ),
                },
              ]}
            />
          </>
        }
      >
        <Html safe={readme} />
      </Columns>
    </Page>
  ),

  search: () => (
    <Page context={context} title="Search" heading="3 packages for “padlock”" query="padlock" width="wide">
      <PackageList
        context={context}
        packages={[
          {
            name: '@acme/left-padlock',
            href: '/package/@acme/left-padlock',
            description: 'Pads a lock on its left side, in constant time.',
            badges: <Badge kind="accent">private</Badge>,
            facts: (
              <>
                1.4.2 · <Time at={now - 3 * day} now={now} /> by ann
              </>
            ),
          },
          {
            name: 'padlock',
            href: '/package/padlock',
            description: 'Locks for promises, files and rows.',
            facts: (
              <>
                8.0.1 · <Time at={now - 300 * day} now={now} /> by ben
              </>
            ),
          },
          {
            name: 'padlock-with-a-name-that-is-far-longer-than-anybody-would-want-to-type-into-a-terminal',
            href: '/package/x',
            badges: <Badge kind="danger">deprecated</Badge>,
            facts: (
              <>
                0.0.1 · <Time at={now - 3000 * day} now={now} /> by somebody
              </>
            ),
          },
        ]}
      />
    </Page>
  ),

  empty: () => (
    <SettingsPage context={context} name="ann" section="ssh-keys" title="SSH Keys">
      <Lead>An SSH key can prove who you are when every factor is lost.</Lead>
      <Empty title="You have no SSH keys yet.">
        <p>Make one in a terminal, then paste the line that the second command prints.</p>
        <CopyLine text="ssh-keygen -t ed25519" />
        <CopyLine text="cat ~/.ssh/id_ed25519.pub" />
        <LinkButton context={context} href="/x" kind="primary">
          Add SSH key
        </LinkButton>
      </Empty>
    </SettingsPage>
  ),

  destructive: () => (
    <Page context={context} title="Require two-factor authentication in acme" width="text">
      <Notice kind="danger" title="2 members will be removed">
        <p>They have no second factor. They lose their roles, teams and access to packages at once.</p>
      </Notice>
      <DataTable
        caption="Members who will be removed"
        keyOf={(row) => row.name}
        rows={[
          { name: 'ben', role: 'Developer', packages: 12 },
          { name: 'chloe', role: 'Admin', packages: 104 },
        ]}
        columns={[
          { label: 'Member', cell: (row) => row.name },
          { label: 'Role', cell: (row) => row.role },
          { label: 'Packages', kind: 'number', cell: (row) => row.packages },
        ]}
      />
      <Notice kind="info">
        <p>Each gets a mail that says why and how to come back. Their rights are kept for 90 days.</p>
      </Notice>
      <Form context={context} action="/x">
        <TextField label="Type the organization's name to confirm" name="confirm" required exact />
        <CodeField />
        <Actions>
          <Button kind="danger">{'Remove members & require two-factor authentication'}</Button>
          <LinkButton context={context} href="/x" kind="quiet">
            Cancel
          </LinkButton>
        </Actions>
      </Form>
      <Button disabled>Invite member</Button>
    </Page>
  ),
};

const readme = `<h2 id="user-content-left-padlock">left-padlock</h2>
<p>Pads a lock on its <em>left</em> side, in <strong>constant time</strong>. See the <a href="https://git.example">guide</a>.</p>
<pre tabindex="0"><code>import { padLock } from '@acme/left-padlock';

const lock = await padLock('door', { width: 12, character: '·' }); // a line that is longer than the column is wide
</code></pre>
<h3 id="user-content-options">Options</h3>
<div class="readme-wide" tabindex="0"><table><thead><tr><th>Name</th><th>Default</th><th>Meaning</th></tr></thead>
<tbody><tr><td><code>width</code></td><td>8</td><td>How wide the lock becomes.</td></tr>
<tr><td><code>character</code></td><td>space</td><td>What it is padded with.</td></tr></tbody></table></div>
<h3 id="user-content-why">Why</h3>
<ul><li>No dependencies.</li><li>Works in <code>node</code> and browsers.</li></ul>
<blockquote><p>A lock that is not padded is only half a lock.</p></blockquote>`;
