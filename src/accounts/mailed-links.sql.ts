import type { Instant } from '../kernel/ports.ts';
import type { MailedLinksTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export type MailedLinkRow = MailedLinksTable;
export type LinkKind = MailedLinkRow['kind'];

/** Which link. */
export interface LinkKey {
  readonly hash: string;
  readonly kind: LinkKind;
}

export async function insertLink(tx: Writing, row: MailedLinkRow): Promise<void> {
  await tx.sql.insertInto('mailed_links').values(row).execute();
}

/** The link of that kind that has not been used and whose time is not over. */
export async function readLink(tx: Reading, { hash, kind }: LinkKey): Promise<MailedLinkRow | undefined> {
  return tx.sql
    .selectFrom('mailed_links')
    .selectAll()
    .where('hash', '=', hash)
    .where('kind', '=', kind)
    .where('used_at', 'is', null)
    .where('until', '>', tx.now)
    .executeTakeFirst();
}

/** Uses a link up: the row where it was good until now, undefined else. */
export async function markLinkUsed(tx: Writing, { hash, kind }: LinkKey): Promise<MailedLinkRow | undefined> {
  return tx.sql
    .updateTable('mailed_links')
    .set({ used_at: tx.now })
    .where('hash', '=', hash)
    .where('kind', '=', kind)
    .where('used_at', 'is', null)
    .where('until', '>', tx.now)
    .returningAll()
    .executeTakeFirst();
}

/** Uses up all links of a kind that an account was mailed at an instant or later. */
export async function voidLinks(
  tx: Writing,
  { account, kind, since }: { account: string; kind: LinkKind; since: Instant },
): Promise<void> {
  await tx.sql
    .updateTable('mailed_links')
    .set({ used_at: tx.now })
    .where('account_id', '=', account)
    .where('kind', '=', kind)
    .where('created_at', '>=', since)
    .where('used_at', 'is', null)
    .execute();
}

/** The latest link of a kind about something, good or not. */
export async function readLatestLink(
  tx: Reading,
  { account, kind, payload }: { account: string; kind: LinkKind; payload: string },
): Promise<MailedLinkRow | undefined> {
  return tx.sql
    .selectFrom('mailed_links')
    .selectAll()
    .where('account_id', '=', account)
    .where('kind', '=', kind)
    .where('payload', '=', payload)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Forgets the links whose time was over before an instant; returns how many. */
export async function removeLinks(tx: Writing, before: Instant): Promise<number> {
  const { numDeletedRows } = await tx.sql
    .deleteFrom('mailed_links')
    .where('until', '<', before)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
