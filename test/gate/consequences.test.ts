import { expect, test } from 'vitest';
import { readHold, startHold } from '../../src/accounts/holds.ts';
import { withConsequences } from '../../src/gate/consequences.ts';
import type { ProvenFactor } from '../../src/policy/permit.ts';
import type { Action } from '../../src/policy/policy.ts';
import type { Writing } from '../../src/store/store.ts';
import { createPerson, type Person } from '../factors/people.ts';
import { eachStore, type TestStore } from '../support/stores.ts';

const hour = 3_600_000;
const day = 24 * hour;
const holdTime = 72 * hour;

const addFactor = (tx: Writing, { id }: Person, factor: string) =>
  tx.sql
    .insertInto('factors')
    .values({
      id: factor,
      account_id: id,
      kind: 'totp',
      secret: 'sealed',
      highest_step: 0,
      created_at: tx.now,
    })
    .execute();
const removeFactor = (tx: Writing, factor: string) =>
  tx.sql.deleteFrom('factors').where('id', '=', factor).execute();

const addKey = (tx: Writing, { id }: Person, key: string) =>
  tx.sql
    .insertInto('security_keys')
    .values({
      id: key,
      account_id: id,
      credential_id: key,
      public_key: 'a key',
      algorithm: -7,
      counter: 0,
      name: key,
      transports: '[]',
      uv: 0,
      backup_eligible: 0,
      backed_up: 0,
      created_at: tx.now,
    })
    .execute();

const act = (
  { store }: TestStore,
  account: Person,
  action: Action,
  factor: ProvenFactor,
  work: (tx: Writing) => Promise<unknown> = async () => undefined,
) => store.write((tx) => withConsequences(tx, { account, action }, { factor, holdTime }, () => work(tx)));

const holdOn = ({ store }: TestStore, { id }: Person) => store.read((tx) => readHold(tx, id));

async function openHolder(open: () => Promise<TestStore>) {
  const world = await open();
  const person = await createPerson(world);
  await world.store.write((tx) => addFactor(tx, person, 'old'));
  world.clock.advance(hour);
  return { world, person };
}

eachStore((open) => {
  test('a recovery code that lets somebody in, and then the last factor goes: held', async () => {
    const { world, person } = await openHolder(open);
    await act(world, person, 'account.login', 'recovery-code');
    world.clock.advance(hour);
    await act(world, person, 'factor.disable', 'none', (tx) => removeFactor(tx, 'old'));
    expect(await holdOn(world, person)).toMatchObject({ kind: 'full', reason: 'recovery-code' });
  });

  test('the last factor replaced in one act: held', async () => {
    const { world, person } = await openHolder(open);
    await act(world, person, 'factor.replace', 'recovery-code');
    world.clock.advance(60_000);
    await act(world, person, 'factor.confirm', 'none', async (tx) => {
      await removeFactor(tx, 'old');
      await addFactor(tx, person, 'new');
    });
    expect(await holdOn(world, person)).toMatchObject({ kind: 'full' });
  });

  test('nobody is held who proved the old factor, or used a recovery code long ago, or never', async () => {
    for (const [factor, wait] of [
      ['totp', 0],
      ['none', 15 * day],
      ['none', null],
    ] as const) {
      const { world, person } = await openHolder(open);
      if (wait !== null) await act(world, person, 'account.login', 'recovery-code');
      world.clock.advance(wait ?? 0);
      await act(world, person, 'factor.disable', factor, (tx) => removeFactor(tx, 'old'));
      expect(await holdOn(world, person), `${factor} ${wait}`).toBeNull();
    }
  });

  test('a factor that came after the recovery code proves nothing', async () => {
    const { world, person } = await openHolder(open);
    await act(world, person, 'factor.disable', 'recovery-code', (tx) => removeFactor(tx, 'old'));
    world.clock.advance(4 * day);
    expect(await holdOn(world, person)).toBeNull();
    await act(world, person, 'factor.confirm', 'none', (tx) => addFactor(tx, person, 'new'));
    world.clock.advance(hour);
    await act(world, person, 'factor.disable', 'totp', (tx) => removeFactor(tx, 'new'));
    expect(await holdOn(world, person)).toBeNull();
  });

  test('a security key that was added after the recovery code does not make up for the app that goes', async () => {
    const { world, person } = await openHolder(open);
    await act(world, person, 'account.login', 'recovery-code');
    world.clock.advance(60_000);
    await act(world, person, 'factor.addKey', 'none', (tx) => addKey(tx, person, 'new'));
    expect(await holdOn(world, person)).toBeNull();
    world.clock.advance(60_000);
    await act(world, person, 'factor.disable', 'security-key', (tx) => removeFactor(tx, 'old'));
    expect(await holdOn(world, person)).toMatchObject({ kind: 'full', reason: 'recovery-code' });
  });

  test('a second recovery code makes no factor trusted that was added after the first', async () => {
    const { world, person } = await openHolder(open);
    await act(world, person, 'account.login', 'recovery-code');
    world.clock.advance(60_000);
    await act(world, person, 'factor.addKey', 'none', (tx) => addKey(tx, person, 'new'));
    world.clock.advance(13 * day);
    await act(world, person, 'account.login', 'recovery-code');
    world.clock.advance(13 * day);
    await act(world, person, 'factor.disable', 'security-key', (tx) => removeFactor(tx, 'old'));
    expect(await holdOn(world, person)).toMatchObject({ kind: 'full', reason: 'recovery-code' });
  });

  test('a recovery code long after another one begins anew', async () => {
    const { world, person } = await openHolder(open);
    await act(world, person, 'account.login', 'recovery-code');
    world.clock.advance(60_000);
    await act(world, person, 'factor.addKey', 'none', (tx) => addKey(tx, person, 'new'));
    world.clock.advance(14 * day);
    await act(world, person, 'account.login', 'recovery-code');
    await act(world, person, 'factor.disable', 'security-key', (tx) => removeFactor(tx, 'old'));
    expect(await holdOn(world, person)).toBeNull();
  });

  test('nobody is held as long as a factor remains that was there before the recovery code', async () => {
    const { world, person } = await openHolder(open);
    await world.store.write((tx) => addKey(tx, person, 'old key'));
    world.clock.advance(60_000);
    await act(world, person, 'factor.removeKey', 'recovery-code', (tx) => removeFactor(tx, 'old'));
    expect(await holdOn(world, person)).toBeNull();
  });

  test('a hold ends no sooner for a second one of its kind, and the strictest of two counts', async () => {
    const { world, person } = await openHolder(open);
    const { store, clock } = world;
    const start = (kind: 'full' | 'widening', time: number) =>
      store.write((tx) => startHold(tx, { account: person, kind, reason: 'email', time, to: [] }));
    const begun = clock.now();
    await start('widening', 10 * day);
    await start('full', 2 * day);
    await start('full', day);
    expect(await holdOn(world, person)).toMatchObject({ kind: 'full', until: begun + 2 * day });
    clock.advance(2 * day);
    expect(await holdOn(world, person)).toMatchObject({ kind: 'widening', until: begun + 10 * day });
    clock.advance(8 * day);
    expect(await holdOn(world, person)).toBeNull();
    clock.advance(-1);
    expect(await holdOn(world, person)).not.toBeNull();
  });
});
