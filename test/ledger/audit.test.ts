import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import {
  type AuditEntry,
  genesis,
  linkPending,
  listAudit,
  record,
  verifyAudit,
} from '../../src/ledger/audit.ts';
import { keepChainHead } from '../../src/ledger/checkpoints.ts';
import { Floods } from '../../src/ledger/floods.ts';
import { recordRefusal } from '../../src/ledger/refusals.ts';
import type { Store } from '../../src/store/store.ts';
import { createLog } from '../support/ports.ts';
import { eachStore } from '../support/stores.ts';

const entry = (target: string): AuditEntry => ({
  action: 'token.create',
  outcome: 'done',
  account: 'id-of-ann',
  actor: 'ann',
  actorKind: 'account',
  address: '192.0.2.7',
  userAgent: 'npm/11.0.0',
  requestId: 'r1',
  target,
  factor: 'totp',
});

const append = (store: Store, ...targets: string[]): Promise<void> =>
  store.write(async (tx) => {
    for (const target of targets) await record(tx, entry(target));
  });

const appendAndLink = async (store: Store, ...targets: string[]): Promise<void> => {
  await append(store, ...targets);
  await linkPending(store);
};

const rowsOf = (store: Store) =>
  store.read((tx) => tx.sql.selectFrom('audit').selectAll().orderBy('sequence').execute());

/** What somebody with full power over the database can do: the triggers are gone first. */
const tamper = (store: Store, statement: string): Promise<unknown> =>
  store.write(async (tx) => {
    const triggers =
      tx.dialect === 'sqlite'
        ? ['drop trigger audit_stays', 'drop trigger audit_keeps_rows', 'drop trigger audit_is_not_replaced']
        : ['alter table audit disable trigger all'];
    for (const text of [...triggers, statement]) await sql.raw(text).execute(tx.sql);
  });

