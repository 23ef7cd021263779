import { describe, expect, test } from 'vitest';
import { confirmFactor, enableFactor, readSecondFactor } from '../../src/factors/enrol.ts';
import { countFactors } from '../../src/factors/factors.sql.ts';
import { resetFactors } from '../../src/factors/reset.ts';
import { codeAt, stepAt } from '../../src/factors/totp.ts';
import { createTypedCode, takesTypedCode } from '../../src/factors/typed-codes.ts';
import { readAccountFacts } from '../../src/gate/facts.sql.ts';
import type { Permit, ProvenFactor } from '../../src/policy/permit.ts';
import { type Action, actions } from '../../src/policy/policy.ts';
import { Authenticator } from '../support/authenticator.ts';
import { readOutbox } from '../support/outbox.ts';
import { eachStore, type TestStore } from '../support/stores.ts';
import { createKeyHolder, refusalOf, register, use } from './key-holder.ts';
import {
  actorOf,
  begin,
  createHolder,
  createPerson,
  createTokenFor,
  disable,
  Holder,
  type Person,
  permitFor,
  secretOf,
  subjects,
} from './people.ts';

/** An account whose one factor is a key, able to present codes. */
async function keysAlone(open: () => Promise<TestStore>) {
  const world = await open();
  const person = await createPerson(world);
  const { authenticator, recoveryCodes } = await createKeyHolder(world, person);
  return {
    world,
    person,
    authenticator,
    holder: new Holder(world, person, Buffer.alloc(20, 1), recoveryCodes),
  };
}

const modeOf = async (world: TestStore, person: Person) =>
  (await world.store.read((tx) => readAccountFacts(tx, person.id)))?.mode;

const codeFor = (world: TestStore, person: Person, action: Action, factor: ProvenFactor = 'security-key') =>
  world.store.write((tx) =>
    createTypedCode(tx, permitFor('factor.createCode', actorOf(world, person), person, factor), action),
  );

