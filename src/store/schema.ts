/**
 * The tables, as Kysely sees them. Portable subset: text, integers below 2^53, instants as milliseconds UTC, JSON as
 * text, truth values as 0 and 1. The columns' meaning is told here once; `migrations/0001.ts` creates them.
 */
import type { Generated } from 'kysely';
import type { Instant } from '../kernel/ports.ts';
import type { HoldKind, HoldReason } from '../policy/hold.ts';

type Flag = 0 | 1;

/** Accounts and organisations share one name space; a name once used is never given again. */
export interface NamesTable {
  name: string;
  kind: 'account' | 'organisation';
  created_at: Instant;
}

export interface AccountsTable {
  id: string;
  name: string;
  email: string;
  email_verified_at: Instant | null;
  /** PHC string of Argon2id, its tag under the pepper. */
  password: string;
  /** Rises with every change, so that a proof of an old password is worth nothing. */
  password_version: number;
  /** What the owner asked for; means something only while a factor is enabled. */
  mode: 'auth-only' | 'auth-and-writes';
  fullname: string | null;
  homepage: string | null;
  github: string | null;
  twitter: string | null;
  freenode: string | null;
  staff: Flag;
  frozen_at: Instant | null;
  /** When a recovery code last opened something (RV6). */
  recovery_used_at: Instant | null;
  created_at: Instant;
  updated_at: Instant;
}

/** Links that let their bearer have an account here, or be the first staff; each works once. */
export interface InvitationsTable {
  id: string;
  /** SHA-256 of the link's secret, hex. */
  hash: string;
  kind: 'account' | 'staff';
  /** The account of the staff who made it; null for the link of a start. */
  made_by: string | null;
  created_at: Instant;
  until: Instant;
  used_at: Instant | null;
  used_by: string | null;
}

/** Links that were mailed to the owner of an account and stand for its consent to one thing; each works once (RV7, RV8, SE7). */
export interface MailedLinksTable {
  /** SHA-256 of the link's id, hex. */
  hash: string;
  account_id: string;
  kind: 'confirm-email' | 'undo-email' | 'freeze' | 'end-session';
  /** What it is about: an e-mail address, the id of a session; empty where nothing is to be said. */
  payload: string;
  /** Whether whoever uses it is to know the account's password too. */
  asks_password: 0 | 1;
  created_at: Instant;
  until: Instant;
  used_at: Instant | null;
}

/** What an account may not do for some time, after it was got back or moved (RV6); at most one of each kind. */
export interface HoldsTable {
  account_id: string;
  kind: HoldKind;
  reason: HoldReason;
  since: Instant;
  until: Instant;
}

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

/** Guesses of passwords: reserved before the check, deleted on success (RL5). */
export interface PasswordAttemptsTable {
  id: string;
  /** The name as it was typed, whether or not such an account exists. */
  name: string;
  address: string;
  /** Keyed hash of what was guessed; null from ten seconds on, when it is no longer needed. */
  guess_hash: string | null;
  at: Instant;
}

/** Networks (v4 /24, v6 /56) from which an account signed in with all that was asked. */
export interface SignInNetworksTable {
  account_id: string;
  network: string;
  last_at: Instant;
  /** When the last one was that makes the network known; null where only guarded logins came from there (SE7). */
  known_at: Instant | null;
}

/** Sessions of the website, and sign-ins that are halfway (§6). The cookie's value is not kept, only its hash. */
export interface SessionsTable {
  id: string;
  account_id: string;
  /** Whether its second step is still to come: it opens nothing but that. */
  halfway: Flag;
  /** SHA-256 of the cookie's value, hex; a new one with every proof. */
  hash: string;
  created_at: Instant;
  last_used_at: Instant;
  /** The end of its life, whatever happens. */
  expires_at: Instant;
  /** How long it may lie unused, in milliseconds. */
  idle_life: number;
  ended_at: Instant | null;
  /** When a factor, and the password, were proven last (SE3). */
  factor_at: Instant | null;
  password_at: Instant | null;
  /** Which kind of factor that was: with a recovery code less may be done than with others (RC5). */
  factor: string | null;
  /** Codes that were presented to the second step. */
  tries: number;
  /** The known device that it runs on. */
  device_id: string | null;
  address: string | null;
  user_agent: string;
}

