/** How safe an account is, its factors one by one, and the one next step (look.md, authentication page). */
import { readHold } from '../../accounts/holds.ts';
import { type FactorOverview, readFactorOverview } from '../../factors/overview.ts';
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import { helpPath } from '../help.tsx';
import { page, self } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { Lead, Section } from '../parts/layout.tsx';
import { Link, LinkButton } from '../parts/link.tsx';
import { Badge, Empty, Notice } from '../parts/notices.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { type Column, DataTable } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { HoldNotice } from './hold.tsx';
import { type AuthenticationParts, authenticationPath } from './parts.ts';

/** What a row of the list of factors tells. */
interface FactorLine {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly addedAt: number;
  readonly lastUsedAt: number | null;
  readonly warning?: string | undefined;
  /** The page on which it is changed, and the words of the link. */
  readonly change: { readonly href: string; readonly words: string };
}

const linesOf = ({ app, keys }: FactorOverview, name: string): FactorLine[] => [
  ...(app
    ? [
        {
          id: 'app',
          kind: 'Authentication app',
          name: 'One-time codes',
          addedAt: app.createdAt,
          lastUsedAt: app.lastUsedAt,
          warning: app.barred ? 'locked until a recovery code is used' : undefined,
          change: { href: authenticationPath(name, '/replace'), words: 'Replace my device' },
        },
      ]
    : []),
  ...keys.map((key) => ({
    id: key.id,
    kind: key.synced ? 'Passkey' : 'Security key',
    name: key.name,
    addedAt: key.createdAt,
    lastUsedAt: key.lastUsedAt,
    warning: key.possibleCopyAt === null ? undefined : 'possible copy',
    change: { href: authenticationPath(name, `/keys/${key.id}`), words: 'Change' },
  })),
];

const modeWords = {
  'auth-only': 'Authorization only',
  'auth-and-writes': 'Authorization and writes',
} as const;
const modeMeans = {
  'auth-only':
    'A code is asked when you sign in and when you change your profile, tokens or factors. Publishing asks none.',
  'auth-and-writes':
    'A code is asked when you sign in, when you change your account, and whenever you publish or change packages.',
} as const;

function Off({ context, name }: { context: PageContext; name: string }) {
  return (
    <>
      <Lead>A password alone opens this account. Whoever learns it can publish in your name.</Lead>
      <Empty title="No second factor yet">
        <p>An app on your phone, or a security key, closes that door. It takes a minute.</p>
        <p class="actions">
          <LinkButton context={context} kind="primary" href={authenticationPath(name, '/add')}>
            Add Two-Factor Authentication
          </LinkButton>
          <LinkButton context={context} href={authenticationPath(name, '/keys/add')}>
            Add security key
          </LinkButton>
        </p>
        <p>
          In the terminal: <code>npm profile enable-2fa</code>
        </p>
      </Empty>
    </>
  );
}

const columns = (context: PageContext, now: number): Column<FactorLine>[] => [
  {
    label: 'Factor',
    cell: (line) => (
      <>
        {line.name} {line.warning && <Badge kind="danger">{line.warning}</Badge>}
      </>
    ),
  },
  { label: 'Kind', cell: (line) => line.kind },
  { label: 'Added', cell: (line) => <Time at={line.addedAt} now={now} /> },
  { label: 'Last used', cell: (line) => <Time at={line.lastUsedAt} now={now} /> },
  {
    label: 'Change',
    kind: 'action',
    cell: (line) => (
      <Link context={context} href={line.change.href}>
        {line.change.words}
      </Link>
    ),
  },
];

/** How safe the account is now, in a sentence. */
function safetyOf({ app, keys }: FactorOverview): string {
  const key = keys.length > 1 ? 'one of your keys' : 'your key';
  const factor = app === null ? key : keys.length === 0 ? 'your app' : `your app or ${key}`;
  return `Two-factor authentication is on: your password opens nothing without ${factor}.`;
}

/** The one thing that would make it safer; nothing where there is none. */
function NextStep({ overview: { app, keys } }: { overview: FactorOverview }) {
  if (keys.length === 0)
    return (
      <p>
        The next step: a security key or a passkey. Unlike a code, it cannot be given away to a false page.
      </p>
    );
  if (app === null && keys.length === 1)
    return <p>The next step: a second key, or an app, for the day on which this key is lost.</p>;
  return null;
}

