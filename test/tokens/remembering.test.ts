/** What a process remembers of the bearers that it saw, and for how long (SE6). */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { announceEnding } from '../../src/accounts/endings.ts';
import { mintToken } from '../../src/kernel/secrets.ts';
import type { Store } from '../../src/store/store.ts';
import { createRecogniser } from '../../src/tokens/recognise.ts';
import { revokeToken } from '../../src/tokens/tokens.ts';
import { createPerson, permitFor } from '../accounts/acting.ts';
import { createLog, createRandom } from '../support/ports.ts';
import { eachStore, type OpenStore } from '../support/stores.ts';
import { create, day, list, login, openWorld, recogniserOf } from './making.ts';

const second = 1000;
const dead = { alive: false, why: 'credential_invalid' };

async function openCounting(open: OpenStore) {
  const world = await openWorld(open);
  const { store, clock, person } = world;
  const count = { reads: 0 };
  const counting: Store = {
    ...store,
    read: (work) => {
      count.reads += 1;
      return store.read(work);
    },
  };
  const change = (key: string, set: object) =>
    store.write((tx) => tx.sql.updateTable('tokens').set(set).where('id', '=', key).execute());
  const lastUsed = async () => (await list(world, person)).tokens[0]?.lastUsedAt;
  return { ...world, count, change, lastUsed, ...recogniserOf(counting, clock) };
}

afterEach(() => {
  vi.useRealTimers();
});

