/** Signing in: guesses at passwords, networks, sessions, browsers, and what the command line asks of pages. */
import type { Instant } from '../../kernel/ports.ts';
import type { Flag } from './flag.ts';

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

export interface SessionTables {
  password_attempts: PasswordAttemptsTable;
  sign_in_networks: SignInNetworksTable;
  waiting_sign_ins: WaitingSignInsTable;
  sessions: SessionsTable;
  devices: DevicesTable;
  handoffs: HandoffsTable;
  handoff_uses: HandoffUsesTable;
}
