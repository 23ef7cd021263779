import { describe, expect, test } from 'vitest';
import { decide, type Facts } from '../../src/policy/decide.ts';
import { type Action, policy } from '../../src/policy/policy.ts';
import { needOf } from '../../src/policy/traits.ts';
import { counterexamples } from './counterexamples.ts';
import { maintainer } from './facts.ts';

/** The same request with a login that nothing limits. */
const ownerOf = (facts: Facts): Facts => ({
  ...facts,
  credential: 'session',
  covered: true,
  addressAllowed: true,
  tokenSuspended: false,
});

describe('the laws of decide', () => {
  test('a token is never wider than its owner', () => {
    expect(
      counterexamples((action, facts) => {
        if (!['publish', 'readonly', 'automation', 'granular'].includes(facts.credential)) return false;
        return (
          decide(action, facts).verdict !== 'refuse' && decide(action, ownerOf(facts)).verdict === 'refuse'
        );
      }),
    ).toEqual([]);
  });

  test('only tokens that bypass two-factor authentication are spared a factor that their owner is asked', () => {
    expect(
      counterexamples((action, facts) => {
        if (!['publish', 'readonly', 'granular'].includes(facts.credential)) return false;
        return (
          decide(action, facts).verdict === 'admit' && decide(action, ownerOf(facts)).verdict === 'challenge'
        );
      }),
    ).toEqual([]);
  });

  /** The one-time link of a mail is the proof; whatever credential comes along adds nothing. */
  const byLink: readonly Action[] = [
    'account.confirmEmail',
    'account.undoEmail',
    'account.freezeByLink',
    'account.endSessionByLink',
    'account.confirmSignIn',
  ];

  test('a token that bypasses two-factor authentication does nothing but package writes and reads', () => {
    expect(
      counterexamples(
        (action, facts) =>
          facts.credential === 'automation' &&
          decide(action, facts).verdict !== 'refuse' &&
          ![
            'package.',
            'site.',
            'handoff.',
            'account.identify',
            'account.read',
            'account.describe',
            'account.packages',
            'account.stars',
            'token.revokeHeld',
            'token.revokeLeaked',
            ...byLink,
          ].some((start) => action.startsWith(start)) &&
          policy[action].who !== 'newcomer',
      ),
    ).toEqual([]);
  });

  test('a token that bypasses two-factor authentication is never challenged: no code would help', () => {
    expect(
      counterexamples(
        (action, facts) => facts.credential === 'automation' && decide(action, facts).verdict === 'challenge',
      ),
    ).toEqual([]);
  });

  test('a limited token changes no package that it does not cover', () => {
    expect(
      counterexamples(
        (action, facts) =>
          !facts.covered &&
          policy[action].on === 'package' &&
          needOf(action) === 'write' &&
          decide(action, facts).verdict !== 'refuse',
      ),
    ).toEqual([]);
  });

  test('a read-only token is admitted to nothing that changes anything, but to its own revocation', () => {
    const harmless = [
      ...byLink,
      'site.read',
      'site.audit',
      'account.packages',
      'account.stars',
      'site.search',
      'site.downloads',
      'site.changes',
      'site.metrics',
      'account.read',
      'account.identify',
      'account.describe',
      'package.read',
      'token.revokeHeld',
      'account.create',
      'handoff.start',
      'handoff.collect',
    ];
    expect(
      counterexamples(
        (action, facts) =>
          facts.credential === 'readonly' &&
          decide(action, facts).verdict !== 'refuse' &&
          !harmless.includes(action),
      ),
    ).toEqual([]);
  });

  test('from a foreign address a limited token opens nothing that needs somebody', () => {
    expect(
      counterexamples(
        (action, facts) =>
          facts.credential !== 'anonymous' &&
          !facts.addressAllowed &&
          policy[action].who !== 'anyone' &&
          decide(action, facts).verdict !== 'refuse',
      ),
    ).toEqual([]);
  });

  test('a guarded login asks for each write in both modes, and for nothing else more than before', () => {
    expect(
      counterexamples((action, facts) => {
        if (!facts.tokenGuarded) return false;
        const unguarded = decide(action, { ...facts, tokenGuarded: false });
        const guarded = decide(action, facts);
        const isMore = facts.account?.mode === 'auth-only' && policy[action].asks === 'write';
        const expected = isMore
          ? decide(action, {
              ...facts,
              account: { mode: 'auth-and-writes', frozen: facts.account?.frozen === true },
            })
          : unguarded;
        return JSON.stringify(guarded) !== JSON.stringify(expected);
      }),
    ).toEqual([]);
    const guarded = {
      ...maintainer,
      account: { mode: 'auth-only', frozen: false },
      tokenGuarded: true,
    } as const;
    expect(decide('package.publish', guarded).verdict).toBe('challenge');
    expect(decide('package.publish', { ...guarded, tokenGuarded: false }).verdict).toBe('admit');
  });

  test('a suspended token opens nothing that asks a factor', () => {
    expect(
      counterexamples((action, facts) => {
        if (!facts.tokenSuspended) return false;
        return decide(action, facts).verdict === 'challenge';
      }),
    ).toEqual([]);
  });
});
