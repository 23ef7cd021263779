import { describe, expect, test } from 'vitest';
import { chooseMode } from '../../src/factors/enrol.ts';
import { readFactorKinds, readFactorOverview } from '../../src/factors/overview.ts';
import { beginReplacement, confirmReplacement, regenerateCodes } from '../../src/factors/replacing.ts';
import { codeAt, stepAt } from '../../src/factors/totp.ts';
import type { Actor } from '../../src/policy/actor.ts';
import type { ProvenFactor } from '../../src/policy/permit.ts';
import { eachStore, type OpenStore } from '../support/stores.ts';
import { createKeyHolder } from './key-holder.ts';
import { actorOf, createHolder, createPerson, permitFor, secretOf, subjects } from './people.ts';

const minute = 60_000;
const tooLate = {
  code: 'request_invalid',
  details: { reason: 'This took longer than ten minutes, or was begun elsewhere: begin again.' },
};

/** An account with an app and ten codes, on a page of the website. */
async function openPage(open: OpenStore) {
  const world = await open();
  const { store, clock } = world;
  const holder = await createHolder(world);
  const { person } = holder;
  const at = (told: Partial<Actor> = {}) =>
    actorOf(world, person, { credential: 'browser', session: 'session-1', token: null, ...told });
  const begin = async (told: Partial<Actor> = {}) => {
    const permit = permitFor('factor.replace', at(told), person, 'totp');
    return secretOf(await store.write((tx) => beginReplacement(tx, permit, { issuer: 'Test' })));
  };
  const confirm = (code: string, told: Partial<Actor> = {}) =>
    store.write((tx) => confirmReplacement(tx, permitFor('factor.confirm', at(told), person), { code }));
  const code = (secret: Buffer) => codeAt(secret, stepAt(clock.now()));
  const regenerate = (factor: ProvenFactor) =>
    store.write((tx) => regenerateCodes(tx, permitFor('factor.regenerate', at(), person, factor)));
  const overview = () => store.read((tx) => readFactorOverview(tx, person.id));
  return { ...world, holder, person, at, begin, confirm, code, regenerate, overview };
}

eachStore((open) => {
  describe('a new device', () => {
    test('takes the place of the old one with its first code, which is spent by that', async () => {
      const { begin, confirm, code, holder, overview, clock, ...world } = await openPage(open);
      const secret = await begin();
      const uri = secret.toString('hex');
      expect(uri).not.toBe(holder.secret.toString('hex'));
      expect(await holder.present({ code: holder.code() })).toBe('totp');
      clock.advance(minute);
      await confirm(code(secret));
      expect(await holder.present({ code: holder.code() })).toBe('otp_refused');
      expect(await holder.present({ code: code(secret) })).toBe('otp_refused');
      expect(await overview()).toMatchObject({
        mode: 'auth-and-writes',
        app: { createdAt: clock.now(), lastUsedAt: clock.now(), barred: false },
        codesLeft: 10,
      });
      clock.advance(minute);
      expect(await holder.present({ code: code(secret) })).toBe('totp');
      expect(await subjects({ clock, ...world })).toContain('The authenticator app was replaced');
    });

    test('is not there with a wrong code, or none, and the old one stays', async () => {
      const { begin, confirm, code, holder, clock } = await openPage(open);
      const secret = await begin();
      await expect(confirm('')).rejects.toMatchObject({ code: 'otp_required' });
      await expect(confirm(holder.code())).rejects.toMatchObject({ code: 'otp_refused' });
      expect(await holder.present({ code: holder.code() })).toBe('totp');
      clock.advance(30_000);
      await confirm(code(secret));
    });

    test('may come within ten minutes, from the session that began', async () => {
      const { begin, confirm, code, clock } = await openPage(open);
      const secret = await begin();
      await expect(confirm(code(secret), { session: 'session-2' })).rejects.toMatchObject(tooLate);
      clock.advance(10 * minute);
      await expect(confirm(code(secret))).rejects.toMatchObject(tooLate);
      const second = await begin();
      clock.advance(10 * minute - 1);
      await confirm(code(second));
      await expect(confirm(code(second))).rejects.toMatchObject(tooLate);
    });

    test('takes nothing’s place where there is no app, or none any more', async () => {
      const { begin, confirm, code, store, person } = await openPage(open);
      const secret = await begin();
      await store.write((tx) => tx.sql.deleteFrom('factors').execute());
      await expect(confirm(code(secret))).rejects.toMatchObject(tooLate);
      await expect(begin()).rejects.toMatchObject({
        code: 'request_invalid',
        details: { reason: 'There is no authentication app to replace: add one.' },
      });
      expect(await store.read((tx) => readFactorKinds(tx, person.id))).toEqual({ app: false, keys: false });
    });
  });

  describe('new recovery codes', () => {
    test('are ten, make the earlier ones useless, and are mailed about', async () => {
      const { regenerate, holder, overview, ...world } = await openPage(open);
      await holder.present({ code: holder.recoveryCode() });
      expect((await overview()).codesLeft).toBe(9);
      const codes = await regenerate('totp');
      expect(codes).toHaveLength(10);
      expect((await overview()).codesLeft).toBe(10);
      expect(await holder.present({ code: holder.recoveryCode(1) })).toBe('otp_refused');
      expect(await holder.present({ code: codes[0] ?? '' })).toBe('recovery-code');
      expect(await subjects(world)).toContain('New recovery codes');
    });

    test('are for whoever proved a factor', async () => {
      const { regenerate, overview } = await openPage(open);
      await expect(regenerate('none')).rejects.toMatchObject({ code: 'otp_required' });
      expect((await overview()).codesLeft).toBe(10);
    });
  });

  describe('the page of an account’s factors', () => {
    test('shows that there is none', async () => {
      const world = await open();
      const { id } = await createPerson(world);
      expect(await world.store.read((tx) => readFactorOverview(tx, id))).toEqual({
        mode: null,
        app: null,
        keys: [],
        codesLeft: 0,
      });
    });

    test('shows an app whose codes are barred, and keys', async () => {
      const { store, person, overview, at, clock } = await openPage(open);
      await store.write((tx) => tx.sql.updateTable('factors').set({ barred_at: tx.now }).execute());
      expect((await overview()).app).toMatchObject({ barred: true, createdAt: clock.now() - minute });
      expect(await store.read((tx) => readFactorKinds(tx, person.id))).toEqual({ app: true, keys: false });
      await createKeyHolder({ store, clock } as Parameters<typeof createKeyHolder>[0], person);
      expect((await overview()).keys).toMatchObject([{ name: 'my key' }]);
      expect(await store.read((tx) => readFactorKinds(tx, person.id))).toEqual({ app: true, keys: true });
      await store.write((tx) => chooseMode(tx, permitFor('factor.mode', at(), person, 'totp'), 'auth-only'));
      expect((await overview()).mode).toBe('auth-only');
    });

    test('chooses no mode where there is no factor', async () => {
      const world = await open();
      const person = await createPerson(world);
      const permit = permitFor('factor.mode', actorOf(world, person), person, 'none');
      await expect(world.store.write((tx) => chooseMode(tx, permit, 'auth-only'))).rejects.toMatchObject({
        code: 'request_invalid',
        details: { reason: 'Two-factor authentication is off: add it first.' },
      });
    });
  });
});
