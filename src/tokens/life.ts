/** How long access tokens live (SE4, TK3). Pure. */
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import type { TokensTable } from '../store/schema.ts';
import type { TokenRow } from './tokens.sql.ts';

/** The operator's settings, in milliseconds. */
export interface TokenRules {
  /** A login token ends when unused for so long, and after so long. */
  readonly loginIdle: number;
  readonly loginLife: number;
  /** An access token that names no life gets this one; none lives longer than the other. */
  readonly life: number;
  readonly lifeMax: number | 'never';
  /** How long a token outlives its successor of the same name. */
  readonly overlap: number;
  /** Whether logins with a password from networks that are not known are guarded (SE7); not so when left out. */
  readonly guardsLogins?: boolean;
}

const day = 24 * 3600 * 1000;
/** From when on each use of an access token tells that its end is near. */
const noticed = 14 * day;
/** How long before its end the owner is mailed: a week, then a day. */
export const warned: readonly number[] = [7 * day, day];

/** Stands for the number of a token's warnings once a newer one has taken its name: whoever made that knows. */
export const replaced = warned.length + 1;

type Lived = Pick<TokensTable, 'expires_at' | 'idle_life' | 'last_used_at' | 'created_at' | 'expired_at'>;

/**
 * When the token's life ends or ended if nothing uses it; undefined for never. Revocation is another matter. `lastUsed`
 * where more is known than was written down. Asked with every request that brings a token.
 */
export function endOfLife(token: Lived, lastUsed = token.last_used_at): Instant | undefined {
  const never = Number.POSITIVE_INFINITY;
  const idle = token.idle_life === null ? never : (lastUsed ?? token.created_at) + token.idle_life;
  const end = Math.min(token.expired_at ?? never, token.expires_at ?? never, idle);
  return end === never ? undefined : end;
}

/**
 * The life in milliseconds that a wish of so many days gets; the usual one when there is no wish. Fails with
 * `request_invalid` when it is longer than the operator allows.
 */
export function lifeOf(days: number | undefined, { life, lifeMax }: TokenRules): number {
  if (days === undefined) return life;
  const longest = lifeMax === 'never' ? Number.POSITIVE_INFINITY : lifeMax;
  if (days * day > longest) {
    fail('request_invalid', {
      reason: `An access token lives at most ${Math.floor(longest / day)} days here: give fewer with --expires.`,
    });
  }
  return days * day;
}

/** How many of the mailed warnings make no sense for a token, because its whole life is shorter. */
export const warningsBeyond = (life: number): number => warned.filter((before) => life <= before).length;

/** A word to whoever uses an access token whose end is near, or null (`npm-notice`). */
export function noticeOf(
  token: Pick<TokenRow, 'kind' | 'prefix' | 'expires_at' | 'warnings'>,
  now: Instant,
): string | null {
  if (token.kind === 'session' || token.expires_at === null || token.expires_at - now > noticed) return null;
  const on = new Date(token.expires_at).toISOString().slice(0, 10);
  if (token.warnings >= replaced)
    return `The access token ${token.prefix}... expires on ${on}: use the newer one of the same name, which replaces it.`;
  return `The access token ${token.prefix}... expires on ${on}: create its successor with npm token create.`;
}
