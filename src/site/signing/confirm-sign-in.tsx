/** Sign-ins that wait for a mailed link (SE7): the page that says so, and the one behind the link. */
import type { VNode } from 'preact';
import type { SessionRules } from '../../accounts/sessions.ts';
import {
  confirmSignIn,
  findWaiting,
  pathOfWaiting,
  type WaitingSignIn,
} from '../../accounts/waiting-sign-ins.ts';
import type { Gate } from '../../gate/gate.ts';
import { readForm } from '../../http/form-body.ts';
import type { Reply, Route } from '../../http/route.ts';
import { type Failure, fail, isFailure } from '../../kernel/failure.ts';
import type { Actor } from '../../policy/actor.ts';
import { sentenceOf } from '../failures.tsx';
import { readNext } from '../next-path.ts';
import { contextOf, goTo, html, htmlOf, type SiteAsked, type SiteSettings, site, visited } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { Actions, Button, Form } from '../parts/form.tsx';
import { Lead } from '../parts/layout.tsx';
import { Link } from '../parts/link.tsx';
import { Page } from '../parts/page.tsx';
import { DefinitionList } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { browserIn } from '../settings/clients.ts';
import { keepSignedIn, start } from './signed-in.ts';

/** What these pages need of the application. */
interface ConfirmingParts {
  readonly settings: SiteSettings;
  readonly sessionRules: SessionRules;
}

/** Where a browser is sent whose sign-in waits. */
export const waitingPath = '/login/confirm';

/** `a•••@e•••.example`: enough to know one's own mailbox by, and no more. */
export function maskAddress(email: string): string {
  const [name = '', domain = ''] = email.split('@');
  const dot = domain.lastIndexOf('.');
  return `${[...name][0] ?? ''}•••@${[...domain][0] ?? ''}•••${domain.slice(dot)}`;
}

/** The link is the proof, with the browser's cookie: whoever else is signed in here adds nothing. */
const asStranger = (actor: Actor): Actor => ({
  ...actor,
  credential: 'anonymous',
  account: null,
  session: null,
  code: null,
});

const minutes = (time: number): number => Math.max(1, Math.ceil(time / 60_000));

function WaitingPage(props: { context: PageContext; found: WaitingSignIn; now: number; hasKeys: boolean }) {
  const { context, found, now, hasKeys } = props;
  const left = minutes(found.until - now);
  return (
    <Page context={context} title="Open the link in your mail" width="narrow">
      <Lead>
        Password and code were right. This browser is not known yet, so a link was mailed to{' '}
        <strong>{maskAddress(found.email)}</strong>.
      </Lead>
      <p>
        Open it in this browser within {left === 1 ? 'a minute' : `${left} minutes`}: it signs you in. You are
        not signed in yet, and in another browser the link opens nothing.
      </p>
      <p>
        No mail? Look in the folder for unwanted ones, or{' '}
        <Link context={context} href="/login">
          sign in again
        </Link>{' '}
        with a fresh code: another link is mailed then.{hasKeys && ' With a security key you need none.'}
      </p>
    </Page>
  );
}

const isFor = ({ account }: WaitingSignIn) => <code>{account.name}</code>;

const HerePage = (props: { context: PageContext; found: WaitingSignIn; path: string }) => (
  <Page context={props.context} title="Finish signing in" width="narrow">
    <p>You gave password and code here. This signs you in as {isFor(props.found)} in this browser.</p>
    <Form context={props.context} action={props.path}>
      <Actions>
        <Button kind="primary">Sign in</Button>
      </Actions>
    </Form>
  </Page>
);

const ElsewherePage = (props: { context: PageContext; found: WaitingSignIn; now: number }) => {
  const { context, found, now } = props;
  return (
    <Page context={context} title="This sign-in began in another browser" width="text">
      <p>
        Whoever signs in to {isFor(found)} can finish only there: copy the link into that browser. Nothing was
        used up.
      </p>
      <DefinitionList
        items={[
          { term: 'Browser', value: browserIn(found.userAgent) },
          { term: 'Address', value: found.address ?? 'unknown' },
          { term: 'When', value: <Time at={found.createdAt} now={now} /> },
        ]}
      />
      <p>
        If that was not you, give the link to nobody: somebody knows your password and had a code of yours.{' '}
        <Link context={context} href="/settings/~/password">
          Set a new password
        </Link>{' '}
        now, which ends their sign-in too.
      </p>
    </Page>
  );
};

const why: Readonly<Record<string, string>> = {
  link_over:
    'It was used already, a newer one was mailed, or the password, the second factor or the address of the account changed since.',
  sign_in_late: 'A link in such a mail works for 15 minutes. Sign in again for another one.',
  account_frozen: 'Nobody can sign in to it until the people who run this registry let it go on.',
};

