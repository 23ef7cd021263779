/** What is refused, by which word, and what the one who asked is told to do about it. */
import { describe, expect, test } from 'vitest';
import { decide, type Facts, wants } from '../../src/policy/decide.ts';
import { type Hold, type HoldReason, sayHeld, sayWhy } from '../../src/policy/hold.ts';
import type { Action } from '../../src/policy/policy.ts';
import { maintainer } from './facts.ts';

type Change = Partial<Facts>;

const stranger = { credential: 'anonymous', account: null } as const;
const secured = { account: { mode: 'auth-and-writes', frozen: false } } as const;
const lax = { account: { mode: 'auth-only', frozen: false } } as const;
const frozen = { account: { mode: 'off', frozen: true } } as const;
const site = { credential: 'browser', passwordProven: false } as const;
const strict = { packageRule: { requiresFactor: true, bypassAllowed: false } } as const;
const bare = { credential: 'password', passwordProven: false } as const;

const hold = (kind: Hold['kind'], reason: HoldReason = 'reset'): Hold => ({
  kind,
  reason,
  since: Date.UTC(2026, 0, 1),
  until: Date.UTC(2026, 0, 4),
});

const decided = (action: Action, change: Change) => decide(action, { ...maintainer, ...change });
const because = (action: Action, change: Change): string => {
  const decision = decided(action, change);
  return decision.verdict === 'refuse' ? decision.because : decision.verdict;
};

describe('a refusal', () => {
  test.each<[string, Action, Change, string]>([
    [
      'an address that the token is not good from',
      'token.list',
      { addressAllowed: false },
      'address_refused',
    ],
    ['a token that only reads', 'token.list', { credential: 'readonly' }, 'token_readonly'],
    ['a frozen account that acts', 'token.list', frozen, 'account_frozen'],
    ['a stranger, where an account is meant', 'token.list', stranger, 'credential_missing'],
    ['a name that nobody has', 'account.login', { ...bare, account: null }, 'credential_missing'],
    ['a stranger who stars', 'package.star', stranger, 'credential_missing'],
    ['a stranger who publishes', 'package.publish', stranger, 'credential_missing'],
    [
      'a stranger who reads, where reading wants an account',
      'package.read',
      { ...stranger, anonymousRead: false },
      'credential_missing',
    ],
    ['a stranger among staff', 'site.changes', stranger, 'credential_missing'],
    [
      'a newcomer, where nobody is let in',
      'account.create',
      { ...stranger, registration: 'closed' },
      'registration_closed',
    ],
    ['who may not know the package', 'package.deprecate', { standing: 'hidden' }, 'package_not_found'],
    [
      'a change to a package that is not there',
      'package.deprecate',
      { standing: 'founder' },
      'package_not_found',
    ],
    ['reading a package that is not there', 'package.read', { standing: 'founder' }, 'package_not_found'],
    ['reading what the token does not cover', 'package.read', { covered: false }, 'package_not_found'],
    ['a wrong password', 'token.create', { passwordProven: false }, 'password_wrong'],
    ['a wrong password, where none is asked of others', 'account.read', bare, 'password_wrong'],
    ['a form without the password', 'token.create', site, 'password_missing'],
    [
      'a token whose codes were guessed at, even with a right one',
      'package.publish',
      { ...secured, tokenSuspended: true, factorProven: true },
      'token_suspended',
    ],
    ['a held account', 'token.create', { hold: hold('full') }, 'account_held'],
    [
      'a wrong password for a held account, which is told to nobody who only claims a name',
      'token.create',
      { ...bare, hold: hold('full') },
      'password_wrong',
    ],
    [
      'a right password for a held account',
      'token.create',
      { ...bare, passwordProven: true, hold: hold('full') },
      'account_held',
    ],
  ])('of %s (%s) is called by its name', (_whom, action, change, expected) => {
    expect(because(action, change)).toBe(expected);
  });

  test.each<[Action, Change, string, string]>([
    [
      'token.list',
      { credential: 'automation' },
      'token_insufficient',
      'An access token that bypasses two-factor authentication publishes, deprecates, unpublishes and tags packages and ' +
        'does nothing else (npm token list): run npm login and do it as yourself.',
    ],
    [
      'token.list',
      { credential: 'granular' },
      'token_insufficient',
      'An access token of this kind cannot do this (npm token list): run npm login and do it as yourself.',
    ],
    [
      'package.publish',
      { credential: 'password' },
      'token_insufficient',
      'This does not take a password: run npm login and use the access token.',
    ],
    ['site.rotateKeyring', {}, 'not_allowed', 'This is done on the console of the server.'],
    ['site.changes', {}, 'not_allowed', 'Only staff accounts of this registry may do this.'],
    [
      'site.changes',
      { staff: true },
      'second_factor_missing',
      'Staff accounts work with two-factor authentication alone: add it, then you may do this.',
    ],
    [
      'site.changes',
      { ...secured, staff: true, covered: false },
      'token_insufficient',
      'An access token that is limited to packages cannot do this.',
    ],
    [
      'package.publish',
      { standing: 'hidden' },
      'not_allowed',
      'You may not publish under this name: its scope belongs to another account.',
    ],
    [
      'package.publish',
      { standing: 'reader' },
      'not_allowed',
      'You are not a maintainer of this package: ask one of them to add you (npm owner ls).',
    ],
    [
      'package.publish',
      { covered: false },
      'token_insufficient',
      'This access token may not change this package: it is limited to other packages, or to reading.',
    ],
    [
      'package.publish',
      strict,
      'second_factor_missing',
      'This package requires two-factor authentication to publish: run npm profile enable-2fa.',
    ],
    [
      'package.publish',
      { ...secured, ...strict, credential: 'automation' },
      'token_insufficient',
      'This package does not take tokens that bypass two-factor authentication.',
    ],
    [
      'hold.endByKey',
      { ...secured, ...site, factorProven: true },
      'not_allowed',
      'This takes a security key that was on the account for at least seven days, and before it was held.',
    ],
    [
      'account.read',
      { ...secured, credential: 'password' },
      'not_allowed',
      'Where two-factor authentication is on, a password alone does not read the profile: run npm login and use the ' +
        'access token.',
    ],
  ])('of %s with %j says what to do', (action, change, code, reason) => {
    expect(decided(action, change)).toStrictEqual({ verdict: 'refuse', because: code, reason });
  });

  test.each(['site.audit', 'account.packages', 'account.stars'] as const)(
    'of %s comes to strangers alone, where reading wants an account',
    (action) => {
      expect(because(action, { ...stranger, anonymousRead: false })).toBe('credential_missing');
      expect(because(action, stranger)).toBe('admit');
      expect(because(action, { anonymousRead: false })).toBe('admit');
    },
  );

  test('that needs no explanation has none', () => {
    expect(decided('token.list', stranger)).toStrictEqual({
      verdict: 'refuse',
      because: 'credential_missing',
    });
  });
});

