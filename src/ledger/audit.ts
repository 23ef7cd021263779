/**
 * The security log. Rows are only ever added, each in the transaction of its act, and chained:
 * h(n) = SHA-256(h(n−1) ‖ canonical JSON of entry n), h(0) being 32 zero bytes (AU1). On SQLite the link is made in the same
 * transaction; on PostgreSQL within a second by `linkPending`, because a chain inside SERIALIZABLE would make any two
 * acts collide (docs/decisions/0004).
 */
import { createHash } from 'node:crypto';
import type { Instant } from '../kernel/ports.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import {
  type AuditRow,
  countUnlinked,
  fillLinks,
  insertRow,
  type Link,
  readHead,
  readLinked,
  readNewest,
  readUnlinked,
} from './audit.sql.ts';
import { canonicalJson } from './canonical.ts';
import { seeCommitted } from './committed.sql.ts';
import { escapeText } from './plain-text.ts';

/** Who did what to what, from where, and how it ended (AU2). What is left out is stored as null. */
export interface AuditEntry {
  /** A row of the policy, or an event of the server itself such as `limit.reached`. */
  action: string;
  outcome: 'done' | 'refused';
  /** The account's id, when one is known: its owner sees the row. */
  account?: string | undefined;
  /** The name that acted: an account's, or the name that a stranger claimed. */
  actor?: string | undefined;
  actorKind: 'account' | 'stranger' | 'console' | 'server';
  /** Npm's `key` of the token that was used, never the token. */
  tokenKey?: string | undefined;
  /** SHA-256 of the session id, hex. */
  sessionHash?: string | undefined;
  address?: string | undefined;
  userAgent?: string | undefined;
  requestId?: string | undefined;
  target?: string | undefined;
  /** Why it was refused (a code of the catalogue), or what a person gave as reason. */
  reason?: string | undefined;
  /** Which kind of factor stood behind it. */
  factor?: string | undefined;
  /** How many requests the row stands for, where not one. */
  count?: number | undefined;
}

/** The hash before the first row. */
export const genesis = '0'.repeat(64);

const limits = { userAgent: 256, text: 1024 };
const batch = 1000;

const shown = (text: string | undefined, limit = limits.text): string | null =>
  text === undefined ? null : escapeText(text, limit);

/** The stored form: every field present, every foreign text visible and bounded. */
function describe(entry: AuditEntry, at: Instant): string {
  return canonicalJson({
    at,
    action: shown(entry.action),
    outcome: entry.outcome,
    account: shown(entry.account),
    actor: shown(entry.actor),
    actorKind: entry.actorKind,
    tokenKey: shown(entry.tokenKey),
    sessionHash: shown(entry.sessionHash),
    address: shown(entry.address),
    userAgent: shown(entry.userAgent, limits.userAgent),
    requestId: shown(entry.requestId),
    target: shown(entry.target),
    reason: shown(entry.reason),
    factor: shown(entry.factor),
    count: entry.count ?? 1,
  });
}

/** The hash that links an entry to the one before it; both hashes are 64 hex digits. */
export function linkHash(before: string, entry: string): string {
  return createHash('sha256').update(Buffer.from(before, 'hex')).update(entry).digest('hex');
}

const follow = (head: Link | undefined, entry: string): Link => ({
  sequence: (head?.sequence ?? 0) + 1,
  hash: linkHash(head?.hash ?? genesis, entry),
});

/** Appends one row in the transaction of the act that it tells of: both are there, or neither. */
export async function record(tx: Writing, entry: AuditEntry): Promise<void> {
  const text = describe(entry, tx.now);
  const link = tx.dialect === 'sqlite' ? follow(await readHead(tx), text) : { sequence: null, hash: null };
  await insertRow(tx, {
    at: tx.now,
    entry: text,
    account_id: shown(entry.account),
    action: escapeText(entry.action, limits.text),
    outcome: entry.outcome,
    ...link,
  });
}

/**
 * Links the rows that wait for it and returns how many it linked. Any process may call it at any time: they take turns
 * by a lock. Does nothing on SQLite, whose rows are born linked.
 */
