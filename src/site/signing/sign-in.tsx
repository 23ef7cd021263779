/** Signing in with a password, and the second step (contract.md, pages; requirements SE1). */
import { beginHalfway, type SessionRules, startSession } from '../../accounts/sessions.ts';
import { finishSignIn, waitingLife } from '../../accounts/waiting-sign-ins.ts';
import type { FactorKinds } from '../../factors/overview.ts';
import type { Gate } from '../../gate/gate.ts';
import type { Fields } from '../../http/form-body.ts';
import type { Reply, Route } from '../../http/route.ts';
import { fail, isFailure } from '../../kernel/failure.ts';
import type { Actor } from '../../policy/actor.ts';
import { KeyButton } from '../keys/parts.tsx';
import { readNext, withNext } from '../next-path.ts';
import { codeIn, goTo, type SiteAsked, type SiteSettings } from '../page.tsx';
import { CodeField, PasswordField, TextField } from '../parts/fields.tsx';
import { Actions, Button, Form, HiddenField } from '../parts/form.tsx';
import { Link } from '../parts/link.tsx';
import { Notice } from '../parts/notices.tsx';
import { Page } from '../parts/page.tsx';
import { byRecoveryCode, Refusal } from '../proofs.tsx';
import { waitingPath } from './confirm-sign-in.tsx';
import { type EntranceView, entrance } from './entrance.ts';
import { signOutRoutes } from './sign-out.tsx';
import { keepSignedIn, start } from './signed-in.ts';

/** What signing in needs of the application. */
export interface SigningParts {
  readonly settings: SiteSettings;
  readonly sessionRules: SessionRules;
  readonly registration: 'open' | 'invite' | 'closed';
  /** The account's name for a name or e-mail address as it was typed; the text itself where there is none. */
  readonly nameBehind: (typed: string) => Promise<string>;
  /** Whether an account of the name has a second factor. */
  readonly hasFactor: (name: string) => Promise<boolean>;
  /** Reserves one of the tries of a sign-in that is halfway. Fails with `session_ended`. */
  readonly reserveTry: (session: string) => Promise<void>;
  /** Which kinds of factor the account of an id has. */
  readonly kindsOf: (account: string) => Promise<FactorKinds>;
}

const halfwayLife = 10 * 60_000;

const nextOf = (values: Fields): string => readNext(values.next, '');

/** Who is signed in already needs no form for it. */
const passBy = (settings: SiteSettings) => (asked: SiteAsked) =>
  asked.actor.account ? goTo(settings, readNext(asked.query.next, start)) : undefined;

function NextField({ values }: { readonly values: Fields }) {
  const next = nextOf(values);
  return next === '' ? null : <HiddenField name="next" value={next} />;
}

/** Where a second step goes that came too late or was guessed at too often. */
const overPath = (next: string): string =>
  `${withNext('/login', next)}${next === '' ? '?' : '&'}over=second-step`;

const signInPage =
  ({ registration, settings }: SigningParts) =>
  (view: EntranceView) => (
    <Page context={view.context} title="Sign in" width="narrow">
      <Refusal view={view} />
      {view.values.over === 'second-step' && (
        <Notice kind="warning" title="That sign-in is over">
          <p>
            It took five codes, or ten minutes. Sign in again; after five wrong codes wait ten minutes first,
            or use a security key.
          </p>
        </Notice>
      )}
      <Form context={view.context} action="/login">
        <NextField values={view.values} />
        <TextField
          label="Username or email"
          name="username"
          value={view.values.username}
          autoComplete={settings.keys ? 'username webauthn' : 'username'}
          required
          exact
        />
        <PasswordField purpose="current" />
        <Actions>
          <Button kind="primary">Sign in</Button>
        </Actions>
        {settings.keys && (
          <KeyButton context={view.context} purpose="sign-in">
            Sign in with a passkey
          </KeyButton>
        )}
      </Form>
      {registration === 'open' && (
        <p>
          No account yet?{' '}
          <Link context={view.context} href={withNext('/signup', nextOf(view.values))}>
            Sign up
          </Link>
        </p>
      )}
    </Page>
  );

/** A stranger who claims a name: what a sign-in is judged by. */
function claimant(asked: SiteAsked, name: string, password: string): Actor {
  return {
    ...asked.actor,
    credential: 'password',
    account: null,
    session: null,
    claim: { name, password },
  };
}

/** A passkey that verifies its user is two factors in one (WA7): no password, and the key tells whose it is. */
async function signInByPasskey(
  { settings, sessionRules: rules }: SigningParts,
  gate: Gate,
  asked: SiteAsked,
  fields: Fields,
): Promise<Reply> {
  const desk = settings.keys ?? fail('key_refused');
  const key = await desk.takeSignIn(asked, fields.key ?? '');
  const { account } = key;
  const signedIn = await gate.perform(
    { ...asked.actor, credential: 'halfway', account, session: null },
    {
      action: 'account.finishSignIn',
      target: { on: 'account', name: account.name },
      prepare: async () => undefined,
      key: async () => key,
      work: (tx, permit) => {
        // Where the account has just lost its factors nothing was asked, and nothing stands for the password either.
        if (permit.factor !== 'security-key') fail('key_refused');
        return startSession(tx, permit, { account, rules });
      },
    },
  );
  keepSignedIn(asked.visit, signedIn, rules);
  return goTo(settings, readNext(fields.next, start));
}