/**
 * Sign-ins that proved password and factor in a browser that is not known, and wait for the link in a mail to be opened in
 * the same browser (SE7).
 */
export interface WaitingSignInsTable {
  id: string;
  account_id: string;
  /** SHA-256 of the link's id, and of the value of the browser's cookie, hex. */
  link_hash: string;
  browser_hash: string;
  /** Which factor was proven, and the id of the app or recovery code that did it: gone, it stands for nothing. */
  factor: 'totp' | 'recovery-code';
  factor_id: string;
  /** When the password was proven, and which version of it. */
  password_at: Instant;
  password_version: number;
  /** Where the link was mailed to. */
  email: string;
  /** The page to go on to, which may be a secret of the command line's: sealed, bound to this row. */
  next_page: string | null;
  created_at: Instant;
  until: Instant;
  /** When it was used, or became void. */
  ended_at: Instant | null;
  address: string | null;
  user_agent: string;
}

/** Browsers that completed a sign-in with both factors (RL3). */
export interface DevicesTable {
  id: string;
  account_id: string;
  hash: string;
  created_at: Instant;
  last_used_at: Instant;
  expires_at: Instant;
  ended_at: Instant | null;
  address: string | null;
  user_agent: string;
}

/**
 * Requests of command line clients that wait for an answer on a page: a login, or the proof that an act asks for (§12).
 * A login stays `handed-out` once its token is; a proof once its value is, which opens the act until `value_until`.
 */
export interface HandoffsTable {
  id: string;
  kind: 'login' | 'otp';
  /** SHA-256 of the two ids that client and page hold, hex. */
  page_hash: string;
  done_hash: string;
  state: 'waiting' | 'approved' | 'denied' | 'expired' | 'handed-out';
  /** Of a login: what page and terminal both show, to be compared. */
  comparison: string | null;
  /** Where it came from; the network is what limits count by. */
  address: string | null;
  network: string;
  user_agent: string;
  /** The name of the machine, in its own words. */
  hostname: string | null;
  /** Whether the client wants a new account. */
  wants_account: Flag;
  created_at: Instant;
  /** The end of waiting: for the answer on the page, and for the client to fetch it. */
  until: Instant;
  /** Of a proof whose it is from the beginning, of a login whoever approved it. */
  account_id: string | null;
  /** Of a proof: the credential that was asked for it, what it wanted to do, and to what. */
  credential: string | null;
  action: string | null;
  subject: string | null;
  /** The account's at the approval: what was approved under an older password is worth nothing. */
  password_version: number | null;
  approved_at: Instant | null;
  approved_address: string | null;
  /** Of a proof that serves a whole release: until when, and how many writes used it. */
  release_until: Instant | null;
  uses: number;
  /** SHA-256 of the value, hex; the value is only good before `value_until`. */
  value_hash: string | null;
  value_until: Instant | null;
  handed_at: Instant | null;
  handed_address: string | null;
  /** The token or value for half a minute, in case the answer that held it got lost. Sealed, bound to this row. */
  sealed: string | null;
}

/** What an approved proof was used for, in order. */
export interface HandoffUsesTable {
  handoff_id: string;
  number: number;
  subject: string;
  at: Instant;
}

/** How much an account changed, in spans of time that begin at `since` (RL6; kernel/rate.ts). */
export interface CountedWritesTable {
  account_id: string;
  since: Instant;
  count: number;
}

/** Acts that are limited by their number within a time, one row each (RL6). */
export interface LimitedActsTable {
  limit_name: string;
  source: string;
  at: Instant;
}

export type TokenKind = 'session' | 'publish' | 'readonly' | 'automation' | 'granular';

