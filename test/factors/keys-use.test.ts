import { describe, expect, test } from 'vitest';
import { sweepCeremonies } from '../../src/factors/ceremonies.ts';
import { Authenticator, type Forgery } from '../support/authenticator.ts';
import { eachStore } from '../support/stores.ts';
import {
  ask,
  assert,
  keyOf,
  keyWorld,
  passkeySignIn,
  present,
  refusalOf,
  register,
  secondStep,
  spend,
  stepUp,
  use,
} from './key-holder.ts';
import { createHolder, createPerson, subjects } from './people.ts';

const used = 'key_refused: the challenge is unknown, used or old';
eachStore((open) => {
  describe('what a browser is asked', () => {
    test('names the site, the keys of the account and nothing about it', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      expect(await ask(world, stepUp(person))).toEqual({
        challenge: expect.stringMatching(/^[\w-]{43}$/),
        rpId: 'localhost',
        timeout: 300_000,
        userVerification: 'preferred',
        allowCredentials: [
          { type: 'public-key', id: authenticator.credentialId, transports: ['nfc', 'usb'] },
        ],
      });
    });

    test('names no key to sign in with one alone, and wants its user verified', async () => {
      const { world } = await keyWorld(open);
      const options = await ask(world, passkeySignIn);
      expect(options.allowCredentials).toBeUndefined();
      expect(options.userVerification).toBe('required');
    });

    test('is no challenge that the store holds in clear', async () => {
      const { world, person } = await keyWorld(open);
      const { challenge } = await ask(world, stepUp(person));
      const rows = await world.store.read((tx) => tx.sql.selectFrom('ceremonies').selectAll().execute());
      expect(rows).toHaveLength(1);
      expect(JSON.stringify(rows)).not.toContain(challenge);
      expect(JSON.stringify(rows)).not.toContain('a session');
    });

    test('waits in ten tabs at most; the oldest makes way', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const first = await ask(world, stepUp(person));
      world.clock.advance(1000);
      const second = await ask(world, stepUp(person));
      for (let tab = 0; tab < 9; tab += 1) {
        world.clock.advance(1000);
        await ask(world, stepUp(person));
      }
      expect(await refusalOf(present(world, stepUp(person), authenticator.answer(first)))).toBe(used);
      expect(await refusalOf(present(world, stepUp(person), authenticator.answer(second)))).toBe(
        'no failure',
      );
    });
  });

  test('challenges that nobody answered are forgotten', async () => {
    const { world, person } = await keyWorld(open);
    await ask(world, stepUp(person));
    world.clock.advance(60_000);
    await ask(world, stepUp(person));
    expect(await sweepCeremonies(world.store)).toBe(0);
    world.clock.advance(4 * 60_000);
    expect(await sweepCeremonies(world.store)).toBe(1);
    world.clock.advance(60_000);
    expect(await sweepCeremonies(world.store)).toBe(1);
  });

  describe('the counter of a key', () => {
    test('must rise: what is not greater is refused, marks a possible copy and mails the owner', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      expect(await use(world, person, authenticator, { counter: 7 })).toBe('security-key');
      world.clock.advance(1000);
      const refused = 'key_refused: the counter did not rise, or the key is gone';
      expect(await use(world, person, authenticator, { counter: 7 })).toBe(refused);
      expect((await keyOf(world, person))?.possibleCopyAt).toBe(world.clock.now());
      expect(await subjects(world)).toContain('There may be a copy of your security key');
      expect(await use(world, person, authenticator, { counter: 6 })).toBe(refused);
      expect(await use(world, person, authenticator, { counter: 0 })).toBe(refused);
      expect(await use(world, person, authenticator, { counter: 8 })).toBe('security-key');
      expect(await subjects(world)).toHaveLength(2);
    });

    test('is mailed about again on another day', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      await use(world, person, authenticator, { counter: 0 });
      world.clock.advance(24 * 60 * 60_000);
      await use(world, person, authenticator, { counter: 0 });
      const alarm = 'There may be a copy of your security key';
      expect((await subjects(world)).filter((what) => what === alarm)).toHaveLength(2);
    });

    test('may stay at nought where the authenticator has none', async () => {
      const { world, person, authenticator } = await keyWorld(open, { counts: false, synced: true });
      expect(await use(world, person, authenticator)).toBe('security-key');
      expect(await use(world, person, authenticator)).toBe('security-key');
      expect((await keyOf(world, person))?.possibleCopyAt).toBeNull();
    });

    test('of two answers with one number lets one of them in, though both were checked', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const checked = [
        await assert(world, authenticator, stepUp(person), { counter: 9 }),
        await assert(world, authenticator, stepUp(person), { counter: 9 }),
      ];
      const results = await Promise.all(checked.map((one) => refusalOf(spend(world, person, one))));
      expect(results.sort()).toEqual([
        'key_refused: the counter did not rise, or the key is gone',
        'no failure',
      ]);
      expect((await keyOf(world, person))?.possibleCopyAt).toBe(world.clock.now());
    });
  });

  describe('signing in with a key alone', () => {
    test('tells the account by the key', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      await createPerson(world, 'bob');
      const checked = await assert(world, authenticator, passkeySignIn);
      expect(checked.account).toEqual(person);
      expect(checked.userVerified).toBe(true);
      expect(checked.key).toMatchObject({ name: 'my key', createdAt: world.clock.now() });
      expect(await spend(world, person, checked, { action: 'account.login' })).toBe('security-key');
    });

    test.each([
      ['the user is not verified', { userVerified: false }, 'the user was not verified'],
      ['there is no user handle', { userHandle: null }, 'there is no user handle'],
      ['the user handle is another', { userHandle: 'AAAA' }, 'the user handle is another'],
    ] as readonly (readonly [string, Forgery, string])[])(
      'is refused where %s',
      async (_what, forgery, cause) => {
        const { world, authenticator } = await keyWorld(open);
        expect(await refusalOf(assert(world, authenticator, passkeySignIn, forgery))).toBe(
          `key_refused: ${cause}`,
        );
      },
    );

    test('is refused for a key that had no PIN when it was added: a thief may have set one', async () => {
      const { world, person, authenticator } = await keyWorld(open, { verifies: false });
      const stolen = { userVerified: true };
      const refused = 'key_refused: the key was never verified beside a password';
      expect(await refusalOf(assert(world, authenticator, passkeySignIn, stolen))).toBe(refused);
      // Neither a step-up changes that …
      await use(world, person, authenticator, stolen);
      expect(await refusalOf(assert(world, authenticator, passkeySignIn, stolen))).toBe(refused);
      // … but the second step after the password.
      const checked = await assert(world, authenticator, secondStep(person), stolen);
      await spend(world, person, checked, { action: 'account.login' });
      expect(await refusalOf(assert(world, authenticator, passkeySignIn, stolen))).toBe('no failure');
    });
  });

  test('a step-up that wants the user verified refuses a mere touch', async () => {
    const { world, person, authenticator } = await keyWorld(open);
    const wish = { ...stepUp(person), verified: true };
    expect(await refusalOf(assert(world, authenticator, wish, { userVerified: false }))).toBe(
      'key_refused: the user was not verified',
    );
    expect(await refusalOf(assert(world, authenticator, wish))).toBe('no failure');
  });

  test('a key gives the codes of the app back that somebody else used up', async () => {
    const world = await open();
    const holder = await createHolder(world);
    const authenticator = new Authenticator();
    await register(world, holder.person, authenticator, { factor: 'totp' });
    for (const [index, code] of holder.wrong(20).entries()) {
      if (index % 5 === 0) world.clock.advance(60 * 60_000);
      await holder.present({ code, actor: { token: null } });
    }
    world.clock.advance(60 * 60_000);
    expect(await holder.present({ code: holder.code(), actor: { token: null } })).toBe('codes_barred');
    expect(await use(world, holder.person, authenticator)).toBe('security-key');
    expect(await holder.present({ code: holder.code(), actor: { token: null } })).toBe('totp');
  });
});
