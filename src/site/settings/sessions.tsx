/** Where an account is signed in: sessions of the website, known devices, logins of the command line (SE2, SE4, RL3). */
import { type Device, endDevice, listDevices, recogniseDevice } from '../../accounts/devices.ts';
import { endOtherSessions, endSession, listSessions, type Session } from '../../accounts/sessions.ts';
import type { Fields } from '../../http/form-body.ts';
import type { Route } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import type { Actor } from '../../policy/actor.ts';
import { endLogin, listLogins } from '../../tokens/own-tokens.ts';
import type { Token } from '../../tokens/token.ts';
import { form, goTo, ownName, type SiteAsked, type SiteSettings, self } from '../page.tsx';
import type { PageContext } from '../parts/context.ts';
import { CopyLine } from '../parts/copy.tsx';
import { Button, Form, HiddenField } from '../parts/form.tsx';
import { Lead, Section } from '../parts/layout.tsx';
import { Badge, Empty, Notice } from '../parts/notices.tsx';
import { SettingsPage } from '../parts/settings.tsx';
import { type Column, DataTable } from '../parts/tables.tsx';
import { Time } from '../parts/time.tsx';
import { Refusal } from '../proofs.tsx';
import { browserIn } from './clients.ts';
import { LoginName } from './login-name.tsx';

type Tx = Parameters<typeof listSessions>[0];

/** All that is signed in. */
interface SignedIn {
  readonly sessions: readonly Session[];
  readonly devices: readonly Device[];
  readonly logins: readonly Token[];
  /** Which of them this browser is. */
  readonly session: string | null;
  readonly device: string | null;
}

async function readSignedIn(tx: Tx, actor: Actor): Promise<SignedIn> {
  const { id } = actor.account ?? fail('credential_missing');
  return {
    sessions: await listSessions(tx, id),
    devices: await listDevices(tx, id),
    logins: await listLogins(tx, id),
    session: actor.session,
    device: (await recogniseDevice(tx, id, actor.device))?.id ?? null,
  };
}

/** What a button ends. */
type EndWish =
  | { readonly end: 'others' }
  | { readonly end: 'session' | 'device' | 'login'; readonly id: string };

function endIn({ end, id = '' }: Fields): EndWish {
  if (end === 'others') return { end };
  if (end === 'session' || end === 'device' || end === 'login') return { end, id };
  return fail('request_invalid', { reason: 'Choose what to end.' });
}

interface View {
  readonly context: PageContext;
  readonly name: string;
  readonly now: number;
  readonly signedIn: SignedIn;
}

const pathOf = (name: string): string => `/settings/${name}/sessions`;

function EndButton(props: { view: View; wish: EndWish; words: string; what: string }) {
  const { view, wish, words, what } = props;
  return (
    <Form context={view.context} action={pathOf(view.name)} label={`${words}: ${what}`} inline>
      <HiddenField name="end" value={wish.end} />
      {'id' in wish && <HiddenField name="id" value={wish.id} />}
      <Button kind="quiet" label={`${words} ${what}`}>
        {words}
      </Button>
    </Form>
  );
}

const place = (address: string | null) => <code>{address ?? 'unknown'}</code>;

/** What sessions and devices have in common. */
function browserColumns<Row extends Session | Device>(
  now: number,
  own: { readonly id: string | null; readonly words: string },
): Column<Row>[] {
  return [
    {
      label: 'Browser',
      cell: ({ id, userAgent }) => (
        <>
          {browserIn(userAgent)} {id === own.id && <Badge kind="safe">{own.words}</Badge>}
        </>
      ),
    },
    { label: 'Address', cell: ({ address }) => place(address) },
    { label: 'Since', cell: ({ createdAt }) => <Time at={createdAt} now={now} /> },
    { label: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} now={now} /> },
  ];
}

const nameOf = ({ userAgent, address }: Session | Device): string =>
  `${browserIn(userAgent)}, ${address ?? 'unknown address'}`;

function Sessions({ view }: { view: View }) {
  const { signedIn, now } = view;
  const { sessions, session: own } = signedIn;
  return (
    <Section
      title="Sessions"
      aside={
        sessions.length > 1 && (
          <EndButton
            view={view}
            wish={{ end: 'others' }}
            words="End all other sessions"
            what="of the website"
          />
        )
      }
    >
      <DataTable
        caption="Sessions of this website"
        quietCaption
        rows={sessions}
        keyOf={({ id }) => id}
        columns={[
          ...browserColumns<Session>(now, { id: own, words: 'this session' }),
          {
            label: 'End',
            kind: 'action',
            cell: (session) => (
              <EndButton
                view={view}
                wish={{ end: 'session', id: session.id }}
                words={session.id === own ? 'Sign out' : 'End'}
                what={nameOf(session)}
              />
            ),
          },
        ]}
      />
    </Section>
  );
}