eachStore((open) => {
  describe('an account that has security keys alone', () => {
    test('has two-factor authentication, and decisions know it', async () => {
      const { world, person } = await keysAlone(open);
      expect(await modeOf(world, person)).toBe('auth-and-writes');
      const stranger = await createPerson(world, 'bob');
      expect(await modeOf(world, stranger)).toBe('off');
    });

    test('signs in with its recovery codes', async () => {
      const { holder } = await keysAlone(open);
      expect(await holder.present({ code: holder.recoveryCode(), action: 'account.login' })).toBe(
        'recovery-code',
      );
      expect(await holder.present({ code: holder.recoveryCode(), action: 'account.login' })).toBe(
        'otp_refused',
      );
    });

    test('has no right code of an app: six digits are wrong, and counted', async () => {
      const { world, holder } = await keysAlone(open);
      for (const code of holder.wrong(5)) expect(await holder.present({ code })).toBe('otp_refused');
      expect(await holder.present({ code: '999999' })).toBe('too_many_attempts');
      expect(await subjects(world)).toContain('3 wrong codes were tried');
    });

    test('is not told that its codes are barred after the twentieth wrong one: it has no app', async () => {
      const { world, holder } = await keysAlone(open);
      for (const [index, code] of holder.wrong(20).entries()) {
        if (index % 5 === 0) world.clock.advance(60 * 60_000);
        await holder.present({ code, actor: { token: null } });
      }
      const texts = (await readOutbox(world.store)).map(({ paragraphs }) => paragraphs.join(' '));
      expect(texts.find((text) => text.includes('20 wrong codes'))).not.toContain(
        'authenticator app are refused',
      );
    });

    test('changes its mode with "enable", and gets no app by that', async () => {
      const { world, person } = await keysAlone(open);
      const permit = permitFor('factor.enable', actorOf(world, person), person, 'security-key');
      const wish = { mode: 'auth-only', issuer: 'Test' } as const;
      expect(await world.store.write((tx) => enableFactor(tx, permit, wish))).toEqual({
        step: 'done',
        mode: 'auth-only',
      });
      expect(await modeOf(world, person)).toBe('auth-only');
    });

    test('gets an app beside them where that is asked for; mode and recovery codes stay', async () => {
      const { world, person, holder } = await keysAlone(open);
      const permit = permitFor('factor.enable', actorOf(world, person), person, 'security-key');
      const wish = { mode: 'auth-only', issuer: 'Test', beside: true } as const;
      const begun = await world.store.write((tx) => enableFactor(tx, permit, wish));
      const secret = secretOf(begun.step === 'scan' ? begun.uri : '');
      expect(await world.store.read((tx) => countFactors(tx, person.id))).toBe(1);
      world.clock.advance(1000);
      const confirming = permitFor('factor.confirm', actorOf(world, person), person);
      const code = codeAt(secret, stepAt(world.clock.now()));
      expect(await world.store.write((tx) => confirmFactor(tx, confirming, { code }))).toEqual([]);
      expect(await world.store.read((tx) => countFactors(tx, person.id))).toBe(2);
      expect(await modeOf(world, person)).toBe('auth-and-writes');
      expect(await subjects(world)).toContain('An authenticator app was added');
      expect(await holder.present({ code: holder.recoveryCode() })).toBe('recovery-code');
    });

    test('is without two-factor authentication once it is turned off, keys and all', async () => {
      const { world, person, authenticator, holder } = await keysAlone(open);
      await codeFor(world, person, 'package.publish');
      expect(await disable(world, person, 'security-key')).toBe('off');
      expect(await modeOf(world, person)).toBe('off');
      expect(await holder.present({ code: holder.recoveryCode() })).toBe('otp_refused');
      expect(await use(world, person, authenticator)).toBe('request_invalid: undefined');
      const left = await world.store.read(async (tx) =>
        Promise.all(
          (['security_keys', 'ceremonies', 'typed_codes'] as const).map((table) =>
            tx.sql.selectFrom(table).selectAll().execute(),
          ),
        ),
      );
      expect(left.flat()).toEqual([]);
    });

    test('loses them when the operator resets it', async () => {
      const { world, person } = await keysAlone(open);
      const permit = {} as Permit<'factor.reset'>;
      const reason = 'They called from the number that we know.';
      await world.store.write((tx) => resetFactors(tx, permit, { name: person.name, reason }));
      expect(await modeOf(world, person)).toBe('off');
      expect(await world.store.read((tx) => readSecondFactor(tx, person.id))).toBeNull();
    });

    test('can begin again after it was off, with the same handle and new recovery codes', async () => {
      const { world, person, authenticator, holder } = await keysAlone(open);
      const handle = authenticator.userHandle;
      await disable(world, person, 'security-key');
      const { recoveryCodes } = await register(world, person, authenticator);
      expect(authenticator.userHandle).toBe(handle);
      expect(recoveryCodes?.filter((code) => holder.recoveryCodes.includes(code))).toEqual([]);
    });
  });

  test('an app that is set up already is not begun again beside itself', async () => {
    const world = await open();
    const { person } = await createHolder(world);
    expect((await refusalOf(begin(world, person, 'auth-only'))).startsWith('otp_required')).toBe(true);
  });

  describe('a code of a key page', () => {
    test('is eight digits and opens the act that it was made for, once', async () => {
      const { world, person, holder } = await keysAlone(open);
      const { code } = await codeFor(world, person, 'account.login');
      expect(code).toMatch(/^[0-9]{8}$/);
      expect(await holder.present({ code, action: 'account.login' })).toBe('security-key');
      expect(await holder.present({ code, action: 'account.login' })).toBe('otp_refused');
    });

    test('opens no other act, and stays good for its own', async () => {
      const { world, person, holder } = await keysAlone(open);
      const { code } = await codeFor(world, person, 'package.publish');
      expect(await holder.present({ code, action: 'token.create' })).toBe('otp_refused');
      expect(await holder.present({ code, action: 'package.publish' })).toBe('security-key');
    });

    test('for publishing moves "latest" too, and is its proof like any code', async () => {
      const { world, person, holder } = await keysAlone(open);
      const { code } = await codeFor(world, person, 'package.publish');
      expect(await holder.present({ code, action: 'package.tagLatest' })).toBe('security-key');
      expect(await holder.present({ code, action: 'package.publish' })).toBe('proof');
      expect(await holder.present({ code, action: 'package.publish', actor: { token: 'token-2' } })).toBe(
        'otp_refused',
      );
    });

    test('is good for two minutes', async () => {
      const { world, person, holder } = await keysAlone(open);
      const { code, until } = await codeFor(world, person, 'package.publish');
      expect(until).toBe(world.clock.now() + 120_000);
      world.clock.advance(120_000);
      expect(await holder.present({ code })).toBe('otp_refused');
    });

    test('makes the one before useless', async () => {
      const { world, person, holder } = await keysAlone(open);
      const { code: first } = await codeFor(world, person, 'package.publish');
      await codeFor(world, person, 'package.publish');
      expect(await holder.present({ code: first })).toBe('otp_refused');
    });

    test('opens nothing for another account', async () => {
      const { world, person } = await keysAlone(open);
      const bob = await createHolder(world, 'bob');
      const { code } = await codeFor(world, person, 'package.publish');
      expect(await bob.present({ code })).toBe('otp_refused');
    });

    test('is made by the touch of a key alone', async () => {
      const { world, person } = await keysAlone(open);
      for (const factor of ['none', 'totp', 'recovery-code', 'proof'] as const)
        expect(await refusalOf(codeFor(world, person, 'package.publish', factor))).toBe('key_refused');
    });

    test('is made only for what a terminal may do and asks for a code', async () => {
      const { world, person } = await keysAlone(open);
      expect(await refusalOf(codeFor(world, person, 'package.read'))).toBe('request_invalid');
      expect(actions.filter(takesTypedCode)).toEqual(
        expect.arrayContaining(['account.login', 'factor.disable', 'token.create', 'package.publish']),
      );
    });

    test('is guessed within the budgets of all codes', async () => {
      const { world, person, holder } = await keysAlone(open);
      const { code } = await codeFor(world, person, 'package.publish');
      for (const wrong of ['00000000', '00000001', '00000002', '00000003', '00000004'])
        expect(await holder.present({ code: wrong })).toBe('otp_refused');
      expect(await holder.present({ code })).toBe('too_many_attempts');
    });

    test('is taken while the codes of the app are barred: outsiders cannot shut keys out', async () => {
      const world = await open();
      const holder = await createHolder(world);
      await register(world, holder.person, new Authenticator(), { factor: 'totp' });
      await world.store.write((tx) => tx.sql.updateTable('factors').set({ barred_at: tx.now }).execute());
      expect(await holder.present({ code: holder.code() })).toBe('codes_barred');
      const { code } = await codeFor(world, holder.person, 'package.publish');
      expect(await holder.present({ code })).toBe('security-key');
    });

    test('used 50 times at once, by two processes, signs in exactly once', async () => {
      const { world, person, holder } = await keysAlone(open);
      await createTokenFor(world, person, 'token-1');
      const { code } = await codeFor(world, person, 'account.login');
      const stores = [world.store, world.another()];
      const uses = Array.from({ length: 50 }, (_, index) =>
        holder.present({ code, action: 'account.login', store: stores[index % 2] ?? world.store }),
      );
      const results = await Promise.all(uses);
      expect(results.filter((result) => result === 'security-key')).toHaveLength(1);
      expect(results.filter((result) => result === 'otp_refused')).toHaveLength(49);
    });

    test('stands nowhere in clear', async () => {
      const { world, person } = await keysAlone(open);
      const { code } = await codeFor(world, person, 'package.publish');
      const rows = await world.store.read((tx) => tx.sql.selectFrom('typed_codes').selectAll().execute());
      expect(rows).toHaveLength(1);
      expect(JSON.stringify(rows)).not.toContain(code);
    });
  });
});
