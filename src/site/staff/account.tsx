/** `/staff/accounts/NAME`: one account, and the pages that freeze it and let it go on (RV8). */
import { freezeAccount, shortestStaffReason, unfreezeAccount } from '../../accounts/freezing.ts';
import { type DirectoryEntry, findDirectoryEntry } from '../../factors/directory.ts';
import type { Asked, Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import type { Target } from '../../policy/actor.ts';
import { sayHeld } from '../../policy/hold.ts';
import { type FormView, form, goTo, owner, page, type SiteSettings, site } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { TextAreaField } from '../parts/fields.tsx';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Link, LinkButton } from '../parts/link.tsx';
import { Notice } from '../parts/notices.tsx';
import { DefinitionList } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { accountsPath, Email, Factors, States } from './accounts.tsx';
import { queryOf, StaffPage } from './parts.tsx';

type Tx = Parameters<typeof findDirectoryEntry>[0];

const nameIn = ({ params }: Asked<unknown>): string => params.account ?? fail('not_found');
const pathOf = (name: string): string => `${accountsPath}/${encodeURIComponent(name)}`;
const named = (asked: Asked<unknown>): Target => ({ on: 'account', name: nameIn(asked) });
const readEntry = async (tx: Tx, name: string): Promise<DirectoryEntry> =>
  (await findDirectoryEntry(tx, name)) ?? fail('not_found');

const modes: Readonly<Record<DirectoryEntry['mode'], string>> = {
  off: 'off',
  'auth-only': 'Authorization only',
  'auth-and-writes': 'Authorization and writes',
};

function FreezeLink({ context, entry }: { context: PageContext; entry: DirectoryEntry }) {
  if (context.viewer?.name === entry.name)
    return <p class="muted">This is your own account: somebody else of the staff could freeze it.</p>;
  return (
    <Actions>
      {entry.frozenAt === null ? (
        <LinkButton context={context} href={`${pathOf(entry.name)}/freeze`} kind="danger">
          Freeze
        </LinkButton>
      ) : (
        <LinkButton context={context} href={`${pathOf(entry.name)}/unfreeze`}>
          Unfreeze
        </LinkButton>
      )}
    </Actions>
  );
}

function AccountPage(props: {
  context: PageContext;
  entry: DirectoryEntry;
  now: number;
  done?: string | undefined;
}) {
  const { context, entry, now } = props;
  const items = [
    { term: 'Email', value: <Email entry={entry} /> },
    { term: 'Second factor', value: <Factors entry={entry} /> },
    { term: 'Mode', value: modes[entry.mode] },
    { term: 'Recovery codes left', value: entry.codes },
    { term: 'State', value: <States entry={entry} /> },
    ...(entry.frozenAt === null
      ? []
      : [{ term: 'Frozen since', value: <Time at={entry.frozenAt} now={now} /> }]),
    ...(entry.hold === null ? [] : [{ term: 'Held', value: sayHeld(entry.hold) }]),
    { term: 'Created', value: <Time at={entry.createdAt} now={now} /> },
    { term: 'Last sign-in', value: <Time at={entry.lastSignIn} now={now} absent="not known" /> },
  ];
  return (
    <StaffPage
      context={context}
      section="accounts"
      title={entry.name}
      notice={props.done && <Notice kind="success" title={props.done} />}
    >
      <DefinitionList items={items} />
      <p>
        <Link context={context} href={`/staff/audit${queryOf({ account: entry.name })}`}>
          What happened with this account
        </Link>
      </p>
      <FreezeLink context={context} entry={entry} />
    </StaffPage>
  );
}

const said: Readonly<Record<string, string>> = {
  frozen: 'The account is frozen, and its owner is told by mail',
  unfrozen: 'The account works again, and its owner is told by mail',
};

