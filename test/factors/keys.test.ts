import { describe, expect, test } from 'vitest';
import { readSecondFactor } from '../../src/factors/enrol.ts';
import { countFactors } from '../../src/factors/factors.sql.ts';
import { listKeys, removeKey, renameKey } from '../../src/factors/keys.ts';
import { keySiteOf } from '../../src/factors/keys-site.ts';
import { codeAt, stepAt } from '../../src/factors/totp.ts';
import type { ProvenFactor } from '../../src/policy/permit.ts';
import { Authenticator, type Forgery, type KeyAlgorithm } from '../support/authenticator.ts';
import { eachStore, type TestStore } from '../support/stores.ts';
import { createKeyHolder, refusalOf, register, use } from './key-holder.ts';
import {
  actorOf,
  begin,
  confirm,
  createHolder,
  createPerson,
  type Person,
  permitFor,
  secretOf,
  subjects,
} from './people.ts';

const remove = (world: TestStore, person: Person, id: string, factor: ProvenFactor = 'security-key') =>
  world.store.write((tx) =>
    removeKey(tx, permitFor('factor.removeKey', actorOf(world, person), person, factor), { id }),
  );
const rename = (world: TestStore, person: Person, id: string, name: string) =>
  world.store.write((tx) =>
    renameKey(tx, permitFor('factor.renameKey', actorOf(world, person), person), { id, name }),
  );
const keysOf = (world: TestStore, person: Person) => world.store.read((tx) => listKeys(tx, person.id));
const modeOf = (world: TestStore, person: Person) =>
  world.store.read((tx) => readSecondFactor(tx, person.id));

describe('the site as security keys know it', () => {
  test.each([
    [
      'https://packages.acme.example/npm',
      { id: 'packages.acme.example', origin: 'https://packages.acme.example' },
    ],
    [
      'https://packages.acme.example:8443',
      { id: 'packages.acme.example', origin: 'https://packages.acme.example:8443' },
    ],
    ['http://localhost:4873', { id: 'localhost', origin: 'http://localhost:4873' }],
  ])('%s is the configured host and origin', (url, told) => {
    expect(keySiteOf(url, 'Acme')).toEqual({ ...told, name: 'Acme' });
  });

  test.each([
    'http://packages.acme.example',
    'https://192.0.2.7',
    'http://127.0.0.1:4873',
    'https://[2001:db8::7]',
  ])('%s offers no security keys: no browser would', (url) => {
    expect(keySiteOf(url, 'Acme')).toBeNull();
  });
});

