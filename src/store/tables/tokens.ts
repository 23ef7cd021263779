/** Access tokens. */
import type { Generated } from 'kysely';
import type { Instant } from '../../kernel/ports.ts';

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
  /** How many of the two warnings before its end were mailed (TK3); three where a newer one has taken its name. */
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

export interface TokenTables {
  tokens: TokensTable;
  bypass_publishes: BypassPublishesTable;
}
