import { describe, expect, test } from 'vitest';
import { presentAssertion, spendAssertion } from '../../src/factors/keys-spending.ts';
import {
  type AssertionWish,
  ask,
  assert,
  createKeyHolder,
  keyOf,
  keyWorld,
  passkeySignIn,
  present,
  refusalOf,
  register,
  secondStep,
  site,
  source,
  spend,
  stepUp,
  use,
} from '../factors/key-holder.ts';
import { actorOf, createPerson } from '../factors/people.ts';
import { Authenticator, type Forgery, type KeyAlgorithm } from '../support/authenticator.ts';
import { eachStore } from '../support/stores.ts';

const used = 'key_refused: the challenge is unknown, used or old';
eachStore((open) => {
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
});
