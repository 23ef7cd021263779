import { describe, expect, test } from 'vitest';
import { updateProfile } from '../../src/accounts/accounts.ts';
import { hashSecret, isTokenShaped, mintToken } from '../../src/kernel/secrets.ts';
import { lifeOf, noticeOf, replaced } from '../../src/tokens/life.ts';
import type { NewToken } from '../../src/tokens/token.ts';
import { prepareToken, revokeHeldToken, revokeToken, signIn } from '../../src/tokens/tokens.ts';
import { warnOfEndings } from '../../src/tokens/warnings.ts';
import { createPerson, type Person, permitFor, waitingMails } from '../accounts/acting.ts';
import { createRandom } from '../support/ports.ts';
import { eachStore } from '../support/stores.ts';
import { create, day, list, login, openWorld, rules } from './making.ts';

describe('the life of a token', () => {
  test('is the usual one, or as many days as were asked, up to the operator’s longest', () => {
    expect(lifeOf(undefined, rules)).toBe(90 * day);
    expect(lifeOf(365, rules)).toBe(365 * day);
    expect(() => lifeOf(366, rules)).toThrow('at most 365 days');
    expect(lifeOf(9999, { ...rules, lifeMax: 'never' })).toBe(9999 * day);
  });

  test('is announced to whoever uses it in its last 14 days, but not at a login token', () => {
    const token = {
      kind: 'publish',
      prefix: 'npm_abcd',
      expires_at: 20 * day,
      warnings: 2,
    } as const;
    expect(noticeOf(token, 6 * day - 1)).toBeNull();
    expect(noticeOf(token, 6 * day)).toBe(
      'The access token npm_abcd... expires on 1970-01-21: create its successor with npm token create.',
    );
    expect(noticeOf({ ...token, kind: 'session' }, 19 * day)).toBeNull();
    expect(noticeOf({ ...token, warnings: replaced }, 6 * day)).toBe(
      'The access token npm_abcd... expires on 1970-01-21: use the newer one of the same name, which replaces it.',
    );
  });
});

describe('a wish for a token', () => {
  test.each([
    [{ cidr: ['10.1.2.3/8'] }, ['10.0.0.0/8']],
    [{ cidr: ['10.0.0.1', '::ffff:10.0.0.1', '10.0.0.1/32'] }, ['10.0.0.1/32']],
    [{ cidr: ['2001:DB8::1/32'] }, ['2001:db8::/32']],
    [{ cidr: [] }, null],
    [{}, null],
  ])('%j gets the masked ranges %j', (wish, ranges) => {
    expect(prepareToken({ kind: 'publish', ...wish }, rules).ranges).toEqual(ranges);
  });

  test.each([
    [{ cidr: ['0.0.0.0/0'] }, 'never /0'],
    [{ cidr: ['::/0'] }, 'never /0'],
    [{ cidr: ['010.0.0.1/8'] }, 'is no address range'],
    [{ cidr: ['example.com'] }, '"example.com" is no address range'],
    [{ cidr: ['10.0.0.1/33'] }, 'is no address range'],
    [{ cidr: Array.from({ length: 21 }, (_, index) => `10.0.0.${index}`) }, 'at most 20 address ranges'],
    [{ name: '' }, 'The name of a token'],
    [{ name: 'x'.repeat(101) }, 'The name of a token'],
    [{ name: 'two\nlines' }, 'The name of a token'],
    [{ description: 'x'.repeat(501) }, 'The description of a token'],
    [{ days: 366 }, 'at most 365 days'],
  ])('%j is refused with a sentence', (wish, sentence) => {
    expect(() => prepareToken({ kind: 'publish', ...wish }, rules)).toThrow(sentence);
  });
});

