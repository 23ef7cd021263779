import { describe, expect, test } from 'vitest';
import { eachStore } from '../support/stores.ts';
import { createHolder, subjects } from './people.ts';

const tally = (results: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    [...new Set(results)].map((result) => [result, results.filter((one) => one === result).length]),
  );

eachStore((open) => {
  describe('a code of the app', () => {
    test('opens a door', async () => {
      const holder = await createHolder(await open());
      expect(await holder.present({ code: holder.code() })).toBe('totp');
    });

    test('opens nothing that is wrong, late or early', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const [wrong = ''] = holder.wrong(1);
      expect(await holder.present({ code: wrong })).toBe('otp_refused');
      expect(await holder.present({ code: holder.code(2) })).toBe('otp_refused');
      expect(await holder.present({ code: holder.code(-2) })).toBe('otp_refused');
    });

    test('is judged by the arrival of the headers, however long the upload took', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const [code, receivedAt] = [holder.code(), world.clock.now()];
      world.clock.advance(10 * 60_000);
      expect(await holder.present({ code, actor: { receivedAt } })).toBe('totp');
    });

    test('is never taken at a step that is not newer than the newest one taken', async () => {
      const holder = await createHolder(await open());
      const earlier = holder.code(-1);
      expect(await holder.present({ code: holder.code(0), action: 'account.login' })).toBe('totp');
      expect(await holder.present({ code: earlier, action: 'account.login' })).toBe('otp_refused');
      expect(await holder.present({ code: holder.code(1), action: 'account.login' })).toBe('totp');
    });

    test('stays unspent when the act that it was for rolls back', async () => {
      const holder = await createHolder(await open());
      const code = holder.code();
      const work = (): void => {
        throw new Error('the disk is full');
      };
      await expect(holder.present({ code, work })).rejects.toThrow('the disk is full');
      expect(await holder.present({ code, action: 'account.login' })).toBe('totp');
    });

    test('used 50 times at once, by two processes, signs in exactly once', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const stores = [world.store, world.another()];
      const code = holder.code();
      const uses = Array.from({ length: 50 }, (_, index) =>
        holder.present({
          code,
          action: 'account.login',
          ...(stores[index % 2] ? { store: stores[index % 2] } : {}),
        }),
      );
      expect(tally(await Promise.all(uses))).toEqual({ totp: 1, otp_refused: 49 });
    });

    test('opens nothing for another account', async () => {
      const world = await open();
      const [ada, bob] = [await createHolder(world, 'ada'), await createHolder(world, 'bob')];
      expect(await bob.present({ code: ada.code() })).toBe('otp_refused');
    });
  });

  describe('the second use of a code', () => {
    test('by the same credential from the same address for the same act is its proof', async () => {
      const holder = await createHolder(await open());
      const code = holder.code();
      expect(await holder.present({ code, action: 'package.unpublish' })).toBe('totp');
      expect(await holder.present({ code, action: 'package.unpublish' })).toBe('proof');
      expect(await holder.present({ code, action: 'package.unpublish' })).toBe('proof');
    });

    test('publishing and moving "latest" are one act: release tools do both', async () => {
      const holder = await createHolder(await open());
      const code = holder.code();
      expect(await holder.present({ code, action: 'package.publish' })).toBe('totp');
      expect(await holder.present({ code, action: 'package.tagLatest' })).toBe('proof');
    });

    test.each([
      ['another act', { action: 'token.revoke' as const }],
      ['another token', { actor: { token: 'token-2' } }],
      ['the password', { actor: { token: null } }],
      ['another address', { actor: { address: '198.51.100.8' } }],
      ['an unknown address', { actor: { address: null } }],
    ])('by or for %s is a replay', async (_what, other) => {
      const holder = await createHolder(await open());
      const code = holder.code();
      expect(await holder.present({ code })).toBe('totp');
      expect(await holder.present({ code, ...other })).toBe('otp_refused');
      expect(await holder.present({ code })).toBe('proof');
    });

    test('from an unknown address is a replay even after an unknown address', async () => {
      const holder = await createHolder(await open());
      const wish = { code: holder.code(), actor: { address: null } };
      expect(await holder.present(wish)).toBe('totp');
      expect(await holder.present(wish)).toBe('otp_refused');
    });

    test.each(['account.login', 'factor.enable', 'factor.disable', 'token.create'] as const)(
      'never opens %s',
      async (action) => {
        const holder = await createHolder(await open());
        const code = holder.code();
        expect(await holder.present({ code, action })).toBe('totp');
        expect(await holder.present({ code, action })).toBe('otp_refused');
      },
    );

    test('is a proof only as long as the code itself would be taken', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const code = holder.code(1);
      expect(await holder.present({ code })).toBe('totp');
      world.clock.advance(89_999);
      expect(await holder.present({ code })).toBe('proof');
      world.clock.advance(1);
      expect(await holder.present({ code })).toBe('otp_refused');
    });

    test('of 50 at once for the same act all open, by one spending', async () => {
      const holder = await createHolder(await open());
      const code = holder.code();
      const uses = Array.from({ length: 50 }, () => holder.present({ code }));
      expect(tally(await Promise.all(uses))).toEqual({ totp: 1, proof: 49 });
    });
  });

  describe('a recovery code', () => {
    test('opens a door once, however it is written, and is gone after that', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const code = holder.recoveryCode();
      expect(code).toMatch(/^\d{4} \d{4} \d{4} \d{4}$/);
      expect(await holder.present({ code: code.replaceAll(' ', '-'), action: 'account.login' })).toBe(
        'recovery-code',
      );
      expect(await holder.present({ code, action: 'account.login' })).toBe('otp_refused');
      world.clock.advance(100 * 24 * 3600_000);
      expect(await holder.present({ code, action: 'account.login' })).toBe('otp_refused');
    });

    test('is a proof for 90 seconds after it was spent', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const code = holder.recoveryCode();
      expect(await holder.present({ code, action: 'package.unpublish' })).toBe('recovery-code');
      world.clock.advance(89_999);
      expect(await holder.present({ code, action: 'package.unpublish' })).toBe('proof');
      world.clock.advance(1);
      expect(await holder.present({ code, action: 'package.unpublish' })).toBe('otp_refused');
    });

    test('used 50 times at once, by two processes, signs in exactly once', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const stores = [world.store, world.another()];
      const code = holder.recoveryCode();
      const uses = Array.from({ length: 50 }, (_, index) =>
        holder.present({
          code,
          action: 'account.login',
          ...(stores[index % 2] ? { store: stores[index % 2] } : {}),
        }),
      );
      expect(tally(await Promise.all(uses))).toEqual({ 'recovery-code': 1, otp_refused: 49 });
    });

    test('of another account opens nothing', async () => {
      const world = await open();
      const [ada, bob] = [await createHolder(world, 'ada'), await createHolder(world, 'bob')];
      expect(await bob.present({ code: ada.recoveryCode() })).toBe('otp_refused');
      expect(await ada.present({ code: ada.recoveryCode() })).toBe('recovery-code');
    });

    test('is unspent, and no mail leaves, when the act rolls back', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const work = (): void => {
        throw new Error('the disk is full');
      };
      await expect(holder.present({ code: holder.recoveryCode(), work })).rejects.toThrow();
      expect(await subjects(world)).toEqual(['Two-factor authentication is on']);
      expect(await holder.present({ code: holder.recoveryCode() })).toBe('recovery-code');
    });

    test('is told to the owner at every use', async () => {
      const world = await open();
      const holder = await createHolder(world);
      await holder.present({ code: holder.recoveryCode(0) });
      world.clock.advance(1000);
      await holder.present({ code: holder.recoveryCode(1) });
      const used = 'A recovery code was used';
      expect(await subjects(world)).toEqual(['Two-factor authentication is on', used, used]);
    });

    test('is kept as a keyed hash, and no code can be read anywhere in the store', async () => {
      const world = await open();
      const holder = await createHolder(world);
      await holder.present({ code: holder.recoveryCode(0) });
      const dump = await world.store.read(async (tx) =>
        JSON.stringify(
          await Promise.all(
            (['factors', 'recovery_codes', 'proofs', 'attempts', 'outbox', 'audit'] as const).map((table) =>
              tx.sql.selectFrom(table).selectAll().execute(),
            ),
          ),
        ),
      );
      for (const code of holder.recoveryCodes) expect(dump).not.toContain(code.replaceAll(' ', ''));
      expect(dump).not.toContain(holder.secret.toString('hex'));
      expect(dump).not.toContain(holder.secret.toString('base64url'));
    });
  });

  describe('a clock that is moved', () => {
    test('back, revives neither a spent code nor a proof', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const code = holder.code();
      expect(await holder.present({ code })).toBe('totp');
      world.clock.advance(5 * 60_000);
      expect(await holder.present({ code })).toBe('otp_refused');
      world.clock.advance(-5 * 60_000);
      expect(await holder.present({ code })).toBe('otp_refused');
      expect(await holder.present({ code, action: 'account.login' })).toBe('otp_refused');
      expect(await holder.present({ code: holder.code(-1), action: 'account.login' })).toBe('otp_refused');
    });

    test('back, revives no proof of a recovery code', async () => {
      const world = await open();
      const holder = await createHolder(world);
      const code = holder.recoveryCode();
      expect(await holder.present({ code })).toBe('recovery-code');
      world.clock.advance(-60_000);
      expect(await holder.present({ code })).toBe('otp_refused');
    });

    test('forward and right again, leaves the app usable unless a code of the future was spent', async () => {
      const world = await open();
      const holder = await createHolder(world);
      world.clock.advance(3600_000);
      const [wrong = ''] = holder.wrong(1);
      expect(await holder.present({ code: wrong })).toBe('otp_refused');
      world.clock.advance(-3600_000);
      expect(await holder.present({ code: holder.code() })).toBe('totp');
    });
  });

  test('codes that no factor of the account could give are refused like wrong ones', async () => {
    const holder = await createHolder(await open());
    for (const code of ['12345678', 'ab'.repeat(32), 'nonsense']) {
      expect(await holder.present({ code })).toBe('otp_refused');
    }
  });
});