eachStore((open, dialect) => {
  describe('the chain', () => {
    test('each hash covers the one before and the canonical entry', async () => {
      const { store } = await open();
      await appendAndLink(store, 'one', 'two');
      await appendAndLink(store, 'three');
      let hash = genesis;
      for (const [index, row] of (await rowsOf(store)).entries()) {
        hash = createHash('sha256').update(Buffer.from(hash, 'hex')).update(row.entry).digest('hex');
        expect(row).toMatchObject({ sequence: index + 1, hash });
      }
      expect(await verifyAudit(store)).toEqual({
        verified: 3,
        pending: 0,
        head: { sequence: 3, hash },
        broken: undefined,
      });
    });

    test('an empty log is whole', async () => {
      const { store } = await open();
      expect(await verifyAudit(store)).toEqual({
        verified: 0,
        pending: 0,
        head: undefined,
        broken: undefined,
      });
    });

    test('a row holds every field of its entry and the instant of its transaction', async () => {
      const { store, clock } = await open();
      await append(store, 'ci');
      const [row] = await rowsOf(store);
      expect(JSON.parse(row?.entry ?? '')).toEqual({
        at: clock.now(),
        account: 'id-of-ann',
        action: 'token.create',
        actor: 'ann',
        actorKind: 'account',
        address: '192.0.2.7',
        count: 1,
        factor: 'totp',
        outcome: 'done',
        reason: null,
        requestId: 'r1',
        sessionHash: null,
        target: 'ci',
        tokenKey: null,
        userAgent: 'npm/11.0.0',
      });
    });

    test('a hostile user agent is cut to 256 characters and shows its controls', async () => {
      const { store } = await open();
      const userAgent = `\u001b]0;x\u0007\n\0${'a'.repeat(1000)}`;
      await store.write((tx) => record(tx, { ...entry('x'), userAgent }));
      const [told] = await store.read((tx) => listAudit(tx, { limit: 1 }));
      expect(told?.userAgent).toHaveLength(256);
      expect(told?.userAgent).toMatch(/^\\u\{1b\}\]0;x\\u\{7\}\\u\{a\}\\u\{0\}a+$/);
    });

    test('a row and its act roll back together', async () => {
      const { store } = await open();
      await appendAndLink(store, 'kept');
      const failing = store.write(async (tx) => {
        await record(tx, entry('lost'));
        throw new Error('the act fails');
      });
      await expect(failing).rejects.toThrow('the act fails');
      await appendAndLink(store, 'next');
      expect(await verifyAudit(store)).toMatchObject({ verified: 2, broken: undefined });
    });

    test('an act whose row cannot be written does not happen', async () => {
      const { store } = await open();
      await tamper(store, 'alter table audit rename to audit_away');
      const act = store.write(async (tx) => {
        await tx.sql.insertInto('claims').values({ name: 'x', created_at: tx.now }).execute();
        await record(tx, entry('x'));
      });
      await expect(act).rejects.toThrow(/audit/);
      expect(await store.read((tx) => tx.sql.selectFrom('claims').selectAll().execute())).toEqual([]);
    });

    test('a refusal leaves its own row', async () => {
      const { store } = await open();
      await recordRefusal(store, new Floods(), { ...entry('ci'), reason: 'otp_refused' });
      const [told] = await store.read((tx) => listAudit(tx, { account: 'id-of-ann', limit: 5 }));
      expect(told).toMatchObject({ outcome: 'refused', reason: 'otp_refused', target: 'ci' });
    });

    test('parallel acts of two processes make one chain without a gap', async () => {
      const { store, another } = await open();
      const other = another();
      const acts = Array.from({ length: 40 }, (_, index) =>
        append(index % 2 ? store : other, `act ${index}`),
      );
      await Promise.all([...acts, linkPending(store), linkPending(other), linkPending(store)]);
      await Promise.all([linkPending(store), linkPending(other)]);
      expect(await verifyAudit(store)).toMatchObject({ verified: 40, pending: 0, broken: undefined });
      const targets = (await rowsOf(store)).map((row) => JSON.parse(row.entry).target);
      expect(new Set(targets).size).toBe(40);
    });

    test('the newest link is written to the log', async () => {
      const { store } = await open();
      const log = createLog();
      await keepChainHead(store, { log, site: { publicUrl: 'http://localhost' } });
      expect(log.lines).toEqual([]);
      await appendAndLink(store, 'one', 'two');
      await keepChainHead(store, { log, site: { publicUrl: 'http://localhost' } });
      const { head } = await verifyAudit(store);
      expect(log.lines).toEqual([{ level: 'info', fields: head, message: 'audit chain head' }]);
    });

    if (dialect === 'postgres') {
      test('rows that were just written wait for their link and are named as such', async () => {
        const { store } = await open();
        await append(store, 'one', 'two');
        expect(await verifyAudit(store)).toMatchObject({ verified: 0, pending: 2, broken: undefined });
        expect(await linkPending(store)).toBe(2);
        expect(await linkPending(store)).toBe(0);
        expect(await verifyAudit(store)).toMatchObject({ verified: 2, pending: 0, broken: undefined });
      });

      test('linking does not make an act under way start again', async () => {
        const { store } = await open();
        await append(store, 'before');
        let tries = 0;
        await store.write(async (tx) => {
          tries += 1;
          await tx.sql.selectFrom('accounts').selectAll().execute();
          await record(tx, entry('under way'));
          if (tries === 1) expect(await linkPending(store)).toBe(1);
        });
        expect(tries).toBe(1);
        expect(await linkPending(store)).toBe(1);
        expect(await verifyAudit(store)).toMatchObject({ verified: 2, pending: 0, broken: undefined });
      });
    }
  });

  describe('append-only', () => {
    test.each([
      'delete from audit',
      "update audit set entry = 'x'",
      "update audit set action = 'package.publish'",
      'update audit set hash = null, sequence = null',
      `update audit set hash = '${'0'.repeat(64)}'`,
      ...(dialect === 'postgres'
        ? ['truncate audit']
        : ["insert or replace into audit values (1, 1, 'x', null, 'a', 'done', 1, 'x')"]),
    ])('the database refuses: %s', async (statement) => {
      const { store } = await open();
      await appendAndLink(store, 'one', 'two');
      const attempt = store.write((tx) => sql.raw(statement).execute(tx.sql));
      await expect(attempt).rejects.toThrow('the audit is append-only');
      expect(await verifyAudit(store)).toMatchObject({ verified: 2, broken: undefined });
    });

    test('a waiting row can be linked but not altered on the way', async () => {
      const { store } = await open();
      const waiting = {
        at: 1,
        entry: '{}',
        account_id: null,
        action: 'a',
        outcome: 'done',
        sequence: null,
        hash: null,
      };
      await store.write((tx) => tx.sql.insertInto('audit').values(waiting).execute());
      const linked = { sequence: 1, hash: 'h' };
      const alter = store.write((tx) =>
        tx.sql
          .updateTable('audit')
          .set({ ...linked, action: 'b' })
          .execute(),
      );
      await expect(alter).rejects.toThrow('the audit is append-only');
      await store.write((tx) => tx.sql.updateTable('audit').set(linked).execute());
      expect(await rowsOf(store)).toMatchObject([linked]);
    });
  });

  describe('verifying names the first broken row', () => {
    test.each([
      ['an altered entry', `update audit set entry = replace(entry, 'ann', 'eve') where sequence >= 3`, 3],
      ['an altered hash', `update audit set hash = '${'f'.repeat(64)}' where sequence = 2`, 2],
      [
        'an altered column beside the entry',
        `update audit set account_id = 'id-of-eve' where sequence = 4`,
        4,
      ],
      ['a removed row', 'delete from audit where sequence = 3', 3],
      ['a removed first row', 'delete from audit where sequence = 1', 1],
    ])('%s', async (_name, statement, sequence) => {
      const { store } = await open();
      await appendAndLink(store, 'one', 'two', 'three', 'four', 'five');
      await tamper(store, statement);
      const found = await verifyAudit(store);
      expect(found.broken?.sequence).toBe(sequence);
      expect(found.verified).toBe(sequence - 1);
    });

    test('rows cut off at the end are missed by whoever wrote the head down', async () => {
      const { store } = await open();
      await appendAndLink(store, 'one', 'two', 'three');
      const { head } = await verifyAudit(store);
      await tamper(store, 'delete from audit where sequence >= 2');
      expect((await verifyAudit(store)).broken).toBeUndefined();
      expect((await verifyAudit(store, head)).broken).toEqual({
        sequence: 2,
        because: 'this row is missing',
      });
    });

    test('a chain made anew differs from a head that was written down', async () => {
      const { store } = await open();
      await appendAndLink(store, 'one', 'two');
      const { head } = await verifyAudit(store);
      await tamper(store, 'delete from audit');
      await appendAndLink(store, 'one', 'forged', 'three');
      expect((await verifyAudit(store)).broken).toBeUndefined();
      expect((await verifyAudit(store, head)).broken?.sequence).toBe(2);
    });

    if (dialect === 'sqlite') {
      test('a row added beside the chain', async () => {
        const { store } = await open();
        await append(store, 'one');
        await tamper(store, `insert into audit (at, entry, action, outcome) values (1, '{}', 'a', 'done')`);
        expect((await verifyAudit(store)).broken).toEqual({
          sequence: 2,
          because: 'a row was added beside the chain',
        });
      });
    }
  });
});
