import type { Instant } from '../kernel/ports.ts';
import type { InvitationsTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

type Kind = InvitationsTable['kind'];

export async function insertInvitation(
  tx: Writing,
  row: Pick<InvitationsTable, 'id' | 'hash' | 'kind' | 'made_by' | 'until'>,
): Promise<void> {
  await tx.sql
    .insertInto('invitations')
    .values({ ...row, created_at: tx.now, used_at: null, used_by: null })
    .execute();
}

/** Which kind of invitation a hash opens, unless it is used or over. */
export async function readInvitation(tx: Reading, hash: string): Promise<Kind | undefined> {
  const row = await tx.sql
    .selectFrom('invitations')
    .select('kind')
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('until', '>', tx.now)
    .executeTakeFirst();
  return row?.kind;
}

/** Uses one up; says whether it was there to use. One statement, so that two uses cannot both win. */
export async function useInvitation(
  tx: Writing,
  { hash, kind, account }: { hash: string; kind: Kind; account: string },
): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('invitations')
    .set({ used_at: tx.now, used_by: account })
    .where('hash', '=', hash)
    .where('kind', '=', kind)
    .where('used_at', 'is', null)
    .where('until', '>', tx.now)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Ends those of a kind that nobody used. */
export async function voidInvitations(tx: Writing, kind: Kind): Promise<void> {
  await tx.sql
    .updateTable('invitations')
    .set({ until: tx.now })
    .where('kind', '=', kind)
    .where('used_at', 'is', null)
    .where('until', '>', tx.now)
    .execute();
}

/** Forgets those that ended before an instant. */
export async function removeInvitations(tx: Writing, before: Instant): Promise<void> {
  await tx.sql.deleteFrom('invitations').where('until', '<', before).execute();
}

export async function isAnyStaff(tx: Reading): Promise<boolean> {
  const row = await tx.sql
    .selectFrom('accounts')
    .select('id')
    .where('staff', '=', 1)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
