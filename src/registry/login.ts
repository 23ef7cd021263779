/** Signing in, signing up and logging out as npm does it without a browser (protocol/auth.md §5.2, §5.3). */
import { z } from 'zod';
import { createAccount } from '../accounts/accounts.ts';
import { askNewcomer } from '../accounts/email-confirmation.ts';
import { checkName } from '../accounts/names.ts';
import type { AccountPreparing } from '../accounts/preparing.ts';
import { type Asked, actOf, choice, type Reply, type Route, route } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import type { TokenRules } from '../tokens/life.ts';
import type { NewToken } from '../tokens/token.ts';
import { revokeHeldToken, signIn } from '../tokens/tokens.ts';
import { noStore } from './no-store.ts';

/** What the routes of sign-in need. */
export interface LoginParts {
  readonly preparing: AccountPreparing;
  readonly tokenRules: TokenRules;
  readonly registration: 'open' | 'invite' | 'closed';
}

const prefix = 'org.couchdb.user:';

/** The name in `org.couchdb.user:NAME`, the last segment of npm's paths of users. */
export function userOf({ params }: Pick<Asked<unknown>, 'params'>): string {
  const id = params.id ?? '';
  return id.startsWith(prefix) ? id.slice(prefix.length) : fail('not_found');
}

/** What clients send; most of it is CouchDB's and means nothing here (npm-profile `loginCouch`, `adduserCouch`). */
const loginBody = z.looseObject({
  _id: z.string().optional(),
  name: z.string(),
  password: z.string().min(1, 'a password is needed'),
  email: z.string().nullish(),
});
type LoginBody = z.infer<typeof loginBody>;

const emailOf = (body: LoginBody): string | undefined =>
  typeof body.email === 'string' && body.email !== '' ? body.email : undefined;

function checkAgreement(name: string, body: LoginBody): void {
  checkName(name);
  if (body.name !== name || (body._id !== undefined && body._id !== `${prefix}${name}`)) {
    fail('request_invalid', { reason: 'The username in the request body must be the one in its path.' });
  }
}

const guarded = (until: Instant): string =>
  `You were not seen in this network before: until ${new Date(until).toISOString()} whatever this login publishes or ` +
  'changes asks for another code. Signing in on the website from here makes the network known.';

/** `ok` is for yarn 1, `token` for everybody. */
const welcome = (asked: Asked<unknown>, { token, guardedUntil }: NewToken): Reply => ({
  status: 201,
  headers: { ...noStore, ...(guardedUntil === null ? {} : { 'npm-notice': guarded(guardedUntil) }) },
  body: { ok: true, id: `${prefix}${userOf(asked)}`, rev: '_we_dont_use_revs_any_more', token },
});

const targetOf = (asked: Asked<unknown>) => ({ on: 'account', name: userOf(asked) }) as const;

function signInRoute({ preparing, tokenRules, registration }: LoginParts): Route {
  return choice({
    method: 'PUT',
    path: '/-/user/:id',
    input: loginBody,
    ignoresCredential: true,
    pick: async (body, asked) => {
      const name = userOf(asked);
      checkAgreement(name, body);
      // Where nobody can sign up, an unknown name looks like a wrong password (RL9).
      if (registration !== 'open' || (await preparing.isAccount(name))) return 'account.login';
      if (emailOf(body) === undefined) fail('account_unknown', { name });
      return 'account.create';
    },
    oneOf: {
      'account.login': actOf('account.login', {
        target: targetOf,
        claim: (asked: Asked<LoginBody>) => ({ name: asked.body.name, password: asked.body.password }),
        run: (tx, permit) => signIn(tx, permit, permit.account ?? fail('password_wrong'), tokenRules),
        reply: (login, asked) => welcome(asked, login),
      }),
      'account.create': actOf('account.create', {
        target: targetOf,
        prepare: ({ body, actor }: Asked<LoginBody>) => {
          const { name, password } = body;
          return preparing.signUp({ name, password, email: emailOf(body) ?? '' }, actor.address);
        },
        run: async (tx, permit, _asked, ready) => {
          const account = await createAccount(tx, permit, ready);
          await askNewcomer(tx, permit, account);
          return signIn(tx, permit, account, tokenRules);
        },
        reply: (login, asked) => welcome(asked, login),
      }),
    },
  });
}

/**
 * `npm logout`. The bearer is the token itself, and may be dead: a client that cannot log out keeps a dead token in its
 * settings for ever.
 */
const logoutRoute = route({
  action: 'token.revokeHeld',
  method: 'DELETE',
  path: '/-/user/token/:token',
  target: ({ actor }) => ({ on: 'account', name: actor.account?.name ?? '' }),
  run: async (tx, permit, { params, headers }) => {
    const token = params.token ?? '';
    const known = await revokeHeldToken(tx, permit, token);
    if (!known && headers.authorization !== `Bearer ${token}`) fail('not_found');
  },
  reply: () => ({ headers: noStore, body: { ok: true } }),
});

export const loginRoutes = (parts: LoginParts): readonly Route[] => [signInRoute(parts), logoutRoute];
