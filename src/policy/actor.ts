import type { Instant } from '../kernel/ports.ts';
import type { Grants } from './grants.ts';

/**
 * What stands behind a request. `session` is the access token of `npm login`. `password` is Basic authorization or the
 * body of a sign-in. `browser` is a session of the website; `halfway` is one whose second step is still to come.
 */
export type CredentialKind =
  | 'anonymous'
  | 'password'
  | 'session'
  | 'publish'
  | 'readonly'
  | 'automation'
  | 'granular'
  | 'browser'
  | 'halfway'
  | 'console';

/** Why a credential opens nothing: revoked or never one, its account frozen, or its life over. */
export type Dead = 'credential_invalid' | 'account_frozen' | { readonly expiredAt: Instant };

/** Who asks, as recognised before anything is decided. */
export interface Actor {
  readonly credential: CredentialKind;
  /** The account behind the credential, or null. */
  readonly account: { readonly id: string; readonly name: string } | null;
  /** The id (`key`) of the access token, or null. */
  readonly token: string | null;
  /** The id of the session of the website, or of the sign-in that is halfway, or null. */
  readonly session: string | null;
  /** The hash of the cookie by which a browser may be a known device (RL3), not yet looked up; or null. */
  readonly device: string | null;
  /** A credential came but is worth nothing any more: who is refused as a stranger is told this instead. */
  readonly dead: Dead | null;
  /** Whose a dead credential was, and its key, where its owner should see in the log that somebody used it. */
  readonly deadOf?: { readonly id: string; readonly name: string; readonly token: string };
  /** Whether the token's address ranges hold the address; true where there is no rule. */
  readonly addressAllowed: boolean;
  /** What a limited token may touch; null where it covers all that its owner may. */
  readonly grants: Grants | null;
  /** The normalised address of the client, or null when it cannot be told. */
  readonly address: string | null;
  readonly userAgent: string;
  readonly requestId: string;
  /** The text of `npm-otp`, or null when none came. */
  readonly code: string | null;
  /** Name and password of a password credential, not yet proven. */
  readonly claim: { readonly name: string; readonly password: string } | null;
  /** A word about the credential to its user, sent as `npm-notice`, or null. */
  readonly notice: string | null;
  /** When the request's headers arrived: codes are judged by it (OT3). */
  readonly receivedAt: Instant;
}

/** What is acted on. */
export type Target =
  | { readonly on: 'site' }
  | { readonly on: 'account'; readonly name: string }
  | { readonly on: 'package'; readonly name: string };
