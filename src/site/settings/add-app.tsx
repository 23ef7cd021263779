/** Adding an authenticator app as the Hub does it: QR code and key, "Pin code", "Save", recovery codes. */
import { renderSVG } from 'uqr';
import { confirmFactor, enableFactor, type FactorMode, readSecondFactor } from '../../factors/enrol.ts';
import { readFactorOverview } from '../../factors/overview.ts';
import { beginReplacement, confirmReplacement } from '../../factors/replacing.ts';
import type { Fields } from '../../http/form-body.ts';
import type { Route } from '../../http/route.ts';
import { type Failure, fail } from '../../kernel/failure.ts';
import { type FormShape, form, goTo, owner, self } from '../page.tsx';
import { RadioGroup } from '../parts/choices.tsx';
import type { PageContext } from '../parts/context.ts';
import { SecretGroups } from '../parts/copy.tsx';
import { CodeField } from '../parts/fields.tsx';
import { Actions, Button, Form, HiddenField } from '../parts/form.tsx';
import { Beside, Lead, Section } from '../parts/layout.tsx';
import { Link } from '../parts/link.tsx';
import { Svg } from '../parts/markup.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { DefinitionList } from '../parts/tables.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { type AuthenticationParts, authenticationPath } from './parts.ts';
import { RecoveryCodesPage } from './recovery-codes.tsx';

/** The choices of when a code is asked, with the words of the contract. */
export const modeOptions = [
  {
    value: 'auth-and-writes',
    label: 'Authorization and writes',
    description: 'Recommended. A code when you sign in, change your account, and publish or change packages.',
  },
  {
    value: 'auth-only',
    label: 'Authorization only',
    description: 'A code when you sign in and change your account. Publishing asks none.',
  },
] as const;

/** The mode that a form asks for. Fails with `request_invalid`. */
export function readMode({ mode = 'auth-and-writes' }: Fields): FactorMode {
  if (mode !== 'auth-and-writes' && mode !== 'auth-only')
    fail('request_invalid', { reason: 'Choose one of the two modes.' });
  return mode;
}

const apps =
  'Google Authenticator, Authy, 1Password, Microsoft Authenticator, FreeOTP, or any other TOTP app';

