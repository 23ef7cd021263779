/** What the page of a command line's request shows (LK2, LK5, SE5). */
import type { Instant } from '../kernel/ports.ts';
import { hashSecret } from '../kernel/secrets.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading } from '../store/store.ts';
import { type HandoffRow, readAsker, readByPage, readUses } from './handoffs.sql.ts';
import { areFarApart, mayServeRelease, mostReleaseUses, requireOwn } from './handoffs.ts';

/** A release that was approved. */
export interface Release {
  readonly until: Instant;
  /** Whether a further publish would still be served. */
  readonly open: boolean;
  /** How many writes are left. */
  readonly left: number;
}

/** A request as the person who answers it sees it. */
export interface ShownHandoff {
  readonly kind: 'login' | 'otp';
  /** `handed-out`: the client has what it asked for. `expired`: nobody answered, or the client never came back. */
  readonly state: HandoffRow['state'];
  /** Of a login: the code that the terminal shows too. Quiet clients, yarn and berry show none. */
  readonly comparison: string | null;
  readonly address: string | null;
  readonly userAgent: string;
  /** The name of the machine, in its own words. */
  readonly hostname: string | null;
  /** Whether it was begun by `npm adduser`. */
  readonly wantsAccount: boolean;
  readonly createdAt: Instant;
  readonly until: Instant;
  /** Whether whoever looks is in another network than the client (LK3). */
  readonly farApart: boolean;
  /** Of a proof: what it is for. */
  readonly act: {
    readonly action: Action;
    /** Package, `package@version` with its integrity, or account. */
    readonly subject: string;
    /** The access token that asked; null for a login with a password. */
    readonly token: { readonly key: string; readonly prefix: string; readonly name: string | null } | null;
    /** Whether "this release" may be offered. */
    readonly mayServeRelease: boolean;
    readonly release: Release | null;
    /** What the approval was used for, oldest first. */
    readonly uses: readonly { readonly subject: string; readonly at: Instant }[];
  } | null;
}

function releaseOf({ release_until, state, uses }: HandoffRow, now: Instant): Release | null {
  if (release_until === null) return null;
  const left = Math.max(0, mostReleaseUses - uses);
  const isEnded = state !== 'approved' && state !== 'handed-out';
  return { until: release_until, open: !isEnded && release_until > now && left > 0, left };
}

async function actOf(tx: Reading, row: HandoffRow): Promise<ShownHandoff['act']> {
  if (row.kind === 'login' || row.action === null) return null;
  const token = row.credential === null ? undefined : await readAsker(tx, row.credential);
  return {
    action: row.action as Action,
    subject: row.subject ?? '',
    token: token ? { key: row.credential ?? '', prefix: token.prefix, name: token.name } : null,
    mayServeRelease: mayServeRelease(row),
    release: releaseOf(row, tx.now),
    uses: (await readUses(tx, row.id)).map(({ subject, at }) => ({ subject, at })),
  };
}

const isExpired = ({ state, until }: HandoffRow, now: Instant): boolean =>
  until <= now && (state === 'waiting' || state === 'approved');

/**
 * The request behind the id of a page. Reads only; whoever looks must be signed in. Fails with `not_found` when there is
 * none of that kind, and with `not_allowed` when it is another account's.
 */
export async function readHandoff(
  tx: Reading,
  reader: { readonly account: { readonly id: string }; readonly address: string | null },
  wish: { readonly id: string; readonly kind: 'login' | 'otp' },
): Promise<ShownHandoff> {
  const row = await requireOwn(tx, reader.account, wish);
  return {
    kind: row.kind,
    state: isExpired(row, tx.now) ? 'expired' : row.state,
    comparison: row.comparison,
    address: row.address,
    userAgent: row.user_agent,
    hostname: row.hostname,
    wantsAccount: row.wants_account === 1,
    createdAt: row.created_at,
    until: row.until,
    farApart: areFarApart(row.address, reader.address),
    act: await actOf(tx, row),
  };
}

/** Whether a login was begun by `npm adduser`: who opens its page signed out is to sign up. Tells nothing else. */
export async function wantsAccount(tx: Reading, id: string): Promise<boolean> {
  return (await readByPage(tx, hashSecret(id)))?.wants_account === 1;
}
