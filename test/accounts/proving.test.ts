import { describe, expect, test } from 'vitest';
import { hashPassword, isOutdated } from '../../src/accounts/passwords.ts';
import { provePassword } from '../../src/accounts/proving.ts';
import { createRandom } from '../support/ports.ts';
import { eachStore } from '../support/stores.ts';
import { createPerson, goodPassword } from './acting.ts';
import { countRows, guess, repeat, rules } from './guessing.ts';

eachStore((open) => {
  describe('proving a password', () => {
    const from = { address: '198.51.100.7', device: null };

    test('tells whose it is and counts nothing', async () => {
      const world = await open();
      const person = await createPerson(world);
      const proven = await provePassword(
        world.store,
        { name: 'hannah', password: goodPassword },
        from,
        rules,
      );
      expect(proven).toEqual({ account: person, passwordVersion: 1 });
      expect(await countRows(world)).toBe(0);
    });

    test('fails alike for a wrong password, an unknown name and an impossible one, and counts each', async () => {
      const world = await open();
      await createPerson(world);
      for (const name of ['hannah', 'nobody', 'No Name!', 'x'.repeat(5000)]) {
        const claim = { name, password: 'a wrong password' };
        await expect(provePassword(world.store, claim, from, rules)).rejects.toMatchObject({
          code: 'password_wrong',
          message: 'Incorrect username or password.',
        });
      }
      // The two impossible names share one reservation of the same guess.
      expect(await countRows(world)).toBe(3);
    });

    test('is refused unchecked when the budget is used up, be the password right or wrong', async () => {
      const world = await open();
      await createPerson(world);
      await repeat(10, () => guess(world.store));
      const claim = { name: 'hannah', password: goodPassword };
      await expect(provePassword(world.store, claim, from, rules)).rejects.toMatchObject({
        code: 'too_many_attempts',
      });
      expect(await countRows(world)).toBe(10);
    });

    test('replaces a hash that costs less than new ones do, and keeps its version', async () => {
      const world = await open();
      const { store, vault } = world;
      const person = await createPerson(world);
      const stored = () =>
        store.read((tx) =>
          tx.sql
            .selectFrom('accounts')
            .select(['password', 'password_version'])
            .where('id', '=', person.id)
            .executeTakeFirstOrThrow(),
        );
      const cheap = (await stored()).password;
      expect(isOutdated(cheap)).toBe(true);
      await provePassword(store, { name: 'hannah', password: goodPassword }, from, rules);
      const after = await stored();
      expect(isOutdated(after.password)).toBe(false);
      expect(after.password_version).toBe(1);
      await provePassword(store, { name: 'hannah', password: goodPassword }, from, rules);
      expect((await stored()).password).toBe(after.password);
      expect(await hashPassword({ vault, random: createRandom('x') }, goodPassword)).not.toBe(after.password);
    });
  });
});
