/** The ways in which a token ends other than by its own revocation. */
import { describe, expect, test } from 'vitest';
import { onEnding } from '../../src/accounts/endings.ts';
import { mintToken } from '../../src/kernel/secrets.ts';
import { isAnyAlive, revokeLeakedTokens } from '../../src/tokens/leaked.ts';
import { endLogin, findToken as findOwn, listLogins } from '../../src/tokens/own-tokens.ts';
import { findToken, revokeForOwner } from '../../src/tokens/revoking.ts';
import { startTokenWork } from '../../src/tokens/worker.ts';
import { createPerson, type Person, permitFor, waitingMails } from '../accounts/acting.ts';
import { createLog, createRandom } from '../support/ports.ts';
import { eachStore } from '../support/stores.ts';
import { create, day, list, login, openWorld, recogniserOf } from './making.ts';

eachStore((open) => {
  const openTwo = async () => {
    const world = await openWorld(open);
    const other = await createPerson(world, 'someone');
    const mails = async () => (await waitingMails(world)).filter(({ what }) => !/^New/.test(what));
    const keys = async (person: Person) => (await list(world, person)).tokens.map(({ key }) => key);
    return { ...world, other, mails, keys };
  };

  describe('tokens that are found where everybody can read them', () => {
    const stranger = mintToken(createRandom('stranger'));

    test('end at once, their owners are mailed, and whoever showed them learns their beginnings', async () => {
      const world = await openTwo();
      const { store, person, other, mails, keys } = world;
      const [mine, theirs, kept] = [
        await create(world, person, { name: 'mine' }),
        await create(world, other, { name: 'theirs' }),
        await create(world, other),
      ];
      const ended: unknown[] = [];
      const stop = onEnding((ending) => ended.push(ending));
      const permit = permitFor('token.revokeLeaked', person);
      const wish = { texts: new Set([mine.token, stranger, theirs.token]), where: 'README.md of left-pad' };
      const gone = await store.write((tx) => revokeLeakedTokens(tx, permit, wish));
      stop();
      expect(gone).toEqual([mine.prefix, theirs.prefix]);
      expect(ended).toEqual([{ token: mine.key }, { token: theirs.key }]);
      expect([await keys(person), await keys(other)]).toEqual([[], [kept.key]]);
      const [first, second, ...rest] = (await mails()).sort((one, two) => (one.to < two.to ? -1 : 1));
      expect(rest).toEqual([]);
      expect(first?.to).toBe('hannah@example.com');
      expect(first?.text).toContain('("mine") was found in README.md of left-pad.');
      expect(second?.to).toBe('someone@example.com');
      expect(second?.text).toContain('("theirs") was found in files that hannah was about to publish.');
      expect(second?.text).not.toContain('left-pad');
      const rows = await store.read((tx) => tx.sql.selectFrom('audit').selectAll().execute());
      expect(rows).toHaveLength(1);
      expect(JSON.parse(rows[0]?.entry ?? '{}')).toMatchObject({
        action: 'token.revokeLeaked',
        outcome: 'done',
        account: other.id,
        actor: 'hannah',
        actorKind: 'account',
        tokenKey: theirs.key,
        requestId: 'request-1',
        target: 'someone',
      });
    });

    test('are no news once they are dead', async () => {
      const world = await openTwo();
      const { store, clock, person, mails } = world;
      const made = await create(world, person, { days: 3 });
      const permit = permitFor('token.revokeLeaked', person);
      const texts = new Set([made.token]);
      const isAlive = () => store.read((tx) => isAnyAlive(tx, texts));
      const revoke = () => store.write((tx) => revokeLeakedTokens(tx, permit, { texts, where: 'x' }));
      clock.advance(3 * day - 1);
      expect(await isAlive()).toBe(true);
      clock.advance(1);
      expect([await isAlive(), await revoke()]).toEqual([false, []]);
      clock.advance(-day);
      expect(await revoke()).toEqual([made.prefix]);
      expect([await isAlive(), await revoke()]).toEqual([false, []]);
      expect(await mails()).toHaveLength(1);
      expect(await store.read((tx) => isAnyAlive(tx, new Set([stranger])))).toBe(false);
    });

    test('are looked for by accounts alone', async () => {
      const { store } = await openTwo();
      const wish = { texts: new Set<string>(), where: 'x' };
      const revoked = store.write((tx) =>
        revokeLeakedTokens(tx, permitFor('token.revokeLeaked', null), wish),
      );
      await expect(revoked).rejects.toMatchObject({ code: 'credential_missing' });
    });
  });

  describe('on the console', () => {
    const revoke = ({ store }: Awaited<ReturnType<typeof openTwo>>, key: string, reason?: string) =>
      store.write((tx) => revokeForOwner(tx, permitFor('token.revokeForOwner', null), { key, reason }));

    test('any token is ended by the beginning of its key, and its owner told why', async () => {
      const world = await openTwo();
      const made = await create(world, world.other, { name: 'ci' });
      const { recognise } = recogniserOf(world.store, world.clock);
      await recognise(made.token);
      const found = await world.store.read((tx) => findToken(tx, made.key.slice(0, 6)));
      expect(found).toMatchObject({ id: made.key, owner: 'someone', email: 'someone@example.com' });
      expect(await revoke(world, made.key.slice(0, 6), 'In a log.')).toMatchObject({ key: made.key });
      expect(await recognise(made.token)).toMatchObject({ alive: false });
      const [mail, ...more] = await world.mails();
      expect(more).toEqual([]);
      expect(mail).toMatchObject({ to: 'someone@example.com', what: 'Access token revoked' });
      expect(mail?.text).toContain('In a log.');
      await expect(revoke(world, made.key)).rejects.toMatchObject({ code: 'not_found' });
    });

    test('a key that is none, or says too little, ends nothing', async () => {
      const world = await openTwo();
      const made = await create(world, world.other);
      for (const key of ['', made.key.slice(0, 5), `x${made.key}`, `${made.key.slice(0, 6)}%`, '______'])
        await expect(revoke(world, key)).rejects.toMatchObject({
          code: 'request_invalid',
          details: { reason: 'The key of a token is 32 hex digits; give at least 6.' },
        });
      await expect(revoke(world, 'f'.repeat(32))).rejects.toMatchObject({ code: 'not_found' });
      await world.store.write(async (tx) => {
        const row = await tx.sql.selectFrom('tokens').selectAll().executeTakeFirstOrThrow();
        const id = `${row.id.slice(0, 31)}${row.id.endsWith('0') ? '1' : '0'}`;
        await tx.sql
          .insertInto('tokens')
          .values({ ...row, id, hash: 'other' })
          .execute();
      });
      await expect(revoke(world, made.key.slice(0, 31))).rejects.toMatchObject({
        code: 'request_invalid',
        details: { reason: 'More than one token has a key that begins so: give more of it.' },
      });
      await revoke(world, made.key);
      expect(await world.keys(world.other)).toHaveLength(1);
    });
  });

  describe('on the page of sessions', () => {
    const end = ({ store }: Awaited<ReturnType<typeof openTwo>>, who: Person | null, key: string) =>
      store.write((tx) => endLogin(tx, permitFor('account.endSession', who), key));

    test('one’s own living logins stand, the latest used first', async () => {
      const world = await openTwo();
      const { store, clock, person, other } = world;
      const first = await login(world, person);
      clock.advance(1000);
      const second = await login(world, person);
      await create(world, person);
      await login(world, other);
      const shown = async () => (await store.read((tx) => listLogins(tx, person.id))).map(({ key }) => key);
      expect(await shown()).toEqual([second.key, first.key]);
      clock.advance(1000);
      const { recogniser, recognise } = recogniserOf(store, clock);
      await recognise(first.token);
      await recogniser.flush();
      expect(await shown()).toEqual([first.key, second.key]);
      await end(world, person, first.key);
      expect(await shown()).toEqual([second.key]);
      clock.advance(14 * day);
      expect(await shown()).toEqual([]);
    });

    test('a login is ended by its owner alone, at once, and nothing else is', async () => {
      const world = await openTwo();
      const { store, clock, person, other } = world;
      const mine = await login(world, person);
      const token = await create(world, person);
      const { recognise } = recogniserOf(store, clock);
      expect(await recognise(mine.token)).toMatchObject({ alive: true });
      for (const [who, key] of [
        [other, mine.key],
        [person, token.key],
        [person, 'f'.repeat(32)],
      ] as const)
        await expect(end(world, who, key)).rejects.toMatchObject({ code: 'not_found' });
      await expect(end(world, null, mine.key)).rejects.toMatchObject({ code: 'session_ended' });
      await end(world, person, mine.key);
      expect(await recognise(mine.token)).toMatchObject({ alive: false });
      await expect(end(world, person, mine.key)).rejects.toMatchObject({ code: 'not_found' });
    });

    test('a token is shown to its owner by its key while it lives', async () => {
      const world = await openTwo();
      const { store, clock, person, other } = world;
      const made = await create(world, person, { days: 3 });
      const find = (who: Person) => store.read((tx) => findOwn(tx, who.id, made.key));
      expect(await find(person)).toMatchObject({ key: made.key, kind: 'publish' });
      await expect(find(other)).rejects.toMatchObject({ code: 'not_found' });
      clock.advance(3 * day);
      await expect(find(person)).rejects.toMatchObject({ code: 'not_found' });
    });
  });

  describe('in the background', () => {
    test('owners are warned at once after a start, and the work ends when it is told to', async () => {
      const world = await openTwo();
      const { store, clock, person } = world;
      await create(world, person, { name: 'ci', days: 10 });
      clock.advance(4 * day);
      const log = createLog();
      await startTokenWork({ store, log })();
      expect((await world.mails()).map(({ what }) => what)).toEqual(['Access token about to expire']);
      expect(log.lines).toEqual([]);
    });

    test('what fails is named in the log, each by itself', async () => {
      const { store } = await openTwo();
      const away = () => Promise.reject(new Error('the database is away'));
      const log = createLog();
      await startTokenWork({ store: { ...store, read: away, write: away }, log })();
      const tasks = log.lines.map(({ level, fields }) => `${level} ${(fields as { task: string }).task}`);
      expect(tasks.sort()).toEqual([
        'error forget old challenges',
        'error forget old guesses',
        'error forget old hand-offs',
        'error forget old links',
        'error forget old sessions',
        'error forget old waiting sign-ins',
        'error mail gathered publishes',
        'error warn of ending tokens',
      ]);
    });

    test('owners of more tokens than are looked through at once are all warned', async () => {
      const world = await openTwo();
      const { store, clock, person } = world;
      await create(world, person, { days: 30 });
      await store.write(async (tx) => {
        const row = await tx.sql.selectFrom('tokens').selectAll().executeTakeFirstOrThrow();
        for (let count = 1; count <= 100; count += 1)
          await tx.sql
            .insertInto('tokens')
            .values({ ...row, id: count.toString(16).padStart(32, '0'), hash: `hash ${count}` })
            .execute();
      });
      clock.advance(24 * day);
      await startTokenWork({ store, log: createLog() })();
      expect(await world.mails()).toHaveLength(101);
    });
  });
});
