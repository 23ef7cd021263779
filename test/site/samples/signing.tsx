import type { VNode } from 'preact';
import { Checkbox } from '../../../src/site/parts/choices.tsx';
import { LargeCode } from '../../../src/site/parts/copy.tsx';
import { CodeField, PasswordField, TextField } from '../../../src/site/parts/fields.tsx';
import { Actions, Button, Form } from '../../../src/site/parts/form.tsx';
import { Lead } from '../../../src/site/parts/layout.tsx';
import { Link, LinkButton } from '../../../src/site/parts/link.tsx';
import { Notice, Problem } from '../../../src/site/parts/notices.tsx';
import { Page } from '../../../src/site/parts/page.tsx';
import { DataTable, DefinitionList } from '../../../src/site/parts/tables.tsx';
import { Time } from '../../../src/site/parts/time.tsx';
import { ann, now, stranger } from './setting.ts';

/** Coming in, and acts that want a second thought. */
export const signing: Record<string, () => VNode> = {
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

  approve: () => (
    <Page context={ann} title="Sign in to npm as ann" width="text">
      <Notice kind="danger" title="This request comes from another network">
        <p>You are at 192.0.2.7, the terminal is at 198.51.100.23.</p>
      </Notice>
      <p>Approve only if the terminal shows the same code:</p>
      <LargeCode code="K7QD MX4R" />
      <DefinitionList
        items={[
          { term: 'Asks', value: 'npm 12.0.1 on Linux' },
          { term: 'From', value: '198.51.100.23' },
          { term: 'For', value: 'a login token, good for 14 days' },
          { term: 'Since', value: <Time at={now - 20_000} now={now} /> },
        ]}
      />
      <Form context={ann} action="/x">
        <Checkbox label="I started this on another network" name="elsewhere" required />
        <CodeField />
        <Actions>
          <Button kind="primary" name="answer" value="approve">
            Approve
          </Button>
          <Button name="answer" value="deny">
            Deny
          </Button>
        </Actions>
      </Form>
    </Page>
  ),

  destructive: () => (
    <Page context={ann} title="Require two-factor authentication in acme" width="text">
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
      <Form context={ann} action="/x">
        <TextField label="Type the organization's name to confirm" name="confirm" required exact />
        <CodeField />
        <Actions>
          <Button kind="danger">{'Remove members & require two-factor authentication'}</Button>
          <LinkButton context={ann} href="/x" kind="quiet">
            Cancel
          </LinkButton>
        </Actions>
      </Form>
      <Button disabled>Invite member</Button>
    </Page>
  ),
};
