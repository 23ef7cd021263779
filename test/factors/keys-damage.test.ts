import { describe, expect, test } from 'vitest';
import type { Purpose } from '../../src/factors/ceremonies.sql.ts';
import type { Ceremony } from '../../src/factors/ceremonies.ts';
import { readAssertion, readRegistration } from '../../src/factors/keys-response.ts';
import { type Asserted, checkAssertion, checkRegistration } from '../../src/factors/keys-verification.ts';
import { Authenticator, type KeyAlgorithm } from '../support/authenticator.ts';
import { refusalOf, site } from './key-holder.ts';

const challenge = Buffer.alloc(32, 9).toString('base64url');
const handle = Buffer.alloc(32, 3).toString('base64url');
const ceremonyFor = (purpose: Purpose): Ceremony => ({
  hash: '',
  challenge,
  account: 'ada',
  purpose,
  operation: null,
  verified: false,
});

const creation = { challenge, rp: { id: site.id }, user: { id: handle } };
const request = { challenge, rpId: site.id };

/** A registered key, as the store would hold it. */
async function register(
  algorithm: KeyAlgorithm,
): Promise<{ authenticator: Authenticator; asserted: Asserted }> {
  const authenticator = new Authenticator({ algorithm });
  const told = await checkRegistration(
    site,
    ceremonyFor('register'),
    readRegistration(authenticator.register(creation)),
  );
  const key = {
    id: 'key',
    account_id: 'ada',
    account: 'ada',
    handle,
    credential_id: told.credentialId,
    public_key: told.publicKey,
    algorithm: told.algorithm,
    counter: 0,
    name: 'key',
    transports: '[]',
    uv: 1 as const,
    backup_eligible: 0 as const,
    backed_up: 0 as const,
    possible_copy_at: null,
    created_at: 0,
    last_used_at: null,
  };
  return { authenticator, asserted: { ceremony: ceremonyFor('second-factor'), key } };
}

/** The same bytes with one bit another, for every byte. */
function* damaged(encoded: string, bit: number): Generator<string> {
  const bytes = Buffer.from(encoded, 'base64url');
  for (let place = 0; place < bytes.length; place += 1) {
    const copy = Buffer.from(bytes);
    copy[place] = (copy[place] ?? 0) ^ bit;
    yield copy.toString('base64url');
  }
}

const check = (asserted: Asserted, answer: unknown): Promise<string> =>
  refusalOf((async () => checkAssertion(site, asserted, readAssertion(answer)))());
const enrol = (answer: unknown): Promise<string> =>
  refusalOf((async () => checkRegistration(site, ceremonyFor('register'), readRegistration(answer)))());

describe.each(['ES256', 'EdDSA', 'RS256'] as const)('the answer of a key of %s', (algorithm) => {
  test('is accepted as it is', async () => {
    const { authenticator, asserted } = await register(algorithm);
    expect(await check(asserted, authenticator.answer(request))).toBe('no failure');
  });

  test.each(['clientDataJSON', 'authenticatorData', 'signature'] as const)(
    'is refused with any one bit of its %s another',
    async (part) => {
      const { authenticator, asserted } = await register(algorithm);
      const answer = authenticator.answer(request);
      for (const bit of [1, 128]) {
        for (const changed of damaged(answer.response[part], bit)) {
          const response = { ...answer.response, [part]: changed };
          expect(await check(asserted, { ...answer, response }), changed).toMatch(/^key_refused/);
        }
      }
    },
  );

  test('is refused with any part cut short or longer', async () => {
    const { authenticator, asserted } = await register(algorithm);
    const answer = authenticator.answer(request);
    for (const part of ['clientDataJSON', 'authenticatorData', 'signature'] as const) {
      const bytes = Buffer.from(answer.response[part], 'base64url');
      for (const other of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.alloc(1)]), Buffer.alloc(0)]) {
        const response = { ...answer.response, [part]: other.toString('base64url') };
        expect(await check(asserted, { ...answer, response }), part).toMatch(/^key_refused/);
      }
    }
  });

  test('is refused or understood with any one bit of its registration another, never an accident', async () => {
    const { authenticator } = await register(algorithm);
    const answer = authenticator.register(creation);
    for (const attestationObject of damaged(answer.response.attestationObject, 1)) {
      const response = { ...answer.response, attestationObject };
      expect(await enrol({ ...answer, response }), attestationObject).toMatch(/^(key_refused|no failure)/);
    }
  });
});

describe('a hostile attestation', () => {
  test.each([
    ['lists within lists', Buffer.alloc(16_000, 0x81)],
    ['a list of four thousand million', Buffer.from('9affffffff', 'hex')],
    ['a text of four thousand million bytes', Buffer.from('7affffffff', 'hex')],
    ['nothing', Buffer.alloc(0)],
    ['a number', Buffer.from('01', 'hex')],
    ['an empty map', Buffer.from('a0', 'hex')],
    ['a map that names a prototype', Buffer.from('a1695f5f70726f746f5f5fa0', 'hex')],
  ])('of %s is refused', async (_what, bytes) => {
    const answer = new Authenticator().register(creation);
    const response = { ...answer.response, attestationObject: bytes.toString('base64url') };
    expect(await enrol({ ...answer, response })).toMatch(/^key_refused/);
  });
});
