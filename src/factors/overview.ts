/** All of an account's two-factor authentication, as its owner's page shows it. */
import type { Instant } from '../kernel/ports.ts';
import type { Reading } from '../store/store.ts';
import { type FactorMode, readMode, readTotp } from './factors.sql.ts';
import { listKeys, type SecurityKey } from './keys.ts';
import { countUnused } from './recovery-codes.sql.ts';

export { countFactors } from './factors.sql.ts';

export interface FactorOverview {
  /** Null while there is no factor. */
  readonly mode: FactorMode | null;
  readonly app: {
    readonly createdAt: Instant;
    readonly lastUsedAt: Instant | null;
    /** Its codes are refused after too many wrong ones, until a recovery code is used. */
    readonly barred: boolean;
  } | null;
  readonly keys: readonly SecurityKey[];
  readonly codesLeft: number;
}

/** Reads it, by the account's id. */
export async function readFactorOverview(tx: Reading, account: string): Promise<FactorOverview> {
  const app = await readTotp(tx, account);
  return {
    mode: (await readMode(tx, account)) ?? null,
    app: app
      ? { createdAt: app.created_at, lastUsedAt: app.last_used_at, barred: app.barred_at !== null }
      : null,
    keys: await listKeys(tx, account),
    codesLeft: await countUnused(tx, account),
  };
}

/** Which kinds of factor an account has; recovery codes come with either. */
export interface FactorKinds {
  readonly app: boolean;
  readonly keys: boolean;
}

/** Reads them, by the account's id. */
export async function readFactorKinds(tx: Reading, account: string): Promise<FactorKinds> {
  return {
    app: (await readTotp(tx, account)) !== undefined,
    keys: (await listKeys(tx, account)).length > 0,
  };
}
