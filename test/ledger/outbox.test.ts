import { describe, expect, test } from 'vitest';
import type { Mail } from '../../src/kernel/ports.ts';
import { Floods } from '../../src/ledger/floods.ts';
import type { MailWish } from '../../src/ledger/mail.ts';
import {
  type Delivery,
  deliverDue,
  giveUpAfter,
  pauseAfter,
  queueMail,
  sweepOutbox,
} from '../../src/ledger/outbox.ts';
import { startLedger } from '../../src/ledger/worker.ts';
import type { Store } from '../../src/store/store.ts';
import { createLog } from '../support/ports.ts';
import { eachStore, type TestStore } from '../support/stores.ts';

const site = { name: 'Tallystick', publicUrl: 'http://localhost:4873' };
const hour = 3_600_000;
const secret = 'f'.repeat(64);

const wish = (to = 'ann@example.com'): MailWish => ({
  to,
  account: 'ann',
  what: 'New password',
  paragraphs: ['Somebody asked for it.'],
  link: { label: 'Choose a new password', path: `/reset/${secret}` },
});

/** A mail server that is as good as `answer` says. */
function createMailer(answer: (mail: Mail) => Promise<void> | void = () => undefined) {
  const sent: Mail[] = [];
  return {
    sent,
    send: async (mail: Mail): Promise<void> => {
      await answer(mail);
      sent.push(mail);
    },
  };
}

const refusing = () =>
  createMailer(() => {
    throw new Error('550 5.1.1 no such\r\nuser');
  });

const deliveryOf = (store: Store, mailer: Delivery['mailer'], log = createLog()): Delivery => ({
  store,
  mailer,
  log,
  site,
});

const queue = (store: Store, ...wishes: MailWish[]): Promise<void> =>
  store.write(async (tx) => {
    for (const one of wishes) await queueMail(tx, one);
  });

const rowsOf = (store: Store) =>
  store.read((tx) => tx.sql.selectFrom('outbox').selectAll().orderBy('id').execute());

