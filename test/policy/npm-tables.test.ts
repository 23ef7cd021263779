import { describe, expect, test } from 'vitest';
import { decide, type Facts, type Mode } from '../../src/policy/decide.ts';
import { coversPackage, coversSite, noGrants, permissions } from '../../src/policy/grants.ts';
import { type Action, actions } from '../../src/policy/policy.ts';
import { needOf } from '../../src/policy/traits.ts';
import { maintainer } from './facts.ts';

/**
 * npm's two published tables ("About two-factor authentication": *authorization and writes*, *authorization only*) and
 * protocol/auth.md §13, written down by hand: which action asks in which mode. Not derived from the policy.
 */
const published: readonly (readonly [string, Action, authOnly: boolean, authAndWrites: boolean])[] = [
  ['npm login', 'account.login', true, true],
  ['npm profile set', 'account.update', true, true],
  ['npm profile set password', 'account.password', true, true],
  ['npm profile enable-2fa (change of mode)', 'factor.enable', true, true],
  ['npm profile disable-2fa', 'factor.disable', true, true],
  ['npm token create', 'token.create', true, true],
  ['npm token revoke <id>', 'token.revoke', true, true],
  ['npm publish', 'package.publish', false, true],
  ['npm unpublish', 'package.unpublish', false, true],
  ['npm deprecate', 'package.deprecate', false, true],
  ['npm dist-tag add <package> latest', 'package.tagLatest', false, true],
  ['npm access public, restricted', 'package.access', false, true],
  ['npm access 2fa-required, 2fa-not-required', 'package.require2fa', false, true],
  ['npm owner add, npm owner rm', 'package.owners', false, true],
  // The exceptions of requirements MD1, and what no client can answer a challenge to.
  ['npm dist-tag add <package> beta', 'package.tag', false, false],
  ['npm star, npm unstar', 'package.star', false, false],
  ['npm logout, npm token revoke <token>', 'token.revokeHeld', false, false],
  ['npm token list', 'token.list', false, false],
  ['npm whoami, npm profile get', 'account.read', false, false],
  ['npm install', 'package.read', false, false],
  ['npm search', 'site.search', false, false],
];

const asked = (action: Action, mode: Mode, change: Partial<Facts> = {}): string => {
  const credential = action === 'account.login' ? 'password' : 'session';
  return decide(action, { ...maintainer, credential, account: { mode, frozen: false }, ...change }).verdict;
};

