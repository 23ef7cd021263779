/** All accounts of the registry, as its staff see them. */
import { readHold } from '../accounts/holds.ts';
import type { Instant } from '../kernel/ports.ts';
import type { Mode } from '../policy/decide.ts';
import type { Hold } from '../policy/hold.ts';
import type { Reading } from '../store/store.ts';
import { countDirectory, type DirectoryRow, readDirectory, readDirectoryEntry } from './directory.sql.ts';

/** An account, its second factor included; no secret of it. */
export interface DirectoryEntry {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly mode: Mode;
  readonly app: boolean;
  /** How many security keys, and how many recovery codes that are not used. */
  readonly keys: number;
  readonly codes: number;
  readonly staff: boolean;
  readonly frozenAt: Instant | null;
  readonly hold: Hold | null;
  readonly createdAt: Instant;
  /** The last sign-in on the website, as far back as it is known. */
  readonly lastSignIn: Instant | null;
}

/** One page of accounts. */
export interface Directory {
  readonly entries: readonly DirectoryEntry[];
  /** How many there are on all pages. */
  readonly total: number;
}

const perPage = 50;
const numberOrNull = (value: number | null): number | null => (value === null ? null : Number(value));

const present = async (tx: Reading, row: DirectoryRow): Promise<DirectoryEntry> => {
  const [apps, keys] = [Number(row.apps), Number(row.keys)];
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    emailVerified: row.email_verified_at !== null,
    mode: apps + keys === 0 ? 'off' : row.mode,
    app: apps > 0,
    keys,
    codes: Number(row.codes),
    staff: row.staff === 1,
    frozenAt: row.frozen_at,
    hold: await readHold(tx, row.id),
    createdAt: row.created_at,
    lastSignIn: numberOrNull(row.last_sign_in),
  };
};

/** Accounts whose names hold a text (all for an empty one), by name, `page` from 1. */
export async function listDirectory(
  tx: Reading,
  { search, page }: { readonly search: string; readonly page: number },
): Promise<Directory> {
  const text = search.trim().toLowerCase();
  const rows = await readDirectory(tx, { text, limit: perPage, offset: (page - 1) * perPage });
  const entries: DirectoryEntry[] = [];
  for (const row of rows) entries.push(await present(tx, row));
  return { entries, total: await countDirectory(tx, text) };
}

/** How many pages so many accounts have; one at least. */
export const directoryPages = (total: number): number => Math.max(1, Math.ceil(total / perPage));

/** The account of a name, or undefined. */
export async function findDirectoryEntry(tx: Reading, name: string): Promise<DirectoryEntry | undefined> {
  const row = await readDirectoryEntry(tx, name);
  return row && present(tx, row);
}
