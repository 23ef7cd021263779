/** What somebody may wish a token to be, and who may have it. */
import { describe, expect, test } from 'vitest';
import { type Grants, noGrants } from '../../src/policy/grants.ts';
import type { ProvenFactor } from '../../src/policy/permit.ts';
import { grantsIn } from '../../src/tokens/grants.ts';
import { endOfLife, noticeOf, warningsBeyond } from '../../src/tokens/life.ts';
import { createToken, prepareToken, signIn, type TokenWish } from '../../src/tokens/tokens.ts';
import { warnOfEndings } from '../../src/tokens/warnings.ts';
import { createPerson, permitFor, waitingMails } from '../accounts/acting.ts';
import { eachStore, type TestStore } from '../support/stores.ts';
import { create, day, list, login, openWorld, rules } from './making.ts';

const limited = (grants: Partial<Grants>): TokenWish => ({
  kind: 'granular',
  grants: { ...noGrants, permission: 'read-write', ...grants },
});
const many = (count: number, start = 'p') => Array.from({ length: count }, (_, index) => `${start}${index}`);
const ready = (wish: Partial<TokenWish>) => prepareToken({ kind: 'publish', ...wish }, rules);

describe('a wish for a limited token', () => {
  test('takes packages by old and new rules of names, scopes with or without @, each once', () => {
    const grants = {
      packages: ['left-pad', '@acme/one', "Old_Name.with~(signs)!'x'", 'left-pad'],
      scopes: ['acme', '@acme', '@other'],
      organisations: ['acme', '0rg.a_b-c'],
    };
    expect(prepareToken(limited(grants), rules).grants).toEqual({
      ...noGrants,
      permission: 'read-write',
      packages: ['left-pad', '@acme/one', "Old_Name.with~(signs)!'x'"],
      scopes: ['@acme', '@other'],
      organisations: ['acme', '0rg.a_b-c'],
    });
  });

  test.each<[Partial<Grants>, string]>([
    [{ packages: ['a b'] }, '"a b" is not the name of one package; for all of a scope name the scope.'],
    [{ packages: ['@acme'] }, '"@acme" is not the name of one package'],
    [{ packages: ['@acme/'] }, 'is not the name of one package'],
    [{ packages: ['@acme/a/b'] }, 'is not the name of one package'],
    [{ packages: ['/left-pad'] }, 'is not the name of one package'],
    [{ packages: ['left-pad\n'] }, 'is not the name of one package'],
    [{ packages: [''] }, '"" is not the name of one package'],
    [{ packages: ['x'.repeat(215)] }, `"${'x'.repeat(60)}" is not the name of one package`],
    [{ scopes: ['@acme/one'] }, '"@acme/one" is not the name of a scope.'],
    [{ scopes: ['x@acme'] }, '"@x@acme" is not the name of a scope.'],
    [{ organisations: ['Acme'] }, '"Acme" is not the name of an organization.'],
    [{ organisations: ['-acme'] }, 'is not the name of an organization.'],
    [{ organisations: ['acme/x'] }, 'is not the name of an organization.'],
    [{ packages: many(30), scopes: many(21) }, 'at most 50 packages and scopes together'],
    [{ organisations: many(51) }, 'names at most 50 organizations'],
  ])('with %j is refused with a sentence', (grants, sentence) => {
    expect(() => prepareToken(limited(grants), rules)).toThrow(sentence);
  });

  test('goes up to the longest name and the most names', () => {
    const grants = {
      packages: ['x'.repeat(214), ...many(29)],
      scopes: many(20),
      organisations: many(50, 'o'),
    };
    expect(prepareToken(limited(grants), rules).grants?.packages).toHaveLength(30);
  });

  test.each(['granular', 'automation'] as const)('of the kind %s needs its limits', (kind) => {
    expect(() => ready({ kind })).toThrow('An access token of this kind needs to be limited to packages.');
    expect(grantsIn({ kind, grants: null })).toEqual(noGrants);
  });

  test.each(['publish', 'readonly', 'session'] as const)('of the kind %s needs none', (kind) => {
    expect(ready({ kind }).grants).toBeNull();
    expect(grantsIn({ kind, grants: null })).toBeNull();
  });
});

