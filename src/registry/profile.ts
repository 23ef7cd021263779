/** The profile and the second factor as `npm profile` speaks of them: `/-/npm/v1/user` (protocol/auth.md §6). */
import { z } from 'zod';
import {
  type Account,
  changePassword,
  checkProfileChange,
  findAccount,
  type ProfileChange,
  updateProfile,
} from '../accounts/accounts.ts';
import type { AccountPreparing } from '../accounts/preparing.ts';
import {
  confirmFactor,
  disableFactor,
  enableFactor,
  readSecondFactor,
  type SecondFactor,
} from '../factors/enrol.ts';
import { type Asked, actOf, choice, type Reply, type Route, reading } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import { describeBeginning, describeFactor, type FactorWish, readFactorWish } from './factors.ts';
import { noStore } from './no-store.ts';

/** What the routes of the profile need. */
export interface ProfileParts {
  readonly preparing: AccountPreparing;
  /** The name under which an authenticator app files the secret. */
  readonly issuer: string;
  /** How many steps of 30 s before and after now a code counts. */
  readonly totpTolerance: 0 | 1;
}

const textOrNull = z.string().nullish();

/**
 * Npm sends every field that it knows with its present value, null where there is none; pnpm sends empty texts
 * (npm's lib/commands/profile.js). Unknown fields are refused.
 */
const profileBody = z.strictObject({
  email: textOrNull,
  password: z
    .union([z.strictObject({ old: z.string(), new: z.string() }), z.literal('')], 'must be {"old", "new"}')
    .nullish(),
  fullname: textOrNull,
  homepage: textOrNull,
  github: textOrNull,
  twitter: textOrNull,
  freenode: textOrNull,
  tfa: z.unknown().optional(),
});

const given = <T>(value: T | null | undefined | ''): value is T =>
  value !== null && value !== undefined && value !== '';

/** What the body changes: an absent field, and an address that is null or empty, stays. */
function changeOf({
  email,
  password: _password,
  tfa: _tfa,
  ...texts
}: z.infer<typeof profileBody>): ProfileChange {
  const change: ProfileChange = given(email) ? { email } : {};
  for (const [key, text] of Object.entries(texts)) {
    if (text !== undefined) change[key as keyof typeof texts] = text;
  }
  return change;
}

/** A body after reading: the one thing that it asks for. */
const wish = profileBody.transform((body) => ({
  factor: readFactorWish(body.tfa),
  password: given(body.password) ? body.password : undefined,
  change: changeOf(body),
}));
type ProfileWish = z.infer<typeof wish>;

const asInstant = (instant: number): string => new Date(instant).toISOString();

function present(account: Account, factor: SecondFactor | null) {
  return {
    tfa: describeFactor(factor),
    name: account.name,
    email: account.email,
    email_verified: account.emailVerified,
    created: asInstant(account.createdAt),
    updated: asInstant(account.updatedAt),
    cidr_whitelist: null,
    fullname: account.fullname,
    homepage: account.homepage,
    github: account.github,
    twitter: account.twitter,
    freenode: account.freenode,
  };
}

const nameOf = ({ actor }: Asked<unknown>): string => actor.account?.name ?? actor.claim?.name ?? '';
const self = (asked: Asked<unknown>) => ({ on: 'account', name: nameOf(asked) }) as const;
const answer = (body: object): Reply => ({ headers: noStore, body });

type Tx = Parameters<typeof readSecondFactor>[0];

async function readProfile(tx: Tx, name: string) {
  const account = (await findAccount(tx, name)) ?? fail('credential_invalid');
  return present(account, await readSecondFactor(tx, account.id));
}

const readRoute = reading({
  action: 'account.read',
  path: '/-/npm/v1/user',
  target: self,
  read: async (tx, asked) => answer(await readProfile(tx, nameOf(asked))),
});