export interface TokensTable {
  /** 32 lower-case hex digits: npm's `key`. */
  id: string;
  account_id: string;
  /** SHA-256 of the token, hex. */
  hash: string;
  /** The token's own first characters, for lists. */
  prefix: string;
  kind: TokenKind;
  name: string | null;
  description: string | null;
  /** JSON list of masked ranges, or null for every address. */
  cidr: string | null;
  /** JSON of what a limited token may touch (policy/grants.ts); null for all that its owner may. */
  grants: string | null;
  created_at: Instant;
  updated_at: Instant;
  created_address: string | null;
  created_agent: string | null;
  /** The end of its life, whatever happens. */
  expires_at: Instant | null;
  /** How long it may lie unused, in milliseconds; null for ever. */
  idle_life: number | null;
  last_used_at: Instant | null;
  suspended_at: Instant | null;
  revoked_at: Instant | null;
  /** When its life was over, set when that is first seen: a clock set back does not revive it (RN2, TK3). */
  expired_at: Instant | null;
  /** How many of the two warnings before its end were mailed (TK3). */
  warnings: Generated<number>;
  /** Until when each of its writes asks a factor, whatever the account's mode (SE7); null for never. */
  guarded_until: Instant | null;
}

/** What tokens published that bypass the second factor, until an hour after their owner was told (ML1). */
export interface BypassPublishesTable {
  id: string;
  token_id: string;
  package: string;
  version: string;
  address: string | null;
  at: Instant;
  mailed_at: Instant | null;
}

export interface PackagesTable {
  id: string;
  name: string;
  /** The name without `-`, `_` and `.`: nobody else may take a name that equals it (IN2). */
  confusable: string;
  /** Rises with every change that its maintainers make; the number of `_rev`. */
  revision: number;
  /** Rises with every star given or taken, which changes packuments too but must not disturb who edits one. */
  star_changes: Generated<number>;
  visibility: 'public' | 'restricted';
  requires_second_factor: Flag;
  bypass_allowed: Flag;
  created_at: Instant;
  updated_at: Instant;
  /** When the whole package was removed; its name may live again a day later. */
  unpublished_at: Instant | null;
  /** Its place in the feed of changes; null from each change until the feed is read next (packages/changes.ts). */
  change_sequence: number | null;
}

/** The second factor that stood behind a publish; `page`: the owner approved it on the website. */
export type PublishedWith = 'none' | 'totp' | 'security-key' | 'recovery-code' | 'page' | 'proof' | 'bypass';

export interface VersionsTable {
  package_id: string;
  version: string;
  /** Order of publication within the package: the revision that brought it. */
  sequence: number;
  /** The full and the abbreviated manifest as JSON without host, open at the end of `dist` (packages/fragment.ts). */
  manifest: string;
  abbreviated: string;
  readme: string | null;
  integrity: string;
  shasum: string;
  blob: string;
  size: number;
  deprecated: string | null;
  /** The provenance bundle as JSON, and what it attests. */
  provenance: string | null;
  predicate: string | null;
  /** The registry's signature over name, version and integrity, and its key; null until signed (packages/signing.ts). */
  signature_key: string | null;
  signature: string | null;
  published_at: Instant;
  published_by: string;
  /** What the publisher proved beside the credential; `bypass`: a token that needs not. Null where it was not told. */
  factor: PublishedWith | null;
  /** A tombstone: the version is gone and can never be used again. */
  unpublished_at: Instant | null;
}

export interface TagsTable {
  package_id: string;
  tag: string;
  version: string;
}

export interface MaintainersTable {
  package_id: string;
  account_id: string;
  since: Instant;
}

/**
 * What is found of each living package, from its version `latest`. The words are indexed beside it: on SQLite in the
 * table `search_words` of FTS5 under the same number, on PostgreSQL in the column `words` (packages/search.sql.ts).
 */
export interface SearchTable {
  /** Rises whenever `latest` becomes another version, so that the newest come first. */
  sequence: Generated<number>;
  package_id: string;
  version: string;
  /** What the words were made from, hashed: equal where nothing needs to be written. */
  stamp: string;
  /** JSON of what a result shows of the version. */
  shown: string;
}

/** How often tarballs were fetched, by version and day. */
export interface DownloadsTable {
  package_id: string;
  /** Days since 1970-01-01 UTC. */
  day: number;
  version: string;
  count: number;
}