describe('a wish for a token', () => {
  test('goes up to the longest texts and the most ranges', () => {
    const longest = {
      name: 'é'.repeat(100),
      description: '𝄞'.repeat(500),
      cidr: Array.from({ length: 20 }, (_, index) => `10.0.0.${index}`),
    };
    expect(ready(longest)).toMatchObject({ name: longest.name, description: longest.description });
    expect(ready(longest).ranges).toHaveLength(20);
    expect(ready({})).toMatchObject({ name: null, description: null, ranges: null, idleLife: null });
  });

  test.each<[Partial<TokenWish>, string]>([
    [{ name: 'x'.repeat(101) }, 'The name of a token is one line of 1 to 100 characters.'],
    [{ description: 'x'.repeat(501) }, 'The description of a token is one line of 1 to 500 characters.'],
    [{ cidr: ['10.0.0.0/0'] }, '"10.0.0.0/0" is no address range: write one such as 10.1.0.0/16'],
    [{ cidr: [`${'1'.repeat(61)}`] }, `"${'1'.repeat(60)}" is no address range`],
  ])('as %j is told what is wrong', (wish, sentence) => {
    expect(() => ready(wish)).toThrow(sentence);
  });

  test('of a login has the life of logins, whatever days are wished', () => {
    expect(ready({ kind: 'session', days: 9999 })).toMatchObject({ life: 90 * day, idleLife: 14 * day });
  });
});

describe('the end of a token', () => {
  const lived = {
    expires_at: null,
    idle_life: null,
    last_used_at: null,
    created_at: 10 * day,
    expired_at: null,
  };

  test('is the earliest of what ends it, and never where nothing does', () => {
    expect(endOfLife(lived)).toBeUndefined();
    expect(endOfLife({ ...lived, expires_at: 50 * day })).toBe(50 * day);
    expect(endOfLife({ ...lived, expires_at: 50 * day, idle_life: day })).toBe(11 * day);
    expect(endOfLife({ ...lived, idle_life: day, last_used_at: 20 * day })).toBe(21 * day);
    expect(endOfLife({ ...lived, idle_life: day, last_used_at: 20 * day }, 30 * day)).toBe(31 * day);
    expect(endOfLife({ ...lived, expires_at: 50 * day, expired_at: 12 * day })).toBe(12 * day);
  });

  test('is told from exactly 14 days before, and never of one that has no end', () => {
    const token = { kind: 'publish', prefix: 'npm_abcd', expires_at: 50 * day, warnings: 0 } as const;
    expect(noticeOf({ ...token, expires_at: null }, 49 * day)).toBeNull();
    expect(noticeOf(token, 36 * day - 1)).toBeNull();
    expect(noticeOf(token, 36 * day)).toContain('npm_abcd... expires on 1970-02-20');
  });

  test('is not announced by mail where the whole life is shorter than the warning', () => {
    expect([day, day + 1, 7 * day, 7 * day + 1].map(warningsBeyond)).toEqual([2, 1, 1, 0]);
  });
});