const signInRoutes = (parts: SigningParts): readonly Route[] =>
  entrance(parts.settings, {
    path: '/login',
    actions: ['account.signIn', 'account.halfSignIn'],
    passBy: passBy(parts.settings),
    show: signInPage(parts),
    act: async (gate, asked, fields): Promise<Reply> => {
      const { settings, sessionRules: rules } = parts;
      if (fields.key) return signInByPasskey(parts, gate, asked, fields);
      const name = await parts.nameBehind(fields.username ?? '');
      const actor = claimant(asked, name, fields.password ?? '');
      const target = { on: 'account', name } as const;
      const prepare = async (): Promise<void> => undefined;
      if (await parts.hasFactor(name)) {
        const value = await gate.perform(actor, {
          action: 'account.halfSignIn',
          target,
          prepare,
          work: (tx, permit) => beginHalfway(tx, permit),
        });
        asked.visit.setCookie({ name: 'halfway', value, life: halfwayLife });
        return goTo(settings, withNext('/login/second-step', nextOf(fields)));
      }
      const signedIn = await gate.perform(actor, {
        action: 'account.signIn',
        target,
        prepare,
        work: (tx, permit) =>
          startSession(tx, permit, { account: permit.account ?? fail('password_wrong'), rules }),
      });
      keepSignedIn(asked.visit, signedIn, rules);
      return goTo(settings, readNext(fields.next, start));
    },
  });

/** The way in by a key; the first one where the account has no app. */
const KeyWay = ({ view }: { readonly view: EntranceView }) =>
  view.kinds.keys ? (
    <Form context={view.context} action="/login/second-step" label="Security key">
      <NextField values={view.values} />
      <KeyButton context={view.context} purpose="second-factor" primary={!view.kinds.app}>
        Use a security key
      </KeyButton>
    </Form>
  ) : null;

const secondStepPage = (view: EntranceView) => (
  <Page context={view.context} title="Two-factor authentication" width="narrow">
    <Refusal view={view} />
    {!view.kinds.app && <KeyWay view={view} />}
    <Form context={view.context} action="/login/second-step" label="Code">
      <NextField values={view.values} />
      {byRecoveryCode(view) && <HiddenField name="with" value="recovery-code" />}
      {byRecoveryCode(view) ? (
        <CodeField
          label="Recovery code"
          help="One of your codes of sixteen digits. Each works once."
          autoFocus
        />
      ) : (
        <CodeField help="Six digits from your authentication app." autoFocus />
      )}
      <Actions>
        <Button kind={view.kinds.app ? 'primary' : 'secondary'}>Verify</Button>
      </Actions>
    </Form>
    {view.kinds.app && <KeyWay view={view} />}
    {!byRecoveryCode(view) && (
      <p>
        <Link
          context={view.context}
          href={`/login/second-step?with=recovery-code${
            nextOf(view.values) === '' ? '' : `&next=${encodeURIComponent(nextOf(view.values))}`
          }`}
        >
          Lost access to your two-factor authentication app? Use a recovery code
        </Link>
      </p>
    )}
  </Page>
);

async function takeSecondStep(
  parts: SigningParts,
  gate: Gate,
  asked: SiteAsked,
  fields: Fields,
): Promise<Reply> {
  const { settings, sessionRules: rules } = parts;
  const halfway = asked.visit.halfway ?? fail('session_ended');
  const account = halfway.account ?? fail('session_ended');
  const code = codeIn(fields);
  const { key: answer } = fields;
  const desk = settings.keys;
  if (code !== null) await parts.reserveTry(halfway.session ?? '');
  const { visit } = asked;
  const ended = await gate.perform(
    { ...halfway, code },
    {
      action: 'account.finishSignIn',
      target: { on: 'account', name: account.name },
      prepare: async () => undefined,
      key: answer && desk ? () => desk.takeSecondFactor(asked, answer) : undefined,
      work: (tx, permit) =>
        finishSignIn(tx, permit, { account, rules, next: nextOf(fields), waiting: visit.waiting }),
    },
  );
  if ('browser' in ended) {
    visit.setCookie({ name: 'waiting', value: ended.browser, life: waitingLife });
    visit.setCookie({ name: 'halfway', value: null });
    return goTo(settings, waitingPath);
  }
  keepSignedIn(visit, ended, rules);
  return goTo(settings, readNext(fields.next, start));
}

const secondStepRoutes = (parts: SigningParts): readonly Route[] =>
  entrance(parts.settings, {
    path: '/login/second-step',
    actions: ['account.finishSignIn'],
    passBy: (asked) =>
      passBy(parts.settings)(asked) ?? (asked.visit.halfway ? undefined : goTo(parts.settings, '/login')),
    kindsOf: async ({ visit }) => {
      const kinds = await parts.kindsOf(visit.halfway?.account?.id ?? '');
      return { ...kinds, keys: kinds.keys && parts.settings.keys !== null };
    },
    show: secondStepPage,
    act: async (gate, asked, fields): Promise<Reply> => {
      try {
        return await takeSecondStep(parts, gate, asked, fields);
      } catch (failure) {
        if (!isFailure(failure, 'session_ended')) throw failure;
        return goTo(parts.settings, overPath(nextOf(fields)));
      }
    },
  });

export const signInAndOutRoutes = (parts: SigningParts): readonly Route[] => [
  ...signInRoutes(parts),
  ...secondStepRoutes(parts),
  ...signOutRoutes(parts.settings),
];
