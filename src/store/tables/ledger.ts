/** The security log, mail, and the keys of HMACs. */
import type { Generated } from 'kysely';
import type { Instant } from '../../kernel/ports.ts';

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

export interface LedgerTables {
  audit: AuditTable;
  floods: FloodsTable;
  outbox: OutboxTable;
  data_keys: DataKeysTable;
}
