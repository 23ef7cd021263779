import { describe, expect, test } from 'vitest';
import { withinBudget } from '../../src/factors/budget.ts';
import { isFailure } from '../../src/kernel/failure.ts';
import { eachStore } from '../support/stores.ts';
import { attempts, guessWrongly, intruder, minute } from './guessing.ts';
import { actorOf, createHolder } from './people.ts';

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
});
