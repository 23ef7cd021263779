/** Second factors, and guesses at them. */
import type { Instant } from '../../kernel/ports.ts';
import type { Flag } from './flag.ts';

/** Enabled authenticator apps. An account without a row here or in `security_keys` has no two-factor authentication. */
export interface FactorsTable {
  id: string;
  account_id: string;
  kind: 'totp';
  /** Sealed by the vault, bound to this row. */
  secret: string;
  /** The highest accepted TOTP step; only a greater one is accepted (OT3). */
  highest_step: number;
  /** When too many wrong codes made it refuse every code, until a recovery code is used (RL1). */
  barred_at: Instant | null;
  created_at: Instant;
  last_used_at: Instant | null;
}

/** A set-up that waits for its first code; never counts as enabled (OT5). */
export interface PendingFactorsTable {
  account_id: string;
  /** The id that the factor will have. */
  id: string;
  secret: string;
  mode: 'auth-only' | 'auth-and-writes';
  /** The credential that started it: token id, or `password`. */
  credential: string;
  until: Instant;
}

export interface RecoveryCodesTable {
  id: string;
  account_id: string;
  /** HMAC over account and code, hex (RC2). */
  hash: string;
  created_at: Instant;
  used_at: Instant | null;
}

/** Security keys and passkeys: WebAuthn credentials (§4). Each is a factor of its account. */
export interface SecurityKeysTable {
  id: string;
  account_id: string;
  /** As the authenticator named it, base64url; unique in the installation. */
  credential_id: string;
  /** COSE_Key (RFC 9052), base64url. */
  public_key: string;
  /** COSE: -7 ES256, -8 Ed25519, -257 RS256. */
  algorithm: number;
  /** The signature counter that came last; 0 for ever where the authenticator has none. */
  counter: number;
  name: string;
  /** JSON list of how browsers reach it: `usb`, `nfc`, `internal`, … */
  transports: string;
  /** Whether it verifies its user (PIN, fingerprint) and did so while the account was proven otherwise too. */
  uv: Flag;
  /** Whether it may be copied to other devices by its maker (never changes), and whether it is. */
  backup_eligible: Flag;
  backed_up: Flag;
  /** When its counter did not rise: somebody else may have a copy (WA5). */
  possible_copy_at: Instant | null;
  created_at: Instant;
  last_used_at: Instant | null;
}

/** What authenticators know an account by: 32 random bytes, base64url, that tell nothing about it. */
export interface UserHandlesTable {
  account_id: string;
  handle: string;
}

/** Challenges that wait for a security key: each is good once, for what it was made for (WA2). */
export interface CeremoniesTable {
  /** SHA-256 of the challenge in base64url, hex. */
  hash: string;
  /** Null for a sign-in that begins with the key. */
  account_id: string | null;
  /** SHA-256 of what names the browser's session, hex. */
  session: string;
  purpose: 'register' | 'second-factor' | 'sign-in' | 'step-up';
  /** The action that a step-up is for. */
  operation: string | null;
  /** Whether the key has to verify its user. */
  verified: Flag;
  until: Instant;
}

/** Public keys of SSH that prove whose a request for help is (RV2). */
export interface SshKeysTable {
  id: string;
  account_id: string;
  /** OpenSSH's name of it: `ssh-ed25519`. */
  algorithm: string;
  /** The public key on the wire, in base64. */
  blob: string;
  /** `SHA256:…`, as `ssh-keygen -lf` prints it. */
  fingerprint: string;
  name: string;
  created_at: Instant;
}

/** Codes of eight digits that a page showed after a security key was touched, for one act each (OT4). */
export interface TypedCodesTable {
  account_id: string;
  /** HMAC over account and code, hex. */
  hash: string;
  action: string;
  until: Instant;
  used_at: Instant | null;
}

/** Codes that were spent lately: each is good once more for the same credential, address and action (OT8). */
export interface ProofsTable {
  account_id: string;
  /** HMAC over account and code, hex. */
  code_hash: string;
  /** The credential that spent it: token id, or `password`. */
  credential: string;
  address: string | null;
  /** The acts that it opened (the policy's `proof`), or null where a code opens nothing again. */
  acts: string | null;
  until: Instant;
  /** The latest time at which the server saw the row: an earlier one means that the clock was set back (RN2). */
  seen_at: Instant;
}

/** Guesses of second-factor codes: reserved before the check, removed when the code was right (§5). */
export interface AttemptsTable {
  account_id: string;
  /** The 30-second step in which the code was presented. */
  step: number;
  /** HMAC over account and code, hex: an equal guess in the same step is the same guess. */
  code_hash: string;
  token_id: string | null;
  /** The known device that presented it (RL3), which has a budget of its own. */
  device_id: string | null;
  /** The network it came from (kernel/address.ts). */
  network: string;
  at: Instant;
  /** Whether the check is over and the code was wrong. */
  wrong: Flag;
}

export interface FactorTables {
  factors: FactorsTable;
  pending_factors: PendingFactorsTable;
  recovery_codes: RecoveryCodesTable;
  security_keys: SecurityKeysTable;
  user_handles: UserHandlesTable;
  ceremonies: CeremoniesTable;
  ssh_keys: SshKeysTable;
  typed_codes: TypedCodesTable;
  proofs: ProofsTable;
  attempts: AttemptsTable;
}
