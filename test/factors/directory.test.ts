import { describe, expect, test } from 'vitest';
import { startHold } from '../../src/accounts/holds.ts';
import { directoryPages, findDirectoryEntry, listDirectory } from '../../src/factors/directory.ts';
import { eachStore, type TestStore } from '../support/stores.ts';
import { createKeyHolder } from './key-holder.ts';
import { createHolder, createPerson } from './people.ts';

const namesOf = async ({ store }: TestStore, search: string, page = 1) => {
  const { entries, total } = await store.read((tx) => listDirectory(tx, { search, page }));
  return [entries.map(({ name }) => name), total];
};

eachStore((open) => {
  describe('the directory of accounts', () => {
    test('tells of each account what opens it, and no secret', async () => {
      const world = await open();
      const { store, clock } = world;
      const now = clock.now();
      await createPerson(world, 'plain');
      const holder = await createHolder(world, 'ada');
      await holder.present({ code: holder.recoveryCode() });
      await createKeyHolder(world, await createPerson(world, 'keyed'));
      await store.write((tx) =>
        tx.sql
          .updateTable('accounts')
          .set({ staff: 1, frozen_at: now, email_verified_at: now })
          .where('name', '=', 'keyed')
          .execute(),
      );
      await store.write(async (tx) => {
        for (const [network, last_at] of [
          ['one', now + 5],
          ['two', now + 9],
        ] as const)
          await tx.sql
            .insertInto('sign_in_networks')
            .values({ account_id: 'account-keyed', network, last_at, known_at: null })
            .execute();
        await startHold(tx, {
          account: { id: 'account-keyed', name: 'keyed', email: '', email_verified_at: null },
          kind: 'full',
          reason: 'reset',
          time: 1000,
        } as unknown as Parameters<typeof startHold>[1]);
      });
      const find = (name: string) => store.read((tx) => findDirectoryEntry(tx, name));
      expect(await find('plain')).toEqual({
        id: 'account-plain',
        name: 'plain',
        email: 'plain@example.com',
        emailVerified: false,
        mode: 'off',
        app: false,
        keys: 0,
        codes: 0,
        staff: false,
        frozenAt: null,
        hold: null,
        createdAt: now,
        lastSignIn: null,
      });
      expect(await find('ada')).toMatchObject({ mode: 'auth-and-writes', app: true, keys: 0, codes: 9 });
      expect(await find('keyed')).toMatchObject({
        emailVerified: true,
        mode: 'auth-and-writes',
        app: false,
        keys: 1,
        codes: 10,
        staff: true,
        frozenAt: now,
        hold: { kind: 'full', reason: 'reset' },
        lastSignIn: now + 9,
      });
      expect(await find('nobody')).toBeUndefined();
    });

    test('finds names by what they hold, in whatever case, and takes no sign for a pattern', async () => {
      const world = await open();
      for (const name of ['ann', 'joanna', 'bob', 'under_score', 'underscore', 'per%cent', 'back\\slash'])
        await createPerson(world, name);
      expect(await namesOf(world, ' ANN ')).toEqual([['ann', 'joanna'], 2]);
      expect(await namesOf(world, 'r_s')).toEqual([['under_score'], 1]);
      expect(await namesOf(world, '%')).toEqual([['per%cent'], 1]);
      expect(await namesOf(world, 'k\\s')).toEqual([['back\\slash'], 1]);
      expect(await namesOf(world, 'zed')).toEqual([[], 0]);
      expect((await namesOf(world, ''))[1]).toBe(7);
    });

    test('comes in pages of fifty, by name', async () => {
      const world = await open();
      const names = Array.from({ length: 51 }, (_, index) => `p${String(index).padStart(2, '0')}`);
      for (const name of [...names].reverse()) await createPerson(world, name);
      expect(await namesOf(world, '')).toEqual([names.slice(0, 50), 51]);
      expect(await namesOf(world, '', 2)).toEqual([names.slice(50), 51]);
      expect([0, 1, 50, 51, 101].map(directoryPages)).toEqual([1, 1, 1, 2, 3]);
    });
  });
});
