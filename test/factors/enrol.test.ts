import { describe, expect, test } from 'vitest';
import { enableFactor, type FactorMode, readSecondFactor } from '../../src/factors/enrol.ts';
import { codeAt, stepAt } from '../../src/factors/totp.ts';
import { isFailure } from '../../src/kernel/failure.ts';
import { eachStore, type TestStore } from '../support/stores.ts';
import {
  actorOf,
  begin,
  confirm,
  createHolder,
  createPerson,
  disable,
  Holder,
  type Person,
  permitFor,
  secretOf,
  subjects,
} from './people.ts';

const failureOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (thrown) {
    if (isFailure(thrown)) return thrown.code;
    throw thrown;
  }
  return 'done';
};

const shown = (world: TestStore, person: Person) => world.store.read((tx) => readSecondFactor(tx, person.id));

const uriOf = async (begun: ReturnType<typeof begin>): Promise<string> => {
  const beginning = await begun;
  return beginning.step === 'scan' ? beginning.uri : '';
};

const codeNow = (world: TestStore, secret: Buffer, offset = 0): string =>
  codeAt(secret, stepAt(world.clock.now()) + offset);

const changeMode = (world: TestStore, holder: Holder, mode: FactorMode) => {
  const permit = permitFor('factor.enable', actorOf(world, holder.person), holder.person, 'totp');
  return world.store.write((tx) => enableFactor(tx, permit, { mode, issuer: 'Test' }));
};

