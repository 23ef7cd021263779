/**
 * Checking what security keys answer (WebAuthn Level 3 §7.1 and §7.2): SimpleWebAuthn does it, and what an attack would
 * turn on is checked here once more, in the order of the specification. No transaction: signatures take their time.
 * Fails with `key_refused` whatever is wrong; the failure's `cause` says what.
 */
import { createHash } from 'node:crypto';
import type { Instant } from '../kernel/ports.ts';
import { areEqualSecrets } from '../kernel/secrets.ts';
import type { Ceremony } from './ceremonies.ts';
import type { KeyRow } from './keys.sql.ts';
import {
  type AssertionResponse,
  knownTransports,
  type RegistrationResponse,
  readClientData,
  refuseKey,
  type Transport,
} from './keys-response.ts';
import type { KeySite } from './keys-site.ts';
import { type Algorithm, algorithms, isSignedBy, openPublicKey, type PublicKey } from './public-keys.ts';

declare const checked: unique symbol;

/** A new key that was proven to answer a challenge; only `checkRegistration` makes it. */
export interface CheckedRegistration {
  readonly [checked]: 'registration';
  readonly ceremony: Ceremony;
  readonly credentialId: string;
  /** COSE_Key, base64url. */
  readonly publicKey: string;
  readonly algorithm: Algorithm;
  readonly counter: number;
  readonly transports: readonly Transport[];
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
}

/** A key of an account that was proven to answer a challenge, not yet spent; only `checkAssertion` makes it. */
export interface CheckedAssertion {
  readonly [checked]: 'assertion';
  readonly ceremony: Ceremony;
  /** The account that the key belongs to: with a sign-in that is how it becomes known. */
  readonly account: { readonly id: string; readonly name: string };
  readonly key: { readonly id: string; readonly name: string; readonly createdAt: Instant };
  readonly counter: number;
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
}

/** The challenge and the key that an answer names, read before it is checked. */
export interface Asserted {
  readonly ceremony: Ceremony;
  readonly key: KeyRow & { readonly handle: string; readonly account: string };
}

function checkClientData(site: KeySite, ceremony: Ceremony, encoded: string, type: string): void {
  const told = readClientData(encoded);
  if (told.type !== type) refuseKey('the type is another');
  if (!areEqualSecrets(told.challenge, ceremony.challenge)) refuseKey('the challenge is another');
  if (told.origin !== site.origin) refuseKey('the origin is another');
  // Browsers of before Level 2 leave it out; then there were no frames to ask from.
  if (told.crossOrigin === true) refuseKey('it was asked for within a foreign page');
  if (told.topOrigin !== undefined) refuseKey('there is a top origin');
}

/** The beginning of authenticator data, which is always there (WebAuthn Level 3 §6.1). */
function checkAuthenticatorData(site: KeySite, ceremony: Ceremony, data: Buffer) {
  if (data.length < 37) refuseKey('the authenticator data is short');
  const flags = data.readUInt8(32);
  const is = (bit: number): boolean => (flags & (1 << bit)) !== 0;
  const told = {
    userVerified: is(2),
    backupEligible: is(3),
    backedUp: is(4),
    counter: data.readUInt32BE(33),
  };
  if (!data.subarray(0, 32).equals(createHash('sha256').update(site.id).digest()))
    refuseKey('the relying party is another');
  if (!is(0)) refuseKey('nobody was present');
  if (ceremony.verified && !told.userVerified) refuseKey('the user was not verified');
  if (told.backedUp && !told.backupEligible) refuseKey('it is backed up and cannot be');
  return told;
}

/** The library, loaded with the first key: most requests have nothing to do with one. */
const library = () => import('@simplewebauthn/server');

/** What went wrong in the library is as much a refusal as what went wrong here. */
async function trying<T>(work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    return refuseKey(thrown instanceof Error ? thrown.message : 'the library refused it');
  }
}

/** What was attested: nothing, or by the key itself, which is what browsers make of "none" (WebAuthn Level 3 §5.1.3). */
async function openAttestation(
  encoded: string,
): Promise<{ data: Buffer; credentialId: string; key: Uint8Array }> {
  const { decodeAttestationObject, parseAuthenticatorData } = await import('@simplewebauthn/server/helpers');
  const opened = await trying(() => {
    const object = decodeAttestationObject(Buffer.from(encoded, 'base64url'));
    const data = Buffer.from(object.get('authData'));
    const parsed = parseAuthenticatorData(new Uint8Array(data));
    const hasCertificates = object.get('attStmt').get('x5c') !== undefined;
    return { format: object.get('fmt'), hasCertificates, data, ...parsed };
  });
  const { format, hasCertificates, data, credentialID: id, credentialPublicKey: key } = opened;
  if (format !== 'none' && (format !== 'packed' || hasCertificates))
    refuseKey('the attestation was not asked for');
  if (id === undefined || key === undefined) return refuseKey('there is no key');
  return { data, credentialId: Buffer.from(id).toString('base64url'), key };
}

