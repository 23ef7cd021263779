/**
 * The tables, as Kysely sees them. Portable subset: text, integers below 2^53, instants as milliseconds UTC, JSON as
 * text, truth values as 0 and 1. The columns' meaning is told once, in `tables/`; `migrations/0001.ts` creates them.
 */
import type { AccountTables } from './tables/accounts.ts';
import type { FactorTables } from './tables/factors.ts';
import type { LedgerTables } from './tables/ledger.ts';
import type { PackageTables } from './tables/packages.ts';
import type { SessionTables } from './tables/sessions.ts';
import type { TokenTables } from './tables/tokens.ts';

export type * from './tables/accounts.ts';
export type * from './tables/factors.ts';
export type * from './tables/ledger.ts';
export type * from './tables/packages.ts';
export type * from './tables/sessions.ts';
export type * from './tables/tokens.ts';

export interface Tables
  extends AccountTables,
    FactorTables,
    SessionTables,
    TokenTables,
    PackageTables,
    LedgerTables {}
