/** Access tokens as `npm token` speaks of them (protocol/auth.md §7). */
import { type Asked, actOf, choice, type Route, reading, route } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import { isTokenShaped } from '../kernel/secrets.ts';
import type { Grants, Permission } from '../policy/grants.ts';
import type { TokenRules } from '../tokens/life.ts';
import type { Token } from '../tokens/token.ts';
import { createToken, listTokens, prepareToken, revokeHeldToken, revokeToken } from '../tokens/tokens.ts';
import { noStore } from './no-store.ts';
import { isGiven, type TokenBody, tokenBody, wishOf } from './token-wish.ts';

const asInstant = (instant: number): string => new Date(instant).toISOString();

/** What a limited token is limited to: the OpenAPI's lists, and the fields with which it was asked for. */
const presentGrants = (grants: Grants) => ({
  packages_all: grants.all,
  packages_and_scopes_permission: grants.permission,
  orgs_permission: grants.organisationsPermission,
  permissions: [
    { name: 'package', action: actionOf[grants.permission] },
    { name: 'org', action: actionOf[grants.organisationsPermission] },
  ],
  scopes: [
    ...(grants.all ? ['*'] : grants.packages).map((name) => ({ type: 'package', name })),
    ...grants.scopes.map((name) => ({ type: 'scope', name })),
    ...grants.organisations.map((name) => ({ type: 'org', name })),
  ],
});

const actionOf: Readonly<Record<Permission, string>> = {
  'no-access': 'none',
  'read-only': 'read',
  'read-write-stage-only': 'stage',
  'read-write': 'write',
};

const isReadOnly = ({ kind, grants }: Token): boolean =>
  grants === null ? kind === 'readonly' : !grants.permission.startsWith('read-write');

/** Both npm's and the OpenAPI's names; `null`, never `[]`, for no ranges: npm would print a dangling line. */
function present(token: Token, shown: string) {
  const expires = token.expiresAt === null ? null : asInstant(token.expiresAt);
  return {
    key: token.key,
    token: shown,
    name: token.name,
    description: token.description,
    token_description: token.description,
    readonly: isReadOnly(token),
    cidr_whitelist: token.ranges,
    cidr: token.ranges,
    created: asInstant(token.createdAt),
    updated: asInstant(token.updatedAt),
    accessed: token.lastUsedAt === null ? null : asInstant(token.lastUsedAt),
    expires,
    expiry: expires,
    revoked: null,
    bypass_2fa: token.kind === 'automation',
    ...(token.grants === null ? {} : presentGrants(token.grants)),
  };
}

/**
 * Npm's `profile enable-2fa` with a password in its settings first makes a token, saves it in the password's place and,
 * before version 11.4, goes on with it (npm's lib/commands/profile.js): that is signing in. Only the command tells it
 * from a `token create`; npm 6 names its command in `referer`.
 */
const isSignIn = ({ actor, headers, body }: Asked<TokenBody>): boolean =>
  actor.credential === 'password' &&
  // Npm sends these three alone and wishes for nothing narrower; whoever does is not made a wider token.
  Object.entries(body).every(([field, value]) => field === 'password' || !isGiven(value)) &&
  (headers['npm-command'] === 'profile' || /^profile\b/.test(headers.referer ?? ''));

const self = ({ actor }: Asked<unknown>) =>
  ({ on: 'account', name: actor.account?.name ?? actor.claim?.name ?? '' }) as const;

const createRoute = (rules: TokenRules): Route =>
  route({
    action: 'token.create',
    method: 'POST',
    path: '/-/npm/v1/tokens',
    input: tokenBody,
    target: self,
    password: ({ body }) => body.password,
    prepare: async (asked) => {
      const { body, actor } = asked;
      // With Basic authorization the gate has proven that password; npm sends the same one twice.
      if (actor.claim !== null && actor.claim.password !== body.password) fail('password_wrong');
      const wish = wishOf(body);
      return prepareToken(isSignIn(asked) ? { ...wish, kind: 'session' } : wish, rules);
    },
    run: (tx, permit, _asked, ready) => createToken(tx, permit, ready, rules),
    reply: (created) => ({ status: 201, headers: noStore, body: present(created, created.token) }),
  });

const most = 100;

function readCount(text: string | undefined, field: string, least: number, fallback: number): number {
  if (text === undefined || text === '') return fallback;
  const count = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= least)) {
    fail('request_invalid', { reason: `The parameter "${field}" is a whole number from ${least} on.` });
  }
  return count;
}

/** A relative `next` is taken as below the registry's URL, whatever path that has (npm-registry-fetch). */
const listRoute = reading({
  action: 'token.list',
  path: '/-/npm/v1/tokens',
  target: self,
  read: async (tx, { actor, query }) => {
    const account = actor.account ?? fail('credential_missing');
    const page = readCount(query.page, 'page', 0, 0);
    const perPage = Math.min(readCount(query.perPage, 'perPage', 1, 10), most);
    const { tokens, total } = await listTokens(tx, account.id, { page, perPage });
    const next = (page + 1) * perPage < total;
    return {
      headers: noStore,
      body: {
        objects: tokens.map((token) => present(token, token.prefix)),
        total,
        urls: next ? { next: `/-/npm/v1/tokens?page=${page + 1}&perPage=${perPage}` } : {},
      },
    };
  },
});

const gone = { status: 204, headers: noStore } as const;

/** By key it is one's own list that shrinks and asks for a code; by the token itself it is whoever holds it. */
const revokeRoute = choice({
  method: 'DELETE',
  path: '/-/npm/v1/tokens/token/:token',
  pick: (_body, { params }) => (isTokenShaped(params.token ?? '') ? 'token.revokeHeld' : 'token.revoke'),
  oneOf: {
    'token.revoke': actOf('token.revoke', {
      target: self,
      run: (tx, permit, { params }) => revokeToken(tx, permit, params.token ?? ''),
      reply: () => gone,
    }),
    'token.revokeHeld': actOf('token.revokeHeld', {
      target: self,
      run: async (tx, permit, { params }) => {
        if (!(await revokeHeldToken(tx, permit, params.token ?? ''))) fail('not_found');
      },
      reply: () => gone,
    }),
  },
});

export const tokenRoutes = (rules: TokenRules): readonly Route[] => [
  createRoute(rules),
  listRoute,
  revokeRoute,
];
