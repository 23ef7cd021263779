/** Asking browsers for security keys, and taking what these answer, as pages need it. */
import { type AddressRules, countBeginning, type LoginStartLimit } from '../../accounts/guesses.ts';
import {
  type AssertionOptions,
  beginAssertion,
  beginRegistration,
  type RegistrationOptions,
} from '../../factors/ceremonies.ts';
import type { KeySite } from '../../factors/keys-site.ts';
import { presentAssertion, presentRegistration } from '../../factors/keys-spending.ts';
import type { CheckedAssertion, CheckedRegistration } from '../../factors/keys-verification.ts';
import type { Visit } from '../../http/route.ts';
import { fail } from '../../kernel/failure.ts';
import type { Actor } from '../../policy/actor.ts';
import { type Action, policy } from '../../policy/policy.ts';

type Store = Parameters<typeof presentAssertion>[0];
type Tx = Parameters<typeof beginAssertion>[0];

/** What a browser is to ask its key for. */
export type KeyPurpose =
  | { readonly purpose: 'register' | 'second-factor' | 'sign-in' }
  | { readonly purpose: 'step-up'; readonly operation: Action };

interface Visitor {
  readonly actor: Actor;
  readonly visit: Visit;
}

/** The answers of keys, by what was asked. Texts are JSON as the browser sent it. */
export interface KeyDesk {
  begin(tx: Tx, visitor: Visitor, wish: KeyPurpose): Promise<AssertionOptions | RegistrationOptions>;
  takeRegistration(visitor: Visitor, answer: string): Promise<CheckedRegistration>;
  takeStepUp(visitor: Visitor, operation: Action, answer: string): Promise<CheckedAssertion>;
  takeSecondFactor(visitor: Visitor, answer: string): Promise<CheckedAssertion>;
  takeSignIn(visitor: Visitor, answer: string): Promise<CheckedAssertion>;
}

function parse(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return fail('key_refused');
  }
}

/** Who a ceremony is for, and the session that it is bound to. */
const bound = (actor: Actor | null) => ({
  account: actor?.account ?? fail('session_ended'),
  session: actor?.session ?? fail('session_ended'),
});

export function createKeyDesk(store: Store, site: KeySite, rules: AddressRules & LoginStartLimit): KeyDesk {
  const source = ({ actor }: Visitor) => ({ address: actor.address, rules });
  // Strangers have no session; the token of their forms names their browser, and nobody else has it.
  const stranger = ({ visit }: Visitor) =>
    ({ purpose: 'sign-in', account: null, session: visit.formToken }) as const;
  return {
    begin: async (tx, visitor, wish) => {
      const { actor, visit } = visitor;
      if (wish.purpose === 'register')
        return beginRegistration(tx, site, { purpose: 'register', ...bound(actor) });
      if (wish.purpose === 'step-up') {
        // Decisions of staff are no matter of a touch alone (WA4).
        const verified = policy[wish.operation].who === 'staff';
        return beginAssertion(tx, site, { ...wish, verified, ...bound(actor) });
      }
      if (wish.purpose === 'second-factor')
        return beginAssertion(tx, site, { purpose: 'second-factor', ...bound(visit.halfway) });
      await countBeginning(tx, 'key-sign-in', actor.address, rules);
      return beginAssertion(tx, site, stranger(visitor));
    },
    takeRegistration: (visitor, answer) =>
      presentRegistration(store, site, { purpose: 'register', ...bound(visitor.actor) }, parse(answer)),
    takeStepUp: (visitor, operation, answer) =>
      presentAssertion(
        store,
        site,
        { purpose: 'step-up', operation, ...bound(visitor.actor) },
        parse(answer),
        source(visitor),
      ),
    takeSecondFactor: (visitor, answer) =>
      presentAssertion(
        store,
        site,
        { purpose: 'second-factor', ...bound(visitor.visit.halfway) },
        parse(answer),
        source(visitor),
      ),
    takeSignIn: (visitor, answer) =>
      presentAssertion(store, site, stranger(visitor), parse(answer), source(visitor)),
  };
}
