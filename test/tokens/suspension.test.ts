import { describe, expect, test } from 'vitest';
import { findSuspended, resumeOwnToken, resumeToken } from '../../src/tokens/suspension.ts';
import { createPerson, permitFor, waitingMails } from '../accounts/acting.ts';
import { eachStore } from '../support/stores.ts';
import { create, list, openWorld } from './making.ts';

eachStore((open) => {
  describe('a suspended token', () => {
    const suspend = async () => {
      const world = await openWorld(open);
      const { store, clock, person } = world;
      const made = await create(world, person, { name: 'ci' });
      await store.write(async (tx) => {
        await tx.sql.updateTable('tokens').set({ suspended_at: tx.now }).execute();
        for (let step = 0; step < 10; step += 1) {
          const guess = {
            account_id: person.id,
            code_hash: 'x',
            network: 'n',
            at: clock.now(),
            wrong: 1,
          } as const;
          await tx.sql
            .insertInto('attempts')
            .values({ ...guess, step, token_id: made.key })
            .execute();
        }
      });
      const resume = (key: string, account = person.name) =>
        store.write((tx) => resumeToken(tx, permitFor('token.resume', null), { account, key }));
      return { ...world, made, resume };
    };

    test('works again when it is resumed, its wrong codes counted for the account alone', async () => {
      const world = await suspend();
      const { made, resume, store, person } = world;
      expect((await list(world, person)).tokens[0]?.suspendedAt).toBe(world.clock.now());
      expect(await resume(made.key.slice(0, 8))).toMatchObject({ key: made.key, suspendedAt: null });
      expect((await list(world, person)).tokens[0]?.suspendedAt).toBeNull();
      const guesses = await store.read((tx) => tx.sql.selectFrom('attempts').selectAll().execute());
      expect(guesses).toHaveLength(10);
      expect(guesses.map(({ token_id }) => token_id)).toEqual(guesses.map(() => null));
      const mails = await waitingMails(world);
      expect(mails.map(({ what }) => what)).toEqual(['Access token works again', 'New access token']);
      expect(mails[0]?.text).toContain('"ci"');
    });

    test('is resumed once, by a key of its own account that says which is meant', async () => {
      const world = await suspend();
      const { made, resume } = world;
      await createPerson(world, 'someone');
      await expect(resume(made.key, 'someone')).rejects.toMatchObject({ code: 'not_found' });
      await expect(resume(made.key, 'nobody')).rejects.toMatchObject({ code: 'account_unknown' });
      for (const key of ['', made.key.slice(0, 5), '______', '%%%%%%'])
        await expect(resume(key)).rejects.toMatchObject({ code: 'request_invalid' });
      await resume(made.key);
      await expect(resume(made.key)).rejects.toThrow('is not suspended');
    });

    test('is not resumed by the beginning of two keys', async () => {
      const { resume, store, made } = await suspend();
      await store.write(async (tx) => {
        const row = await tx.sql.selectFrom('tokens').selectAll().executeTakeFirstOrThrow();
        const id = `${row.id.slice(0, 31)}${row.id.endsWith('0') ? '1' : '0'}`;
        await tx.sql
          .insertInto('tokens')
          .values({ ...row, id, hash: 'other' })
          .execute();
      });
      await expect(resume(made.key.slice(0, 31))).rejects.toThrow('More than one');
      await resume(made.key);
    });

    test('works again when its owner says so on the website, by its whole key, once', async () => {
      const world = await suspend();
      const { made, store, person, clock } = world;
      const other = await createPerson(world, 'someone');
      const find = (who = person, key = made.key) => store.read((tx) => findSuspended(tx, who.id, key));
      const resume = (who: typeof person | null = person, key = made.key) =>
        store.write((tx) => resumeOwnToken(tx, permitFor('token.resumeOwn', who), key));
      expect(await find()).toMatchObject({ key: made.key, suspendedAt: clock.now() });
      for (const [who, key] of [
        [other, made.key],
        [person, made.key.slice(0, 8)],
      ] as const) {
        await expect(find(who, key)).rejects.toMatchObject({ code: 'not_found' });
        await expect(resume(who, key)).rejects.toMatchObject({ code: 'not_found' });
      }
      await expect(resume(null)).rejects.toMatchObject({ code: 'session_ended' });
      await expect(resume({ id: 'gone', name: 'gone' })).rejects.toMatchObject({ code: 'session_ended' });
      expect(await resume()).toMatchObject({ key: made.key, suspendedAt: null });
      expect((await list(world, person)).tokens[0]?.suspendedAt).toBeNull();
      await expect(find()).rejects.toMatchObject({ code: 'not_found' });
      await expect(resume()).rejects.toMatchObject({ code: 'not_found' });
    });
  });
});