const accountPage = (settings: SiteSettings): Route =>
  page(settings, {
    path: `${accountsPath}/:account`,
    action: 'staff.accounts',
    target: site,
    read: (tx, asked) => readEntry(tx, nameIn(asked)),
    show: (entry, context, { query, actor }) => (
      <AccountPage context={context} entry={entry} now={actor.receivedAt} done={said[query.done ?? '']} />
    ),
  });

const verbs = {
  freeze: {
    button: 'Freeze',
    kind: 'danger',
    means:
      'Nobody can sign in to it, and its access tokens publish and change nothing. Public packages can still be ' +
      'installed. Nothing is removed, and you can let it go on.',
  },
  unfreeze: {
    button: 'Unfreeze',
    kind: 'primary',
    means:
      'Its password, its second factor and its access tokens that have not ended work again. Be sure that whoever asked ' +
      'for it is its owner.',
  },
} as const;

function DecisionPage({ view, verb }: { view: FormView<DirectoryEntry>; verb: keyof typeof verbs }) {
  const { context, data: entry, values } = view;
  const { button, kind, means } = verbs[verb];
  const path = pathOf(entry.name);
  return (
    <StaffPage context={context} section="accounts" title={`${button} ${entry.name}`}>
      <Refusal view={view} />
      <p>{means}</p>
      <Form context={context} action={`${path}/${verb}`} label={button}>
        <TextAreaField
          label="Reason"
          name="reason"
          rows={3}
          value={values.reason}
          maxLength={500}
          help={`At least ${shortestStaffReason} characters, on one line. The owner reads it in the mail, and it stays in the audit log.`}
          required
        />
        <Proofs view={view} />
        <Actions>
          <Button kind={kind}>{button}</Button>
          <LinkButton context={context} href={path} kind="quiet">
            Cancel
          </LinkButton>
        </Actions>
      </Form>
    </StaffPage>
  );
}

/** Nobody is shown a form for their own account, which would be refused. */
async function readOther(tx: Tx, asked: Asked<unknown>): Promise<DirectoryEntry> {
  const name = nameIn(asked);
  if (owner(asked).name === name)
    fail('not_allowed', { reason: 'Nobody freezes or unfreezes their own account.' });
  return readEntry(tx, name);
}

/** Text areas end lines where people do; a reason is one line. */
const reasonIn = ({ reason = '' }: Readonly<Record<string, string>>): string =>
  reason.replace(/\s+/g, ' ').trim();

const freezeForm = (settings: SiteSettings): readonly Route[] =>
  form<'staff.freeze', DirectoryEntry, string>(settings, {
    path: `${accountsPath}/:account/freeze`,
    action: 'staff.freeze',
    target: named,
    seenAs: 'staff.accounts',
    read: readOther,
    show: (view) => <DecisionPage view={view} verb="freeze" />,
    wish: reasonIn,
    reason: (reason) => reason,
    run: (tx, permit, reason, _none, asked) => freezeAccount(tx, permit, { name: nameIn(asked), reason }),
    done: (_none, asked) => goTo(settings, `${pathOf(nameIn(asked))}?done=frozen`),
  });

const unfreezeForm = (settings: SiteSettings): readonly Route[] =>
  form<'staff.unfreeze', DirectoryEntry, string>(settings, {
    path: `${accountsPath}/:account/unfreeze`,
    action: 'staff.unfreeze',
    target: named,
    seenAs: 'staff.accounts',
    read: readOther,
    show: (view) => <DecisionPage view={view} verb="unfreeze" />,
    wish: reasonIn,
    reason: (reason) => reason,
    run: (tx, permit, reason, _none, asked) => unfreezeAccount(tx, permit, { name: nameIn(asked), reason }),
    done: (_none, asked) => goTo(settings, `${pathOf(nameIn(asked))}?done=unfrozen`),
  });

/** The page of an account, and its two decisions. */
export const accountRoutes = (settings: SiteSettings): readonly Route[] => [
  accountPage(settings),
  ...freezeForm(settings),
  ...unfreezeForm(settings),
];
