/** The security log in pages, for its owners and for staff (AU1, AU2). */
import type { Instant } from '../kernel/ports.ts';
import type { Reading } from '../store/store.ts';
import {
  type AuditRow,
  countLogRows,
  countUnlinked,
  type Link,
  type LogFilter,
  readHashesAt,
  readHead,
  readLogRows,
  readRowAt,
} from './audit.sql.ts';
import { type AuditRecord, genesis, linkHash, repeatsEntry } from './audit.ts';

export type { LogFilter } from './audit.sql.ts';

/** How a row stands in the chain: it follows from the row before it, it does not, or it waits for its link. */
export type Standing = 'follows' | 'broken' | 'waits';

/** One page of the log. */
export interface LogPage {
  readonly rows: readonly (AuditRecord & { readonly standing: Standing })[];
  /** How many rows there are on all pages. */
  readonly total: number;
}

const rowsPerPage = 50;

/** Holds rows against the link of the row before each. */
async function judgeRows(tx: Reading, rows: readonly AuditRow[]): Promise<(row: AuditRow) => Standing> {
  const before = rows.flatMap(({ sequence }) => (sequence === null || sequence === 1 ? [] : [sequence - 1]));
  const hashes = before.length === 0 ? new Map<number, string>() : await readHashesAt(tx, before);
  return (row) => {
    if (row.sequence === null) return tx.dialect === 'sqlite' ? 'broken' : 'waits';
    const hash = row.sequence === 1 ? genesis : hashes.get(row.sequence - 1);
    const isRight = hash !== undefined && row.hash === linkHash(hash, row.entry) && repeatsEntry(row);
    return isRight ? 'follows' : 'broken';
  };
}

/**
 * A page of what a filter leaves of the log, newest first, `page` from 1. Each row is held against the link of the row
 * before it in the chain: that finds rows that were altered, but only `verifyAudit` walks the whole chain.
 */
export async function readLog(
  tx: Reading,
  filter: LogFilter,
  { page }: { readonly page: number },
): Promise<LogPage> {
  const rows = await readLogRows(tx, filter, { limit: rowsPerPage, offset: (page - 1) * rowsPerPage });
  const standingOf = await judgeRows(tx, rows);
  return {
    rows: rows.map((row) => ({
      ...(JSON.parse(row.entry) as AuditRecord),
      sequence: row.sequence,
      standing: standingOf(row),
    })),
    total: await countLogRows(tx, filter),
  };
}

/** How many pages a log of so many rows has; one at least. */
export const pagesOf = ({ total }: Pick<LogPage, 'total'>): number =>
  Math.max(1, Math.ceil(total / rowsPerPage));

/** The newest link of the chain: where it stands, since when, and whether it follows from the one before it. */
export interface ChainHead extends Link {
  readonly at: Instant;
  readonly standing: Standing;
}

/** How the chain ends: its head, if there is any row, and how many rows wait for their link. */
export interface ChainEnd {
  readonly head: ChainHead | null;
  readonly waiting: number;
}

/** Reads how the chain ends. */
export async function readChainEnd(tx: Reading): Promise<ChainEnd> {
  const link = await readHead(tx);
  const row = link && (await readRowAt(tx, link.sequence));
  const waiting = await countUnlinked(tx);
  if (link === undefined || row === undefined) return { head: null, waiting };
  return { head: { ...link, at: row.at, standing: (await judgeRows(tx, [row]))(row) }, waiting };
}