function Devices({ view }: { view: View }) {
  const { devices, device: own } = view.signedIn;
  return (
    <Section title="Known devices">
      {devices.length === 0 ? (
        <p>A browser becomes known when you sign in with it and a second factor. There is none yet.</p>
      ) : (
        <>
          <p>
            You signed in with these browsers and a second factor. They are asked for it all the same; but
            nobody else’s wrong codes can get in their way.
          </p>
          <DataTable
            caption="Known devices"
            quietCaption
            rows={devices}
            keyOf={({ id }) => id}
            columns={[
              ...browserColumns<Device>(view.now, { id: own, words: 'this browser' }),
              {
                label: 'Forget',
                kind: 'action',
                cell: (device) => (
                  <EndButton
                    view={view}
                    wish={{ end: 'device', id: device.id }}
                    words="Forget"
                    what={nameOf(device)}
                  />
                ),
              },
            ]}
          />
        </>
      )}
    </Section>
  );
}

function Logins({ view }: { view: View }) {
  const { signedIn, now, context } = view;
  return (
    <Section title="Logins of the command line">
      {signedIn.logins.length === 0 ? (
        <Empty title="No command line is logged in.">
          <CopyLine text={`npm login --registry=${context.publicUrl}/`} />
        </Empty>
      ) : (
        <DataTable
          caption="Logins of the command line"
          quietCaption
          rows={signedIn.logins}
          keyOf={({ key }) => key}
          columns={[
            { label: 'Token', cell: (login) => <LoginName login={login} now={now} /> },
            { label: 'Client', cell: ({ createdAgent }) => browserIn(createdAgent) },
            { label: 'Address', cell: ({ createdAddress }) => place(createdAddress) },
            { label: 'Since', cell: ({ createdAt }) => <Time at={createdAt} now={now} /> },
            { label: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} now={now} /> },
            {
              label: 'End',
              kind: 'action',
              cell: ({ key, prefix }) => (
                <EndButton view={view} wish={{ end: 'login', id: key }} words="End" what={`${prefix}…`} />
              ),
            },
          ]}
        />
      )}
    </Section>
  );
}

function SessionsPage(props: {
  view: View & { readonly failure?: Parameters<typeof Refusal>[0]['view']['failure'] };
  done?: string;
}) {
  const { view, done } = props;
  return (
    <SettingsPage
      context={view.context}
      name={view.name}
      section="sessions"
      title="Sessions"
      notice={done && <Notice kind="success" title={done} />}
    >
      <Refusal view={{ failure: view.failure }} />
      <Lead>
        Where your account is signed in. What you do not know, end; then{' '}
        <a href={`${view.context.prefix}/settings/${view.name}/password`}>change your password</a>.
      </Lead>
      <Sessions view={view} />
      <Devices view={view} />
      <Logins view={view} />
    </SettingsPage>
  );
}

/** What ending led to: how many sessions, and what is still signed in. */
interface Ended {
  readonly count: number;
  readonly left: SignedIn;
}

const others = (count: number): string => {
  if (count === 0) return 'There was no other session';
  return count === 1 ? 'The other session ended' : `${count} other sessions ended`;
};

const said: Readonly<Record<EndWish['end'], (count: number) => string>> = {
  others,
  session: () => 'The session ended',
  device: () => 'The device is forgotten',
  login: () => 'The login ended: its token opens nothing any more',
};

const viewOf = (asked: SiteAsked, context: PageContext, signedIn: SignedIn): View => ({
  context,
  name: ownName(asked),
  now: asked.actor.receivedAt,
  signedIn,
});

/** The page and its buttons: ending asks for no proof, because it gives nobody anything. */
export const sessionRoutes = (settings: SiteSettings): readonly Route[] =>
  form<'account.endSession', SignedIn, EndWish, undefined, Ended>(settings, {
    path: '/settings/:name/sessions',
    action: 'account.endSession',
    target: self,
    seenAs: 'account.sessions',
    read: (tx, { actor }) => readSignedIn(tx, actor),
    show: ({ data, context, failure, asked }) => (
      <SessionsPage view={{ ...viewOf(asked, context, data), failure }} />
    ),
    wish: endIn,
    run: async (tx, permit, wish) => {
      let count = 1;
      if (wish.end === 'others') count = await endOtherSessions(tx, permit);
      else if (wish.end === 'session') await endSession(tx, permit, wish.id);
      else if (wish.end === 'device') await endDevice(tx, permit, wish.id);
      else await endLogin(tx, permit, wish.id);
      return { count, left: await readSignedIn(tx, permit.actor) };
    },
    done: ({ count, left }, asked, context, wish) => {
      if (wish.end === 'session' && wish.id === asked.actor.session) {
        asked.visit.setCookie({ name: 'session', value: null });
        return goTo(settings, '/login');
      }
      return <SessionsPage view={viewOf(asked, context, left)} done={said[wish.end](count)} />;
    },
  });
