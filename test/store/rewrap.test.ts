import { describe, expect, test } from 'vitest';
import { approveLogin, startLogin } from '../../src/accounts/handoffs.ts';
import { finishSignIn } from '../../src/accounts/waiting-sign-ins.ts';
import { addKey, createKeyring, followKeyring, type Keyring } from '../../src/kernel/keyring.ts';
import { keyVersionOf } from '../../src/kernel/vault.ts';
import { queueMail } from '../../src/ledger/outbox.ts';
import { rotateSigningKey } from '../../src/packages/signing.ts';
import { mintPermit } from '../../src/policy/permit-mint.ts';
import { loadVault } from '../../src/store/data-keys.ts';
import { rewrapSealed } from '../../src/store/rewrap.ts';
import { countSealed, sealedPlaces } from '../../src/store/sealed.sql.ts';
import type { Store } from '../../src/store/store.ts';
import { collectHandoff } from '../../src/tokens/handoffs.ts';
import { actorOf, begin, createHolder, createPerson, subjects } from '../factors/people.ts';
import { createRandom } from '../support/ports.ts';
import { eachStore, type OpenStore, type TestStore } from '../support/stores.ts';

/** Processes that share one keyring, as they share its file. */
async function openWorld(open: OpenStore) {
  const base = await open();
  const random = createRandom('rewrap');
  const shared = { keyring: createKeyring(base.clock.now(), random) };
  const follow = () => followKeyring(shared.keyring, () => shared.keyring);
  const start = async (store: Store): Promise<TestStore> => {
    const vault = await loadVault(store, follow(), random);
    return { ...base, vault, store: store.unlock(vault) };
  };
  const world = await start(base.store);
  const rotate = (): Keyring => {
    shared.keyring = addKey(shared.keyring, base.clock.now(), random);
    return shared.keyring;
  };
  const counts = async () =>
    Object.fromEntries((await world.store.read(countSealed)).entries()) as Record<string, number>;
  return { world, shared, random, rotate, counts, start, restart: () => start(base.another()) };
}

/** A login that was approved on its page and has just been handed out. */
async function handOut(world: TestStore): Promise<void> {
  const person = await createPerson(world, 'carol');
  const actor = actorOf(world, person);
  const told = {
    actor,
    account: person,
    target: { on: 'site' },
    factor: 'none',
    passwordProven: false,
  } as const;
  const day = 24 * 3600 * 1000;
  const rules = { loginIdle: day, loginLife: day, life: day, lifeMax: day, overlap: 0 };
  await world.store.write(async (tx) => {
    const limits = { loginLimit: 'off', loopbackExempt: true } as const;
    const start = mintPermit<'handoff.start'>({ ...told, action: 'handoff.start' });
    const ids = await startLogin(tx, start, { wantsAccount: false }, limits);
    const approve = mintPermit<'handoff.approveLogin'>({ ...told, action: 'handoff.approveLogin' });
    await approveLogin(tx, approve, { id: ids.page, anotherNetwork: false });
    const collect = mintPermit<'handoff.collect'>({ ...told, action: 'handoff.collect' });
    await collectHandoff(tx, collect, { id: ids.done, bearer: null }, rules);
  });
}

/** A sign-in that waits for its link, and goes on to a page then. */
async function wait(world: TestStore, { person }: Awaited<ReturnType<typeof createHolder>>): Promise<void> {
  const permit = mintPermit<'account.finishSignIn'>({
    action: 'account.finishSignIn',
    actor: actorOf(world, person, { session: null }),
    account: person,
    target: { on: 'account', name: person.name },
    factor: 'totp',
  });
  const lives = { idle: 1, life: 1, staffIdle: 1, staffLife: 1, deviceLife: 1 };
  const rules = { ...lives, confirmNewDevice: true };
  const wish = { account: person, rules, next: '/login/cli/page', waiting: null };
  await world.store.write((tx) => finishSignIn(tx, permit, wish));
}

/** At least one sealed text in every place. */
async function fill(world: TestStore) {
  const holder = await createHolder(world);
  await begin(world, await createPerson(world, 'bob'), 'auth-only');
  const wish = { to: 'ada@example.com', account: 'ada', what: 'Hello', paragraphs: ['a secret link'] };
  await world.store.write((tx) => queueMail(tx, wish));
  const actor = actorOf(world, holder.person, { credential: 'console' });
  const told = { actor, account: null, target: { on: 'site' }, factor: 'none' } as const;
  const permit = mintPermit<'site.rotateSigningKey'>({ action: 'site.rotateSigningKey', ...told });
  await world.store.write((tx) => rotateSigningKey(tx, permit));
  return holder;
}