export async function linkPending(store: Store): Promise<number> {
  if (store.dialect === 'sqlite') return 0;
  if ((await store.read((tx) => readUnlinked(tx, 1))).length === 0) return 0;
  return store.write(
    async (tx) => {
      await seeCommitted(tx);
      let head = await readHead(tx);
      const rows = await readUnlinked(tx, batch);
      const links = rows.map((row) => {
        head = follow(head, row.entry);
        return { id: row.id, ...head };
      });
      if (links.length > 0) await fillLinks(tx, links);
      return links.length;
    },
    { serialise: ['audit-chain'] },
  );
}

/** What a look at the whole chain found. */
export interface Verification {
  /** How many rows are linked and right, counted from the first. */
  verified: number;
  /** Rows that wait for their link: only on PostgreSQL, and only for a moment. */
  pending: number;
  head: Link | undefined;
  /** The first row that is not what it was, and how that shows. */
  broken: { sequence: number; because: string } | undefined;
}

/** Whether the columns beside the entry say what it says. */
export const repeatsEntry = (row: AuditRow): boolean => {
  const { at, account, action, outcome } = JSON.parse(row.entry) as Record<string, unknown>;
  return at === row.at && account === row.account_id && action === row.action && outcome === row.outcome;
};

function whyBroken(row: AuditRow, expected: Link): string | undefined {
  if (row.sequence !== expected.sequence) return 'this row is missing';
  if (row.hash !== expected.hash) return 'the entry or its hash was altered';
  if (!repeatsEntry(row)) return 'the columns beside the entry were altered';
  return undefined;
}

/**
 * Walks the chain from its first row and names the first broken one. With a head that was written down earlier (the
 * log has one every hour) it also finds rows that were cut off at the end or a chain that was made anew.
 */
export async function verifyAudit(store: Store, known?: Link): Promise<Verification> {
  let head: Link | undefined;
  const end = async (broken?: Verification['broken']): Promise<Verification> => ({
    verified: head?.sequence ?? 0,
    pending: await store.read(countUnlinked),
    head,
    broken,
  });
  for (;;) {
    const after = head?.sequence ?? 0;
    const rows = await store.read((tx) => readLinked(tx, after, batch));
    for (const row of rows) {
      const expected = follow(head, row.entry);
      const because = whyBroken(row, expected);
      if (because !== undefined) return end({ sequence: expected.sequence, because });
      if (known?.sequence === expected.sequence && known.hash !== expected.hash) {
        return end({ sequence: expected.sequence, because: 'the chain differs from the known head' });
      }
      head = expected;
    }
    if (rows.length < batch) break;
  }
  const reached = head?.sequence ?? 0;
  if (known && known.sequence > reached)
    return end({ sequence: reached + 1, because: 'this row is missing' });
  const result = await end();
  if (store.dialect === 'sqlite' && result.pending > 0) {
    return { ...result, broken: { sequence: reached + 1, because: 'a row was added beside the chain' } };
  }
  return result;
}

/** A linked row as it was hashed. */
export type ExportedRow = Link & { readonly entry: string };

/** Every row behind a place in the chain, oldest first; on PostgreSQL those that waited for their link too. */
export async function* exportAudit(store: Store, after = 0): AsyncGenerator<ExportedRow> {
  while ((await linkPending(store)) >= batch);
  let last = after;
  for (;;) {
    const from = last;
    const rows = await store.read((tx) => readLinked(tx, from, batch));
    for (const { sequence, hash, entry } of rows) {
      if (sequence === null || hash === null) continue;
      yield { sequence, hash, entry };
      last = sequence;
    }
    if (rows.length < batch) return;
  }
}

/** One row of the security log as people see it. */
export type AuditRecord = {
  [K in keyof AuditEntry]-?: undefined extends AuditEntry[K]
    ? Exclude<AuditEntry[K], undefined> | null
    : AuditEntry[K];
} & {
  at: Instant;
  sequence: number | null;
};

/** The newest entries of one account, or of everybody, newest first. */
export async function listAudit(
  tx: Reading,
  wish: { account?: string; limit: number },
): Promise<AuditRecord[]> {
  const rows = await readNewest(tx, wish.account, wish.limit);
  return rows.map((row) => ({ ...(JSON.parse(row.entry) as AuditRecord), sequence: row.sequence }));
}
