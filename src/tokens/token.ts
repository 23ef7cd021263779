import type { Instant } from '../kernel/ports.ts';
import type { Grants } from '../policy/grants.ts';
import type { TokenKind } from '../store/schema.ts';
import { grantsIn } from './grants.ts';
import type { TokenRow } from './tokens.sql.ts';

/** What a list may show of a token: all but the token. */
export interface Token {
  /** 32 lower-case hex digits; npm revokes by it. */
  key: string;
  /** The token's first eight characters. */
  prefix: string;
  kind: TokenKind;
  name: string | null;
  description: string | null;
  /** Masked ranges such as `10.0.0.0/8`; null where every address may. */
  ranges: readonly string[] | null;
  /** Null where it may do all that its owner may. */
  grants: Grants | null;
  createdAt: Instant;
  /** From where, and with which client, as far as that was told. */
  createdAddress: string | null;
  createdAgent: string | null;
  updatedAt: Instant;
  lastUsedAt: Instant | null;
  expiresAt: Instant | null;
  /** When too many wrong codes stopped it (RL2); null while it works. */
  suspendedAt: Instant | null;
  /** Until when each of its writes asks a factor, whatever the account's mode (SE7); null for never. */
  guardedUntil: Instant | null;
}

/** A token at the one moment when it is shown. */
export interface NewToken extends Token {
  token: string;
}

/** A row as its owner may see it. */
export const present = (row: TokenRow): Token => ({
  key: row.id,
  prefix: row.prefix,
  kind: row.kind,
  name: row.name,
  description: row.description,
  ranges: row.cidr === null ? null : (JSON.parse(row.cidr) as string[]),
  grants: grantsIn(row),
  createdAt: row.created_at,
  createdAddress: row.created_address,
  createdAgent: row.created_agent,
  updatedAt: row.updated_at,
  lastUsedAt: row.last_used_at,
  expiresAt: row.expires_at,
  suspendedAt: row.suspended_at,
  guardedUntil: row.guarded_until,
});
