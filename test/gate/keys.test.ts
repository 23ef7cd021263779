import { beforeEach, describe, expect, test } from 'vitest';
import { beginAssertion } from '../../src/factors/ceremonies.ts';
import { removeKey } from '../../src/factors/keys.ts';
import { presentAssertion } from '../../src/factors/keys-spending.ts';
import { createTypedCode } from '../../src/factors/typed-codes.ts';
import { withConsequences } from '../../src/gate/consequences.ts';
import type { Actor } from '../../src/policy/actor.ts';
import type { Action } from '../../src/policy/policy.ts';
import { createKeyHolder, site, source } from '../factors/key-holder.ts';
import { actorOf, createPerson, type Person, permitFor } from '../factors/people.ts';
import { openApp, type TestApp } from '../support/app.ts';
import type { Authenticator, Forgery } from '../support/authenticator.ts';
import { createVault } from '../support/ports.ts';
import { eachStore, type TestStore } from '../support/stores.ts';

interface Keyed {
  readonly app: TestApp;
  readonly person: Person;
  readonly authenticator: Authenticator;
  readonly key: string;
  readonly actor: (told?: Partial<Actor>) => Actor;
  /** What the key answers to a step-up to an act, checked when the gate asks for it. */
  readonly touch: (operation: Action, forgery?: Forgery) => () => ReturnType<typeof presentAssertion>;
}

eachStore((_open, dialect) => {
  let keyed: Keyed;
  beforeEach(async () => {
    const app = await openApp(dialect);
    const { store } = app.app;
    const world: TestStore = { store, clock: app.clock, vault: createVault(), another: () => store };
    const person = await createPerson(world);
    const { authenticator, key } = await createKeyHolder(world, person);
    keyed = {
      app,
      person,
      authenticator,
      key,
      actor: (told = {}) => actorOf(world, person, { token: null, address: '127.0.0.1', ...told }),
      touch: (operation, forgery) => async () => {
        const wish = { purpose: 'step-up', account: person, session: 'a session', operation } as const;
        const options = await store.write((tx) => beginAssertion(tx, site, wish));
        return presentAssertion(store, site, wish, authenticator.answer(options, forgery), source);
      },
    };
  });

  const target = () => ({ on: 'account', name: keyed.person.name }) as const;
  const nothing = async (): Promise<undefined> => undefined;
  /** Revokes nothing, but notes the factor that would have let it. */
  const revoke = (told: { actor?: Partial<Actor>; key?: ReturnType<Keyed['touch']> }) =>
    keyed.app.app.gate.perform(keyed.actor(told.actor), {
      action: 'token.revoke',
      target: target(),
      key: told.key,
      prepare: nothing,
      work: async (_tx, permit) => permit.factor,
    });
  const entries = async (): Promise<
    { action: string; outcome: string; reason?: string; factor?: string }[]
  > =>
    (
      await keyed.app.app.store.read((tx) =>
        tx.sql.selectFrom('audit').select('entry').orderBy('id').execute(),
      )
    ).map(({ entry }) => JSON.parse(entry));

  describe('an act of an account that has a key alone', () => {
    test('is challenged without it', async () => {
      await expect(revoke({})).rejects.toMatchObject({ code: 'otp_required' });
    });

    test('is done with its touch, and the audit says so', async () => {
      expect(await revoke({ key: keyed.touch('token.revoke') })).toBe('security-key');
      expect((await entries()).at(-1)).toMatchObject({
        action: 'token.revoke',
        outcome: 'done',
        factor: 'security-key',
      });
    });

    test('is refused with a touch for another act, which the audit tells', async () => {
      await expect(revoke({ key: keyed.touch('token.create') })).rejects.toMatchObject({
        code: 'key_refused',
      });
      expect((await entries()).at(-1)).toMatchObject({ outcome: 'refused', reason: 'key_refused' });
    });

    test('is refused with a counter that did not rise, and the key is marked', async () => {
      await expect(revoke({ key: keyed.touch('token.revoke', { counter: 0 }) })).rejects.toMatchObject({
        code: 'key_refused',
      });
      const keys = await keyed.app.app.store.read((tx) =>
        tx.sql.selectFrom('security_keys').select('possible_copy_at').execute(),
      );
      expect(keys).toEqual([{ possible_copy_at: keyed.app.clock.now() }]);
    });

    test('leaves a code beside the touch unlooked at and uncounted', async () => {
      const key = keyed.touch('token.revoke');
      expect(await revoke({ key, actor: { code: '123456' } })).toBe('security-key');
      const counted = await keyed.app.app.store.read((tx) =>
        tx.sql.selectFrom('attempts').selectAll().execute(),
      );
      expect(counted).toEqual([]);
    });

    test('does not look at the key where no factor is asked', async () => {
      let asked = false;
      const key = (): never => {
        asked = true;
        throw new Error('nobody asked');
      };
      await keyed.app.app.gate.perform(keyed.actor(), {
        action: 'account.endSession',
        target: target(),
        key,
        prepare: nothing,
        work: nothing,
      });
      expect(asked).toBe(false);
    });
  });

  test('a code of a key page is made by a touch and spent in a terminal', async () => {
    const { code } = await keyed.app.app.gate.perform(keyed.actor({ credential: 'browser', session: null }), {
      action: 'factor.createCode',
      target: target(),
      key: keyed.touch('factor.createCode'),
      prepare: nothing,
      work: (tx, permit) => createTypedCode(tx, permit, 'token.revoke'),
    });
    expect(await revoke({ actor: { code } })).toBe('security-key');
    await expect(revoke({ actor: { code: '00000000' } })).rejects.toMatchObject({ code: 'otp_refused' });
  });

  test('who used a recovery code and then removes the last key is held', async () => {
    const { app, key } = keyed;
    await app.app.store.write((tx) =>
      tx.sql.updateTable('accounts').set({ recovery_used_at: tx.now }).execute(),
    );
    await app.app.store.write(async (tx) => {
      const permit = permitFor('factor.removeKey', keyed.actor(), keyed.person, 'recovery-code');
      const told = { factor: 'recovery-code', holdTime: 1000 } as const;
      const act = { account: keyed.person, action: 'factor.removeKey' } as const;
      await withConsequences(tx, act, told, () => removeKey(tx, permit, { id: key }));
    });
    const holds = await app.app.store.read((tx) => tx.sql.selectFrom('holds').select('kind').execute());
    expect(holds).toEqual([{ kind: 'full' }]);
  });
});