function On(props: { context: PageContext; name: string; overview: FactorOverview; now: number }) {
  const { context, name, overview, now } = props;
  const { mode, codesLeft, app } = overview;
  const to = (rest: string): string => authenticationPath(name, rest);
  return (
    <>
      <Lead>{safetyOf(overview)}</Lead>
      <NextStep overview={overview} />
      {codesLeft <= 3 && (
        <Notice
          kind="warning"
          title={codesLeft === 0 ? 'No recovery codes are left' : 'Few recovery codes are left'}
        >
          <p>
            Without them a lost device may lock you out.{' '}
            <Link context={context} href={to('/recovery-codes')}>
              Regenerate recovery codes
            </Link>
          </p>
        </Notice>
      )}
      <Section title="Factors">
        <DataTable
          caption="Your factors"
          quietCaption
          columns={columns(context, now)}
          rows={linesOf(overview, name)}
          keyOf={(line) => line.id}
        />
        <p class="actions">
          {!app && (
            <LinkButton context={context} href={to('/add')}>
              Add authentication app
            </LinkButton>
          )}
          <LinkButton context={context} href={to('/keys/add')}>
            Add security key
          </LinkButton>
        </p>
        {overview.keys.length > 0 && (
          <p>
            <Link context={context} href={to('/code')}>
              Get a code for a terminal that cannot open a browser
            </Link>
          </p>
        )}
      </Section>
      <Section title="Backup Recovery Code">
        <p>
          {codesLeft === 1 ? '1 recovery code is' : `${codesLeft} recovery codes are`} left.{' '}
          <Link context={context} href={to('/recovery-codes')}>
            Regenerate recovery codes
          </Link>
        </p>
      </Section>
      <Section title="Mode">
        <p>
          <strong>{mode && modeWords[mode]}.</strong> {mode && modeMeans[mode]}{' '}
          <Link context={context} href={to('/mode')}>
            Change the mode
          </Link>
        </p>
      </Section>
      <Section title="Remove two-factor authentication">
        <p>
          Ends it and clears every registration: app, keys and recovery codes.{' '}
          <Link context={context} href={to('/remove')}>
            Remove
          </Link>
        </p>
      </Section>
    </>
  );
}

const done: Readonly<Record<string, string>> = {
  added: 'Two-factor authentication is on. A mail about it went to you.',
  app: 'The authentication app was added. A mail about it went to you.',
  key: 'The security key was added. A mail about it went to you.',
  renamed: 'The security key has its new name.',
  'key-removed': 'The security key was removed. A mail about it went to you.',
  replaced: 'The new device is in use, and the old one opens nothing any more. A mail about it went to you.',
  mode: 'The mode was changed. A mail about it went to you.',
  regenerated: 'Your new recovery codes are the only ones that work now. A mail about it went to you.',
  removed: 'Two-factor authentication was removed. A mail about it went to you.',
};

/** The page that the others about two-factor authentication start from. */
export const authenticationPage = ({ settings, now }: AuthenticationParts): Route =>
  page(settings, {
    path: authenticationPath(':name'),
    action: 'account.read',
    target: self,
    read: async (tx, { actor }) => {
      const { id } = actor.account ?? fail('credential_missing');
      return { overview: await readFactorOverview(tx, id), hold: await readHold(tx, id) };
    },
    show: ({ overview, hold }, context, { actor, query }) => {
      const name = actor.account?.name ?? '';
      const happened = done[query.done ?? ''];
      return (
        <SettingsPage
          context={context}
          title="Authentication"
          name={name}
          section="authentication"
          notice={happened && <Notice kind="success" title={happened} />}
        >
          <HoldNotice context={context} name={name} hold={hold} now={now()} />
          {overview.mode === null ? (
            <Off context={context} name={name} />
          ) : (
            <On context={context} name={name} overview={overview} now={now()} />
          )}
          <p class="muted">
            Help:{' '}
            <Link context={context} href={helpPath}>
              two-factor authentication step by step
            </Link>
          </p>
        </SettingsPage>
      );
    },
  });