describe("npm's published tables", () => {
  test.each(published)(
    '%s (%s) asks for the factor exactly in the modes that npm documents',
    (_command, action, authOnly, authAndWrites) => {
      expect([asked(action, 'off'), asked(action, 'auth-only'), asked(action, 'auth-and-writes')]).toEqual([
        'admit',
        authOnly ? 'challenge' : 'admit',
        authAndWrites ? 'challenge' : 'admit',
      ]);
    },
  );

  /** What each kind of token may do in `auth-and-writes`: a = admitted, c = challenged, - = refused. */
  const kinds = [
    'session',
    'publish',
    'readonly',
    'automation',
    'granular',
    'password',
    'anonymous',
  ] as const;
  const matrix: readonly (readonly [Action, string])[] = [
    ['site.read', 'aaaaaaa'],
    ['site.search', 'aaaaa-a'],
    ['site.downloads', 'aaaaa-a'],
    ['site.changes', '-------'],
    ['site.metrics', 'aaaaaaa'],
    ['site.audit', 'aaaaa-a'],
    ['site.rotateKeyring', '-------'],
    ['site.rotateSigningKey', '-------'],
    ['account.create', 'aaaaaaa'],
    ['account.login', '-----c-'],
    ['account.signIn', '-----c-'],
    ['account.halfSignIn', '-----a-'],
    ['account.finishSignIn', '-------'],
    ['account.signOut', '-------'],
    ['account.sessions', 'a------'],
    ['account.endSession', 'a------'],
    ['account.log', 'a------'],
    ['factor.mode', '-------'],
    ['factor.replace', '-------'],
    ['factor.regenerate', '-------'],
    ['handoff.start', 'aaaaaaa'],
    ['handoff.collect', 'aaaaaaa'],
    ['handoff.read', '-------'],
    ['handoff.approveLogin', '-------'],
    ['handoff.approveOtp', '-------'],
    ['handoff.deny', '-------'],
    ['account.staff', '-------'],
    ['account.becomeStaff', '-------'],
    ['staff.accounts', '-------'],
    ['staff.audit', '-------'],
    ['staff.invite', '-------'],
    ['staff.freeze', '-------'],
    ['staff.unfreeze', '-------'],
    ['account.sendConfirmation', '-------'],
    ['account.confirmEmail', 'aaaaaaa'],
    ['account.undoEmail', 'aaaaaaa'],
    ['account.freezeByLink', 'aaaaaaa'],
    ['account.endSessionByLink', 'aaaaaaa'],
    ['account.confirmSignIn', 'aaaaaaa'],
    ['account.freeze', '-------'],
    ['account.unfreeze', '-------'],
    ['account.identify', 'aaaaa--'],
    ['account.describe', 'aaaaa--'],
    ['account.read', 'aaaaa--'],
    ['account.packages', 'aaaaa-a'],
    ['account.stars', 'aaaaa-a'],
    ['account.update', 'c----c-'],
    ['account.password', 'c----c-'],
    ['factor.enable', 'c----c-'],
    ['factor.confirm', 'a----c-'],
    ['factor.disable', 'c----c-'],
    ['factor.reset', '-------'],
    ['factor.addKey', 'c----c-'],
    ['factor.renameKey', 'c----c-'],
    ['factor.removeKey', 'c----c-'],
    ['factor.beginCeremony', '------a'],
    ['factor.createCode', '-------'],
    ['sshKey.add', '-------'],
    ['sshKey.remove', '-------'],
    ['token.create', 'c----c-'],
    ['token.list', 'a------'],
    ['token.revoke', 'c------'],
    ['token.resume', '-------'],
    ['token.resumeOwn', '-------'],
    ['token.revokeForOwner', '-------'],
    ['token.revokeHeld', 'aaaaa-a'],
    ['token.revokeLeaked', 'aa-aa--'],
    ['hold.mailLink', '-------'],
    ['hold.endByLink', '-------'],
    ['hold.endByKey', '-------'],
    ['package.read', 'aaaaa-a'],
    ['package.publish', 'cc-ac--'],
    ['package.unpublish', 'cc-ac--'],
    ['package.deprecate', 'cc-ac--'],
    ['package.tagLatest', 'cc-ac--'],
    ['package.tag', 'aa-aa--'],
    ['package.unpublishTail', 'aa-aa--'],
    ['package.access', 'cc-----'],
    ['package.require2fa', 'cc-----'],
    ['package.owners', 'cc-----'],
    ['package.star', 'aa-----'],
  ];
  test('every action of the policy stands in the matrix', () => {
    expect(matrix.map(([action]) => action).sort()).toEqual([...actions].sort());
  });

  test.each(matrix)(
    '%s takes exactly the credentials %s (session, publish, read-only, automation, granular, password, none)',
    (action, expected) => {
      const letters = { admit: 'a', challenge: 'c', refuse: '-' } as const;
      const actual = kinds.map((credential) => {
        const account =
          credential === 'anonymous' ? null : { mode: 'auth-and-writes' as const, frozen: false };
        return letters[decide(action, { ...maintainer, credential, account }).verdict];
      });
      expect(actual.join('')).toBe(expected);
    },
  );
});

