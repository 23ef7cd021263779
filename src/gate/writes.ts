/** How much one account may change (RL6): counted where it is changed, so exact over any number of processes. */
import { fail } from '../kernel/failure.ts';
import { bucketAt, isOver, type Rate, roomAt, secondsUntil } from '../kernel/rate.ts';
import type { Action } from '../policy/policy.ts';
import { isWrite } from '../policy/traits.ts';
import type { Reading, Writing } from '../store/store.ts';
import { addWrite, forgetWrites, readWrites } from './writes.sql.ts';

/** A write that is about to be done: by whom, if anybody is known, and what. */
export interface Write {
  readonly account: { readonly id: string } | null;
  readonly action: Action;
}

/** Fails with `too_many_requests` when the account has used its limit up; counts nothing. */
export async function checkWrites(
  tx: Reading,
  { account, action }: Write,
  limit: Rate | 'off',
): Promise<void> {
  if (limit === 'off' || account === null || !isWrite(action)) return;
  const room = roomAt(limit, await readWrites(tx, account.id), tx.now);
  if (room !== undefined) fail('too_many_requests', { retryAfter: secondsUntil(room, tx.now) });
}

/** Checks as `checkWrites` does, and counts the write in the transaction that does it: what fails is not counted. */
export async function countWrite(
  tx: Writing,
  { account, action }: Write,
  limit: Rate | 'off',
): Promise<void> {
  if (limit === 'off' || account === null || !isWrite(action)) return;
  const writes = await readWrites(tx, account.id);
  const room = roomAt(limit, writes, tx.now);
  if (room !== undefined) fail('too_many_requests', { retryAfter: secondsUntil(room, tx.now) });
  const over = writes.filter((write) => isOver(limit, write, tx.now)).map(({ since }) => since);
  if (over.length > 0) await forgetWrites(tx, account.id, over);
  await addWrite(tx, account.id, bucketAt(limit, tx.now));
}