eachStore((open) => {
  describe('creating', () => {
    test('shows the token once, stores only its hash, and mails the owner', async () => {
      const world = await openWorld(open);
      const made = await create(world, world.person, { name: 'ci', cidr: ['10.0.0.0/8'] });
      expect(isTokenShaped(made.token)).toBe(true);
      expect(made).toMatchObject({
        prefix: made.token.slice(0, 8),
        kind: 'publish',
        name: 'ci',
        ranges: ['10.0.0.0/8'],
        createdAt: world.clock.now(),
        expiresAt: world.clock.now() + 90 * day,
      });
      expect(made.key).toMatch(/^[0-9a-f]{32}$/);
      const rows = await world.store.read((tx) => tx.sql.selectFrom('tokens').selectAll().execute());
      expect(JSON.stringify(rows)).not.toContain(made.token);
      expect(rows[0]?.hash).toBe(hashSecret(made.token));
      const [mail] = await waitingMails(world);
      expect(mail).toMatchObject({ to: 'hannah@example.com', what: 'New access token' });
      expect(mail?.text).toContain('"ci"');
      expect(mail?.text).toContain('10.0.0.0/8 only');
      expect(mail?.text).not.toContain(made.token);
    });

    test('gives the older token of the same name a day more, and leaves unnamed ones alone', async () => {
      const world = await openWorld(open);
      const { clock, person } = world;
      const older = await create(world, person, { name: 'ci' });
      const other = await create(world, person, { name: 'other' });
      const unnamed = await create(world, person);
      await create(world, person);
      const newer = await create(world, person, { name: 'ci' });
      const ends = new Map((await list(world, person)).tokens.map(({ key, expiresAt }) => [key, expiresAt]));
      expect(ends.get(older.key)).toBe(clock.now() + day);
      for (const { key } of [other, unnamed, newer]) expect(ends.get(key)).toBe(clock.now() + 90 * day);
      await create(world, person, { name: 'ci' });
      expect((await list(world, person)).tokens.find(({ key }) => key === older.key)?.expiresAt).toBe(
        clock.now() + day,
      );
    });
  });

  describe('signing in', () => {
    test('gives a login token of 14 idle days and 90 in all, named by where it was', async () => {
      const world = await openWorld(open);
      const made = await login(world, world.person, { address: '192.0.2.1' });
      expect(made).toMatchObject({ kind: 'session', name: 'login from 192.0.2.1' });
      const row = await world.store.read((tx) => tx.sql.selectFrom('tokens').selectAll().executeTakeFirst());
      expect(row).toMatchObject({ idle_life: 14 * day, expires_at: world.clock.now() + 90 * day });
    });

    test('mails the owner about a network that is new to the account, once', async () => {
      const world = await openWorld(open);
      await login(world, world.person, { address: '192.0.2.1' });
      await login(world, world.person, { address: '192.0.2.200' });
      await login(world, world.person, { address: '203.0.113.5' });
      const mails = await waitingMails(world);
      expect(mails.map(({ what }) => what)).toEqual([
        'Sign-in from a new network',
        'Sign-in from a new network',
      ]);
      expect(mails[1]?.text).toContain('203.0.113.5');
    });

    test('mails nobody about the very first one, at sign-up', async () => {
      const world = await openWorld(open);
      await world.store.write((tx) =>
        signIn(tx, permitFor('account.create', null, { address: '192.0.2.1' }), world.person, rules),
      );
      await login(world, world.person, { address: '192.0.2.2' });
      expect(await waitingMails(world)).toEqual([]);
    });
  });

  describe('listing', () => {
    test('shows one’s own living tokens, newest first, in pages', async () => {
      const world = await openWorld(open);
      const other = await createPerson(world, 'someone');
      await create(world, other);
      const made: NewToken[] = [];
      for (let index = 0; index < 12; index += 1) {
        made.unshift(await create(world, world.person, { name: `token ${index}` }));
        world.clock.advance(1000);
      }
      const first = await list(world, world.person);
      expect(first.total).toBe(12);
      expect(first.tokens.map(({ key }) => key)).toEqual(made.slice(0, 10).map(({ key }) => key));
      const second = await list(world, world.person, 1);
      expect(second.tokens.map(({ key }) => key)).toEqual(made.slice(10).map(({ key }) => key));
      expect((await list(world, world.person, 2)).tokens).toEqual([]);
    });

    test('leaves out what is revoked, expired or unused for too long', async () => {
      const world = await openWorld(open);
      const { clock, person, store } = world;
      await login(world, person);
      const short = await create(world, person, { days: 20 });
      const revoked = await create(world, person);
      await store.write((tx) => revokeToken(tx, permitFor('token.revoke', person), revoked.key));
      expect((await list(world, person)).total).toBe(2);
      clock.advance(14 * day - 1);
      expect((await list(world, person)).total).toBe(2);
      clock.advance(1);
      expect((await list(world, person)).tokens.map(({ key }) => key)).toEqual([short.key]);
      clock.advance(6 * day);
      expect(await list(world, person)).toEqual({ tokens: [], total: 0 });
    });
  });

  describe('revoking', () => {
    test('by key takes one’s own only, twice if need be, and mails the owner once', async () => {
      const world = await openWorld(open);
      const { store, person } = world;
      const made = await create(world, person);
      const other = await createPerson(world, 'someone');
      const revoke = (who: Person, key: string) =>
        store.write((tx) => revokeToken(tx, permitFor('token.revoke', who), key));
      await expect(revoke(other, made.key)).rejects.toMatchObject({ code: 'not_found' });
      await expect(revoke(person, '0'.repeat(32))).rejects.toMatchObject({ code: 'not_found' });
      await revoke(person, made.key);
      await revoke(person, made.key);
      expect((await waitingMails(world)).map(({ what }) => what).sort()).toEqual([
        'Access token revoked',
        'New access token',
      ]);
    });

    test('by the token itself takes whoever holds it; logging out is no news', async () => {
      const world = await openWorld(open);
      const { store, person } = world;
      const made = await create(world, person);
      const session = await store.write((tx) => signIn(tx, permitFor('account.create', null), person, rules));
      const revoke = (token: string) =>
        store.write((tx) => revokeHeldToken(tx, permitFor('token.revokeHeld', null), token));
      expect(await revoke(made.token)).toBe(true);
      expect(await revoke(made.token)).toBe(true);
      expect(await revoke(session.token)).toBe(true);
      expect(await revoke(mintToken(createRandom('unknown')))).toBe(false);
      expect((await list(world, person)).total).toBe(0);
      expect((await waitingMails(world)).map(({ what }) => what).sort()).toEqual([
        'Access token revoked',
        'New access token',
      ]);
    });
  });

  test('owners are mailed a week and a day before a token ends, once each, to the address of that day', async () => {
    const world = await openWorld(open);
    const { store, clock, person } = world;
    const made = await create(world, person, { name: 'ci', days: 30 });
    await create(world, person, { days: 3 });
    await create(world, person, { days: 1 });
    await login(world, person);
    const sent = async () => (await waitingMails(world)).filter(({ what }) => what.includes('expire'));
    expect(await warnOfEndings(store)).toBe(0);
    clock.advance(2 * day);
    expect(await warnOfEndings(store)).toBe(1);
    expect(await warnOfEndings(store)).toBe(0);
    clock.advance(21 * day);
    await store.write((tx) =>
      updateProfile(tx, permitFor('account.update', person), { email: 'new@example.com' }),
    );
    const second = world.another();
    expect(await Promise.all([warnOfEndings(store), warnOfEndings(second)])).toEqual(
      expect.arrayContaining([0, 1]),
    );
    clock.advance(6 * day);
    expect(await warnOfEndings(store)).toBe(1);
    const mails = await sent();
    expect(mails.map(({ to }) => to)).toEqual(['hannah@example.com', 'new@example.com', 'new@example.com']);
    expect(mails[2]?.text).toContain(`${made.prefix}... ("ci") ends at 2026-02-14 12:00:00 UTC`);
  });
});
