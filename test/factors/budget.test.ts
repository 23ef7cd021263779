import { describe, expect, test } from 'vitest';
import { withinBudget } from '../../src/factors/budget.ts';
import { setBar } from '../../src/factors/factors.sql.ts';
import { isFailure } from '../../src/kernel/failure.ts';
import type { Actor } from '../../src/policy/actor.ts';
import { eachStore, type TestStore } from '../support/stores.ts';
import {
  actorOf,
  begin,
  confirm,
  createHolder,
  createPerson,
  createTokenFor,
  type Holder,
  subjects,
} from './people.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Somebody who knows the password only, from another network. */
const intruder: Partial<Actor> = { credential: 'password', token: null, address: '203.0.113.9' };

/** Presents so many wrong codes, one after another, and returns the last answer. */
async function guessWrongly(
  holder: Holder,
  count: number,
  actor: Partial<Actor> = intruder,
): Promise<string> {
  let last = '';
  for (const code of holder.wrong(count))
    last = await holder.present({ code, action: 'account.login', actor });
  return last;
}

/** Guesses until the owner's app is barred: twenty wrong codes, as fast as the budget lets them. */
async function guessUntilBarred(world: TestStore, holder: Holder): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    expect(await guessWrongly(holder, 5)).toBe('otp_refused');
    world.clock.advance(hour);
  }
}

const attempts = ({ store }: TestStore): Promise<unknown[]> =>
  store.read((tx) => tx.sql.selectFrom('attempts').selectAll().execute());