describe('nothing stands in the way of', () => {
  test.each<[string, Action, Change]>([
    ['who asks whether the registry is there, from anywhere', 'site.read', { addressAllowed: false }],
    ['the same, with a wrong password', 'site.read', bare],
    [
      'who begins to show a key, from anywhere',
      'factor.beginCeremony',
      { credential: 'browser', addressAllowed: false },
    ],
    ['a frozen account that reads', 'package.read', frozen],
    ['a frozen account that searches', 'site.search', frozen],
    ['a frozen account that gives its token up', 'token.revokeHeld', frozen],
    [
      'a newcomer with an invitation',
      'account.create',
      { ...stranger, registration: 'invite', invited: true },
    ],
    ['who gives life to a new name', 'package.publish', { standing: 'founder' }],
    ['a reader', 'package.read', { standing: 'reader' }],
    ['reading what asks a factor to be changed', 'package.read', strict],
    ['a tag that is not latest on a package that asks a factor', 'package.tag', strict],
    ['a change of the profile, whatever some package asks', 'account.update', strict],
    ['a login that lists its tokens without a password', 'token.list', { passwordProven: false }],
    ['the console', 'site.rotateKeyring', { credential: 'console', account: null }],
    ['the console, without any factor', 'token.resume', { ...secured, credential: 'console' }],
  ])('%s', (_who, action, change) => {
    expect(decided(action, change)).toStrictEqual({ verdict: 'admit' });
  });
});

describe('a form of the website', () => {
  const nothing = { password: false, factor: false };
  const asksFactor = { password: false, factor: true };
  const asksPassword = { password: true, factor: false };
  const asksBoth = { password: true, factor: true };

  test.each<[string, Action, Change, object]>([
    ['nothing of who only looks', 'token.list', {}, nothing],
    ['nothing of who only looks, with a second factor', 'token.list', secured, nothing],
    ['the password, where there is no second factor', 'token.create', {}, asksPassword],
    ['the password for whatever a factor would be asked for', 'account.update', {}, asksPassword],
    ['no password within five minutes of the last', 'token.create', { passwordFresh: true }, nothing],
    ['the password for a new one, however fresh', 'account.password', { passwordFresh: true }, asksPassword],
    ['no password twice', 'token.create', { passwordProven: true }, nothing],
    ['the factor in place of the password', 'token.create', secured, asksFactor],
    ['the factor for package writes even in auth-only', 'package.publish', lax, asksFactor],
    ['no factor within five minutes of the last', 'token.create', { ...secured, factorFresh: true }, nothing],
    ['both for a new password', 'account.password', { ...secured, factorFresh: true }, asksBoth],
    ['the factor alone to freeze somebody', 'staff.freeze', { ...secured, factorFresh: true }, asksFactor],
    ['no factor twice', 'token.create', { ...secured, factorProven: true }, nothing],
    ['nothing of strangers', 'token.create', stranger, nothing],
  ])('wants %s', (_what, action, change, expected) => {
    expect(wants(action, { ...maintainer, ...site, ...change })).toStrictEqual(expected);
  });

  test.each<[string, Action, Change, object]>([
    ['the password of who makes a token', 'token.create', {}, asksPassword],
    ['no password of who ends one', 'token.revoke', {}, nothing],
    ['both of who signs in', 'account.login', { ...secured, credential: 'password' }, asksBoth],
    ['no password of who asks whether it is there', 'site.read', { credential: 'password' }, nothing],
  ])('is no different on the command line: it wants %s', (_what, action, change, expected) => {
    expect(wants(action, { ...maintainer, passwordProven: false, ...change })).toStrictEqual(expected);
  });
});

describe('who is held', () => {
  const reasons = [
    ['recovery-code', 'a recovery code was used to remove or replace its second factor'],
    ['reset', 'the people who run this registry removed its second factor'],
    ['support', 'support gave it back to its owner'],
    ['email', 'its email address was changed'],
  ] as const;

  test.each(reasons)('because of %s is told why, until when, and what goes on', (reason, why) => {
    expect(sayWhy(reason)).toBe(why);
    expect(sayHeld(hold('full', reason))).toContain(
      `Until 2026-01-04T00:00:00.000Z this account publishes and changes nothing, because ${why}. Reading, revoking tokens ` +
        'and turning two-factor authentication on go on.',
    );
    expect(sayHeld(hold('widening', reason))).toContain(
      'Until 2026-01-04T00:00:00.000Z this account creates no tokens and changes no maintainers, no email address and no ' +
        `second factor, because ${why}. Everything else goes on.`,
    );
  });
});
