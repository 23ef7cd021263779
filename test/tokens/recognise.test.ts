import { describe, expect, test } from 'vitest';
import { announceEnding } from '../../src/accounts/endings.ts';
import { mintToken } from '../../src/kernel/secrets.ts';
import { revokeToken } from '../../src/tokens/tokens.ts';
import { permitFor } from '../accounts/acting.ts';
import { createRandom } from '../support/ports.ts';
import { eachStore } from '../support/stores.ts';
import { create, day, list, login, openWorld, recogniserOf } from './making.ts';

eachStore((open) => {
  describe('recognising', () => {
    test('tells whose token it is, of which kind, and from where it is good', async () => {
      const world = await openWorld(open);
      const { recognise } = recogniserOf(world.store, world.clock);
      const made = await create(world, world.person, { kind: 'readonly', cidr: ['10.0.0.0/8'] });
      expect(await recognise(made.token)).toEqual({
        alive: true,
        id: made.key,
        kind: 'readonly',
        account: world.person,
        cidr: [{ family: 4, bits: 0x0a000000n, prefix: 8 }],
        grants: null,
        notice: null,
      });
    });

    test('refuses what cannot be a token of ours without asking the database', async () => {
      const world = await openWorld(open);
      let reads = 0;
      const counting: typeof world.store = {
        ...world.store,
        read: (work) => {
          reads += 1;
          return world.store.read(work);
        },
      };
      const { recognise } = recogniserOf(counting, world.clock);
      const { token } = await create(world, world.person);
      const last = token.endsWith('0') ? '1' : '0';
      const dead = { alive: false, why: 'credential_invalid' };
      for (const text of [
        '',
        'x',
        'npm_short',
        token.slice(0, -1) + last,
        token.toUpperCase(),
        `${token} `,
      ]) {
        expect(await recognise(text)).toEqual(dead);
      }
      expect(reads).toBe(0);
      expect(await recognise(mintToken(createRandom('stranger')))).toEqual(dead);
      expect(reads).toBe(1);
    });

    test('asks the database once for requests at the same time and for a second after, then again', async () => {
      const world = await openWorld(open);
      let reads = 0;
      const counting: typeof world.store = {
        ...world.store,
        read: (work) => {
          reads += 1;
          return world.store.read(work);
        },
      };
      const { recognise, time } = recogniserOf(counting, world.clock);
      const { token } = await create(world, world.person);
      await Promise.all(Array.from({ length: 20 }, () => recognise(token)));
      time.now = 999;
      await recognise(token);
      expect(reads).toBe(1);
      time.now = 1000;
      await recognise(token);
      expect(reads).toBe(2);
    });

    test('believes nothing any longer that this process ended, and nothing of another process after a second', async () => {
      const world = await openWorld(open);
      const { store, clock, person } = world;
      const here = recogniserOf(store, clock);
      const made = await create(world, person);
      const alive = { alive: true, id: made.key };
      expect(await here.recognise(made.token)).toMatchObject(alive);
      // What another process does is done here behind the back of this one's announcements.
      await store.write((tx) =>
        tx.sql.updateTable('tokens').set({ revoked_at: clock.now() }).where('id', '=', made.key).execute(),
      );
      expect(await here.recognise(made.token)).toMatchObject(alive);
      here.time.now = 1000;
      expect(await here.recognise(made.token)).toEqual({ alive: false, why: 'credential_invalid' });

      const second = await create(world, person);
      expect(await here.recognise(second.token)).toMatchObject({ alive: true });
      await store.write((tx) => revokeToken(tx, permitFor('token.revoke', person), second.key));
      expect(await here.recognise(second.token)).toEqual({ alive: false, why: 'credential_invalid' });
    });

    test('does not remember what it read while the token was being ended', async () => {
      const world = await openWorld(open);
      const { store, clock, person } = world;
      const made = await create(world, person);
      let reading: (() => void) | undefined;
      const asked = new Promise<void>((resolve) => {
        reading = resolve;
      });
      let go: (() => void) | undefined;
      const gate = new Promise<void>((resolve) => {
        go = resolve;
      });
      const slow: typeof store = {
        ...store,
        read: async (work) => {
          const result = await store.read(work);
          reading?.();
          await gate;
          return result;
        },
      };
      const { recognise } = recogniserOf(slow, clock);
      const early = recognise(made.token);
      await asked;
      await store.write((tx) => revokeToken(tx, permitFor('token.revoke', person), made.key));
      const late = recognise(made.token);
      go?.();
      expect(await early).toMatchObject({ alive: true });
      expect(await late).toMatchObject({ alive: false });
      expect(await recognise(made.token)).toMatchObject({ alive: false });
    });

    test('forgets all tokens of an account whose credentials ended', async () => {
      const world = await openWorld(open);
      const { recognise } = recogniserOf(world.store, world.clock);
      const { token } = await create(world, world.person);
      await recognise(token);
      await world.store.write(async (tx) => {
        await tx.sql.updateTable('tokens').set({ revoked_at: tx.now }).execute();
        announceEnding(tx, { account: world.person.id });
      });
      expect(await recognise(token)).toMatchObject({ alive: false });
    });

    test('says since when a token is over, for ever, whatever the clock says later', async () => {
      const world = await openWorld(open);
      const { recognise, time } = recogniserOf(world.store, world.clock);
      const made = await create(world, world.person, { days: 30 });
      const expired = { alive: false, why: { expiredAt: made.expiresAt } };
      world.clock.advance(30 * day - 1);
      expect(await recognise(made.token)).toMatchObject({ alive: true });
      world.clock.advance(1);
      expect(await recognise(made.token)).toEqual(expired);
      world.clock.advance(-20 * day);
      time.now = 5000;
      expect(await recognise(made.token)).toEqual(expired);
      expect((await list(world, world.person)).total).toBe(0);
    });

    test('keeps a login token alive by use, and writes the use down in batches', async () => {
      const world = await openWorld(open);
      const { clock, store, person } = world;
      const { recognise, recogniser, time } = recogniserOf(store, clock);
      const made = await login(world, person);
      const lastUsed = async () => (await list(world, person)).tokens[0]?.lastUsedAt;
      for (let round = 1; round <= 3; round += 1) {
        clock.advance(13 * day);
        time.now += 5000;
        expect(await recognise(made.token)).toMatchObject({ alive: true });
      }
      expect(await lastUsed()).toBeUndefined();
      await recogniser.flush();
      expect(await lastUsed()).toBe(clock.now());
      clock.advance(14 * day);
      time.now += 5000;
      expect(await recognise(made.token)).toEqual({ alive: false, why: { expiredAt: clock.now() } });
    });

    test('takes the use in another process into account before it calls a token unused', async () => {
      const world = await openWorld(open);
      const { clock, store, person } = world;
      const here = recogniserOf(store, clock);
      const there = recogniserOf(world.another(), clock);
      const made = await login(world, person);
      await here.recognise(made.token);
      clock.advance(13 * day);
      await there.recognise(made.token);
      await there.recogniser.flush();
      clock.advance(2 * day);
      // Here the row of two days ago is still remembered: the monotonic clock has not moved.
      expect(await here.recognise(made.token)).toMatchObject({ alive: true });
      expect(await here.recognise(made.token)).toMatchObject({ alive: true });
    });

    test('ends a login token 90 days after the sign-in however much it is used', async () => {
      const world = await openWorld(open);
      const { recognise, time } = recogniserOf(world.store, world.clock);
      const made = await login(world, world.person);
      for (let used = 0; used < 9; used += 1) {
        expect(await recognise(made.token)).toMatchObject({ alive: true });
        world.clock.advance(10 * day);
        time.now += 5000;
      }
      expect(await recognise(made.token)).toEqual({ alive: false, why: { expiredAt: world.clock.now() } });
    });
  });
});
