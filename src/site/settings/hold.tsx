/** The hold on an account: what it is, until when, and ending it before its time (requirements RV6). */
import {
  endHoldByKey,
  endHoldByLink,
  findHoldLink,
  type HeldAccount,
  mailHoldLink,
  readHeldAccount,
} from '../../accounts/ending-holds.ts';
import { pathOfLink } from '../../accounts/mailed-links.ts';
import type { Route } from '../../http/route.ts';
import type { Hold } from '../../policy/hold.ts';
import { sayWhy } from '../../policy/hold.ts';
import { KeyButton } from '../keys/parts.tsx';
import { form, owner, page, type SiteAsked, type SiteSettings, self } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Lead, Section } from '../parts/layout.tsx';
import { Link, LinkButton } from '../parts/link.tsx';
import { Notice } from '../parts/notices.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { DefinitionList } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { Proofs, Refusal } from '../proofs.tsx';
import { authenticationPath } from './parts.ts';

const holdPath = (name: string, rest = ''): string => authenticationPath(name, `/hold${rest}`);

const stops: Readonly<Record<Hold['kind'], string>> = {
  full: 'It publishes and changes nothing. Reading, revoking tokens and setting up two-factor authentication go on.',
  widening:
    'It creates no access tokens and changes no maintainers, no email address and no second factor. Publishing goes on.',
};

/** On pages of an account that is held: why, until when, and where it is ended. */
export function HoldNotice(props: {
  readonly context: PageContext;
  readonly name: string;
  readonly hold: Hold | null;
  readonly now: number;
}) {
  const { context, name, hold, now } = props;
  if (hold === null) return null;
  return (
    <Notice kind="warning" title="Your account is held">
      <p>
        Because {sayWhy(hold.reason)}. The hold ends by itself <Time at={hold.until} now={now} />.{' '}
        {stops[hold.kind]}{' '}
        <Link context={context} href={holdPath(name)}>
          End it early
        </Link>
      </p>
    </Notice>
  );
}

const Back = ({ context, name }: { readonly context: PageContext; readonly name: string }) => (
  <p>
    <Link context={context} href={authenticationPath(name)}>
      Back to your factors
    </Link>
  </p>
);

const readHeld = (tx: Parameters<typeof readHeldAccount>[0], asked: SiteAsked): Promise<HeldAccount> =>
  readHeldAccount(tx, owner(asked).id);

function MailForm({
  context,
  name,
  mailTo,
}: { context: PageContext; name: string } & Pick<HeldAccount, 'mailTo'>) {
  if (mailTo === null)
    return (
      <p>Your email address was not confirmed before, so no link can be mailed: it would prove nothing.</p>
    );
  return (
    <>
      <p>
        The link goes to {mailTo} and is good for 15 minutes. Open it in this browser; it asks you for a proof
        once more.
      </p>
      <Form context={context} action={holdPath(name, '/mail')} label="Mail me a link">
        <Actions>
          <Button>Mail me a link</Button>
        </Actions>
      </Form>
    </>
  );
}

function HoldPage(props: { context: PageContext; name: string; held: HeldAccount; now: number }) {
  const { context, name, held, now } = props;
  const { hold, mailTo } = held;
  return (
    <SettingsPage context={context} name={name} section="authentication" title="Hold">
      {hold === null ? (
        <Lead>Your account is not held: you can do everything that you may do.</Lead>
      ) : (
        <>
          <Lead>
            Your account is held, so that whoever did this could do no lasting harm if it was not you.
          </Lead>
          <DefinitionList
            items={[
              { term: 'Why', value: `Because ${sayWhy(hold.reason)}` },
              { term: 'Since', value: <Time at={hold.since} now={now} /> },
              { term: 'Ends by itself', value: <Time at={hold.until} now={now} /> },
              { term: 'Meanwhile', value: stops[hold.kind] },
            ]}
          />
          <Section title="End it with a security key">
            <p>With one that was on your account for at least seven days, and before it was held.</p>
            <p class="actions">
              <LinkButton context={context} href={holdPath(name, '/end')}>
                End it now
              </LinkButton>
            </p>
          </Section>
          <Section title="End it with a mailed link">
            <MailForm context={context} name={name} mailTo={mailTo} />
          </Section>
        </>
      )}
      <Back context={context} name={name} />
    </SettingsPage>
  );
}

const holdRoute = (settings: SiteSettings): Route =>
  page(settings, {
    path: holdPath(':name'),
    action: 'account.read',
    target: self,
    read: readHeld,
    show: (held, context, asked) => (
      <HoldPage context={context} name={owner(asked).name} held={held} now={asked.actor.receivedAt} />
    ),
  });

function EndedPage({ context, name }: { readonly context: PageContext; readonly name: string }) {
  return (
    <SettingsPage
      context={context}
      name={name}
      section="authentication"
      title="Hold ended"
      notice={
        <Notice kind="success" title="Your account is no longer held">
          <p>You can do everything again. A mail about it went to you.</p>
        </Notice>
      }
    >
      <Back context={context} name={name} />
    </SettingsPage>
  );
}

