import type { VNode } from 'preact';
import { renderSVG } from 'uqr';
import { RadioGroup } from '../../../src/site/parts/choices.tsx';
import { Codes, CopyButton, CopyLine, PrintButton, SecretGroups } from '../../../src/site/parts/copy.tsx';
import { CodeField, PasswordField } from '../../../src/site/parts/fields.tsx';
import { Actions, Button, Form } from '../../../src/site/parts/form.tsx';
import { Beside, Lead, Section } from '../../../src/site/parts/layout.tsx';
import { LinkButton } from '../../../src/site/parts/link.tsx';
import { Svg } from '../../../src/site/parts/markup.tsx';
import { Badge, Notice } from '../../../src/site/parts/notices.tsx';
import { SettingsPage } from '../../../src/site/parts/settings.tsx';
import { DataTable, DefinitionList } from '../../../src/site/parts/tables.tsx';
import { Time } from '../../../src/site/parts/time.tsx';
import { ann, day, now } from './setting.ts';

/** Two-factor authentication. */
export const factors: Record<string, () => VNode> = {
  authentication: () => (
    <SettingsPage
      context={ann}
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
          <LinkButton context={ann} href="/x" kind="primary">
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
                <Form context={ann} action="/x" inline label={`Remove ${row.name}`}>
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
        <LinkButton context={ann} href="/x">
          Regenerate recovery codes
        </LinkButton>
      </Section>
      <Section title="When we ask">
        <Form context={ann} action="/x" label="Mode">
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
        <LinkButton context={ann} href="/x" kind="danger">
          Remove
        </LinkButton>
      </Section>
    </SettingsPage>
  ),

  'qr-step': () => (
    <SettingsPage context={ann} name="ann" section="authentication" title="Add Two-Factor Authentication">
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
      <Form context={ann} action="/x">
        <CodeField help="The six digits that the app shows now." />
        <Actions>
          <Button kind="primary">Save</Button>
          <LinkButton context={ann} href="/x" kind="quiet">
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
      <SettingsPage context={ann} name="ann" section="authentication" title="Recovery codes">
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
          <LinkButton context={ann} href="/x">
            Download codes
          </LinkButton>
          <CopyButton text={codes.join('\n')} kind="secondary" />
          <PrintButton />
        </Actions>
        <Form context={ann} action="/x">
          <Button kind="primary">I have saved my recovery codes</Button>
        </Form>
      </SettingsPage>
    );
  },
};
