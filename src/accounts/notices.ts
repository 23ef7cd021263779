import { type MailLink, type NoticeWish, notice } from '../ledger/mail.ts';
import { queueMail } from '../ledger/outbox.ts';
import type { Writing } from '../store/store.ts';
import type { AccountRow } from './accounts.sql.ts';
import { linkLives, makeLink } from './mailed-links.ts';

/** Whose account it is, and where its mail goes. */
export type Notified = Pick<AccountRow, 'id' | 'name' | 'email' | 'email_verified_at'>;

/**
 * Mails the owner of an account what only they should have done, with a link that freezes the account where it was not
 * them (ML1, RV8). `link` is what else they may do about it.
 */
export async function queueNotice(
  tx: Writing,
  account: Notified,
  wish: Omit<NoticeWish, 'to' | 'account' | 'freezePath'>,
  link?: MailLink,
): Promise<void> {
  const { email, name, email_verified_at: verifiedAt } = account;
  if (email === '') return;
  const freezePath = await makeLink(tx, {
    account,
    kind: 'freeze',
    payload: verifiedAt === null ? email : '',
    until: tx.now + linkLives.freeze,
  });
  await queueMail(tx, { ...notice({ ...wish, to: email, account: name, freezePath }), link });
}