/** The part of a body that its action is about; `pick` has seen that it is there. */
function factorWishOf<K extends FactorWish['act']>(
  { body }: Asked<ProfileWish>,
  act: K,
): FactorWish & { act: K } {
  const { factor } = body;
  if (factor?.act !== act) return fail('request_invalid', { reason: '"tfa" is needed.' });
  return factor as FactorWish & { act: K };
}

/** With Basic authorization the gate proves that password; one in the body must not be another. */
function checkSamePassword({ actor }: Asked<unknown>, password: string | undefined): void {
  if (actor.claim !== null && password !== undefined && actor.claim.password !== password)
    fail('password_wrong');
}

/** Pure: which action a body is. One that asks for two things at once is refused. */
function pickAction({ factor, password, change }: ProfileWish) {
  if (factor === undefined) return password === undefined ? 'account.update' : 'account.password';
  if (password !== undefined || Object.values(change).some(given)) {
    fail('request_invalid', {
      reason: '"tfa" goes alone: change the rest of the profile by another request.',
    });
  }
  const actions = { enable: 'factor.enable', confirm: 'factor.confirm', disable: 'factor.disable' } as const;
  return actions[factor.act];
}

const writeRoute = ({ preparing, issuer, totpTolerance }: ProfileParts): Route =>
  choice({
    method: 'POST',
    path: '/-/npm/v1/user',
    input: wish,
    first: { action: 'account.update', target: self },
    pick: pickAction,
    oneOf: {
      'account.update': actOf('account.update', {
        target: self,
        prepare: async ({ body }: Asked<ProfileWish>) => checkProfileChange(body.change),
        run: async (tx, permit, asked) => {
          await updateProfile(tx, permit, asked.body.change);
          return readProfile(tx, nameOf(asked));
        },
        reply: answer,
      }),
      'account.password': actOf('account.password', {
        target: self,
        password: ({ body }: Asked<ProfileWish>) => body.password?.old,
        prepare: async (asked) => {
          checkSamePassword(asked, asked.body.password?.old);
          checkProfileChange(asked.body.change);
          return preparing.newPassword(nameOf(asked), asked.body.password?.new ?? '');
        },
        run: async (tx, permit, asked, ready) => {
          await changePassword(tx, permit, ready);
          await updateProfile(tx, permit, asked.body.change);
          return readProfile(tx, nameOf(asked));
        },
        reply: answer,
      }),
      'factor.enable': actOf('factor.enable', {
        target: self,
        password: (asked: Asked<ProfileWish>) => factorWishOf(asked, 'enable').password,
        prepare: async (asked) => checkSamePassword(asked, factorWishOf(asked, 'enable').password),
        run: async (tx, permit, asked) => {
          const { mode } = factorWishOf(asked, 'enable');
          const beginning = await enableFactor(tx, permit, { mode, issuer });
          return { profile: await readProfile(tx, nameOf(asked)), beginning };
        },
        reply: ({ profile, beginning }, { actor }) =>
          answer({ ...profile, tfa: describeBeginning(beginning, actor.userAgent) }),
      }),
      'factor.confirm': actOf('factor.confirm', {
        target: self,
        guess: (asked: Asked<ProfileWish>) => factorWishOf(asked, 'confirm').code,
        run: async (tx, permit, asked) => {
          const { code } = factorWishOf(asked, 'confirm');
          const codes = await confirmFactor(tx, permit, { code, tolerance: totpTolerance });
          return { ...(await readProfile(tx, nameOf(asked))), tfa: codes };
        },
        reply: answer,
      }),
      'factor.disable': actOf('factor.disable', {
        target: self,
        password: (asked: Asked<ProfileWish>) => factorWishOf(asked, 'disable').password,
        prepare: async (asked) => checkSamePassword(asked, factorWishOf(asked, 'disable').password),
        run: async (tx, permit, asked) => {
          await disableFactor(tx, permit);
          return readProfile(tx, nameOf(asked));
        },
        reply: answer,
      }),
    },
  });

/** `GET` and `POST /-/npm/v1/user`. */
export const profileRoutes = (parts: ProfileParts): readonly Route[] => [readRoute, writeRoute(parts)];