eachStore((open) => {
  describe('the budget of an account', () => {
    test('is five wrong codes in ten minutes; then even the right one is not looked at', async () => {
      const world = await open();
      const holder = await createHolder(world);
      expect(await guessWrongly(holder, 5)).toBe('otp_refused');
      expect(await holder.present({ code: holder.code() })).toBe('too_many_attempts');
      world.clock.advance(10 * minute - 1);
      expect(await holder.present({ code: holder.code() })).toBe('too_many_attempts');
      world.clock.advance(1);
      expect(await holder.present({ code: holder.code() })).toBe('totp');
    });

    test('is one for all entry points, tokens and addresses', async () => {
      const holder = await createHolder(await open());
      const [one = '', two = '', three = '', four = '', five = ''] = holder.wrong(5);
      await holder.present({ code: one, action: 'account.login', actor: intruder });
      await holder.present({ code: two, action: 'package.publish', actor: { token: 'token-1' } });
      await holder.present({ code: three, action: 'token.create', actor: { token: 'token-2' } });
      await holder.present({ code: four, action: 'factor.disable', actor: { address: '2001:db8::1' } });
      expect(await holder.present({ code: five, action: 'account.update' })).toBe('otp_refused');
      const other = { token: 'token-3', address: '192.0.2.1' };
      expect(await holder.present({ code: holder.code(), actor: other })).toBe('too_many_attempts');
    });

    test('is ten in an hour', async () => {
      const world = await open();
      const holder = await createHolder(world);
      await guessWrongly(holder, 5);
      world.clock.advance(10 * minute);
      expect(await guessWrongly(holder, 5)).toBe('otp_refused');
      world.clock.advance(10 * minute);
      expect(await holder.present({ code: holder.code() })).toBe('too_many_attempts');
      world.clock.advance(40 * minute);
      expect(await holder.present({ code: holder.code() })).toBe('totp');
    });

    test('says when there is room again, by the longest of its spans', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const secondsLeft = async (): Promise<unknown> => {
        const guess = { account: holder.person.id, actor: actorOf(world, holder.person), code: '999999' };
        const thrown = await withinBudget(world.store, guess, async () => 'looked at').catch(
          (caught) => caught,
        );
        return isFailure(thrown, 'too_many_attempts') ? thrown.details.retryAfter : thrown;
      };
      for (const code of holder.wrong(5)) {
        await holder.present({ code });
        world.clock.advance(minute);
      }
      expect(await secondsLeft()).toBe(300);
      world.clock.advance(10 * minute);
      await guessWrongly(holder, 5);
      expect(await secondsLeft()).toBe(2700);
    });

    test('is not used by what is refused for it: nobody prolongs it by hammering', async () => {
      const world = await open();
      const holder = await createHolder(world);
      await guessWrongly(holder, 5);
      for (let tries = 0; tries < 20; tries += 1) {
        world.clock.advance(20_000);
        expect(await guessWrongly(holder, 6)).toBe('too_many_attempts');
      }
      world.clock.advance(10 * minute - 400_000);
      expect(await holder.present({ code: holder.code() })).toBe('totp');
    });

    test('lets at most five of 200 different codes at once be looked at, over two processes', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const stores = [world.store, world.another()] as const;
      const results = await Promise.all(
        holder.wrong(200).map((code, index) =>
          holder.present({
            code,
            action: 'account.login',
            actor: intruder,
            store: stores[index % 2 === 0 ? 0 : 1],
          }),
        ),
      );
      expect(results.filter((result) => result === 'otp_refused')).toHaveLength(5);
      expect(results.filter((result) => result === 'too_many_attempts')).toHaveLength(195);
    });

    test('holds for a recovery code from the network that used it up', async () => {
      const world = await open();
      const holder = await createHolder(world);
      for (let index = 0; index < 5; index += 1) {
        const code = `000000000000000${index}`;
        expect(await holder.present({ code, actor: intruder })).toBe('otp_refused');
      }
      const code = holder.recoveryCode();
      expect(await holder.present({ code, actor: intruder })).toBe('too_many_attempts');
      expect(await holder.present({ code: holder.code() })).toBe('too_many_attempts');
    });

    test('counts codes that could never be right', async () => {
      const holder = await createHolder(await open());
      for (const code of ['12345678', 'ab'.repeat(32), 'nonsense', '["a","b"]', '0']) {
        expect(await holder.present({ code })).toBe('otp_refused');
      }
      expect(await holder.present({ code: holder.code() })).toBe('too_many_attempts');
    });

    test('cuts off no command that has its code already', async () => {
      const holder = await createHolder(await open());
      const code = holder.code();
      expect(await holder.present({ code, action: 'package.unpublish' })).toBe('totp');
      await guessWrongly(holder, 6);
      expect(await holder.present({ code, action: 'package.unpublish' })).toBe('proof');
    });

    test('of one account is no budget of another', async () => {
      const world = await open();
      const [ada, bob] = [await createHolder(world, 'ada'), await createHolder(world, 'bob')];
      await guessWrongly(ada, 5);
      expect(await bob.present({ code: bob.code() })).toBe('totp');
    });
  });

  describe('what is no guess', () => {
    test('a request without a code', async () => {
      const world = await open();
      const holder = await createHolder(world);
      for (let tries = 0; tries < 10; tries += 1) {
        expect(await holder.present({ code: '' })).toBe('otp_required');
        expect(await holder.present({ code: '   ' })).toBe('otp_required');
      }
      expect(await attempts(world)).toEqual([]);
    });

    test('the same code again within its step: npm repeats requests, and sends some in parallel', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const [code = ''] = holder.wrong(1);
      const repeated = await Promise.all(Array.from({ length: 20 }, () => holder.present({ code })));
      expect(new Set(repeated)).toEqual(new Set(['otp_refused']));
      expect(await attempts(world)).toHaveLength(1);
      world.clock.advance(30_000);
      await holder.present({ code });
      expect(await attempts(world)).toHaveLength(2);
    });

    test('a right code', async () => {
      const world = await open();
      const holder = await createHolder(world);
      for (let index = 0; index < 10; index += 1) {
        expect(await holder.present({ code: holder.code(), action: 'account.login' })).toBe('totp');
        world.clock.advance(30_000);
      }
      expect(await attempts(world)).toEqual([]);
    });

    test('a code that the account has spent, be it of the app or of the paper', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const [code, recovery] = [holder.code(), holder.recoveryCode()];
      await holder.present({ code, action: 'account.login' });
      await holder.present({ code: recovery, action: 'account.login' });
      for (let tries = 0; tries < 10; tries += 1) {
        expect(await holder.present({ code, actor: { token: `token-${tries}` } })).toBe('otp_refused');
        expect(await holder.present({ code: recovery, actor: { token: `token-${tries}` } })).toBe(
          'otp_refused',
        );
      }
      expect(await attempts(world)).toEqual([]);
    });

    test('a code whose act failed for another reason', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const work = (): void => {
        throw new Error('the disk is full');
      };
      await expect(holder.present({ code: holder.code(), work })).rejects.toThrow('the disk is full');
      expect(await attempts(world)).toEqual([]);
    });

    test('racing for one code: who came second did not guess', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const code = holder.code();
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          holder.present({ code, action: 'account.login', actor: { token: `token-${index}` } }),
        ),
      );
      expect(await attempts(world)).toEqual([]);
    });
  });

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
