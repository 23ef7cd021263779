import { sql } from 'kysely';
import type { Instant } from '../kernel/ports.ts';
import type { Reading } from '../store/store.ts';

/** An account with what stands in other tables about it. */
export interface DirectoryRow {
  id: string;
  name: string;
  email: string;
  email_verified_at: Instant | null;
  mode: 'auth-only' | 'auth-and-writes';
  staff: 0 | 1;
  frozen_at: Instant | null;
  created_at: Instant;
  apps: number;
  keys: number;
  codes: number;
  last_sign_in: Instant | null;
}

const described = (tx: Reading) =>
  tx.sql
    .selectFrom('accounts')
    .select([
      'accounts.id',
      'accounts.name',
      'accounts.email',
      'accounts.email_verified_at',
      'accounts.mode',
      'accounts.staff',
      'accounts.frozen_at',
      'accounts.created_at',
    ])
    .select((accounts) => [
      accounts
        .selectFrom('factors')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('factors.account_id', '=', 'accounts.id')
        .as('apps'),
      accounts
        .selectFrom('security_keys')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('security_keys.account_id', '=', 'accounts.id')
        .as('keys'),
      accounts
        .selectFrom('recovery_codes')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('recovery_codes.account_id', '=', 'accounts.id')
        .where('recovery_codes.used_at', 'is', null)
        .as('codes'),
      accounts
        .selectFrom('sign_in_networks')
        .select(({ fn }) => fn.max('sign_in_networks.last_at').as('last'))
        .whereRef('sign_in_networks.account_id', '=', 'accounts.id')
        .as('last_sign_in'),
    ]);

/** Names that hold a text; the signs of `like` in it stand for themselves. */
const holds = (text: string) =>
  sql<boolean>`accounts.name like ${`%${text.replace(/[\\%_]/g, '\\$&')}%`} escape '\\'`;

/** One page of the accounts, by name; `text` is what their names hold, empty for all. */
export async function readDirectory(
  tx: Reading,
  { text, limit, offset }: { text: string; limit: number; offset: number },
): Promise<DirectoryRow[]> {
  let query = described(tx);
  if (text !== '') query = query.where(holds(text));
  return (await query.orderBy('accounts.name').limit(limit).offset(offset).execute()) as DirectoryRow[];
}

export async function countDirectory(tx: Reading, text: string): Promise<number> {
  let query = tx.sql.selectFrom('accounts').select(({ fn }) => fn.countAll<number>().as('count'));
  if (text !== '') query = query.where(holds(text));
  return Number((await query.executeTakeFirstOrThrow()).count);
}

export async function readDirectoryEntry(tx: Reading, name: string): Promise<DirectoryRow | undefined> {
  return (await described(tx).where('accounts.name', '=', name).executeTakeFirst()) as
    | DirectoryRow
    | undefined;
}