eachStore((open) => {
  describe('after a rotation', () => {
    test('everything is sealed again under the new key, and the old one is no longer needed', async () => {
      const { world, shared, rotate, counts, restart } = await openWorld(open);
      const holder = await fill(world);
      const before = await counts();
      expect(Object.keys(before)).toEqual(['1']);
      const { keys } = rotate();
      const { rewrapped, unopened } = await rewrapSealed(world.store);
      expect({ rewrapped, unopened }).toEqual({ rewrapped: before['1'], unopened: 0 });
      expect(await counts()).toEqual({ 2: before['1'] });
      expect(await rewrapSealed(world.store)).toEqual({ rewrapped: 0, unopened: 0 });
      shared.keyring = { current: 2, keys: keys.filter(({ version }) => version === 2) };
      const later = await restart();
      expect(await subjects(later)).toContain('Hello');
      expect(await holder.present({ code: holder.code(), store: later.store })).toBe('totp');
      expect(await holder.present({ code: holder.recoveryCode(), store: later.store })).toBe('recovery-code');
    });

    test('a process that has not read the keyring again opens what another sealed', async () => {
      const { world, rotate, restart, counts } = await openWorld(open);
      const holder = await fill(world);
      const behind = await restart();
      rotate();
      await rewrapSealed(world.store);
      expect(await holder.present({ code: holder.code(), store: behind.store })).toBe('totp');
      // Having looked at the keyring for that, it seals with the new key as well.
      expect(keyVersionOf(behind.vault.seal(Buffer.from('x'), ['y']))).toBe(2);
      expect(Object.keys(await counts())).toEqual(['2']);
    });

    test('a start with a keyring that lost a needed key is refused, for one row as for all', async () => {
      const { world, shared, rotate, restart } = await openWorld(open);
      await fill(world);
      const { keys } = rotate();
      await rewrapSealed(world.store);
      const both = shared.keyring;
      shared.keyring = { ...both, current: 1 };
      const behind = await restart();
      await behind.store.write((tx) =>
        queueMail(tx, { to: 'ada@example.com', account: 'ada', what: 'Old', paragraphs: [] }),
      );
      shared.keyring = { current: 2, keys: keys.filter(({ version }) => version === 2) };
      await expect(restart()).rejects.toThrow('The keyring lacks key version 1');
      shared.keyring = both;
      await restart();
    });

    test('a text that was altered stays and is told, and holds up nothing else', async () => {
      const { world, rotate, counts } = await openWorld(open);
      await fill(world);
      await world.store.write((tx) =>
        tx.sql
          .updateTable('factors')
          .set({ secret: `1.${'A'.repeat(60)}` })
          .execute(),
      );
      rotate();
      expect(await rewrapSealed(world.store)).toMatchObject({ unopened: 1 });
      expect((await counts())['1']).toBe(1);
    });
  });

  test('a rotation while people set up their apps and two processes seal again loses nothing', async () => {
    const { world, rotate, restart, counts } = await openWorld(open);
    const second = await restart();
    const people = await Promise.all(
      Array.from({ length: 8 }, (_, index) => createPerson(world, `person-${index}`)),
    );
    const enrolling = people.map((person, index) =>
      begin(index % 2 === 0 ? world : second, person, 'auth-only'),
    );
    rotate();
    await Promise.all([...enrolling, rewrapSealed(world.store), rewrapSealed(second.store)]);
    await rewrapSealed(world.store);
    expect(Object.keys(await counts())).toEqual(['2']);
    const rows = await world.store.read((tx) => tx.sql.selectFrom('pending_factors').selectAll().execute());
    expect(rows).toHaveLength(8);
    for (const { account_id, id, secret } of rows)
      expect(world.vault.open(secret, ['pending_factors', account_id, id])).toHaveLength(20);
  });

  test('the list of places holds every column in which anything is sealed', async () => {
    const { world } = await openWorld(open);
    await wait(world, await fill(world));
    await handOut(world);
    const known = sealedPlaces.map(({ table, column }) => `${table}.${column}`).sort();
    const tables = [
      'accounts',
      'factors',
      'pending_factors',
      'recovery_codes',
      'proofs',
      'attempts',
      'tokens',
    ] as const;
    const more = [
      'signing_keys',
      'outbox',
      'data_keys',
      'audit',
      'floods',
      'handoffs',
      'waiting_sign_ins',
    ] as const;
    const found = new Set<string>();
    for (const table of [...tables, ...more]) {
      const rows = await world.store.read((tx) => tx.sql.selectFrom(table).selectAll().execute());
      for (const row of rows)
        for (const [column, value] of Object.entries(row))
          if (typeof value === 'string' && /^\d+\.[\w-]{38,}$/.test(value)) found.add(`${table}.${column}`);
    }
    expect([...found].sort()).toEqual(known);
  });
});