eachStore((open) => {
  describe('adding a key', () => {
    test.each(['ES256', 'EdDSA', 'RS256'] as const)('of %s makes it open doors', async (algorithm) => {
      const world = await open();
      const person = await createPerson(world);
      const { authenticator } = await createKeyHolder(world, person, { algorithm });
      expect(await use(world, person, authenticator)).toBe('security-key');
    });

    test('as the first factor turns two-factor authentication on and gives recovery codes', async () => {
      const world = await open();
      const person = await createPerson(world);
      const added = await register(world, person, new Authenticator(), { wish: { mode: 'auth-only' } });
      expect(added.recoveryCodes).toHaveLength(10);
      expect(await modeOf(world, person)).toEqual({ mode: 'auth-only', pending: false });
      expect(await world.store.read((tx) => countFactors(tx, person.id))).toBe(1);
      expect(await subjects(world)).toEqual(['Two-factor authentication is on']);
    });

    test('beside an app keeps mode and recovery codes', async () => {
      const world = await open();
      const { person } = await createHolder(world);
      const { recoveryCodes } = await register(world, person, new Authenticator(), {
        factor: 'totp',
        wish: { mode: 'auth-only' },
      });
      expect(recoveryCodes).toBeNull();
      expect(await modeOf(world, person)).toEqual({ mode: 'auth-and-writes', pending: false });
      expect(await world.store.read((tx) => countFactors(tx, person.id))).toBe(2);
      expect(await subjects(world)).toContain('A security key was added');
    });

    test('as the first factor drops a set-up that was begun with the password alone', async () => {
      const world = await open();
      const person = await createPerson(world);
      const begun = await begin(world, person, 'auth-only');
      await register(world, person, new Authenticator());
      const code = codeAt(secretOf(begun.step === 'scan' ? begun.uri : ''), stepAt(world.clock.now()));
      expect(await refusalOf(confirm(world, person, code))).toBe('request_invalid');
    });

    test('tells its owner what it is', async () => {
      const world = await open();
      const person = await createPerson(world);
      await register(world, person, new Authenticator({ seed: 'a', synced: true }), { name: ' Phone ' });
      world.clock.advance(1000);
      const stick = new Authenticator({ seed: 'b', verifies: false });
      await register(world, person, stick);
      const added = world.clock.now();
      world.clock.advance(1000);
      await use(world, person, stick);
      expect(await keysOf(world, person)).toMatchObject([
        { name: 'Phone', createdAt: added - 1000, lastUsedAt: null, synced: true, verifiesUser: true },
        { name: 'my key', createdAt: added, lastUsedAt: added + 1000, synced: false, verifiesUser: false },
      ]);
    });

    test('is refused for the eleventh, which leaves ten', async () => {
      const world = await open();
      const person = await createPerson(world);
      for (let index = 0; index < 10; index += 1)
        await register(world, person, new Authenticator({ seed: `key ${index}` }));
      const eleventh = register(world, person, new Authenticator({ seed: 'key 10' }));
      expect(await refusalOf(eleventh)).toBe('request_invalid');
      expect(await keysOf(world, person)).toHaveLength(10);
    });

    test('is refused for a key that is registered, be it with another account', async () => {
      const world = await open();
      const [ada, bob] = [await createPerson(world, 'ada'), await createPerson(world, 'bob')];
      await register(world, ada, new Authenticator());
      const again = 'key_refused: the key is registered already';
      expect(await refusalOf(register(world, ada, new Authenticator()))).toBe(again);
      expect(await refusalOf(register(world, bob, new Authenticator()))).toBe(again);
      expect(await keysOf(world, bob)).toEqual([]);
    });

    const forged: readonly (readonly [string, Forgery, string])[] = [
      ['another origin', { origin: 'http://localhost:4874' }, 'the origin is another'],
      [
        'an origin that only begins right',
        { origin: 'http://localhost:4873.evil.example' },
        'the origin is another',
      ],
      ['another relying party', { rpId: 'evil.example' }, 'the relying party is another'],
      ['the type of an authentication', { type: 'webauthn.get' }, 'the type is another'],
      ['a foreign page', { crossOrigin: true }, 'it was asked for within a foreign page'],
      ['a top origin', { topOrigin: 'http://localhost:4873' }, 'there is a top origin'],
      ['nobody present', { userPresent: false }, 'nobody was present'],
      ['a backup that cannot be', { backedUp: true }, 'it is backed up and cannot be'],
      ['an algorithm that was not offered', { algorithm: -35 }, 'the algorithm was not offered'],
      ['an algorithm of another kind of key', { algorithm: -8 }, 'the public key is not of its algorithm'],
      ['a point off the curve', { brokenKey: 'point' }, 'the public key is none'],
      ['a number in place of a key', { brokenKey: 'number' }, 'the public key is none'],
      ['an attestation that was not asked for', { format: 'tpm' }, 'the attestation was not asked for'],
      ['another credential than attested', { answeredId: 'AAAA' }, 'the credential is another'],
      ['a credential id of 1,024 bytes', { credentialId: 'A'.repeat(1366) }, 'the answer is misshapen'],
      ['a challenge that nobody made', { challenge: 'AAAA' }, 'the challenge is unknown, used or old'],
    ];
    test.each(forged)('is refused for %s', async (_what, forgery, cause) => {
      const world = await open();
      const person = await createPerson(world);
      expect(await refusalOf(register(world, person, new Authenticator(), { forgery }))).toBe(
        `key_refused: ${cause}`,
      );
      expect(await keysOf(world, person)).toEqual([]);
    });

    test.each([
      ['RS256 of 1,024 bits', 'the RSA key is too short or too long'],
      ['ES384', 'the algorithm was not offered'],
    ] as readonly [KeyAlgorithm, string][])('is refused for a key of %s', async (algorithm, cause) => {
      const world = await open();
      const person = await createPerson(world);
      expect(await refusalOf(register(world, person, new Authenticator({ algorithm })))).toBe(
        `key_refused: ${cause}`,
      );
    });

    test('takes a credential id of 1,023 bytes', async () => {
      const world = await open();
      const person = await createPerson(world);
      await register(world, person, new Authenticator(), { forgery: { credentialId: 'A'.repeat(1364) } });
      expect(await keysOf(world, person)).toHaveLength(1);
    });
  });

  describe('the name of a key', () => {
    test('can be changed', async () => {
      const world = await open();
      const person = await createPerson(world);
      const { key } = await createKeyHolder(world, person);
      await rename(world, person, key, 'the blue one');
      expect((await keysOf(world, person)).map(({ name }) => name)).toEqual(['the blue one']);
    });

    test.each(['', '   ', 'x'.repeat(65), 'two\nlines', 'hidden \u202e mark'])('is not %j', async (name) => {
      const world = await open();
      const person = await createPerson(world);
      const { key } = await createKeyHolder(world, person);
      expect(await refusalOf(rename(world, person, key, name))).toBe('request_invalid');
    });

    test('counts characters, not what they are stored in', async () => {
      const world = await open();
      const person = await createPerson(world);
      const { key } = await createKeyHolder(world, person);
      await rename(world, person, key, '🔑'.repeat(64));
      expect((await keysOf(world, person))[0]?.name).toBe('🔑'.repeat(64));
    });

    test('is not changed by another account', async () => {
      const world = await open();
      const [ada, bob] = [await createPerson(world, 'ada'), await createPerson(world, 'bob')];
      const { key } = await createKeyHolder(world, ada);
      expect(await refusalOf(rename(world, bob, key, 'mine'))).toBe('not_found');
      expect(await refusalOf(remove(world, bob, key))).toBe('not_found');
    });
  });

  describe('removing a key', () => {
    test('shuts its doors and mails the owner', async () => {
      const world = await open();
      const { person } = await createHolder(world);
      const authenticator = new Authenticator();
      const { id } = await register(world, person, authenticator, { factor: 'totp' });
      world.clock.advance(1000);
      expect(await remove(world, person, id)).toBe('removed');
      expect(await use(world, person, authenticator)).toBe('request_invalid: undefined');
      expect(await subjects(world)).toContain('A security key was removed');
    });

    test('as the last factor turns two-factor authentication off, recovery codes included', async () => {
      const world = await open();
      const person = await createPerson(world);
      const { key } = await createKeyHolder(world, person);
      world.clock.advance(1000);
      expect(await remove(world, person, key)).toBe('off');
      expect(await modeOf(world, person)).toBeNull();
      const left = await world.store.read((tx) => tx.sql.selectFrom('recovery_codes').selectAll().execute());
      expect(left).toEqual([]);
      expect(await subjects(world)).toContain('Two-factor authentication is off');
    });
  });
});