const keyForm = (settings: SiteSettings): readonly Route[] =>
  form<'hold.endByKey', HeldAccount>(settings, {
    path: holdPath(':name', '/end'),
    action: 'hold.endByKey',
    seenAs: 'account.read',
    target: self,
    read: readHeld,
    show: (view) => {
      const { context, asked, data, kinds } = view;
      const { name } = owner(asked);
      return (
        <SettingsPage context={context} name={name} section="authentication" title="End the hold">
          <Refusal view={view} />
          {data.hold === null && <p>Your account is not held.</p>}
          {data.hold !== null && !kinds.keys && (
            <p>This takes a security key that was on your account for at least seven days. It has none.</p>
          )}
          {data.hold !== null && kinds.keys && (
            <>
              <p>
                Touch a security key that was on your account for at least seven days, and before it was held.
                Codes do not end a hold.
              </p>
              <Form context={context} action={holdPath(name, '/end')} label="End the hold">
                <KeyButton context={context} purpose="step-up" operation="hold.endByKey" primary>
                  Use a security key
                </KeyButton>
              </Form>
            </>
          )}
          <p>
            <Link context={context} href={holdPath(name)}>
              Back to the hold
            </Link>
          </p>
        </SettingsPage>
      );
    },
    wish: () => undefined,
    run: (tx, permit) => endHoldByKey(tx, permit),
    done: (_result, asked, context) => <EndedPage context={context} name={owner(asked).name} />,
  });

const mailForm = (settings: SiteSettings): readonly Route[] =>
  form<'hold.mailLink', HeldAccount, undefined, undefined, HeldAccount>(settings, {
    path: holdPath(':name', '/mail'),
    action: 'hold.mailLink',
    seenAs: 'account.read',
    target: self,
    read: readHeld,
    show: (view) => {
      const { context, asked, data } = view;
      const { name } = owner(asked);
      return (
        <SettingsPage context={context} name={name} section="authentication" title="Mail me a link">
          <Refusal view={view} />
          {data.hold === null ? (
            <p>Your account is not held.</p>
          ) : (
            <MailForm context={context} name={name} mailTo={data.mailTo} />
          )}
          <Back context={context} name={name} />
        </SettingsPage>
      );
    },
    wish: () => undefined,
    run: async (tx, permit, _wish, _prepared, asked) => {
      await mailHoldLink(tx, permit);
      return readHeld(tx, asked);
    },
    done: ({ mailTo }, asked, context) => (
      <SettingsPage
        context={context}
        name={owner(asked).name}
        section="authentication"
        title="Mail me a link"
        notice={
          <Notice kind="success" title="Mail sent">
            <p>Open the link in the mail to {mailTo} in this browser, within 15 minutes.</p>
          </Notice>
        }
      >
        <Back context={context} name={owner(asked).name} />
      </SettingsPage>
    ),
  });

const linkPath = (id: string): string => pathOfLink('end-hold', id);

/** The page behind the link: unlike those of other links it is for the account that is signed in, and asks a factor. */
const linkForm = (settings: SiteSettings): readonly Route[] =>
  form<'hold.endByLink', HeldAccount, { readonly id: string }>(settings, {
    path: linkPath(':id'),
    action: 'hold.endByLink',
    seenAs: 'account.read',
    target: self,
    read: async (tx, asked) => {
      await findHoldLink(tx, owner(asked).id, asked.params.id ?? '');
      return readHeld(tx, asked);
    },
    show: (view) => {
      const { context, asked, data } = view;
      return (
        <SettingsPage
          context={context}
          name={owner(asked).name}
          section="authentication"
          title="End the hold"
        >
          <Refusal view={view} />
          <p>
            The account <code>{owner(asked).name}</code> is held
            {data.hold && (
              <>
                , because {sayWhy(data.hold.reason)}. The hold ends by itself{' '}
                <Time at={data.hold.until} now={asked.actor.receivedAt} />
              </>
            )}
            . End it early only if it was you who did this.
          </p>
          <Form context={context} action={linkPath(asked.params.id ?? '')} label="End the hold">
            <Proofs view={view} />
            <Actions>
              <Button kind="primary">End the hold</Button>
            </Actions>
          </Form>
        </SettingsPage>
      );
    },
    wish: (_fields, { params }) => ({ id: params.id ?? '' }),
    run: (tx, permit, wish) => endHoldByLink(tx, permit, wish),
    done: (_result, asked, context) => <EndedPage context={context} name={owner(asked).name} />,
  });

/** The pages of the hold on an account, and the one behind the link that ends it. */
export const holdRoutes = (settings: SiteSettings): readonly Route[] => [
  holdRoute(settings),
  ...keyForm(settings),
  ...mailForm(settings),
  ...linkForm(settings),
];
