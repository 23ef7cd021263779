/** Mails that wait to be sent. */
import type { Instant } from '../../src/kernel/ports.ts';
import type { MailWish } from '../../src/ledger/mail.ts';
import type { Store } from '../../src/store/store.ts';

export type WaitingMail = MailWish & { readonly createdAt: Instant };

/** Every mail that waits, the oldest first; those of one instant have no order. */
export const readOutbox = (store: Store): Promise<WaitingMail[]> =>
  store.read(async (tx) => {
    const rows = await tx.sql
      .selectFrom('outbox')
      .select(['id', 'message', 'created_at'])
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.flatMap(({ id, message, created_at }) =>
      message === null
        ? []
        : [{ ...JSON.parse(tx.vault.open(message, ['outbox', id]).toString()), createdAt: created_at }],
    );
  });
