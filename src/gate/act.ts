/** What an act is, and what the gate does for those who ask it. */
import type { CheckedAssertion } from '../factors/keys-verification.ts';
import type { Actor, Target } from '../policy/actor.ts';
import type { Standing, Wanted } from '../policy/decide.ts';
import type { Permit } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Writing } from '../store/store.ts';

export interface Act<A extends Action, P, T> {
  readonly action: A;
  readonly target: Target;
  /** The account's password as it came with the request, for actions that want one. */
  readonly password?: string | undefined;
  /** A code in the body that the use-case itself looks at (the first code of a set-up): within the same budgets. */
  readonly guess?: string | undefined;
  /**
   * Checks what a security key answered, which stands for a code. Called where a factor is asked, after `prepare`; spent
   * with the act. Where none is asked the answer is ignored.
   */
  readonly key?: (() => Promise<CheckedAssertion>) | undefined;
  /** To what it is done, as its owner reads it on a page before approving it; what cannot be approved there has none. */
  readonly subject?: string | undefined;
  /** The secret of a link that lets its bearer do this (`newcomer`); the use-case spends it. */
  readonly invitation?: string | undefined;
  /** What the person gave as reason, for the log. */
  readonly reason?: string | undefined;
  /** Whether the client can open a page in place of asking for a code (gate/offering.ts). */
  readonly opensPages?: boolean | undefined;
  /** Checks the request, after the challenge and before any code is looked at: slow work, blobs, nothing else. */
  readonly prepare: () => Promise<P>;
  /** The use-case. May run more than once (a conflict repeats the transaction), commits once. */
  readonly work: (tx: Writing, permit: Permit<A>, prepared: P) => Promise<T>;
}

export interface Gate {
  /**
   * Does one act, or fails with the reason why not: `otp_required`, `otp_refused`, `password_wrong`,
   * `too_many_attempts`, `too_many_requests`, whatever the policy says, or whatever the use-case refuses.
   */
  perform<A extends Action, P, T>(actor: Actor, act: Act<A, P, T>): Promise<T>;
  /** What an act still wants of this actor, for its form; fails with whatever would refuse it in any case. */
  preview(actor: Actor, action: Action, target: Target): Promise<Wanted>;
  /**
   * Judges on a read whether the act would be done, as far as that can be told without body, password or code. Where
   * `orElse` is given, it suffices that this one would be.
   */
  judge(actor: Actor, action: Action, target: Target, orElse?: Action): Promise<void>;
  /** Reads something for an actor, judged in the same view. */
  look<T>(actor: Actor, action: Action, target: Target, work: (tx: Reading) => Promise<T>): Promise<T>;
  /** Judges `package.read` from a standing that the caller holds (the hot path); no database. */
  glance(actor: Actor, standing: Standing): void;
  /** Does an act on the operator's console: allowed by whoever may run the command, recorded all the same. */
  onConsole<A extends Action, T>(
    action: A,
    target: Target,
    work: (tx: Writing, permit: Permit<A>) => Promise<T>,
    /** What the operator gave as reason, for the log. */
    reason?: string,
  ): Promise<T>;
}