eachStore((open) => {
  const bypass = { ...limited({ packages: ['left-pad'] }), kind: 'automation' } as const;
  const make = (world: TestStore, person: { id: string; name: string }, factor: ProvenFactor) =>
    world.store.write((tx) =>
      createToken(
        tx,
        { ...permitFor('token.create', person), factor } as ReturnType<typeof permitFor<'token.create'>>,
        prepareToken(bypass, rules),
        rules,
      ),
    );

  test.each(['none', 'totp', 'security-key'] as const)(
    'a token that bypasses the second factor is made with %s',
    async (factor) => {
      const world = await openWorld(open);
      expect(await make(world, world.person, factor)).toMatchObject({
        kind: 'automation',
        grants: { packages: ['left-pad'] },
      });
    },
  );

  test.each(['recovery-code', 'page', 'proof'] as const)(
    'a token that bypasses the second factor is not made with %s, and it is said how it is',
    async (factor) => {
      const world = await openWorld(open);
      await expect(make(world, world.person, factor)).rejects.toMatchObject({
        code: 'not_allowed',
        details: {
          reason:
            'A token that bypasses two-factor authentication is not made with a recovery code, nor by approving it in ' +
            'the browser: use a code of your authenticator app (--otp=<code>) or of a security key. On the website a ' +
            'recovery code that was used counts for five minutes.',
        },
      });
      expect((await list(world, world.person)).total).toBe(0);
    },
  );

  test('a token is for accounts: a stranger makes none and ends none', async () => {
    const { store } = await openWorld(open);
    const made = store.write((tx) =>
      createToken(tx, permitFor('token.create', null), prepareToken({ kind: 'publish' }, rules), rules),
    );
    await expect(made).rejects.toMatchObject({ code: 'credential_missing' });
  });

  test('a token remembers where and with what it was made, and is used by nobody yet', async () => {
    const world = await openWorld(open);
    const made = await create(
      world,
      world.person,
      { name: 'ci', description: 'of the build' },
      { address: '192.0.2.1' },
    );
    expect(made).toMatchObject({
      description: 'of the build',
      createdAddress: '192.0.2.1',
      createdAgent: 'npm/11.0.0 node/v24.0.0',
      updatedAt: world.clock.now(),
      lastUsedAt: null,
      suspendedAt: null,
      guardedUntil: null,
      ranges: null,
      grants: null,
    });
  });

  test('a namesake that ends sooner than its day of grace ends when it would, and nobody is told to replace it', async () => {
    const world = await openWorld(open);
    const { clock, person } = world;
    const made = clock.now();
    const older = await create(world, person, { name: 'ci', days: 8 });
    clock.advance(7.5 * day);
    await create(world, person, { name: 'ci' });
    const ends = (await list(world, person)).tokens.find(({ key }) => key === older.key)?.expiresAt;
    expect(ends).toBe(made + 8 * day);
    expect(await warnOfEndings(world.store)).toBe(0);
  });

  describe('a login', () => {
    const guarded = { ...rules, guardsLogins: true };
    const enter = (
      world: Awaited<ReturnType<typeof openWorld>>,
      address: string | null,
      { factor = 'totp', action = 'account.login' as const, told = guarded, isFar = false } = {},
    ) =>
      world.store.write((tx) => {
        const permit = { ...permitFor(action, world.person, { address }), factor };
        return signIn(tx, permit as ReturnType<typeof permitFor<'account.login'>>, world.person, told, {
          isFar,
        });
      });

    test('is named by where it was, as far as that is known', async () => {
      const world = await openWorld(open);
      expect(await enter(world, '192.0.2.1')).toMatchObject({ name: 'login from 192.0.2.1' });
      expect(await enter(world, null)).toMatchObject({ name: 'login from an unknown address' });
    });

    test('from a network that is not known is guarded for a day, where the operator wants that', async () => {
      const world = await openWorld(open);
      const until = world.clock.now() + day;
      expect(await enter(world, '192.0.2.1', { told: { ...rules, guardsLogins: false } })).toMatchObject({
        guardedUntil: null,
      });
      expect(await enter(world, '203.0.113.9')).toMatchObject({ guardedUntil: until });
      expect(await enter(world, '203.0.113.9')).toMatchObject({ guardedUntil: until });
      expect(await enter(world, '203.0.113.9', { factor: 'none' })).toMatchObject({ guardedUntil: null });
      const mails = await waitingMails(world);
      expect(mails.map(({ text }) => text.includes('asks for another code')).sort()).toEqual([false, true]);
    });

    test('without a factor makes its network known for a month', async () => {
      const world = await openWorld(open);
      await enter(world, '192.0.2.1', { factor: 'none' });
      world.clock.advance(30 * day - 1);
      expect(await enter(world, '192.0.2.1')).toMatchObject({ guardedUntil: null });
      world.clock.advance(30 * day);
      expect(await enter(world, '192.0.2.1')).toMatchObject({ guardedUntil: world.clock.now() + day });
    });

    test('that was approved elsewhere, or from an unknown address, makes no network known', async () => {
      const world = await openWorld(open);
      await enter(world, '192.0.2.1', { factor: 'none', isFar: true });
      await enter(world, null, { factor: 'none' });
      for (const address of ['192.0.2.1', null])
        expect((await enter(world, address)).guardedUntil).toBe(world.clock.now() + day);
    });

    test('with a token that bypasses nothing is never guarded at sign-up', async () => {
      const world = await openWorld(open);
      const created = await enter(world, '192.0.2.1', { action: 'account.create' as 'account.login' });
      expect(created.guardedUntil).toBeNull();
      expect(await waitingMails(world)).toEqual([]);
    });
  });

  test('the list shows each of several logins and tokens once, and counts them all', async () => {
    const world = await openWorld(open);
    await createPerson(world, 'someone');
    await login(world, world.person);
    for (const name of many(3)) await create(world, world.person, { name });
    const page = await list(world, world.person, 1, 3);
    expect([page.tokens.length, page.total]).toEqual([1, 4]);
  });
});
