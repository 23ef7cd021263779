import { describe, expect, test } from 'vitest';
import { rememberDevice } from '../../src/accounts/devices.ts';
import {
  type AddressRules,
  countSignUp,
  giveBackGuess,
  reserveGuess,
  sweepGuesses,
} from '../../src/accounts/guesses.ts';
import { hashSecret } from '../../src/kernel/secrets.ts';
import { signIn } from '../../src/tokens/tokens.ts';
import { eachStore } from '../support/stores.ts';
import { createPerson, permitFor } from './acting.ts';
import { countRows, guess, repeat, rules } from './guessing.ts';

const minute = 60_000;
const hour = 60 * minute;
const tokenRules = {
  loginIdle: 14 * 24 * hour,
  loginLife: 90 * 24 * hour,
  life: hour,
  lifeMax: hour,
  overlap: hour,
};

eachStore((open) => {
  describe('guesses of passwords', () => {
    test('are ten in 15 minutes for a name from an address, and the eleventh is told when to come back', async () => {
      const { store, clock } = await open();
      expect(await repeat(10, () => guess(store))).toEqual(Array(10).fill('room'));
      clock.advance(5 * minute);
      expect(await guess(store)).toBe(600);
      clock.advance(10 * minute - 1);
      expect(await guess(store)).toBe(1);
      clock.advance(1);
      expect(await guess(store)).toBe('room');
    });

    test('are fifty in 24 hours for a name from an address', async () => {
      const { store, clock } = await open();
      for (let round = 0; round < 5; round += 1) {
        expect(await repeat(10, () => guess(store))).toEqual(Array(10).fill('room'));
        clock.advance(15 * minute);
      }
      expect(await guess(store)).toBe((24 * 60 - 5 * 15) * 60);
      clock.advance(24 * hour - 75 * minute);
      expect(await guess(store)).toBe('room');
    });

    test('do not use up those of another address or another name', async () => {
      const { store } = await open();
      await repeat(10, () => guess(store));
      expect(await guess(store, { address: '203.0.113.9' })).toBe('room');
      expect(await guess(store, { name: 'someone' })).toBe('room');
      expect(await guess(store)).not.toBe('room');
    });

    test('count a /64 of IPv6 as one address, and all unknown addresses as one', async () => {
      const { store } = await open();
      await repeat(10, (index) => guess(store, { address: `2001:db8::${index + 1}` }));
      expect(await guess(store, { address: '2001:db8::ffff' })).not.toBe('room');
      expect(await guess(store, { address: '2001:db8:0:1::1' })).toBe('room');
      await repeat(10, () => guess(store, { address: null }));
      expect(await guess(store, { address: null })).not.toBe('room');
    });

    test('that are equal and within ten seconds from one address are one guess', async () => {
      const { store, clock } = await open();
      await repeat(9, () => guess(store));
      expect(await repeat(5, () => guess(store, { password: 'the same' }))).toEqual(Array(5).fill('room'));
      expect(await guess(store)).not.toBe('room');
      clock.advance(9_999);
      expect(await guess(store, { password: 'the same' })).toBe('room');
      clock.advance(1);
      expect(await guess(store, { password: 'the same' })).not.toBe('room');
    });

    test('are not kept for longer than they are needed', async () => {
      const world = await open();
      await guess(world.store);
      const hashes = () =>
        world.store.read((tx) => tx.sql.selectFrom('password_attempts').select('guess_hash').execute());
      expect(await hashes()).toEqual([{ guess_hash: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
      world.clock.advance(10_000);
      await guess(world.store);
      expect((await hashes()).filter(({ guess_hash }) => guess_hash === null)).toHaveLength(1);
      world.clock.advance(24 * hour);
      await guess(world.store);
      expect(await countRows(world)).toBe(1);
    });

    test('are a hundred from one address over all names', async () => {
      const { store } = await open();
      const few: AddressRules = { ...rules, passwordLimit: { count: 12, window: 15 * minute } };
      const from = (index: number) => ({ name: `name-${index}`, limits: few });
      expect(await repeat(12, (index) => guess(store, from(index)))).toEqual(Array(12).fill('room'));
      expect(await guess(store, from(13))).toBe(900);
      expect(await guess(store, { ...from(13), address: '203.0.113.9' })).toBe('room');
      expect(await guess(store, { ...from(13), limits: { ...few, passwordLimit: 'off' } })).toBe('room');
    });

    test('from this machine itself are free of the limit per address while the public URL is loopback', async () => {
      const { store } = await open();
      const few: AddressRules = {
        ...rules,
        passwordLimit: { count: 2, window: 15 * minute },
        loopbackExempt: true,
      };
      const from = (index: number, address: string) => ({ name: `name-${index}`, address, limits: few });
      await repeat(4, async (index) => expect(await guess(store, from(index, '127.0.0.1'))).toBe('room'));
      await repeat(2, (index) => guess(store, from(index, '198.51.100.7')));
      expect(await guess(store, from(9, '198.51.100.7'))).toBe(900);
      // The limit per account and address holds for everybody.
      await repeat(10, () => guess(store, from(20, '127.0.0.1')));
      expect(await guess(store, from(20, '127.0.0.1'))).toBe(900);
    });

    test('beyond a hundred an hour for a name are only taken from where its owner signed in', async () => {
      const world = await open();
      const { store, clock } = world;
      const person = await createPerson(world);
      const home = '192.0.2.33';
      await store.write((tx) =>
        signIn(tx, permitFor('account.login', person, { address: home }), person, tokenRules),
      );
      const all = await repeat(100, (index) =>
        guess(store, { address: `198.51.${Math.floor(index / 10)}.7` }),
      );
      expect(all).toEqual(Array(100).fill('room'));
      expect(await guess(store, { address: '203.0.113.9' })).toBe(3600);
      expect(await guess(store, { address: null })).toBe(3600);
      expect(await guess(store, { address: home })).toBe('room');
      expect(await guess(store, { address: '192.0.2.200' })).toBe('room');
      expect(await guess(store, { address: '192.0.3.33' })).not.toBe('room');
      clock.advance(hour);
      expect(await guess(store, { address: '203.0.113.9' })).toBe('room');
    });

    test('beyond a hundred an hour for a name are taken from a browser that its owner signed in with', async () => {
      const world = await open();
      const { store } = world;
      const owner = await createPerson(world);
      const other = await createPerson(world, 'olive');
      const remember = ({ id }: { id: string }) =>
        store.write(async (tx) => {
          const { cookie } = await rememberDevice(
            tx,
            permitFor('account.login', null).actor,
            id,
            undefined,
            hour,
          );
          return hashSecret(cookie ?? '');
        });
      const [known, foreign] = [await remember(owner), await remember(other)];
      await repeat(100, (index) => guess(store, { address: `198.51.${Math.floor(index / 10)}.7` }));
      const elsewhere = { address: '203.0.113.9' };
      expect(await guess(store, elsewhere)).toBe(3600);
      expect(await guess(store, { ...elsewhere, device: foreign })).toBe(3600);
      expect(await guess(store, { ...elsewhere, device: known })).toBe('room');
      expect(await guess(store, { address: null, device: known })).toBe('room');
    });

    test('for a name that nobody has are limited in the same way', async () => {
      const { store } = await open();
      await repeat(100, (index) =>
        guess(store, { name: 'nobody', address: `198.51.${Math.floor(index / 10)}.7` }),
      );
      expect(await guess(store, { name: 'nobody', address: '203.0.113.9' })).toBe(3600);
    });

    test('are exactly ten over forty requests at once in two processes', async () => {
      const world = await open();
      const second = world.another();
      const results = await Promise.all(
        Array.from({ length: 40 }, (_, index) => guess(index % 2 === 0 ? world.store : second)),
      );
      expect(results.filter((result) => result === 'room')).toHaveLength(10);
      expect(await countRows(world)).toBe(10);
    });

    test('are given back one by one', async () => {
      const { store } = await open();
      const password = 'once';
      const reserved = await reserveGuess(
        store,
        { name: 'hannah', address: null, device: null, password },
        rules,
      );
      await repeat(9, () => guess(store, { address: null }));
      expect(await guess(store, { address: null })).not.toBe('room');
      await giveBackGuess(store, reserved);
      expect(await guess(store, { address: null })).toBe('room');
    });
  });

  test('sign-ups from one address are limited, and those of this machine are not', async () => {
    const { store, clock } = await open();
    await repeat(3, () => countSignUp(store, '198.51.100.7', rules));
    await expect(countSignUp(store, '198.51.100.7', rules)).rejects.toMatchObject({
      code: 'too_many_attempts',
      details: { retryAfter: 3600 },
    });
    await countSignUp(store, '203.0.113.9', rules);
    await countSignUp(store, '198.51.100.7', { ...rules, signupLimit: 'off' });
    await repeat(5, () => countSignUp(store, '127.0.0.1', { ...rules, loopbackExempt: true }));
    clock.advance(hour);
    await countSignUp(store, '198.51.100.7', rules);
  });

  test('what no limit counts any more is swept, also where nobody comes back', async () => {
    const world = await open();
    const { store, clock } = world;
    await guess(store);
    await countSignUp(store, '198.51.100.7', rules);
    expect(await sweepGuesses(store)).toBe(0);
    clock.advance(24 * hour);
    await guess(store, { name: 'someone', address: '203.0.113.9' });
    expect(await sweepGuesses(store)).toBe(1);
    clock.advance(29 * 24 * hour);
    expect(await sweepGuesses(store)).toBe(2);
  });
});
