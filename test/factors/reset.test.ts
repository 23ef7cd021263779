import { describe, expect, test } from 'vitest';
import { resetFactors } from '../../src/factors/reset.ts';
import { mintPermit } from '../../src/policy/permit-mint.ts';
import { waitingMails } from '../accounts/acting.ts';
import { couchBody, enableFactor, signUp, userPath } from '../accounts/wire.ts';
import { openApp } from '../support/app.ts';
import { eachStore } from '../support/stores.ts';
import { actorOf, begin, createHolder, createPerson, createTokenFor } from './people.ts';

const reason = 'called back on the number from the contract';

eachStore((open, dialect) => {
  describe('resetting a second factor', () => {
    const prepare = async () => {
      const world = await open();
      const reset = (name: string, why = reason) =>
        world.store.write((tx) => {
          const actor = actorOf(
            world,
            { id: '', name: '' },
            { credential: 'console', account: null, token: null },
          );
          const target = { on: 'account', name } as const;
          const permit = mintPermit<'factor.reset'>({
            action: 'factor.reset',
            actor,
            account: null,
            target,
            factor: 'none',
          });
          return resetFactors(tx, permit, { name, reason: why });
        });
      const left = () =>
        world.store.read(async (tx) => ({
          factors: await tx.sql.selectFrom('factors').select('account_id').execute(),
          pending: await tx.sql.selectFrom('pending_factors').select('account_id').execute(),
          codes: await tx.sql.selectFrom('recovery_codes').select('account_id').execute(),
          proofs: await tx.sql.selectFrom('proofs').select('account_id').execute(),
          guesses: await tx.sql.selectFrom('attempts').select('account_id').execute(),
        }));
      return { world, reset, left };
    };

    test('forgets app, codes, spent codes and wrong ones of that account, and of no other', async () => {
      const { world, reset, left } = await prepare();
      const ada = await createHolder(world, 'ada');
      const bob = await createHolder(world, 'bob');
      for (const holder of [ada, bob]) {
        expect(await holder.present({ code: holder.code() })).toBe('totp');
        expect(await holder.present({ code: holder.wrong(1)[0] ?? '' })).toBe('otp_refused');
      }
      const before = await left();
      await reset('ada');
      const ofBob = <T extends { account_id: string }>(rows: T[]): T[] =>
        rows.filter(({ account_id }) => account_id === bob.person.id);
      expect(before.guesses).toHaveLength(2);
      expect(await left()).toEqual({
        factors: ofBob(before.factors),
        pending: [],
        codes: ofBob(before.codes),
        proofs: ofBob(before.proofs),
        guesses: ofBob(before.guesses),
      });
      expect(ofBob(before.codes)).toHaveLength(10);
      expect(await bob.present({ code: bob.code(1) })).toBe('totp');
      expect(await ada.present({ code: ada.code(1) })).toBe('otp_refused');
      expect(await ada.present({ code: ada.recoveryCode() })).toBe('otp_refused');
    });

    test('ends the logins of that account and leaves its other tokens', async () => {
      const { world, reset } = await prepare();
      const ada = await createHolder(world, 'ada');
      const bob = await createHolder(world, 'bob');
      await createTokenFor(world, ada.person, 'login');
      await createTokenFor(world, ada.person, 'ci');
      await createTokenFor(world, bob.person, 'other');
      await world.store.write((tx) =>
        tx.sql.updateTable('tokens').set({ kind: 'publish' }).where('id', '=', 'ci').execute(),
      );
      await reset('ada');
      const ended = await world.store.read((tx) =>
        tx.sql.selectFrom('tokens').select('id').where('revoked_at', 'is not', null).execute(),
      );
      expect(ended).toEqual([{ id: 'login' }]);
    });

    test('drops a set-up that waits for its first code', async () => {
      const { world, reset, left } = await prepare();
      const ada = await createPerson(world, 'ada');
      await begin(world, ada, 'auth-only');
      await reset('ada');
      expect((await left()).pending).toEqual([]);
    });

    test('is mailed to the owner with the reason', async () => {
      const { world, reset } = await prepare();
      await createHolder(world, 'ada');
      await reset('ada');
      const mail = (await waitingMails(world)).find(({ what }) => what.endsWith('was removed'));
      expect(mail).toMatchObject({ to: 'ada@example.com', what: 'Two-factor authentication was removed' });
      expect(mail?.text).toContain(`The reason that they gave: ${reason}`);
    });

    test('is refused without a reason of 20 characters, for nobody, and where there is nothing to remove', async () => {
      const { world, reset, left } = await prepare();
      await createHolder(world, 'ada');
      await createPerson(world, 'bob');
      for (const why of [
        '',
        'x'.repeat(19),
        ` ${'x'.repeat(19)} `,
        `${'x'.repeat(20)}\nnext line`,
        'x'.repeat(501),
      ])
        await expect(reset('ada', why)).rejects.toMatchObject({ code: 'request_invalid' });
      await expect(reset('zed')).rejects.toMatchObject({ code: 'account_unknown' });
      await expect(reset('bob')).rejects.toThrow('The account bob has no second factor.');
      expect((await left()).factors).toHaveLength(1);
      await reset('ada', 'x'.repeat(20));
      await expect(reset('ada')).rejects.toThrow('has no second factor');
    });

    test('leaves an account that signs in with its password alone and sets up another factor, and a row in the log', async () => {
      const world = await openApp(dialect);
      const token = await signUp(world);
      await enableFactor(world, token);
      const signIn = () => world.ask('PUT', userPath('hannah'), { body: couchBody('hannah') });
      expect((await signIn()).statusCode).toBe(401);
      const { gate, store } = world.app;
      await gate.onConsole(
        'factor.reset',
        { on: 'account', name: 'hannah' },
        (tx, permit) => resetFactors(tx, permit, { name: 'hannah', reason }),
        reason,
      );
      expect((await world.ask('GET', '/-/whoami', { token })).statusCode).toBe(401);
      const again = await signIn();
      expect(again.statusCode, again.body).toBe(201);
      const { recoveryCodes } = await enableFactor(world, again.json().token);
      expect(recoveryCodes).toHaveLength(10);
      expect((await signIn()).statusCode).toBe(401);
      const row = await store.read((tx) =>
        tx.sql
          .selectFrom('audit')
          .select('entry')
          .where('action', '=', 'factor.reset')
          .executeTakeFirstOrThrow(),
      );
      expect(JSON.parse(row.entry)).toMatchObject({ actorKind: 'console', target: 'hannah', reason });
    });
  });
});
