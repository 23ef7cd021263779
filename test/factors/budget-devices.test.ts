/** Whose guesses count against whom: known devices, tokens, networks (RL2–RL4). */
import { describe, expect, test } from 'vitest';
import { rememberDevice } from '../../src/accounts/devices.ts';
import { suspendToken } from '../../src/factors/budget.sql.ts';
import { hashSecret } from '../../src/kernel/secrets.ts';
import { eachStore, type OpenStore } from '../support/stores.ts';
import { actorOf, createHolder, createPerson, createTokenFor, subjects } from './people.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

async function openHome(open: OpenStore) {
  const world = await open();
  const holder = await createHolder(world);
  const { person } = holder;
  const { cookie = '' } = await world.store.write((tx) =>
    rememberDevice(tx, actorOf(world, person), person.id, undefined, 365 * day),
  );
  const known = { device: hashSecret(cookie), token: null };
  const guess = async (count: number, told: object = {}) => {
    const outcomes: string[] = [];
    for (const code of holder.wrong(count)) outcomes.push(await holder.present({ code, actor: told }));
    return outcomes;
  };
  /** Wrong codes as fast as the budgets let them be looked at. */
  const guessSlowly = async (count: number, told: object = {}) => {
    for (let done = 0; done < count; done += 1) {
      await guess(1, told);
      world.clock.advance(15 * minute);
    }
  };
  const attempts = () => world.store.read((tx) => tx.sql.selectFrom('attempts').selectAll().execute());
  return { ...world, holder, person, known, guess, guessSlowly, attempts };
}

eachStore((open) => {
  describe('a known device', () => {
    test('has five guesses in ten minutes of its own, which spend nobody else’s', async () => {
      const { holder, guess, known } = await openHome(open);
      expect(await guess(6, known)).toEqual([...Array(5).fill('otp_refused'), 'too_many_attempts']);
      expect(await holder.present({ code: holder.code(), actor: known })).toBe('too_many_attempts');
      expect(await holder.present({ code: holder.code(), actor: { token: null } })).toBe('totp');
    });

    test('goes on when others have used up the budget, barred codes and all', async () => {
      const { holder, guess, known, store } = await openHome(open);
      expect((await guess(6)).at(-1)).toBe('too_many_attempts');
      await store.write((tx) => tx.sql.updateTable('factors').set({ barred_at: tx.now }).execute());
      expect(await holder.present({ code: holder.code(), actor: { token: null } })).toBe('codes_barred');
      expect(await holder.present({ code: holder.code(), actor: known })).toBe('totp');
    });

    test('is not known any more after twenty wrong codes in a day; its owner hears of it, no token stops', async () => {
      const { person, guessSlowly, known, store, ...world } = await openHome(open);
      await createTokenFor({ store, ...world }, person, 'token-1');
      const tokenAndDevice = { ...known, token: 'token-1' };
      await guessSlowly(19, tokenAndDevice);
      const isKnown = async () =>
        (await store.read((tx) => tx.sql.selectFrom('devices').select('ended_at').executeTakeFirst()))
          ?.ended_at === null;
      expect(await isKnown()).toBe(true);
      await guessSlowly(1, tokenAndDevice);
      expect(await isKnown()).toBe(false);
      const told = (await subjects({ store, ...world })).filter((what) => what.includes('wrong codes'));
      expect(told).toEqual(['3 wrong codes were tried', '20 wrong codes were tried']);
      const token = await store.read((tx) => tx.sql.selectFrom('tokens').selectAll().executeTakeFirst());
      expect(token?.suspended_at).toBeNull();
      const app = await store.read((tx) => tx.sql.selectFrom('factors').selectAll().executeTakeFirst());
      expect(app?.barred_at).toBeNull();
    });
  });

  describe('a guess', () => {
    test('of a value from a page is counted by its network, and shuts no other way', async () => {
      const { holder, guess } = await openHome(open);
      const values = Array.from({ length: 6 }, (_, index) => String(index).repeat(64));
      const outcomes: string[] = [];
      for (const code of values)
        outcomes.push(await holder.present({ code, actor: { token: null, address: '203.0.113.9' } }));
      expect(outcomes).toEqual([...Array(5).fill('otp_refused'), 'too_many_attempts']);
      const elsewhere = { code: '9'.repeat(64), actor: { token: null, address: '192.0.2.1' } };
      expect(await holder.present(elsewhere)).toBe('otp_refused');
      expect(await guess(1, { token: null })).toEqual(['too_many_attempts']);
    });

    test('without a token is counted against none', async () => {
      const { guess, attempts, ...world } = await openHome(open);
      await guess(3, { token: null });
      expect((await attempts()).map(({ token_id }) => token_id)).toEqual([null, null, null]);
      expect(await subjects(world)).not.toContain('An access token was suspended');
    });
  });

  describe('a recovery code that is used', () => {
    const recover = (holder: Awaited<ReturnType<typeof openHome>>['holder']) =>
      holder.present({ code: holder.recoveryCode(), actor: { address: '192.0.2.1' } });

    test('forgives no wrong codes while there are few', async () => {
      const { holder, guess, attempts, clock } = await openHome(open);
      await guess(3, { token: null });
      clock.advance(2 * hour);
      expect(await recover(holder)).toBe('recovery-code');
      expect(await attempts()).toHaveLength(3);
    });

    test('gives barred codes back, but keeps what was guessed within the hour', async () => {
      const { holder, guessSlowly, attempts, clock } = await openHome(open);
      await guessSlowly(20, { token: null });
      expect(await holder.present({ code: holder.code(), actor: { token: null } })).toBe('codes_barred');
      expect(await recover(holder)).toBe('recovery-code');
      const kept = (await attempts()).filter(({ wrong }) => wrong === 1);
      expect(kept.map(({ at }) => clock.now() - at).sort((one, two) => one - two)).toEqual(
        [15, 30, 45].map((minutes) => minutes * minute),
      );
      expect(await holder.present({ code: holder.code(), actor: { token: null } })).toBe('totp');
    });
  });

  test('a token is suspended once', async () => {
    const world = await open();
    const person = await createPerson(world);
    await createTokenFor(world, person, 'token-1');
    const suspend = () => world.store.write((tx) => suspendToken(tx, 'token-1'));
    expect([await suspend(), await suspend()]).toEqual([true, false]);
  });
});
