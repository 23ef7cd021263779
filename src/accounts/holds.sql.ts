import type { Instant } from '../kernel/ports.ts';
import type { HoldsTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export type HoldRow = HoldsTable;

/** The holds of an account that are not over, the full one first. */
export function readHolds(tx: Reading, account: string): Promise<HoldRow[]> {
  return tx.sql
    .selectFrom('holds')
    .selectAll()
    .where('account_id', '=', account)
    .where('until', '>', tx.now)
    .orderBy('kind')
    .execute();
}

/** Puts a hold in place of an older one of its kind; neither its end nor what it trusts comes nearer. */
export async function putHold(tx: Writing, hold: HoldRow): Promise<void> {
  const { account_id, kind } = hold;
  const older = await tx.sql
    .selectFrom('holds')
    .select(['until', 'cause_at'])
    .where('account_id', '=', account_id)
    .where('kind', '=', kind)
    .executeTakeFirst();
  const until = Math.max(hold.until, older?.until ?? 0);
  const isOn = older !== undefined && older.until > tx.now;
  const cause_at = isOn ? Math.min(hold.cause_at, older.cause_at) : hold.cause_at;
  const { reason, since, mail_to } = hold;
  await tx.sql
    .insertInto('holds')
    .values({ ...hold, until, cause_at })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'kind']).doUpdateSet({ reason, since, until, cause_at, mail_to }),
    )
    .execute();
}

/** Holds that are over and not yet ended, with whom to tell. */
export function readOver(
  tx: Reading,
  now: Instant,
  limit: number,
): Promise<(HoldRow & { name: string; email: string; email_verified_at: Instant | null })[]> {
  return tx.sql
    .selectFrom('holds')
    .innerJoin('accounts', 'accounts.id', 'holds.account_id')
    .selectAll('holds')
    .select(['accounts.name', 'accounts.email', 'accounts.email_verified_at'])
    .where('holds.until', '<=', now)
    .orderBy('holds.until')
    .limit(limit)
    .execute();
}

export async function removeHold(tx: Writing, { account_id, kind }: HoldRow): Promise<void> {
  await tx.sql.deleteFrom('holds').where('account_id', '=', account_id).where('kind', '=', kind).execute();
}