async function decodeKey(encoded: Uint8Array): Promise<PublicKey> {
  const { decodeCredentialPublicKey } = await import('@simplewebauthn/server/helpers');
  const cose = await trying(() => decodeCredentialPublicKey(new Uint8Array(encoded)));
  return openPublicKey(cose);
}

/** The library reads signatures more kindly than they are written, so they are checked here as well. */
async function checkSignature({ key }: Asserted, { response }: AssertionResponse): Promise<void> {
  const publicKey = await decodeKey(Buffer.from(key.public_key, 'base64url'));
  const clientData = createHash('sha256').update(Buffer.from(response.clientDataJSON, 'base64url')).digest();
  const signed = Buffer.concat([Buffer.from(response.authenticatorData, 'base64url'), clientData]);
  if (!isSignedBy(publicKey, signed, Buffer.from(response.signature, 'base64url')))
    refuseKey('the signature is wrong');
}

/** Checks the answer to a registration. */
export async function checkRegistration(
  site: KeySite,
  ceremony: Ceremony,
  response: RegistrationResponse,
): Promise<CheckedRegistration> {
  checkClientData(site, ceremony, response.response.clientDataJSON, 'webauthn.create');
  const { data, credentialId, key } = await openAttestation(response.response.attestationObject);
  const told = checkAuthenticatorData(site, ceremony, data);
  if (credentialId !== response.id) refuseKey('the credential is another');
  const { algorithm } = await decodeKey(key);
  const { verifyRegistrationResponse } = await library();
  const { transports = [], ...rest } = response.response;
  const { verified } = await trying(() =>
    verifyRegistrationResponse({
      response: { ...response, response: rest, clientExtensionResults: {} },
      expectedChallenge: ceremony.challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.id,
      requireUserVerification: ceremony.verified,
      supportedAlgorithmIDs: [...algorithms],
    }),
  );
  if (!verified) refuseKey('the attestation is wrong');
  return {
    ceremony,
    credentialId,
    publicKey: Buffer.from(key).toString('base64url'),
    algorithm,
    transports: knownTransports(transports),
    ...told,
  } as CheckedRegistration;
}

/** Whose key it is: who signs in with it alone tells the handle, and all who tell one tell the right one. */
function checkOwner({ ceremony, key }: Asserted, response: AssertionResponse): void {
  if (response.id !== key.credential_id) refuseKey('the credential is another');
  if (ceremony.account !== null && ceremony.account !== key.account_id)
    refuseKey('the credential is of another account');
  const { userHandle } = response.response;
  if (ceremony.account === null && !userHandle) refuseKey('there is no user handle');
  if (userHandle && !areEqualSecrets(userHandle, key.handle)) refuseKey('the user handle is another');
  // A PIN can be put on a stolen key that had none, so it counts only where the owner was known to have one.
  if (ceremony.purpose === 'sign-in' && key.uv === 0)
    refuseKey('the key was never verified beside a password');
}

/** Checks the answer to an authentication, but for the counter: `spendAssertion` compares that where it raises it. */
export async function checkAssertion(
  site: KeySite,
  asserted: Asserted,
  response: AssertionResponse,
): Promise<CheckedAssertion> {
  const { ceremony, key } = asserted;
  checkOwner(asserted, response);
  checkClientData(site, ceremony, response.response.clientDataJSON, 'webauthn.get');
  const told = checkAuthenticatorData(
    site,
    ceremony,
    Buffer.from(response.response.authenticatorData, 'base64url'),
  );
  if (told.backupEligible !== (key.backup_eligible === 1)) refuseKey('it became copyable, or ceased to be');
  const { verifyAuthenticationResponse } = await library();
  const { userHandle: _, ...rest } = response.response;
  const { verified } = await trying(() =>
    verifyAuthenticationResponse({
      response: { ...response, response: rest, clientExtensionResults: {} },
      expectedChallenge: ceremony.challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.id,
      requireUserVerification: ceremony.verified,
      credential: {
        id: key.credential_id,
        publicKey: new Uint8Array(Buffer.from(key.public_key, 'base64url')),
        counter: 0,
      },
    }),
  );
  if (!verified) refuseKey('the signature is wrong');
  await checkSignature(asserted, response);
  return {
    ceremony,
    account: { id: key.account_id, name: key.account },
    key: { id: key.id, name: key.name, createdAt: key.created_at },
    ...told,
  } as CheckedAssertion;
}