eachStore((open) => {
  describe('a bearer that was seen', () => {
    test('is remembered for a second, without a question, and not before it was seen', async () => {
      const { recognise, recogniser, time, clock, count, ...world } = await openCounting(open);
      const { token } = await create({ clock, ...world }, world.person);
      expect(recogniser.remember(token, clock.now())).toBeUndefined();
      const seen = await recognise(token);
      time.now = 999;
      expect(recogniser.remember(token, clock.now())).toEqual(seen);
      expect(count.reads).toBe(1);
      time.now = 1000;
      expect(recogniser.remember(token, clock.now())).toBeUndefined();
    });

    test('is read again a second after it was read, however lately its hash was noted', async () => {
      const { recognise, recogniser, time, clock, count, change, ...world } = await openCounting(open);
      const one = await create({ clock, ...world }, world.person);
      const other = await create({ clock, ...world }, world.person);
      time.now = 500;
      await recognise(one.token);
      time.now = 1000;
      await recognise(other.token);
      time.now = 1200;
      await recognise(one.token);
      expect(count.reads).toBe(2);
      await change(one.key, { revoked_at: 1 });
      time.now = 1499;
      expect(recogniser.remember(one.token, clock.now())).toMatchObject({ alive: true });
      time.now = 1500;
      expect(recogniser.remember(one.token, clock.now())).toBeUndefined();
      expect(await recognise(one.token)).toEqual(dead);
    });

    test('is not remembered once it is revoked, expired or over', async () => {
      const { recognise, recogniser, clock, change, ...world } = await openCounting(open);
      for (const set of [{ revoked_at: 1 }, { expired_at: 1 }]) {
        const made = await create({ clock, ...world }, world.person);
        await change(made.key, set);
        expect(await recognise(made.token)).toMatchObject({ alive: false });
        expect(recogniser.remember(made.token, clock.now())).toBeUndefined();
      }
      const short = await create({ clock, ...world }, world.person, { days: 1 });
      await recognise(short.token);
      clock.advance(day - 1);
      expect(recogniser.remember(short.token, clock.now())).toMatchObject({ alive: true });
      clock.advance(1);
      expect(recogniser.remember(short.token, clock.now())).toBeUndefined();
    });

    test('of a frozen account opens nothing, and tells whose it is', async () => {
      const { recognise, store, person, clock, ...world } = await openCounting(open);
      const made = await create({ store, clock, ...world }, person);
      await store.write((tx) => tx.sql.updateTable('accounts').set({ frozen_at: tx.now }).execute());
      expect(await recognise(made.token)).toEqual({
        alive: false,
        why: 'account_frozen',
        whose: { id: person.id, name: person.name, token: made.key },
      });
    });

    test('is still remembered when another one ends', async () => {
      const { recognise, store, person, count, ...world } = await openCounting(open);
      const other = await createPerson({ store, ...world }, 'someone');
      const kept = await create({ store, ...world }, person);
      const ended = await create({ store, ...world }, person);
      for (const { token } of [kept, ended]) await recognise(token);
      expect(count.reads).toBe(2);
      await store.write((tx) => revokeToken(tx, permitFor('token.revoke', person), ended.key));
      await store.write(async (tx) => announceEnding(tx, { account: other.id }));
      expect(await recognise(kept.token)).toMatchObject({ alive: true });
      expect(count.reads).toBe(2);
      expect(await recognise(ended.token)).toEqual(dead);
      expect(count.reads).toBe(3);
    });

    test('is asked for once in a second even where its hash was forgotten in between', async () => {
      const { recognise, time, count, ...world } = await openCounting(open);
      const { token } = await create(world, world.person);
      time.now = 999;
      await recognise(token);
      time.now = 1000;
      await recognise(token);
      expect(count.reads).toBe(1);
    });

    test('and ended while it was being read is not remembered', async () => {
      const world = await openWorld(open);
      const { store, clock, person } = world;
      const made = await create(world, person);
      const slow: Store = {
        ...store,
        read: async (work) => {
          const read = await store.read(work);
          if (first) {
            first = false;
            await store.write((tx) => revokeToken(tx, permitFor('token.revoke', person), made.key));
          }
          return read;
        },
      };
      let first = true;
      const { recognise } = recogniserOf(slow, clock);
      expect(await recognise(made.token)).toMatchObject({ alive: true });
      expect(await recognise(made.token)).toEqual(dead);
    });
  });

  describe('the use of a token', () => {
    test('is one with those of the same minute', async () => {
      const { recognise, recogniser, clock, lastUsed, ...world } = await openCounting(open);
      const { token } = await login({ clock, ...world }, world.person);
      const start = clock.now();
      const useAfter = async (milliseconds: number) => {
        clock.advance(milliseconds);
        await recognise(token);
        await recogniser.flush();
        return lastUsed();
      };
      expect(await useAfter(0)).toBe(start);
      expect(await useAfter(59_999)).toBe(start);
      expect(await useAfter(1)).toBe(start + 60_000);
    });

    test('is told apart more finely where a token ends sooner when unused', async () => {
      const { recognise, recogniser, clock, lastUsed, change, ...world } = await openCounting(open);
      const made = await login({ clock, ...world }, world.person);
      await change(made.key, { idle_life: 100 * second });
      await recognise(made.token);
      clock.advance(10 * second);
      await recognise(made.token);
      await recogniser.flush();
      expect(await lastUsed()).toBe(clock.now());
    });

    test('that is not written down yet counts when the token is read again', async () => {
      const { recognise, recogniser, clock, time, lastUsed, ...world } = await openCounting(open);
      const { token } = await login({ clock, ...world }, world.person);
      const start = clock.now();
      await recognise(token);
      clock.advance(5 * second);
      time.now = 5 * second;
      await recognise(token);
      await recogniser.flush();
      expect(await lastUsed()).toBe(start);
    });

    test('is written down a second later, by itself', async () => {
      const { recognise, clock, lastUsed, ...world } = await openCounting(open);
      const { token } = await login({ clock, ...world }, world.person);
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      await recognise(token);
      vi.advanceTimersByTime(999);
      expect(await lastUsed()).toBeNull();
      vi.advanceTimersByTime(1);
      vi.useRealTimers();
      await vi.waitFor(async () => expect(await lastUsed()).toBe(clock.now()));
    });

    test('is written down at the end, after which nothing is heard of endings', async () => {
      const { recognise, recogniser, clock, lastUsed, store, person, ...world } = await openCounting(open);
      const made = await login({ clock, store, ...world }, person);
      await recognise(made.token);
      await recogniser.close();
      expect(await lastUsed()).toBe(clock.now());
      await store.write((tx) => revokeToken(tx, permitFor('token.revoke', person), made.key));
      expect(await recognise(made.token)).toMatchObject({ alive: true });
    });

    test('waits for a database that is away, which the log tells', async () => {
      const { store, clock, person, ...world } = await openWorld(open);
      const { token } = await login({ store, clock, ...world }, person);
      let isAway = true;
      const broken: Store = {
        ...store,
        write: (work, told) => (isAway ? Promise.reject(new Error('away')) : store.write(work, told)),
      };
      const log = createLog();
      const recogniser = createRecogniser(broken, { log });
      await recogniser.recognise(token, { address: null, at: clock.now() });
      await recogniser.close();
      expect(log.lines).toEqual([
        {
          level: 'warn',
          fields: { because: 'Error: away' },
          message: 'uses of access tokens were not written down',
        },
      ]);
      isAway = false;
      await recogniser.flush();
      expect((await list({ store, clock, ...world }, person)).tokens[0]?.lastUsedAt).toBe(clock.now());
    });

    test('that never came lets a login end two weeks after it was made', async () => {
      const { recognise, clock, ...world } = await openCounting(open);
      const made = await login({ clock, ...world }, world.person);
      clock.advance(20 * day);
      expect(await recognise(made.token)).toEqual({
        alive: false,
        why: { expiredAt: made.createdAt + 14 * day },
      });
    });
  });

  test('ten thousand bearers are remembered, then the oldest is forgotten', async () => {
    const { store, clock, person, ...world } = await openWorld(open);
    await create({ store, clock, ...world }, person);
    const row = await store.read((tx) => tx.sql.selectFrom('tokens').selectAll().executeTakeFirstOrThrow());
    let reads = 0;
    const endless: Store = {
      ...store,
      read: async () => {
        reads += 1;
        return { ...row, account_name: 'hannah', account_frozen_at: null } as never;
      },
      write: async () => undefined as never,
    };
    const { recognise } = recogniserOf(endless, clock);
    const random = createRandom('many');
    const bearers = Array.from({ length: 10_001 }, () => mintToken(random));
    const [oldest = '', second = ''] = bearers;
    for (const bearer of bearers.slice(0, 10_000)) await recognise(bearer);
    await recognise(oldest);
    expect(reads).toBe(10_000);
    await recognise(bearers[10_000] ?? '');
    // The hash of a bearer among the first thousand is remembered beside what was read of it.
    await recognise(second);
    expect(reads).toBe(10_001);
    await recognise(oldest);
    expect(reads).toBe(10_002);
  });
});
