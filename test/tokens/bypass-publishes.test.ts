import { describe, expect, test } from 'vitest';
import { noGrants } from '../../src/policy/grants.ts';
import { mailGathered, noteBypassPublish } from '../../src/tokens/bypass-publishes.ts';
import { permitFor, waitingMails } from '../accounts/acting.ts';
import { eachStore } from '../support/stores.ts';
import { create, openWorld } from './making.ts';

const minute = 60_000;
const grants = { ...noGrants, all: true, permission: 'read-write' } as const;

eachStore((open) => {
  describe('publishes that no factor stood behind', () => {
    const openRelease = async () => {
      const world = await openWorld(open);
      const { store, person } = world;
      const release = await create(world, person, { kind: 'automation', grants, name: 'ci' });
      const publish = (name: string, { key } = release, at = store) =>
        at.write((tx) => {
          const told = { credential: 'automation', token: key } as const;
          return noteBypassPublish(tx, permitFor('package.publish', person, told), {
            name,
            version: '1.0.0',
          });
        });
      const mails = async () =>
        (await waitingMails(world)).filter(({ what }) => what === 'Published without a code');
      return { ...world, release, publish, mails };
    };

    test('are told at the first, and those that follow within an hour in one mail at its end', async () => {
      const { store, clock, publish, mails } = await openRelease();
      await publish('a');
      expect(await mails()).toHaveLength(1);
      for (const name of ['b', 'c', 'd']) {
        clock.advance(10 * minute);
        await publish(name);
      }
      expect(await mailGathered(store)).toBe(0);
      expect(await mails()).toHaveLength(1);
      clock.advance(30 * minute);
      expect(await mailGathered(store)).toBe(1);
      expect(await mailGathered(store)).toBe(0);
      const [first, second] = await mails();
      expect(first?.text).toContain('a@1.0.0');
      expect(first?.text).toContain('"ci"');
      for (const name of ['b', 'c', 'd']) expect(second?.text).toContain(`${name}@1.0.0`);
      expect(second?.text).not.toContain('a@1.0.0');
      clock.advance(60 * minute);
      expect(await mailGathered(store)).toBe(0);
      const noted = () => store.read((tx) => tx.sql.selectFrom('bypass_publishes').selectAll().execute());
      await publish('e');
      expect(await mails()).toHaveLength(3);
      clock.advance(60 * minute);
      await mailGathered(store);
      expect(await noted()).toEqual([]);
    });

    test('are told once by several processes, for each token apart', async () => {
      const world = await openRelease();
      const { store, clock, person, publish, mails } = world;
      const other = await create(world, person, { kind: 'automation', grants });
      const second = world.another();
      await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          publish(`p${index}`, index % 2 === 0 ? undefined : other, index < 4 ? store : second),
        ),
      );
      expect(await mails()).toHaveLength(2);
      clock.advance(60 * minute);
      const written = await Promise.all([mailGathered(store), mailGathered(second)]);
      expect(written[0] + written[1]).toBe(2);
      const text = (await mails()).map((mail) => mail.text).join('\n');
      for (let index = 0; index < 8; index += 1) expect(text.split(`p${index}@1.0.0`)).toHaveLength(2);
    });

    test('are all there is: another token is not told of', async () => {
      const { store, person, mails } = await openRelease();
      for (const credential of ['session', 'publish', 'granular'] as const) {
        const permit = permitFor('package.publish', person, { credential, token: 'x' });
        await store.write((tx) => noteBypassPublish(tx, permit, { name: 'a', version: '1.0.0' }));
      }
      expect(await mails()).toEqual([]);
    });

    test('are named up to fifty, the rest counted', async () => {
      const { store, clock, publish, mails } = await openRelease();
      for (let index = 0; index < 54; index += 1) await publish(`p${index}`);
      clock.advance(60 * minute);
      await mailGathered(store);
      const [, gathered] = await mails();
      expect(gathered?.text).toContain('And 3 more.');
    });
  });
});
