import { expect, test } from 'vitest';
import { linkPending, listAudit, verifyAudit } from '../../src/ledger/audit.ts';
import { closeFloods, Floods, floodWindow, type LimitHit } from '../../src/ledger/floods.ts';
import { recordRefusal } from '../../src/ledger/refusals.ts';
import { eachStore } from '../support/stores.ts';

const hit = (source: string): LimitHit => ({
  limit: 'second factor per account',
  source,
  entry: { actorKind: 'account', account: 'id-of-ann', actor: 'ann', address: '192.0.2.7', target: 'x' },
});

eachStore((open) => {
  test('a thousand refused requests of two processes are one row per limit, source and window', async () => {
    const { store, another, clock } = await open();
    const other = another();
    const [here, there] = [new Floods(), new Floods()];
    for (let index = 0; index < 500; index += 1) {
      here.count(hit('account:ann'), clock.now());
      there.count(hit('account:ann'), clock.now());
    }
    there.count(hit('address:192.0.2.7'), clock.now());
    await Promise.all([here.flush(store), there.flush(other)]);
    clock.advance(floodWindow - 1);
    expect(await closeFloods(store)).toBe(0);
    here.count(hit('account:ann'), clock.now());
    await here.flush(store);
    clock.advance(1);
    const closed = await Promise.all([closeFloods(store), closeFloods(other)]);
    expect(closed.sort()).toEqual([0, 2]);
    await linkPending(store);
    const rows = await store.read((tx) => listAudit(tx, { account: 'id-of-ann', limit: 10 }));
    expect(rows).toHaveLength(2);
    expect(rows.find((row) => row.count === 1001)).toMatchObject({
      action: 'limit.reached',
      outcome: 'refused',
      reason: 'second factor per account',
      count: 1001,
      address: '192.0.2.7',
    });
    expect(await verifyAudit(store)).toMatchObject({ verified: 2, broken: undefined });
  });

  test('the next window is a row of its own', async () => {
    const { store, clock } = await open();
    const floods = new Floods();
    floods.count(hit('account:ann'), clock.now());
    clock.advance(floodWindow);
    floods.count(hit('account:ann'), clock.now());
    await floods.flush(store);
    expect(await closeFloods(store)).toBe(1);
    clock.advance(floodWindow);
    expect(await closeFloods(store)).toBe(1);
    expect(await closeFloods(store)).toBe(0);
  });

  test('a refusal repeated five hundred times is twenty rows and one that counts the rest', async () => {
    const { store, clock } = await open();
    const floods = new Floods();
    const refusal = { ...hit('').entry, action: 'package.publish', reason: 'token_readonly' };
    for (let index = 0; index < 500; index += 1) await recordRefusal(store, floods, refusal);
    await recordRefusal(store, floods, { ...refusal, reason: 'not_allowed' });
    await floods.flush(store);
    clock.advance(floodWindow);
    expect(await closeFloods(store)).toBe(1);
    await recordRefusal(store, floods, refusal);
    const rows = await store.read((tx) => listAudit(tx, { limit: 100 }));
    expect(rows.map((row) => row.count)).toEqual([1, 480, ...Array.from({ length: 21 }, () => 1)]);
    expect(rows[1]).toMatchObject({
      action: 'package.publish',
      reason: 'token_readonly',
      outcome: 'refused',
      target: 'x',
    });
  });

  test('very many sources are counted together from the 10,001st on', async () => {
    const { store, clock } = await open();
    const floods = new Floods();
    for (let index = 0; index < 10_050; index += 1) floods.count(hit(`address:${index}`), clock.now());
    await floods.flush(store);
    const others = await store.read((tx) =>
      tx.sql.selectFrom('floods').select('count').where('source', '=', 'others').executeTakeFirst(),
    );
    expect(others?.count).toBe(50);
  });

  test('counts that the database did not take are kept for the next time', async () => {
    const { store, clock } = await open();
    const floods = new Floods();
    floods.count(hit('account:ann'), clock.now());
    const away = { ...store, write: () => Promise.reject(new Error('the database is away')) };
    await expect(floods.flush(away)).rejects.toThrow('away');
    floods.count(hit('account:ann'), clock.now());
    await floods.flush(store);
    clock.advance(floodWindow);
    await closeFloods(store);
    const [row] = await store.read((tx) => listAudit(tx, { limit: 1 }));
    expect(row?.count).toBe(2);
  });
});
