/**
 * Mail, written in the transaction of the act and delivered after it, so that an act and its mail exist both or
 * neither and a mail server that is away blocks nothing (ML1). Delivery is at least once: a mail is sent twice only when a
 * process dies between the mail server's yes and its own note of it.
 */
import { newId } from '../kernel/ids.ts';
import type { Instant, Log, Mailer } from '../kernel/ports.ts';
import type { OutboxTable } from '../store/schema.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import { seeCommitted } from './committed.sql.ts';
import { composeMail, type MailWish, type Site } from './mail.ts';
import { endLease, insertMail, isAnyDue, leaseDue, removeEnded } from './outbox.sql.ts';
import { escapeText } from './plain-text.ts';

export { countWaiting } from './outbox.sql.ts';

const second = 1000;
const hour = 3600 * second;

/** How long a mail is tried. */
export const giveUpAfter = 72 * hour;
const firstPause = 30 * second;
const longestPause = 4 * hour;
/** Longer than ten mails can take at the slowest that the SMTP adapter's time-outs allow. */
const leaseLife = 15 * 60 * second;
const batch = 10;
/** How long the trace of an ended mail is kept: whom, when, whether. */
const traceLife = 30 * 24 * hour;

/** What no address may hold: it could name a second recipient or begin a header. */
const unaddressable = /[\s\p{Cc}\p{Cf}<>(),;:"\\[\]]/u;

const bindingOf = (id: string): readonly string[] => ['outbox', id];

/**
 * Writes a mail into the outbox; it leaves after the commit. An address that no mail can go to is passed over: a
 * notice must not stop the act that it tells of.
 */
export async function queueMail(tx: Writing, wish: MailWish): Promise<void> {
  if (wish.to === '' || unaddressable.test(wish.to)) return;
  const id = newId(tx.now, tx.random);
  const latest = tx.now + giveUpAfter;
  await insertMail(tx, {
    id,
    recipient: wish.to,
    message: tx.vault.seal(Buffer.from(JSON.stringify(wish)), bindingOf(id)),
    created_at: tx.now,
    due_at: tx.now,
    until: Math.min(wish.until ?? latest, latest),
  });
}

export interface Delivery {
  store: Store;
  mailer: Mailer;
  log: Log;
  site: Site;
  /** Aborted when the process stops: what is not under way is left to the next one. */
  signal?: AbortSignal | undefined;
}

/** The pause after so many tries, in milliseconds: 30 s, doubled each time up to 4 h. */
export function pauseAfter(tries: number): number {
  return Math.min(firstPause * 2 ** (tries - 1), longestPause);
}

const openMessage = (tx: Reading, row: OutboxTable): MailWish =>
  JSON.parse(tx.vault.open(row.message ?? '', bindingOf(row.id)).toString()) as MailWish;

async function giveUp(tx: Writing, row: OutboxTable, lease: string, because: string): Promise<void> {
  await endLease(tx, row.id, lease, { message: null, given_up_at: tx.now, last_error: because });
}

async function settleFailure(
  delivery: Delivery,
  row: OutboxTable,
  lease: string,
  thrown: unknown,
): Promise<void> {
  const because = escapeText(thrown instanceof Error ? thrown.message : String(thrown));
  const next = await delivery.store.write(async (tx): Promise<Instant | undefined> => {
    const due = tx.now + pauseAfter(row.tries);
    if (due >= row.until) {
      await giveUp(tx, row, lease, because);
      return undefined;
    }
    await endLease(tx, row.id, lease, { due_at: due, last_error: because });
    return due;
  });
  const fields = { mail: row.id, tries: row.tries, because };
  if (next === undefined) delivery.log.error(fields, 'mail given up');
  else
    delivery.log.warn(
      { ...fields, nextTry: new Date(next).toISOString() },
      'mail not delivered, will be tried again',
    );
}

async function deliverOne(delivery: Delivery, row: OutboxTable, lease: string): Promise<boolean> {
  const { store, mailer, log, site } = delivery;
  if (delivery.signal?.aborted) {
    await store.write((tx) => endLease(tx, row.id, lease, { tries: row.tries - 1 }));
    return false;
  }
  if (row.until <= store.clock.now()) {
    await store.write((tx) => giveUp(tx, row, lease, row.last_error ?? 'its time was over'));
    log.error({ mail: row.id, tries: row.tries - 1, because: row.last_error }, 'mail given up');
    return false;
  }
  try {
    const wish = await store.read(async (tx) => openMessage(tx, row));
    await mailer.send(composeMail(wish, row.id, site));
  } catch (thrown) {
    await settleFailure(delivery, row, lease, thrown);
    return false;
  }
  await store.write((tx) =>
    endLease(tx, row.id, lease, { message: null, sent_at: tx.now, last_error: null }),
  );
  return true;
}

/**
 * Delivers what is due and returns how many mails left. Any number of processes may call it: each mail is leased by
 * one of them. Never throws for a mail that cannot be delivered; throws when the store cannot be read or written.
 */
export async function deliverDue(delivery: Delivery): Promise<number> {
  let sent = 0;
  while (!delivery.signal?.aborted && (await delivery.store.read(isAnyDue))) {
    const lease = await delivery.store.write(
      async (tx) => {
        await seeCommitted(tx);
        const id = newId(tx.now, tx.random);
        return { id, rows: await leaseDue(tx, id, tx.now + leaseLife, batch) };
      },
      { serialise: ['outbox'] },
    );
    if (lease.rows.length === 0) break;
    for (const row of lease.rows) if (await deliverOne(delivery, row, lease.id)) sent += 1;
  }
  return sent;
}

/** Forgets to whom mail went a month ago; returns how many rows went. */
export async function sweepOutbox(store: Store): Promise<number> {
  return store.write((tx) => removeEnded(tx, tx.now - traceLife));
}
