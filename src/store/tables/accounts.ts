/** Accounts, what belongs to them, and what they may not do for some time. */
import type { Instant } from '../../kernel/ports.ts';
import type { HoldKind, HoldReason } from '../../policy/hold.ts';
import type { Flag } from './flag.ts';

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
  /** When the first of those did that were used one after another, with less than 14 days between them. */
  recovering_since: Instant | null;
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
  kind: 'confirm-email' | 'undo-email' | 'freeze' | 'end-session' | 'end-hold';
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
  /** Security keys that were added later prove nothing: the use of the recovery code, or `since`. */
  cause_at: Instant;
  /** Where the link goes that ends it early: the confirmed address before its change; empty for the account's own. */
  mail_to: string;
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

export interface AccountTables {
  names: NamesTable;
  accounts: AccountsTable;
  invitations: InvitationsTable;
  mailed_links: MailedLinksTable;
  holds: HoldsTable;
  limited_acts: LimitedActsTable;
  counted_writes: CountedWritesTable;
}
