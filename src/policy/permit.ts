import type { Instant } from '../kernel/ports.ts';
import type { Actor, Target } from './actor.ts';
import type { Action } from './policy.ts';

declare const minted: unique symbol;

/** Which factor opened the door: none where none was asked; `page` where the owner approved the act on the website. */
export type ProvenFactor = 'none' | 'totp' | 'security-key' | 'recovery-code' | 'page' | 'proof';

/** A security key that answered. */
export interface ProvenKey {
  readonly id: string;
  readonly addedAt: Instant;
  /** Whether the authenticator verified who used it (UV). */
  readonly verified: boolean;
}

/**
 * The right to do exactly one action once, minted by the gate inside the transaction that acts. A use-case that
 * changes anything takes the permit of its action, so a route that forgot to ask does not compile.
 */
export interface Permit<A extends Action> {
  readonly [minted]: A;
  readonly action: A;
  readonly actor: Actor;
  /** The account that acts: the credential's, or the one whose password was proven. Null for strangers. */
  readonly account: { readonly id: string; readonly name: string } | null;
  readonly target: Target;
  readonly factor: ProvenFactor;
  /** The security key that was proven for this very request, where `factor` is one; null else. */
  readonly key: ProvenKey | null;
  /** Whether the account's password was proven for this very request. */
  readonly passwordProven: boolean;
}