/** The QR code and all that is needed to type the entry by hand; then the first code. */
function ScanPage(props: {
  readonly context: PageContext;
  readonly name: string;
  readonly secret: string;
  /** Where the code goes, below the pages about authentication. */
  readonly to: '/confirm' | '/replace/confirm';
  readonly failure?: Failure | undefined;
}) {
  const { context, name, secret, to, failure } = props;
  const issuer = context.siteName;
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(name)}`;
  const uri = `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=6&period=30`;
  return (
    <SettingsPage context={context} title="Scan the QR code" name={name} section="authentication">
      <Refusal view={{ failure }} />
      <Beside
        picture={
          <Svg generated={renderSVG(uri, { border: 2 })} label="QR code for your authentication app" />
        }
      >
        <p>Open your authentication app, add an entry, and scan this code. It is shown this once.</p>
        <p>If you cannot scan it, type the entry by hand:</p>
        <DefinitionList
          items={[
            { term: 'Account', value: name },
            { term: 'Issuer', value: issuer },
            { term: 'Key', value: <SecretGroups secret={secret} /> },
            { term: 'Kind', value: 'time-based, six digits, 30 seconds' },
          ]}
        />
      </Beside>
      <Section title="Then enter what the app shows">
        <Form context={context} action={authenticationPath(name, to)}>
          <HiddenField name="secret" value={secret} />
          <CodeField help="The six digits of the new entry." />
          <Actions>
            <Button kind="primary">Save</Button>
            <Link context={context} href={authenticationPath(name)}>
              Cancel
            </Link>
          </Actions>
        </Form>
      </Section>
    </SettingsPage>
  );
}

const secretShape = /^[A-Z2-7]{32}$/;
const secretIn = (uri: string): string => new URL(uri).searchParams.get('secret') ?? '';

/** The key that the form brought back, so that a wrong code does not cost the scanning. */
const secretOf = ({ secret = '' }: Fields): string =>
  secretShape.test(secret)
    ? secret
    : fail('request_invalid', { reason: 'The key of this form is damaged: begin again.' });

const addRoutes = ({ settings }: AuthenticationParts): readonly Route[] =>
  form<'factor.enable', { on: boolean; hasApp: boolean }, { mode: FactorMode }, undefined, string>(settings, {
    path: authenticationPath(':name', '/add'),
    action: 'factor.enable',
    seenAs: 'account.read',
    target: self,
    read: async (tx, asked) => {
      const factor = await readSecondFactor(tx, owner(asked).id);
      const { app } = await readFactorOverview(tx, owner(asked).id);
      return { on: factor !== null && !factor.pending, hasApp: app !== null };
    },
    show: (view) => {
      const { context, data, values, asked } = view;
      const { name } = owner(asked);
      if (data.hasApp)
        return (
          <SettingsPage context={context} title="Already enabled" name={name} section="authentication">
            <p>
              Two-factor authentication is on, with an authentication app.{' '}
              <Link context={context} href={authenticationPath(name)}>
                See your factors
              </Link>
            </p>
          </SettingsPage>
        );
      return (
        <SettingsPage
          context={context}
          title="Add Two-Factor Authentication"
          name={name}
          section="authentication"
        >
          <Refusal view={view} />
          <Lead>You need an authentication app on your phone or computer: {apps}.</Lead>
          <p>Codes are never sent by SMS or mail: those can be read on the way.</p>
          <Form context={context} action={authenticationPath(name, '/add')}>
            {!data.on && (
              <RadioGroup
                legend="When a code is asked"
                name="mode"
                value={values.mode ?? 'auth-and-writes'}
                options={modeOptions}
              />
            )}
            <Proofs view={view} />
            <Actions>
              <Button kind="primary">Show the QR code</Button>
              <Link context={context} href={authenticationPath(name)}>
                Not now
              </Link>
            </Actions>
          </Form>
        </SettingsPage>
      );
    },
    wish: (fields) => ({ mode: readMode(fields) }),
    run: async (tx, permit, { mode }) => {
      const begun = await enableFactor(tx, permit, { mode, issuer: settings.siteName, beside: true });
      if (begun.step === 'done')
        return fail('request_invalid', { reason: 'An authentication app is on already.' });
      return secretIn(begun.uri);
    },
    done: (secret, asked, context) => (
      <ScanPage context={context} name={owner(asked).name} secret={secret} to="/confirm" />
    ),
  });

interface FirstCode {
  readonly code: string;
  readonly secret: string;
}

/** The page that takes the new app's first code, of a first app and of one in another's place alike. */
const firstCodeRoutes = <R,>(
  { settings }: AuthenticationParts,
  shape: Pick<FormShape<'factor.confirm', undefined, FirstCode, undefined, R>, 'run' | 'done'> & {
    readonly to: '/confirm' | '/replace/confirm';
  },
): readonly Route[] =>
  form<'factor.confirm', undefined, FirstCode, undefined, R>(settings, {
    path: authenticationPath(':name', shape.to),
    action: 'factor.confirm',
    seenAs: 'account.read',
    target: self,
    read: async () => undefined,
    show: ({ context, values, failure, asked }) => (
      <ScanPage
        context={context}
        name={owner(asked).name}
        secret={secretOf(values)}
        to={shape.to}
        failure={failure}
      />
    ),
    wish: (fields) => ({ code: fields.code ?? '', secret: secretOf(fields) }),
    guess: ({ code }) => code,
    run: shape.run,
    done: shape.done,
  });

const confirmRoutes = (parts: AuthenticationParts): readonly Route[] =>
  firstCodeRoutes<readonly string[]>(parts, {
    to: '/confirm',
    run: (tx, permit, { code }) => confirmFactor(tx, permit, { code, tolerance: parts.totpTolerance }),
    done: (codes, asked, context) => {
      const { name } = owner(asked);
      if (codes.length === 0) return goTo(parts.settings, authenticationPath(name, '?done=app'));
      return <RecoveryCodesPage context={context} name={name} codes={codes} at={parts.now()} done="added" />;
    },
  });

const replaceRoutes = ({ settings }: AuthenticationParts): readonly Route[] =>
  form<'factor.replace', undefined, undefined, undefined, string>(settings, {
    path: authenticationPath(':name', '/replace'),
    action: 'factor.replace',
    seenAs: 'account.read',
    target: self,
    read: async () => undefined,
    show: (view) => {
      const { context, asked } = view;
      const { name } = owner(asked);
      return (
        <SettingsPage context={context} title="Replace my device" name={name} section="authentication">
          <Refusal view={view} />
          <p>
            You will scan a new QR code. The old device goes on working until the new one has shown a right
            code, and opens nothing afterwards. Your recovery codes stay.
          </p>
          <Form context={context} action={authenticationPath(name, '/replace')}>
            <Proofs view={view} />
            <Actions>
              <Button kind="primary">Show the QR code</Button>
              <Link context={context} href={authenticationPath(name)}>
                Cancel
              </Link>
            </Actions>
          </Form>
        </SettingsPage>
      );
    },
    wish: () => undefined,
    run: async (tx, permit) => secretIn(await beginReplacement(tx, permit, { issuer: settings.siteName })),
    done: (secret, asked, context) => (
      <ScanPage context={context} name={owner(asked).name} secret={secret} to="/replace/confirm" />
    ),
  });

const confirmReplacementRoutes = (parts: AuthenticationParts): readonly Route[] =>
  firstCodeRoutes<void>(parts, {
    to: '/replace/confirm',
    run: (tx, permit, { code }) => confirmReplacement(tx, permit, { code, tolerance: parts.totpTolerance }),
    done: (_nothing, asked) => goTo(parts.settings, authenticationPath(owner(asked).name, '?done=replaced')),
  });

export const addAppRoutes = (parts: AuthenticationParts): readonly Route[] => [
  ...addRoutes(parts),
  ...confirmRoutes(parts),
  ...replaceRoutes(parts),
  ...confirmReplacementRoutes(parts),
];
