import { describe, expect, test } from 'vitest';
import { type Decision, decide, type Facts, wants } from '../../src/policy/decide.ts';
import type { Hold } from '../../src/policy/hold.ts';
import { type Action, actions, policy } from '../../src/policy/policy.ts';
import { needOf } from '../../src/policy/traits.ts';
import { counterexamples } from './counterexamples.ts';
import { maintainer, modes } from './facts.ts';

const severity: Record<Decision['verdict'], number> = { admit: 0, challenge: 1, refuse: 2 };

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
});