function OverPage({ context, failure }: { context: PageContext; failure: Failure }) {
  return (
    <Page context={context} title={titleOf(failure)} width="text">
      <p>{why[failure.code]}</p>
      {failure.code !== 'account_frozen' && context.viewer === null && (
        <p>
          <Link context={context} href="/login">
            Sign in
          </Link>
        </p>
      )}
    </Page>
  );
}

const titleOf = (failure: Failure): string =>
  failure.code === 'sign_in_late'
    ? 'The time for this sign-in is over'
    : sentenceOf(failure).replace(/\.$/, '');

/** Whatever is wrong with a link, a page says so. */
async function orOver(settings: SiteSettings, asked: SiteAsked, work: () => Promise<Reply>): Promise<Reply> {
  try {
    return await work();
  } catch (failure) {
    if (!isFailure(failure) || !(failure.code in why)) throw failure;
    const context = contextOf(settings, asked.actor, asked.visit);
    return htmlOf(<OverPage context={context} failure={failure} />, failure);
  }
}

const find = (gate: Gate, { actor, visit }: SiteAsked, link?: string): Promise<WaitingSignIn> =>
  gate.look(asStranger(actor), 'site.read', site(), (tx) =>
    findWaiting(tx, { browser: visit.waiting, ...(link === undefined ? {} : { link }) }),
  );

/** The page of a browser that waits; who waits for nothing signs in, or is signed in. */
function waitingRoute({ settings }: ConfirmingParts): Route {
  return {
    surface: 'site',
    path: waitingPath,
    method: 'GET',
    actions: ['site.read'],
    ignoresCredential: false,
    bodyLimit: 0,
    handle: async (gate, plain) => {
      const asked = visited(plain);
      const { actor, visit } = asked;
      if (actor.account) return goTo(settings, start);
      if (visit.waiting === null) return goTo(settings, '/login');
      return orOver(settings, asked, async () => {
        const found = await find(gate, asked).catch((failure: unknown) => {
          if (isFailure(failure, 'link_over')) return undefined;
          throw failure;
        });
        if (!found) return goTo(settings, '/login');
        const context = contextOf(settings, actor, visit);
        const hasKeys = settings.keys !== null;
        return html(<WaitingPage context={context} found={found} now={actor.receivedAt} hasKeys={hasKeys} />);
      });
    },
  };
}

function linkRoutes({ settings, sessionRules: rules }: ConfirmingParts): readonly Route[] {
  const common = {
    surface: 'site',
    path: pathOfWaiting(':id'),
    ignoresCredential: false,
    bodyLimit: 64 * 1024,
  } as const;
  const linkOf = ({ params }: SiteAsked): string => params.id ?? '';

  const show = async (gate: Gate, asked: SiteAsked): Promise<Reply> => {
    const found = await find(gate, asked, linkOf(asked));
    const context = contextOf(settings, asked.actor, asked.visit);
    const page: VNode = found.isHere ? (
      <HerePage context={context} found={found} path={pathOfWaiting(linkOf(asked))} />
    ) : (
      <ElsewherePage context={context} found={found} now={asked.actor.receivedAt} />
    );
    return html(page, found.isHere ? 200 : 403);
  };

  const finish = async (gate: Gate, asked: SiteAsked): Promise<Reply> => {
    const { actor, visit } = asked;
    const told = { link: linkOf(asked), browser: visit.waiting, rules };
    const signedIn = await gate.perform(asStranger(actor), {
      action: 'account.confirmSignIn',
      target: { on: 'account', name: '' },
      prepare: async () => undefined,
      work: (tx, permit) => confirmSignIn(tx, permit, told),
    });
    if (!signedIn) fail('sign_in_late');
    keepSignedIn(visit, signedIn, rules);
    visit.setCookie({ name: 'waiting', value: null });
    return goTo(settings, readNext(signedIn.next, start));
  };

  return [
    {
      ...common,
      method: 'GET',
      actions: ['site.read'],
      handle: async (gate, plain) => {
        const asked = visited(plain);
        return orOver(settings, asked, () => show(gate, asked));
      },
    },
    {
      ...common,
      method: 'POST',
      actions: ['account.confirmSignIn'],
      handle: async (gate, plain, { request }) => {
        const asked = visited(plain);
        asked.visit.checkForm(await readForm(request));
        return orOver(settings, asked, async () => {
          try {
            return await finish(gate, asked);
          } catch (failure) {
            // The page says where the link belongs.
            if (isFailure(failure, 'sign_in_elsewhere')) return show(gate, asked);
            throw failure;
          }
        });
      },
    },
  ];
}

/** The pages of sign-ins that wait. */
export const confirmSignInRoutes = (parts: ConfirmingParts): readonly Route[] => [
  waitingRoute(parts),
  ...linkRoutes(parts),
];
