import { describe, expect, test } from 'vitest';
import { withinBudget } from '../../src/factors/budget.ts';
import { setBar } from '../../src/factors/factors.sql.ts';
import { isFailure } from '../../src/kernel/failure.ts';
import { eachStore } from '../support/stores.ts';
import { attempts, guessUntilBarred, guessWrongly, hour, intruder, minute } from './guessing.ts';
import { actorOf, begin, confirm, createHolder, createPerson, createTokenFor, subjects } from './people.ts';

eachStore((open) => {
  describe('a guess that proved wrong', () => {
    test('stays counted when another request with the same code gives it back', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const [code = ''] = holder.wrong(1);
      const guess = { account: holder.person.id, actor: actorOf(world, holder.person), code };
      await withinBudget(world.store, guess, async () => {
        const lost = withinBudget(world.store, guess, async () => {
          throw new Error('the connection broke');
        });
        await expect(lost).rejects.toThrow('the connection broke');
        expect(await holder.present({ code })).toBe('otp_refused');
        throw new Error('the connection broke again');
      }).catch(() => undefined);
      expect(await attempts(world)).toMatchObject([{ wrong: 1 }]);
    });

    test('is told to the owner at the third', async () => {
      const world = await open();
      const holder = await createHolder(world);
      await guessWrongly(holder, 2);
      expect(await subjects(world)).toEqual(['Two-factor authentication is on']);
      await holder.present({ code: '999999999', actor: intruder });
      await guessWrongly(holder, 5);
      expect((await subjects(world)).slice(1)).toEqual(['3 wrong codes were tried']);
    });

    test('survives the clock being set back, and is not counted for ever after', async () => {
      const world = await open();
      const holder = await createHolder(world);
      world.clock.advance(365 * 24 * hour);
      await guessWrongly(holder, 5);
      world.clock.advance(-365 * 24 * hour);
      expect(await holder.present({ code: holder.code() })).toBe('too_many_attempts');
      world.clock.advance(10 * minute);
      expect(await holder.present({ code: holder.code() })).toBe('totp');
    });
  });

  describe('the twentieth wrong code in a day', () => {
    test("bars the app's codes for good, and tells the owner", async () => {
      const world = await open();
      const holder = await createHolder(world);
      await guessUntilBarred(world, holder);
      expect((await subjects(world)).slice(1)).toEqual([
        '3 wrong codes were tried',
        '20 wrong codes were tried',
      ]);
      expect(await holder.present({ code: holder.code() })).toBe('codes_barred');
      world.clock.advance(30 * 24 * hour);
      expect(await holder.present({ code: holder.code() })).toBe('codes_barred');
    });

    test('refuses even a code whose guess was reserved before it', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const guess = { account: holder.person.id, actor: actorOf(world, holder.person), code: holder.code() };
      const answer = await withinBudget(world.store, guess, async () => {
        await world.store.write((tx) => setBar(tx, guess.account, tx.now));
        return holder.present({ code: guess.code });
      });
      expect(answer).toBe('codes_barred');
    });

    test('so that a stolen password is good for twenty guesses and no more', async () => {
      const world = await open();
      const holder = await createHolder(world);
      let lookedAt = 0;
      for (let round = 0; round < 24 * 7; round += 1) {
        for (const code of holder.wrong(6)) {
          const answer = await holder.present({ code, action: 'account.login', actor: intruder });
          if (answer === 'otp_refused') lookedAt += 1;
        }
        world.clock.advance(hour);
      }
      expect(lookedAt).toBe(20);
    });

    test('leaves recovery codes to the owner, and the first one gives the app back', async () => {
      const world = await open();
      const holder = await createHolder(world);
      await guessUntilBarred(world, holder);
      expect(await holder.present({ code: holder.recoveryCode(), action: 'account.login' })).toBe(
        'recovery-code',
      );
      expect(await holder.present({ code: holder.code(), action: 'account.login' })).toBe('totp');
    });

    test('does not let whoever goes on guessing shut the way of the recovery codes', async () => {
      const world = await open();
      const holder = await createHolder(world);
      await guessUntilBarred(world, holder);
      for (let index = 0; index < 40; index += 1) {
        const code = String(index).padStart(16, '0');
        await holder.present({ code, action: 'account.login', actor: intruder });
        await holder.present({
          code,
          action: 'account.login',
          actor: { ...intruder, address: `203.0.${index}.1` },
        });
      }
      expect(await holder.present({ code: holder.recoveryCode(), action: 'account.login' })).toBe(
        'recovery-code',
      );
    });

    test('where addresses are unknown, counts recovery codes from everywhere as one', async () => {
      const world = await open();
      const holder = await createHolder(world);
      await guessWrongly(holder, 5);
      const unknown = { address: null };
      expect(await holder.present({ code: holder.recoveryCode(), actor: unknown })).toBe('too_many_attempts');
      expect(await holder.present({ code: holder.recoveryCode() })).toBe('recovery-code');
    });
  });

  describe('the budget of a token', () => {
    test('holds for recovery codes too, whatever network they come from', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const thief = (index: number) => ({ token: 'stolen', address: `203.0.${index}.1` });
      for (let index = 0; index < 5; index += 1) {
        expect(await holder.present({ code: `000000000000000${index}`, actor: thief(index) })).toBe(
          'otp_refused',
        );
      }
      const code = '0000000000000009';
      expect(await holder.present({ code, actor: thief(9) })).toBe('too_many_attempts');
      expect(await holder.present({ code: holder.recoveryCode() })).toBe('recovery-code');
    });

    test('suspends it at the tenth wrong code in a day, once, and tells the owner', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const token = await createTokenFor(world, holder.person, 'feedbeef');
      const suspended = async (): Promise<unknown> => {
        const row = await world.store.read((tx) =>
          tx.sql.selectFrom('tokens').select('suspended_at').where('id', '=', token).executeTakeFirst(),
        );
        return row?.suspended_at;
      };
      await guessWrongly(holder, 5, { token });
      world.clock.advance(hour);
      await guessWrongly(holder, 4, { token });
      expect(await suspended()).toBeNull();
      await holder.present({ code: '000000000', actor: { token } });
      expect(await suspended()).toBe(world.clock.now());
      expect((await subjects(world)).filter((what) => what === 'An access token was suspended')).toHaveLength(
        1,
      );
    });
  });

  describe('the first code of a set-up', () => {
    test('is guessed at within the same budget', async () => {
      const world = await open();
      const person = await createPerson(world);
      await begin(world, person, 'auth-only');
      const answers: string[] = [];
      for (let index = 0; index < 6; index += 1) {
        const thrown = await confirm(world, person, `12345678${index}`).catch((caught: unknown) => caught);
        answers.push(isFailure(thrown) ? thrown.code : 'done');
      }
      expect(answers.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'otp_refused'));
      expect(answers[5]).toBe('too_many_attempts');
    });

    test('tells nobody of typing errors: there is nothing yet to guess at', async () => {
      const world = await open();
      const person = await createPerson(world);
      await begin(world, person, 'auth-only');
      for (let index = 0; index < 5; index += 1)
        await confirm(world, person, `12345678${index}`).catch(() => []);
      expect(await subjects(world)).toEqual([]);
    });
  });
});