eachStore((open) => {
  const openQueued = async (...wishes: MailWish[]): Promise<TestStore> => {
    const opened = await open();
    await queue(opened.store, ...wishes);
    return opened;
  };

  describe('queueing', () => {
    test('a mail of an act that fails is never sent', async () => {
      const { store } = await open();
      const failing = store.write(async (tx) => {
        await queueMail(tx, wish());
        throw new Error('the act fails');
      });
      await expect(failing).rejects.toThrow('the act fails');
      expect(await deliverDue(deliveryOf(store, createMailer()))).toBe(0);
    });

    test.each([
      '',
      'a@b.c, eve@example.com',
      'a@b.c\r\nBcc: eve@example.com',
      '<a@b.c>',
      'a b@c.d',
      'a@b.c\u0000',
    ])('no mail goes to %j, and the act goes on', async (to) => {
      const { store } = await openQueued(wish(to), wish('ok@example.com'));
      expect(await rowsOf(store)).toMatchObject([{ recipient: 'ok@example.com' }]);
    });

    test('what it says cannot be read in the database, before or after', async () => {
      const { store } = await openQueued(wish());
      expect(JSON.stringify(await rowsOf(store))).not.toMatch(new RegExp(`${secret}|Somebody|New password`));
      await deliverDue(deliveryOf(store, createMailer()));
      expect(await rowsOf(store)).toMatchObject([{ message: null, last_error: null }]);
    });
  });

  describe('delivery', () => {
    test('sends each mail once, oldest first', async () => {
      const { store, clock } = await openQueued(wish('1@example.com'));
      clock.advance(5);
      await queue(store, wish('2@example.com'), wish('3@example.com'));
      const mailer = createMailer();
      expect(await deliverDue(deliveryOf(store, mailer))).toBe(3);
      expect(await deliverDue(deliveryOf(store, mailer))).toBe(0);
      expect(mailer.sent.map((mail) => mail.to)).toEqual(['1@example.com', '2@example.com', '3@example.com']);
      expect(mailer.sent[0]?.subject).toBe('New password for ann on localhost:4873');
      expect(mailer.sent[0]?.text).toContain(`http://localhost:4873/reset/${secret}`);
    });

    test('two processes at once send each of 60 mails once', async () => {
      const wishes = Array.from({ length: 60 }, (_, index) => wish(`${index}@example.com`));
      const { store, another } = await openQueued(...wishes);
      const mailer = createMailer();
      const other = another();
      const counts = await Promise.all([
        deliverDue(deliveryOf(store, mailer)),
        deliverDue(deliveryOf(other, mailer)),
        deliverDue(deliveryOf(store, mailer)),
      ]);
      expect(counts.reduce((sum, count) => sum + count)).toBe(60);
      expect(new Set(mailer.sent.map((mail) => mail.to)).size).toBe(60);
      expect(mailer.sent).toHaveLength(60);
    });

    test('a refused mail is tried again after a growing pause, under the same Message-ID', async () => {
      const { store, clock } = await openQueued(wish());
      let tries = 0;
      const ids = new Set<string>();
      const mailer = createMailer((mail) => {
        ids.add(mail.messageId);
        tries += 1;
        if (tries < 4) throw new Error('450 4.2.0 greylisted');
      });
      const log = createLog();
      for (const pause of [30_000, 60_000, 120_000]) {
        expect(await deliverDue(deliveryOf(store, mailer, log))).toBe(0);
        clock.advance(pause - 1);
        expect(await deliverDue(deliveryOf(store, mailer, log))).toBe(0);
        clock.advance(1);
      }
      expect(tries).toBe(3);
      expect(await deliverDue(deliveryOf(store, mailer, log))).toBe(1);
      expect(ids.size).toBe(1);
      expect(log.lines.map((line) => line.level)).toEqual(['warn', 'warn', 'warn']);
    });

    test('after 72 hours of refusals it is given up, its secret erased', async () => {
      const { store, clock } = await openQueued(wish());
      const start = clock.now();
      const mailer = refusing();
      const log = createLog();
      let rounds = 0;
      for (; rounds < 100; rounds += 1) {
        await deliverDue(deliveryOf(store, mailer, log));
        const [row] = await rowsOf(store);
        if (row?.given_up_at !== null) break;
        expect(row.last_error).toBe('550 5.1.1 no such\\u{d}\\u{a}user');
        clock.set(row.due_at);
      }
      const [row] = await rowsOf(store);
      expect(row).toMatchObject({ message: null, sent_at: null, tries: rounds + 1 });
      expect(clock.now() - start).toBeLessThan(giveUpAfter);
      expect(clock.now() - start).toBeGreaterThan(giveUpAfter - 5 * hour);
      expect(log.lines.at(-1)).toMatchObject({ level: 'error', message: 'mail given up' });
      clock.advance(giveUpAfter);
      expect(await deliverDue(deliveryOf(store, createMailer(), log))).toBe(0);
    });

    test('a link that is dead by now is not sent any more', async () => {
      const { store, clock } = await open();
      await queue(store, { ...wish(), until: clock.now() + 30 * 60_000 });
      clock.advance(30 * 60_000);
      const mailer = createMailer();
      expect(await deliverDue(deliveryOf(store, mailer))).toBe(0);
      expect(mailer.sent).toEqual([]);
      expect(await rowsOf(store)).toMatchObject([{ message: null, given_up_at: clock.now() }]);
    });

    test('one recipient who is refused does not hold up the others', async () => {
      const { store } = await openQueued(wish('bad@example.com'), wish('good@example.com'));
      const mailer = createMailer((mail) => {
        if (mail.to.startsWith('bad')) throw new Error('550 no');
      });
      expect(await deliverDue(deliveryOf(store, mailer))).toBe(1);
      expect(mailer.sent.map((mail) => mail.to)).toEqual(['good@example.com']);
    });

    test('a mail that a dead process held is taken over when its lease ends', async () => {
      const { store, another, clock } = await openQueued(wish());
      let reached = (): void => undefined;
      const underWay = new Promise<void>((resolve) => {
        reached = resolve;
      });
      void deliverDue(
        deliveryOf(
          store,
          createMailer(() => {
            reached();
            return new Promise(() => undefined);
          }),
        ),
      );
      await underWay;
      const mailer = createMailer();
      const other = another();
      expect(await deliverDue(deliveryOf(other, mailer))).toBe(0);
      clock.advance(15 * 60_000);
      expect(await deliverDue(deliveryOf(other, mailer))).toBe(1);
    });

    test('a process that stops leaves what is not under way to the next one', async () => {
      const { store, another } = await openQueued(wish('1@example.com'), wish('2@example.com'));
      const stopping = new AbortController();
      const first = createMailer(() => stopping.abort());
      expect(await deliverDue({ ...deliveryOf(store, first), signal: stopping.signal })).toBe(1);
      const second = createMailer();
      expect(await deliverDue(deliveryOf(another(), second))).toBe(1);
      expect(second.sent.map((mail) => mail.to)).toEqual(['2@example.com']);
    });

    test('a month after its end the row is forgotten, one that still waits is kept', async () => {
      const { store, clock } = await openQueued(wish('1@example.com'));
      await deliverDue(deliveryOf(store, createMailer()));
      clock.advance(30 * 24 * hour);
      await queue(store, wish('2@example.com'));
      expect(await sweepOutbox(store)).toBe(0);
      clock.advance(1);
      expect(await sweepOutbox(store)).toBe(1);
      expect(await rowsOf(store)).toMatchObject([{ recipient: '2@example.com' }]);
    });
  });

  test('the background work delivers what is queued and ends when it is told to', async () => {
    const { store } = await openQueued(wish());
    let arrived = (): void => undefined;
    const delivered = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const mailer = createMailer(() => arrived());
    const floods = new Floods();
    const stop = startLedger({ store, mailer, log: createLog(), site, floods });
    await delivered;
    floods.count(
      { limit: 'password', source: 'address:192.0.2.1', entry: { actorKind: 'stranger' } },
      store.clock.now(),
    );
    await stop();
    const counts = await store.read((tx) => tx.sql.selectFrom('floods').selectAll().execute());
    expect(counts).toMatchObject([{ limit_name: 'password', count: 1 }]);
  });
});

test('a database that is away is logged, and keeps nothing from stopping', async () => {
  const away = (): Promise<never> => Promise.reject(new Error('the database is away'));
  const store = { dialect: 'postgres', read: away, write: away } as unknown as Store;
  const log = createLog();
  const stop = startLedger({ store, mailer: createMailer(), log, site, floods: new Floods() });
  await stop();
  const levels = new Set(log.lines.map((line) => line.level));
  expect(levels).toEqual(new Set(['error', 'warn']));
  expect(log.lines.map((line) => line.fields)).toContainEqual({
    task: 'deliver mail',
    because: 'Error: the database is away',
  });
});

test('pauses grow from half a minute to four hours', () => {
  expect([1, 2, 3, 9, 10, 40].map(pauseAfter)).toEqual([
    30_000, 60_000, 120_000, 7_680_000, 14_400_000, 14_400_000,
  ]);
});
