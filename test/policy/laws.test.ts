import { describe, expect, test } from 'vitest';
import { type Decision, decide, type Facts, wants } from '../../src/policy/decide.ts';
import type { Hold } from '../../src/policy/hold.ts';
import { type Action, actions, policy } from '../../src/policy/policy.ts';
import { needOf } from '../../src/policy/traits.ts';
import { everyFacts, maintainer, modes } from './facts.ts';

const severity: Record<Decision['verdict'], number> = { admit: 0, challenge: 1, refuse: 2 };

/** Collects counterexamples over every action and every state of the facts; a law holds when there is none. */
function counterexamples(breaks: (action: Action, facts: Facts) => boolean): string[] {
  const found: string[] = [];
  for (const facts of everyFacts())
    for (const action of actions)
      if (found.length < 5 && breaks(action, facts)) found.push(`${action} ${JSON.stringify(facts)}`);
  return found;
}

const aHold: Hold = {
  kind: 'full',
  reason: 'recovery-code',
  since: Date.UTC(2026, 0, 1),
  until: Date.UTC(2026, 0, 4),
};

const withFactor = (facts: Facts): Facts => ({ ...facts, factorProven: true, oldKeyProven: true });

describe('the laws of decide', () => {
  test('a factor never turns a refusal into admission', () => {
    expect(
      counterexamples(
        (action, facts) =>
          decide(action, facts).verdict === 'refuse' &&
          decide(action, withFactor(facts)).verdict !== 'refuse',
      ),
    ).toEqual([]);
  });

  test('a factor suffices wherever one is asked, and a second one is never asked', () => {
    expect(
      counterexamples(
        (action, facts) =>
          decide(action, facts).verdict === 'challenge' &&
          decide(action, withFactor(facts)).verdict !== 'admit',
      ),
    ).toEqual([]);
  });

  test('where an old security key is wanted no other factor suffices, and an account without one is refused', () => {
    const wanting = actions.filter((action) => policy[action].oldKey);
    expect(wanting).toEqual(['hold.endByKey']);
    expect(
      counterexamples(
        (action, facts) =>
          wanting.includes(action) &&
          decide(action, { ...facts, factorProven: true, oldKeyProven: false }).verdict !== 'refuse',
      ),
    ).toEqual([]);
    const owner = { ...maintainer, credential: 'browser', account: { mode: 'off', frozen: false } } as const;
    expect(decide('hold.endByKey', owner)).toMatchObject({ because: 'second_factor_missing' });
    const holder = { ...owner, account: { mode: 'auth-only', frozen: false } } as const;
    expect(decide('hold.endByKey', { ...holder, factorFresh: true })).toEqual({ verdict: 'challenge' });
    expect(decide('hold.endByKey', { ...holder, factorProven: true, oldKeyProven: true }).verdict).toBe(
      'admit',
    );
  });

  test('a session of the website is asked whatever asks at all, unless it proved it lately and the act may take that', () => {
    expect(
      counterexamples((action, facts) => {
        const { asks, window } = policy[action];
        if (facts.credential !== 'browser' || asks === 'never') return false;
        const isOn = facts.account?.mode !== 'off';
        const proven = isOn ? facts.factorFresh : facts.passwordFresh || facts.passwordProven;
        const suffices = isOn ? window && proven : facts.passwordProven || (window && proven);
        return decide(action, facts).verdict === 'admit' && !suffices;
      }),
    ).toEqual([]);
  });

  test('a sign-in that is halfway opens nothing but its second half and its end', () => {
    expect(
      counterexamples(
        (action, facts) =>
          facts.credential === 'halfway' &&
          decide(action, facts).verdict !== 'refuse' &&
          !['account.finishSignIn', 'account.signOut', 'factor.beginCeremony'].includes(action) &&
          policy[action].credentials.length > 0,
      ),
    ).toEqual([]);
  });

  test('what an act wants of a form is what makes it be done', () => {
    expect(
      counterexamples((action, facts) => {
        const first = decide(action, { ...facts, passwordProven: true }).verdict;
        if (facts.credential !== 'browser' || first === 'refuse') return false;
        const { password, factor } = wants(action, facts);
        const given = {
          ...facts,
          passwordProven: facts.passwordProven || password,
          factorProven: factor,
          oldKeyProven: factor,
        };
        return decide(action, given).verdict !== 'admit';
      }),
    ).toEqual([]);
  });

  test('a stricter mode is never laxer, but for the refusals that ask for the password or to turn the second factor on', () => {
    expect(
      counterexamples((action, facts) => {
        if (!facts.account) return false;
        const { frozen } = facts.account;
        const verdicts = modes.map((mode) => decide(action, { ...facts, account: { mode, frozen } }));
        return verdicts.some((verdict, index) => {
          const laxer = verdicts[index - 1];
          const asked = ['second_factor_missing', 'password_missing'];
          if (!laxer || (laxer.verdict === 'refuse' && asked.includes(laxer.because))) return false;
          return severity[verdict.verdict] < severity[laxer.verdict];
        });
      }),
    ).toEqual([]);
  });

  test('a token is never wider than its owner', () => {
    expect(
      counterexamples((action, facts) => {
        if (!['publish', 'readonly', 'automation', 'granular'].includes(facts.credential)) return false;
        const owner: Facts = {
          ...facts,
          credential: 'session',
          covered: true,
          addressAllowed: true,
          tokenSuspended: false,
        };
        return decide(action, facts).verdict !== 'refuse' && decide(action, owner).verdict === 'refuse';
      }),
    ).toEqual([]);
  });

  test('only tokens that bypass two-factor authentication are spared a factor that their owner is asked', () => {
    expect(
      counterexamples((action, facts) => {
        if (!['publish', 'readonly', 'granular'].includes(facts.credential)) return false;
        const owner: Facts = {
          ...facts,
          credential: 'session',
          covered: true,
          addressAllowed: true,
          tokenSuspended: false,
        };
        return decide(action, facts).verdict === 'admit' && decide(action, owner).verdict === 'challenge';
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

  test('a frozen account reads packages and may give its tokens up, and nothing else', () => {
    expect(
      counterexamples(
        (action, facts) =>
          facts.account?.frozen === true &&
          !['anyone', 'visitor', 'reader'].includes(policy[action].who) &&
          decide(action, facts).verdict !== 'refuse',
      ),
    ).toEqual([]);
  });

  test('with two-factor authentication on, no password alone opens anything', () => {
    expect(
      counterexamples(
        (action, facts) =>
          facts.credential === 'password' &&
          // Leads to the second step and to nothing else.
          action !== 'account.halfSignIn' &&
          facts.account?.mode !== 'off' &&
          policy[action].who === 'self' &&
          decide(action, facts).verdict === 'admit',
      ),
    ).toEqual([]);
  });

  test('an act that wants the password is never challenged or admitted without it', () => {
    expect(
      counterexamples(
        (action, facts) =>
          facts.credential !== 'browser' &&
          policy[action].password &&
          !facts.passwordProven &&
          decide(action, facts).verdict !== 'refuse',
      ),
    ).toEqual([]);
  });

  test('who may not see a package is told that there is none, whatever it does to an existing one', () => {
    expect(
      counterexamples((action, facts) => {
        if (
          policy[action].on !== 'package' ||
          policy[action].who === 'founder' ||
          facts.standing !== 'hidden'
        )
          return false;
        const decision = decide(action, facts);
        return decision.verdict !== 'refuse' || decision.because === 'not_allowed';
      }),
    ).toEqual([]);
  });

  test('a hold does nothing but refuse, and what it refuses no factor and no password opens', () => {
    const holds = (['full', 'widening'] as const).map((kind) => ({ ...aHold, kind }));
    expect(
      counterexamples((action, facts) =>
        holds.some((hold) => {
          const without = decide(action, facts);
          const held = decide(action, { ...facts, hold });
          if (held.verdict === without.verdict) return false;
          const isForGood =
            decide(action, { ...facts, hold, factorProven: true, passwordProven: true }).verdict === 'refuse';
          return held.verdict !== 'refuse' || held.because !== 'account_held' || !isForGood;
        }),
      ),
    ).toEqual([]);
  });

  test('under a full hold nobody changes a package, and what a widening hold stops a full one stops too', () => {
    expect(
      counterexamples((action, facts) => {
        const full = decide(action, { ...facts, hold: aHold }).verdict;
        const widening = decide(action, { ...facts, hold: { ...aHold, kind: 'widening' } }).verdict;
        const isChange = policy[action].on === 'package' && action !== 'package.read';
        return (isChange && full !== 'refuse') || (widening === 'refuse' && full !== 'refuse');
      }),
    ).toEqual([]);
  });

  test('a hold never keeps anybody from reading, signing in, revoking, or turning the second factor on', () => {
    const defence: readonly Action[] = [
      'account.login',
      'account.signIn',
      'account.finishSignIn',
      'account.signOut',
      'account.endSession',
      'account.password',
      'token.list',
      'token.revoke',
      'token.revokeHeld',
      'token.revokeLeaked',
      'factor.confirm',
    ];
    expect(
      counterexamples((action, facts) => {
        const isOff = facts.account?.mode === 'off';
        const mayGoOn =
          needOf(action) === 'read'
            ? action !== 'package.star'
            : defence.includes(action) || (action === 'factor.enable' && isOff);
        return mayGoOn && decide(action, { ...facts, hold: aHold }).verdict !== decide(action, facts).verdict;
      }),
    ).toEqual([]);
  });

  test.each([
    ['token.create', 'package.owners', 'package.require2fa', 'factor.disable', 'factor.enable'],
  ] as const)('a widening hold stops %s, %s, %s, %s and %s', (...acts) => {
    const held = { ...maintainer, account: { mode: 'auth-and-writes', frozen: false } } as const;
    for (const action of acts)
      expect(decide(action, { ...held, factorProven: true, hold: { ...aHold, kind: 'widening' } })).toEqual({
        verdict: 'refuse',
        because: 'account_held',
        reason:
          'Until 2026-01-04T00:00:00.000Z this account creates no tokens and changes no maintainers, no email address and ' +
          'no second factor, because a recovery code was used to remove or replace its second factor. Everything else ' +
          'goes on. It can be ended earlier on the website: Settings, Authentication.',
      });
    for (const action of ['package.publish', 'package.deprecate', 'package.access', 'package.star'] as const)
      expect(
        decide(action, { ...held, factorProven: true, hold: { ...aHold, kind: 'widening' } }).verdict,
      ).toBe('admit');
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
