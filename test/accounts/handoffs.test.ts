import { describe, expect, test } from 'vitest';
import { PollCounter } from '../../src/accounts/handoff-polls.ts';
import {
  approveLogin,
  areFarApart,
  openProof,
  startLogin,
  sweepHandoffs,
} from '../../src/accounts/handoffs.ts';
import type { Store } from '../../src/store/store.ts';
import { collectHandoff } from '../../src/tokens/handoffs.ts';
import { eachStore, type TestStore } from '../support/stores.ts';
import { rules } from '../tokens/making.ts';
import { createPerson, type Person, permitFor } from './acting.ts';

const minute = 60_000;
const office = '198.51.100.7';
const noLimit = { loginLimit: 'off', loopbackExempt: false } as const;

const start = (store: Store, address = office) =>
  store.write((tx) =>
    startLogin(tx, permitFor('handoff.start', null, { address }), { wantsAccount: false }, noLimit),
  );

const approve = (store: Store, person: Person, id: string) =>
  store.write((tx) =>
    approveLogin(tx, permitFor('handoff.approveLogin', person, { address: office }), {
      id,
      anotherNetwork: false,
    }),
  );

const collect = (store: Store, id: string, address = office) =>
  store.write((tx) =>
    collectHandoff(tx, permitFor('handoff.collect', null, { address }), { id, bearer: null }, rules),
  );

const countOf = async ({ store }: TestStore, table: 'tokens' | 'handoffs'): Promise<number> =>
  (await store.read((tx) => tx.sql.selectFrom(table).select('id').execute())).length;

eachStore((open) => {
  test('the ids of a request have nothing in common and are stored as hashes alone', async () => {
    const world = await open();
    const { page, done } = await start(world.store);
    const [row] = await world.store.read((tx) => tx.sql.selectFrom('handoffs').selectAll().execute());
    expect([page, done].every((id) => /^[0-9a-f]{64}$/.test(id))).toBe(true);
    const stored = JSON.stringify(row);
    for (const id of [page, done])
      for (let from = 0; from + 16 <= id.length; from += 1)
        expect(stored).not.toContain(id.slice(from, from + 16));
    expect(done).not.toContain(page.slice(0, 16));
  });

  test('two processes that collect at once make one token between them', async () => {
    const world = await open();
    const person = await createPerson(world);
    const other = world.another();
    const { page, done } = await start(world.store);
    await approve(world.store, person, page);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        collect(index % 2 === 0 ? world.store : other, done, `198.51.100.${index % 4}`),
      ),
    );
    const tokens = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(tokens).toHaveLength(10);
    expect(new Set(tokens).size).toBe(1);
    expect(await countOf(world, 'tokens')).toBe(1);
  });

  test('two people who approve in two processes at once: one did', async () => {
    const world = await open();
    const people = [await createPerson(world), await createPerson(world, 'greta')] as const;
    const other = world.another();
    const { page, done } = await start(world.store);
    const outcomes = await Promise.allSettled([
      approve(world.store, people[0], page),
      approve(other, people[1], page),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await collect(other, done);
    const winner = people[outcomes.findIndex(({ status }) => status === 'fulfilled')];
    const [token] = await world.store.read((tx) =>
      tx.sql.selectFrom('tokens').select('account_id').execute(),
    );
    expect(token?.account_id).toBe(winner?.id);
  });

  test('what fails while it is handed out is not lost', async () => {
    const world = await open();
    const person = await createPerson(world);
    const { page, done } = await start(world.store);
    await approve(world.store, person, page);
    const failing = world.store.write(async (tx) => {
      await collectHandoff(
        tx,
        permitFor('handoff.collect', null, { address: office }),
        { id: done, bearer: null },
        rules,
      );
      throw new Error('the answer never left');
    });
    await expect(failing).rejects.toThrow('the answer never left');
    expect(await countOf(world, 'tokens')).toBe(0);
    expect(await collect(world.store, done)).toMatch(/^npm_/);
  });

  test('the sweep forgets the token after half a minute and the request an hour after its end', async () => {
    const world = await open();
    const { store, clock } = world;
    const person = await createPerson(world);
    const { page, done } = await start(store);
    await approve(store, person, page);
    await collect(store, done);
    const sealed = async () =>
      (await store.read((tx) => tx.sql.selectFrom('handoffs').select('sealed').execute()))[0]?.sealed;
    clock.advance(29_000);
    await sweepHandoffs(store);
    expect(await sealed()).not.toBeNull();
    clock.advance(1000);
    await sweepHandoffs(store);
    expect(await sealed()).toBeNull();
    clock.advance(69 * minute);
    expect(await sweepHandoffs(store)).toBe(0);
    clock.advance(minute);
    expect(await sweepHandoffs(store)).toBe(1);
    expect(await countOf(world, 'handoffs')).toBe(0);
  });

  test('requests of one credential displace their own oldest and nobody else’s', async () => {
    const world = await open();
    const { store, clock } = world;
    const person = await createPerson(world);
    const ask = (credential: string) =>
      store.write((tx) =>
        openProof(tx, {
          account: person,
          actor: { address: office, userAgent: 'npm' },
          credential,
          action: 'package.publish',
          subject: 'a@1.0.0 sha512-x',
        }),
      );
    await ask('token-1');
    for (let number = 1; number <= 25; number += 1) {
      clock.advance(1000);
      await ask('token-2');
    }
    const rows = await store.read((tx) => tx.sql.selectFrom('handoffs').select('credential').execute());
    expect(rows.filter(({ credential }) => credential === 'token-1')).toHaveLength(1);
    expect(rows.filter(({ credential }) => credential === 'token-2')).toHaveLength(20);
  });
});

describe('how far apart two addresses are', () => {
  test.each([
    ['198.51.100.7', '198.51.100.200', false],
    ['198.51.100.7', '198.51.101.7', true],
    ['2001:db8:0:1::1', '2001:db8:0:ff::1', false],
    ['2001:db8:0:1::1', '2001:db8:1:1::1', true],
    ['198.51.100.7', '2001:db8::1', true],
    [null, '198.51.100.7', true],
    [null, null, true],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(areFarApart(one, other)).toBe(expected);
    expect(areFarApart(other, one)).toBe(expected);
  });
});

describe('the count of polls', () => {
  test('refuses the sixty-first within a minute, tells when to come again, and counts each id by itself', () => {
    const polls = new PollCounter();
    for (let number = 1; number <= 60; number += 1) polls.count('one', 1000);
    expect(() => polls.count('one', 31_000)).toThrow(
      expect.objectContaining({ code: 'polled_too_often', details: { retryAfter: 30 } }),
    );
    expect(() => polls.count('two', 31_000)).not.toThrow();
    expect(() => polls.count('one', 61_000)).not.toThrow();
  });

  test('begins anew when the clock is set back', () => {
    const polls = new PollCounter();
    for (let number = 1; number <= 60; number += 1) polls.count('one', 100_000);
    expect(() => polls.count('one', 99_999)).not.toThrow();
  });
});