eachStore((open) => {
  describe('setting up', () => {
    test('tells the secret once, and protects nothing until the first code came', async () => {
      const world = await open();
      const person = await createPerson(world);
      const uri = await uriOf(begin(world, person, 'auth-only'));
      expect(uri).toMatch(/^otpauth:\/\/totp\/Test:ada\?secret=[A-Z2-7]{32}&issuer=Test&/);
      expect(await shown(world, person)).toEqual({ mode: 'auth-only', pending: true });
      expect(await subjects(world)).toEqual([]);
    });

    test('ends with the first code: ten different recovery codes, the mode, a mail', async () => {
      const world = await open();
      const person = await createPerson(world);
      const secret = secretOf(await uriOf(begin(world, person, 'auth-only')));
      const codes = await confirm(world, person, codeNow(world, secret));
      expect(new Set(codes).size).toBe(10);
      for (const code of codes) expect(code).toMatch(/^\d{4} \d{4} \d{4} \d{4}$/);
      expect(await shown(world, person)).toEqual({ mode: 'auth-only', pending: false });
      expect(await subjects(world)).toEqual(['Two-factor authentication is on']);
      const waiting = await world.store.read((tx) =>
        tx.sql.selectFrom('pending_factors').selectAll().execute(),
      );
      expect(waiting).toEqual([]);
    });

    test('spends the first code', async () => {
      const world = await open();
      const person = await createPerson(world);
      const secret = secretOf(await uriOf(begin(world, person, 'auth-and-writes')));
      const code = codeNow(world, secret);
      const holder = new Holder(world, person, secret, await confirm(world, person, code));
      expect(await holder.present({ code })).toBe('otp_refused');
      const counted = await world.store.read((tx) => tx.sql.selectFrom('attempts').selectAll().execute());
      expect(counted).toEqual([]);
      expect(await holder.present({ code: holder.code(-1) })).toBe('otp_refused');
      expect(await holder.present({ code: holder.code(1) })).toBe('totp');
    });

    test('goes on waiting after a wrong code', async () => {
      const world = await open();
      const person = await createPerson(world);
      const secret = secretOf(await uriOf(begin(world, person, 'auth-and-writes')));
      expect(await failureOf(confirm(world, person, codeNow(world, secret, 5)))).toBe('otp_refused');
      expect(await shown(world, person)).toEqual({ mode: 'auth-and-writes', pending: true });
      expect(await confirm(world, person, codeNow(world, secret))).toHaveLength(10);
    });

    test('takes no recovery code, no empty code and no second code', async () => {
      const world = await open();
      const person = await createPerson(world);
      const secret = secretOf(await uriOf(begin(world, person, 'auth-and-writes')));
      const code = codeNow(world, secret);
      expect(await failureOf(confirm(world, person, ''))).toBe('otp_required');
      expect(await failureOf(confirm(world, person, JSON.stringify([code, code])))).toBe('otp_refused');
      expect(await failureOf(confirm(world, person, '1234567890123456'))).toBe('otp_refused');
    });

    test('begun anew, forgets the secret before', async () => {
      const world = await open();
      const person = await createPerson(world);
      const before = secretOf(await uriOf(begin(world, person, 'auth-only')));
      const after = secretOf(await uriOf(begin(world, person, 'auth-and-writes')));
      expect(await failureOf(confirm(world, person, codeNow(world, before)))).toBe('otp_refused');
      expect(await confirm(world, person, codeNow(world, after))).toHaveLength(10);
      expect(await shown(world, person)).toEqual({ mode: 'auth-and-writes', pending: false });
    });

    test('waits ten minutes and not a moment longer', async () => {
      const world = await open();
      const person = await createPerson(world);
      const secret = secretOf(await uriOf(begin(world, person, 'auth-only')));
      world.clock.advance(10 * 60_000);
      expect(await shown(world, person)).toBeNull();
      expect(await failureOf(confirm(world, person, codeNow(world, secret)))).toBe('request_invalid');
      world.clock.advance(-5 * 60_000);
      expect(await failureOf(confirm(world, person, codeNow(world, secret)))).toBe('request_invalid');
    });

    test('is finished by the credential that began it, and by no other', async () => {
      const world = await open();
      const person = await createPerson(world);
      const secret = secretOf(await uriOf(begin(world, person, 'auth-only', { token: 'token-1' })));
      const code = codeNow(world, secret);
      expect(await failureOf(confirm(world, person, code, { token: 'token-2' }))).toBe('request_invalid');
      expect(await failureOf(confirm(world, person, code, { token: null }))).toBe('request_invalid');
      expect(await confirm(world, person, code, { token: 'token-1' })).toHaveLength(10);
    });

    test('works with the password alone as credential: npm with Basic in its settings', async () => {
      const world = await open();
      const person = await createPerson(world);
      const basic = { credential: 'password', token: null } as const;
      const secret = secretOf(await uriOf(begin(world, person, 'auth-only', basic)));
      expect(await confirm(world, person, codeNow(world, secret), basic)).toHaveLength(10);
    });

    test('finished 20 times at once is finished once, with one set of recovery codes', async () => {
      const world = await open();
      const person = await createPerson(world);
      const secret = secretOf(await uriOf(begin(world, person, 'auth-and-writes')));
      const code = codeNow(world, secret);
      const ends = await Promise.all(
        Array.from({ length: 20 }, () => confirm(world, person, code).catch((thrown: unknown) => thrown)),
      );
      const codes = ends.filter((end) => Array.isArray(end));
      expect(codes).toHaveLength(1);
      expect(ends.filter((end) => isFailure(end, 'request_invalid'))).toHaveLength(19);
      const kept = await world.store.read((tx) => tx.sql.selectFrom('recovery_codes').selectAll().execute());
      expect(kept).toHaveLength(10);
    });

    test('without having begun is a mistake that is told', async () => {
      const world = await open();
      const person = await createPerson(world);
      expect(await failureOf(confirm(world, person, '123456'))).toBe('request_invalid');
    });

    test('seals the secret to its row', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const row = await world.store.read((tx) => tx.sql.selectFrom('factors').selectAll().executeTakeFirst());
      const opened = (binding: string[]): Buffer => world.vault.open(row?.secret ?? '', binding);
      expect(opened(['factors', holder.person.id, row?.id ?? ''])).toEqual(holder.secret);
      expect(() => opened(['factors', 'account-bob', row?.id ?? ''])).toThrow();
    });
  });

  describe('changing the mode', () => {
    test('keeps secret and codes, tells no new secret, and mails', async () => {
      const world = await open();
      const holder = await createHolder(world);
      expect(await changeMode(world, holder, 'auth-only')).toEqual({ step: 'done', mode: 'auth-only' });
      expect(await shown(world, holder.person)).toEqual({ mode: 'auth-only', pending: false });
      expect((await subjects(world)).slice(1)).toEqual(['Two-factor authentication was changed']);
      expect(await holder.present({ code: holder.code() })).toBe('totp');
      expect(await holder.present({ code: holder.recoveryCode() })).toBe('recovery-code');
    });

    test('to what it is already changes nothing and tells the mode', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const same = await changeMode(world, holder, 'auth-and-writes');
      expect(same).toEqual({ step: 'done', mode: 'auth-and-writes' });
      expect((await subjects(world)).slice(1)).toEqual([]);
    });

    test('without a factor is refused even if the gate had let it through', async () => {
      const world = await open();
      const holder = await createHolder(world);
      expect(await failureOf(begin(world, holder.person, 'auth-only'))).toBe('otp_required');
    });
  });

  describe('turning it off', () => {
    test('forgets everything: the app, the recovery codes, the proofs', async () => {
      const world = await open();
      const holder = await createHolder(world);
      await holder.present({ code: holder.code() });
      expect(await disable(world, holder.person, 'totp')).toBe('off');
      expect(await shown(world, holder.person)).toBeNull();
      expect((await subjects(world)).slice(1)).toEqual(['Two-factor authentication is off']);
      const left = await world.store.read(async (tx) =>
        Promise.all(
          (['factors', 'recovery_codes', 'proofs', 'pending_factors'] as const).map((table) =>
            tx.sql.selectFrom(table).selectAll().execute(),
          ),
        ),
      );
      expect(left.flat()).toEqual([]);
      expect(await holder.present({ code: holder.recoveryCode() })).toBe('otp_refused');
    });

    test('and on again begins with new secrets and codes', async () => {
      const world = await open();
      const holder = await createHolder(world);
      await disable(world, holder.person, 'totp');
      const secret = secretOf(await uriOf(begin(world, holder.person, 'auth-and-writes')));
      expect(secret).not.toEqual(holder.secret);
      const codes = await confirm(world, holder.person, codeNow(world, secret));
      expect(codes.filter((code) => holder.recoveryCodes.includes(code))).toEqual([]);
      expect(await holder.present({ code: holder.recoveryCode() })).toBe('otp_refused');
    });

    test('without a factor is refused even if the gate had let it through', async () => {
      const world = await open();
      const holder = await createHolder(world);
      expect(await failureOf(disable(world, holder.person, 'none'))).toBe('otp_required');
      expect(await shown(world, holder.person)).toEqual({ mode: 'auth-and-writes', pending: false });
    });

    test('where nothing is on drops a set-up that waits, without a code', async () => {
      const world = await open();
      const person = await createPerson(world);
      await begin(world, person, 'auth-only');
      expect(await disable(world, person, 'none')).toBe('dropped');
      expect(await shown(world, person)).toBeNull();
      expect(await disable(world, person, 'none')).toBe('nothing');
      expect(await subjects(world)).toEqual([]);
    });
  });
});
