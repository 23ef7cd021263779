import type { Instant } from '../kernel/ports.ts';
import type { OutboxTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

type NewMail = Pick<OutboxTable, 'id' | 'recipient' | 'message' | 'created_at' | 'due_at' | 'until'>;

export async function insertMail(tx: Writing, mail: NewMail): Promise<void> {
  await tx.sql
    .insertInto('outbox')
    .values({
      ...mail,
      tries: 0,
      lease: null,
      leased_until: null,
      sent_at: null,
      given_up_at: null,
      last_error: null,
    })
    .execute();
}

/** Mails that may be tried now and that no delivery holds, those that wait longest first. */
const due = (tx: Reading, limit: number) =>
  tx.sql
    .selectFrom('outbox')
    .select('id')
    .where('sent_at', 'is', null)
    .where('given_up_at', 'is', null)
    .where('due_at', '<=', tx.now)
    .where((row) => row.or([row('leased_until', 'is', null), row('leased_until', '<=', tx.now)]))
    .orderBy('due_at')
    .orderBy('id')
    .limit(limit);

export async function isAnyDue(tx: Reading): Promise<boolean> {
  return (await due(tx, 1).executeTakeFirst()) !== undefined;
}

/** How many mails are neither sent nor given up. */
export async function countWaiting(tx: Reading): Promise<number> {
  const { waiting } = await tx.sql
    .selectFrom('outbox')
    .select(({ fn }) => fn.countAll<number>().as('waiting'))
    .where('sent_at', 'is', null)
    .where('given_up_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(waiting);
}

/** Takes due mails for one delivery; until the lease ends nobody else gets them. */
export async function leaseDue(
  tx: Writing,
  lease: string,
  until: Instant,
  limit: number,
): Promise<OutboxTable[]> {
  const rows = await tx.sql
    .updateTable('outbox')
    .set((row) => ({ lease, leased_until: until, tries: row('tries', '+', 1) }))
    .where('id', 'in', due(tx, limit))
    .returningAll()
    .execute();
  return rows.sort((left, right) => left.due_at - right.due_at || (left.id < right.id ? -1 : 1));
}

type Ending = Partial<
  Pick<OutboxTable, 'message' | 'due_at' | 'sent_at' | 'given_up_at' | 'last_error' | 'tries'>
>;

/** Ends a lease with what came of it. Changes nothing when the lease has passed to somebody else. */
export async function endLease(tx: Writing, id: string, lease: string, ending: Ending): Promise<void> {
  await tx.sql
    .updateTable('outbox')
    .set({ ...ending, lease: null, leased_until: null })
    .where('id', '=', id)
    .where('lease', '=', lease)
    .execute();
}

/** Removes what was sent or given up before an instant; returns how many. */
export async function removeEnded(tx: Writing, before: Instant): Promise<number> {
  const result = await tx.sql
    .deleteFrom('outbox')
    .where((row) => row.or([row('sent_at', '<', before), row('given_up_at', '<', before)]))
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
