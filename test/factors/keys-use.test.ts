import { describe, expect, test } from 'vitest';
import { beginAssertion } from '../../src/factors/ceremonies.ts';
import { listKeys } from '../../src/factors/keys.ts';
import { presentAssertion, spendAssertion } from '../../src/factors/keys-spending.ts';
import { Authenticator, type Forgery, type KeyAlgorithm, type Make } from '../support/authenticator.ts';
import { eachStore, type TestStore } from '../support/stores.ts';
import {
  type AssertionWish,
  assert,
  createKeyHolder,
  passkeySignIn,
  refusalOf,
  register,
  secondStep,
  site,
  source,
  spend,
  stepUp,
  use,
} from './key-holder.ts';
import { actorOf, createHolder, createPerson, type Person, subjects } from './people.ts';

const used = 'key_refused: the challenge is unknown, used or old';
const keyOf = async (world: TestStore, person: Person) =>
  (await world.store.read((tx) => listKeys(tx, person.id)))[0];
const ask = (world: TestStore, wish: AssertionWish) =>
  world.store.write((tx) => beginAssertion(tx, site, wish));
const present = (world: TestStore, wish: AssertionWish, answer: unknown) =>
  presentAssertion(world.store, site, wish, answer, source);

async function keyWorld(open: () => Promise<TestStore>, make: Make = {}) {
  const world = await open();
  const person = await createPerson(world);
  return { world, person, ...(await createKeyHolder(world, person, make)) };
}

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

  describe('the answer of a key', () => {
    const forged: readonly (readonly [string, Forgery, string])[] = [
      ['another origin', { origin: 'https://localhost:4873' }, 'the origin is another'],
      ['an origin that only begins right', { origin: 'http://localhost:48730' }, 'the origin is another'],
      ['another relying party', { rpId: 'evil.example' }, 'the relying party is another'],
      ['the type of a registration', { type: 'webauthn.create' }, 'the type is another'],
      ['a foreign page', { crossOrigin: true }, 'it was asked for within a foreign page'],
      ['a top origin', { topOrigin: 'http://localhost:4873' }, 'there is a top origin'],
      ['nobody present', { userPresent: false }, 'nobody was present'],
      ['a key that became copyable', { backupEligible: true }, 'it became copyable, or ceased to be'],
      ['a backup that cannot be', { backedUp: true }, 'it is backed up and cannot be'],
      ['a signature of something else', { signature: Buffer.alloc(70, 48) }, 'the library'],
      ['an empty signature', { signature: Buffer.alloc(0) }, 'the library'],
      [
        'the handle of somebody else',
        { userHandle: Buffer.alloc(32).toString('base64url') },
        'the user handle is another',
      ],
      ['a challenge that nobody made', { challenge: 'AAAA' }, 'the challenge is unknown, used or old'],
      ['a credential that nobody has', { answeredId: 'AAAA' }, 'the credential is unknown'],
    ];
    test.each(forged)('is refused for %s', async (_what, forgery, cause) => {
      const { world, person, authenticator } = await keyWorld(open);
      const refusal = await use(world, person, authenticator, forgery);
      if (cause === 'the library') expect(refusal).toMatch(/^key_refused: /);
      else expect(refusal).toBe(`key_refused: ${cause}`);
      expect(await keyOf(world, person)).toMatchObject({ lastUsedAt: null, possibleCopyAt: null });
      expect(await use(world, person, authenticator)).toBe('security-key');
    });

    test.each(['ES256', 'EdDSA', 'RS256'] as readonly KeyAlgorithm[])(
      'is refused with the signature of another %s key',
      async (algorithm) => {
        const { world, person, authenticator } = await keyWorld(open, { algorithm });
        // The one pair of RS256 keys is shared, so that its stranger signs with another kind.
        const stranger = new Authenticator({ algorithm: algorithm === 'RS256' ? 'ES256' : algorithm });
        const options = await ask(world, stepUp(person));
        const theirs = stranger.answer(options, { answeredId: authenticator.credentialId });
        expect(await refusalOf(present(world, stepUp(person), theirs))).toBe(
          'key_refused: the signature is wrong',
        );
      },
    );

    test('is refused when any byte of what was signed is another', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const options = await ask(world, stepUp(person));
      const { response, ...rest } = authenticator.answer(options, { userVerified: false });
      const data = Buffer.from(response.authenticatorData, 'base64url');
      data[32] = (data[32] ?? 0) | 4;
      const answer = { ...rest, response: { ...response, authenticatorData: data.toString('base64url') } };
      expect(await refusalOf(present(world, stepUp(person), answer))).toBe(
        'key_refused: the signature is wrong',
      );
    });

    test.each([
      ['nothing', undefined],
      ['a text', 'a key'],
      ['an empty object', {}],
      [
        'client data that is no JSON',
        {
          id: 'AAAA',
          rawId: 'AAAA',
          type: 'public-key',
          response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' },
        },
      ],
      [
        'base64 of another spelling',
        {
          id: 'AB',
          rawId: 'AB',
          type: 'public-key',
          response: { clientDataJSON: 'e30', authenticatorData: 'AAAA', signature: 'AAAA' },
        },
      ],
      [
        'client data without a challenge',
        {
          id: 'AAAA',
          rawId: 'AAAA',
          type: 'public-key',
          response: { clientDataJSON: 'e30', authenticatorData: 'AAAA', signature: 'AAAA' },
        },
      ],
    ])('is refused when it is %s', async (_what, answer) => {
      const { world, person } = await keyWorld(open);
      expect(await refusalOf(present(world, stepUp(person), answer))).toMatch(
        /^key_refused: .*(misshapen|no JSON)/,
      );
    });

    test('of another account opens nothing', async () => {
      const { world, person } = await keyWorld(open);
      const bob = await createPerson(world, 'bob');
      const { authenticator: theirs } = await createKeyHolder(world, bob);
      expect(await use(world, person, theirs)).toBe('key_refused: the credential is of another account');
    });

    test('is not spent for another account than its own, whatever was checked', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const bob = await createPerson(world, 'bob');
      const checked = await assert(world, authenticator, stepUp(person));
      expect(await refusalOf(spend(world, bob, checked))).toBe(
        'key_refused: the credential is of another account',
      );
    });

    test('is refused once the key was removed', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const checked = await assert(world, authenticator, stepUp(person));
      await world.store.write((tx) => tx.sql.deleteFrom('security_keys').execute());
      expect(await refusalOf(spend(world, person, checked))).toBe(
        'key_refused: the counter did not rise, or the key is gone',
      );
    });

    test('that fails again and again shuts out its address, not its owner', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const rules = { ...source.rules, passwordLimit: { count: 3, window: 60_000 } };
      const from = (address: string) =>
        refusalOf(presentAssertion(world.store, site, stepUp(person), {}, { address, rules }));
      for (let times = 0; times < 3; times += 1)
        expect(await from('203.0.113.9')).toBe('key_refused: the answer is misshapen');
      expect(await from('203.0.113.9')).toBe('too_many_attempts');
      expect(await from('203.0.113.10')).toBe('key_refused: the answer is misshapen');
      expect(await use(world, person, authenticator)).toBe('security-key');
      world.clock.advance(60_000);
      expect(await from('203.0.113.9')).toBe('key_refused: the answer is misshapen');
    });
  });

  describe('a challenge', () => {
    test('is good once', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const options = await ask(world, stepUp(person));
      const answer = authenticator.answer(options);
      expect(await spend(world, person, await present(world, stepUp(person), answer))).toBe('security-key');
      expect(await refusalOf(present(world, stepUp(person), answer))).toBe(used);
      const fresh = authenticator.answer(options);
      expect(await refusalOf(present(world, stepUp(person), fresh))).toBe(used);
    });

    test('is used up by a wrong answer', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const options = await ask(world, stepUp(person));
      const wrong = authenticator.answer(options, { origin: 'http://evil.example' });
      expect(await refusalOf(present(world, stepUp(person), wrong))).toBe(
        'key_refused: the origin is another',
      );
      const right = authenticator.answer(options);
      expect(await refusalOf(present(world, stepUp(person), right))).toBe(used);
    });

    test('stays good when the act that it was for rolls back', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const checked = await assert(world, authenticator, stepUp(person));
      const broken = world.store.write(async (tx) => {
        const actor = actorOf(world, person);
        await spendAssertion(tx, checked, { account: person, actor, action: 'token.create' });
        throw new Error('the disk is full');
      });
      await expect(broken).rejects.toThrow('the disk is full');
      expect(await spend(world, person, checked)).toBe('security-key');
    });

    test('is good for five minutes', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const options = await ask(world, stepUp(person));
      world.clock.advance(5 * 60_000 - 1);
      const checked = await present(world, stepUp(person), authenticator.answer(options));
      world.clock.advance(1);
      expect(await refusalOf(spend(world, person, checked))).toBe(used);
      expect(await refusalOf(present(world, stepUp(person), authenticator.answer(options)))).toBe(used);
    });

    test('is not swapped for that of another session, account, purpose or operation', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const bob = await createPerson(world, 'bob');
      await register(world, bob, new Authenticator({ seed: 'of bob' }));
      const elsewhere: readonly (readonly [AssertionWish, string])[] = [
        [stepUp(person, { session: 'another' }), 'the challenge is of another session'],
        [stepUp(bob), 'the challenge is of another account'],
        [{ ...secondStep(person), session: 'a session' }, 'the challenge is for another purpose'],
        [{ ...passkeySignIn, session: 'a session' }, 'the challenge is of another account'],
        [stepUp(person, { operation: 'factor.disable' }), 'the challenge is for another operation'],
      ];
      for (const [asked, cause] of elsewhere) {
        const answer = authenticator.answer(await ask(world, asked));
        expect(await refusalOf(present(world, stepUp(person), answer))).toBe(`key_refused: ${cause}`);
      }
    });

    test('of one operation opens no other, even if it was checked', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const checked = await assert(world, authenticator, stepUp(person));
      expect(await refusalOf(spend(world, person, checked, { action: 'factor.disable' }))).toBe(
        'key_refused: the challenge is for another operation',
      );
    });

    test('of a sign-in opens nothing else', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      const refused = 'key_refused: the challenge is for another operation';
      for (const wish of [secondStep(person), passkeySignIn]) {
        const checked = await assert(world, authenticator, wish);
        expect(await refusalOf(spend(world, person, checked, { action: 'token.create' }))).toBe(refused);
      }
    });

    test('used 100 times at once, by two processes, opens one door', async () => {
      const { world, person, authenticator } = await keyWorld(open, { counts: false });
      const stores = [world.store, world.another()];
      const options = await ask(world, stepUp(person));
      const answer = authenticator.answer(options);
      const hundred = Array.from({ length: 100 }, (_, index) => stores[index % 2] ?? world.store);
      const checked = await Promise.all(hundred.map(() => present(world, stepUp(person), answer)));
      const results = await Promise.all(
        checked.map((one, index) =>
          refusalOf(spend(world, person, one, { store: hundred[index] ?? world.store })),
        ),
      );
      expect(results.filter((result) => result === 'no failure')).toHaveLength(1);
      expect(results.filter((result) => result === used)).toHaveLength(99);
      expect((await keyOf(world, person))?.possibleCopyAt).toBeNull();
    });
  });

  describe('the counter of a key', () => {
    test('must rise: what is not greater is refused, marks a possible copy and mails the owner', async () => {
      const { world, person, authenticator } = await keyWorld(open);
      expect(await use(world, person, authenticator, { counter: 7 })).toBe('security-key');
      world.clock.advance(1000);
      const refused = 'key_refused: the counter did not rise, or the key is gone';
      expect(await use(world, person, authenticator, { counter: 7 })).toBe(refused);
      expect((await keyOf(world, person))?.possibleCopyAt).toBe(world.clock.now());
      expect((await subjects(world)).at(-1)).toBe('There may be a copy of your security key');
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