describe('a limited token', () => {
  const letters = { admit: 'a', challenge: 'c', refuse: '-' } as const;
  const account = { mode: 'auth-and-writes', frozen: false } as const;
  const columns = permissions.flatMap((permission) => [
    { credential: 'granular', permission } as const,
    { credential: 'automation', permission } as const,
  ]);

  /** Per permission, from none to read-write, what a granular token may do and then what one that bypasses may. */
  test.each([
    ['package.read', '--aaaaaa'],
    ['package.publish', '------ca'],
    ['package.unpublish', '------ca'],
    ['package.unpublishTail', '------aa'],
    ['package.deprecate', '------ca'],
    ['package.tag', '------aa'],
    ['package.tagLatest', '------ca'],
    ['package.access', '--------'],
    ['package.require2fa', '--------'],
    ['package.owners', '--------'],
    ['package.star', '--------'],
    ['account.read', 'aaaaaaaa'],
    ['account.update', '--------'],
    ['token.create', '--------'],
    ['token.revokeHeld', 'aaaaaaaa'],
  ] as const)('does %s to what it covers as %s tells', (action, expected) => {
    const actual = columns.map(({ credential, permission }) => {
      const grants = { ...noGrants, packages: ['@acme/a'], permission };
      const covered = coversPackage(grants, needOf(action), '@acme/a');
      return letters[decide(action, { ...maintainer, credential, account, covered }).verdict];
    });
    expect(actual.join('')).toBe(expected);
  });

  test.each(permissions)('with %s touches no other package', (permission) => {
    const packages = { ...noGrants, packages: ['@acme/a', 'b'], permission };
    const scopes = { ...noGrants, scopes: ['@acme'], permission };
    for (const name of ['a', '@acme/ab', '@acme/a/b', '@acme', '@other/a', 'B', ''])
      expect(coversPackage(packages, 'read', name), name).toBe(false);
    for (const name of ['acme', '@acme', '@acme2/a', '@other/acme', 'acme/a'])
      expect(coversPackage(scopes, 'read', name), name).toBe(false);
    expect(coversSite(packages, 'read')).toBe(false);
    expect(coversSite(scopes, 'read')).toBe(false);
  });

  test('covers all of a scope, or all there is, as far as it may', () => {
    const scope = { ...noGrants, scopes: ['@acme'], permission: 'read-write' } as const;
    expect(coversPackage(scope, 'write', '@acme/anything')).toBe(true);
    const all = { ...noGrants, all: true, permission: 'read-only' } as const;
    expect(coversPackage(all, 'read', 'anything')).toBe(true);
    expect(coversPackage(all, 'write', 'anything')).toBe(false);
    expect(coversSite(all, 'read')).toBe(true);
    expect(coversSite({ ...all, permission: 'no-access' }, 'read')).toBe(false);
    expect(coversPackage(null, 'write', 'anything')).toBe(true);
  });
});

describe('what concerns the whole site', () => {
  const verdict = (action: Action, change: Partial<Facts>) => decide(action, { ...maintainer, ...change });
  const staff = { staff: true, account: { mode: 'auth-only', frozen: false } } as const;

  test.each(['session', 'publish', 'readonly', 'automation', 'granular'] as const)(
    'shows changes to a %s token of staff',
    (credential) => {
      expect(verdict('site.changes', { credential, ...staff }).verdict).toBe('admit');
      expect(verdict('site.changes', { credential, staff: true })).toMatchObject({
        because: 'second_factor_missing',
      });
      expect(verdict('site.changes', { credential })).toMatchObject({ because: 'not_allowed' });
    },
  );

  test('shows changes to no token that is limited to packages, nor to strangers, nor for a password', () => {
    expect(verdict('site.changes', { ...staff, covered: false })).toMatchObject({
      because: 'token_insufficient',
    });
    expect(verdict('site.changes', { credential: 'anonymous', account: null })).toMatchObject({
      because: 'credential_missing',
    });
    expect(verdict('site.changes', { ...staff, credential: 'password' })).toMatchObject({
      because: 'token_insufficient',
    });
  });

  test.each(['site.search', 'site.downloads'] as const)(
    '%s wants an account where reading does',
    (action) => {
      const stranger = { credential: 'anonymous', account: null } as const;
      expect(verdict(action, stranger).verdict).toBe('admit');
      expect(verdict(action, { ...stranger, anonymousRead: false })).toMatchObject({
        because: 'credential_missing',
      });
      expect(verdict(action, { anonymousRead: false }).verdict).toBe('admit');
    },
  );
});

describe("the package's own rule", () => {
  const ruled = (bypassAllowed: boolean): Partial<Facts> => ({
    packageRule: { requiresFactor: true, bypassAllowed },
  });

  test('asks a publisher in auth-only as well', () => {
    expect(asked('package.publish', 'auth-only', ruled(true))).toBe('challenge');
  });

  test('refuses a publisher without two-factor authentication and says how to get it', () => {
    const facts: Facts = { ...maintainer, ...ruled(true) };
    expect(decide('package.publish', facts)).toMatchObject({
      verdict: 'refuse',
      because: 'second_factor_missing',
    });
  });

  test('lets an automation token through only where the package allows it', () => {
    expect(asked('package.publish', 'auth-and-writes', { ...ruled(true), credential: 'automation' })).toBe(
      'admit',
    );
    expect(asked('package.publish', 'auth-and-writes', { ...ruled(false), credential: 'automation' })).toBe(
      'refuse',
    );
  });
});