/** The same for all public packages together. */
export interface DownloadTotalsTable {
  day: number;
  count: number;
}

/** Who likes what. */
export interface StarsTable {
  package_id: string;
  account_id: string;
  since: Instant;
}

/** What living versions need: by the name of the package that is needed. */
export interface DependenciesTable {
  name: string;
  package_id: string;
  version: string;
}

/** The keys that sign versions: ECDSA on P-256. The one without an end signs; all are told to clients. */
export interface SigningKeysTable {
  /** `SHA256:` and the hash of the public key, as clients compare it. */
  id: string;
  /** SubjectPublicKeyInfo, DER in base64. */
  public_key: string;
  /** The private key (PKCS #8, DER), sealed by the vault, bound to this row. */
  sealed: string;
  created_at: Instant;
  /** Versions published from then on are not to be believed its signature. */
  expires_at: Instant | null;
}

/** Numbers that only rise. `changes`: the last place in the feed of changes. */
export interface CountersTable {
  name: string;
  value: number;
}

/** Names that are ours; they outlive the package. */
export interface ClaimsTable {
  name: string;
  created_at: Instant;
}

/**
 * The security log: append-only, hash-chained (AU1). A row is linked (its `sequence` and `hash` are filled) once and
 * never altered otherwise; triggers hold that.
 */
export interface AuditTable {
  /** Order of insertion; may have gaps. */
  id: Generated<number>;
  at: Instant;
  /** Canonical JSON of the entry: what the chain hashes. */
  entry: string;
  /** Whose log this belongs to; this and the next two repeat the entry for searching. */
  account_id: string | null;
  action: string;
  outcome: string;
  /** The place in the chain, from 1 without gaps; null until linked. */
  sequence: number | null;
  /** Hex SHA-256 over the hash before and the entry; null until linked. */
  hash: string | null;
}

/** Requests that a limit refused, counted until their window is over and then written to the audit as one row (AU2). */
export interface FloodsTable {
  limit_name: string;
  source: string;
  window_start: Instant;
  count: number;
  /** JSON of the entry to write. */
  entry: string;
}

/** Mail written in the transaction of the act, delivered after. */
export interface OutboxTable {
  id: string;
  recipient: string;
  /** Sealed by the vault, bound to this row: it may hold a one-time link. Null once the mail left or was given up. */
  message: string | null;
  created_at: Instant;
  /** Not tried before. */
  due_at: Instant;
  /** Given up after. */
  until: Instant;
  tries: number;
  /** The delivery that holds the row, and until when; another may take it afterwards. */
  lease: string | null;
  leased_until: Instant | null;
  sent_at: Instant | null;
  given_up_at: Instant | null;
  last_error: string | null;
}

/** Random keys of HMACs, sealed under the keyring (KY2). */
export interface DataKeysTable {
  purpose: string;
  sealed: string;
  created_at: Instant;
}

export interface Tables {
  names: NamesTable;
  accounts: AccountsTable;
  invitations: InvitationsTable;
  mailed_links: MailedLinksTable;
  holds: HoldsTable;
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
  password_attempts: PasswordAttemptsTable;
  sign_in_networks: SignInNetworksTable;
  waiting_sign_ins: WaitingSignInsTable;
  sessions: SessionsTable;
  devices: DevicesTable;
  limited_acts: LimitedActsTable;
  counted_writes: CountedWritesTable;
  handoffs: HandoffsTable;
  handoff_uses: HandoffUsesTable;
  tokens: TokensTable;
  bypass_publishes: BypassPublishesTable;
  packages: PackagesTable;
  versions: VersionsTable;
  tags: TagsTable;
  maintainers: MaintainersTable;
  search: SearchTable;
  counters: CountersTable;
  downloads: DownloadsTable;
  download_totals: DownloadTotalsTable;
  stars: StarsTable;
  dependencies: DependenciesTable;
  signing_keys: SigningKeysTable;
  claims: ClaimsTable;
  audit: AuditTable;
  floods: FloodsTable;
  outbox: OutboxTable;
  data_keys: DataKeysTable;
}
