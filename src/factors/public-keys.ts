/** The public keys of security keys: COSE_Key (RFC 9052 §7, RFC 9053), three algorithms and no weak one (WA3). */
import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { refuseKey } from './keys-response.ts';

/** ES256 on P-256, Ed25519, RS256: what is offered and what is accepted, by the numbers of the COSE registry. */
export const algorithms = [-7, -8, -257] as const;
export type Algorithm = (typeof algorithms)[number];

/** Labels and values of COSE_Key. */
const label = { kty: 1, alg: 3, crv: -1, x: -2, y: -3, n: -1, e: -2 } as const;
const octetPair = 1;
const ellipticCurve = 2;
const rsa = 3;
const p256 = 1;
const ed25519 = 6;

const modulusBits = { least: 2048, most: 8192 };
const leastExponent = 65_537n;

type CoseKey = ReadonlyMap<unknown, unknown>;

const isAlgorithm = (value: unknown): value is Algorithm => algorithms.some((one) => one === value);

const asText = (value: unknown): string =>
  value instanceof Uint8Array
    ? Buffer.from(value).toString('base64url')
    : refuseKey('the public key lacks a part');

function asJwk(key: CoseKey, algorithm: Algorithm): JsonWebKey {
  const is = (kty: number, crv?: number): void => {
    if (key.get(label.kty) !== kty || (crv !== undefined && key.get(label.crv) !== crv))
      refuseKey('the public key is not of its algorithm');
  };
  switch (algorithm) {
    case -7:
      is(ellipticCurve, p256);
      return { kty: 'EC', crv: 'P-256', x: asText(key.get(label.x)), y: asText(key.get(label.y)) };
    case -8:
      is(octetPair, ed25519);
      return { kty: 'OKP', crv: 'Ed25519', x: asText(key.get(label.x)) };
    case -257:
      is(rsa);
      return { kty: 'RSA', n: asText(key.get(label.n)), e: asText(key.get(label.e)) };
  }
}

/** A public key that is one, of an algorithm that was offered. */
export interface PublicKey {
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

function checkStrength({
  modulusLength = 0,
  publicExponent = 0n,
}: KeyObject['asymmetricKeyDetails'] & {}): void {
  if (modulusLength < modulusBits.least || modulusLength > modulusBits.most)
    refuseKey('the RSA key is too short or too long');
  if (publicExponent < leastExponent || publicExponent % 2n === 0n) refuseKey('the RSA exponent is weak');
}

/**
 * Understands a public key. Fails with `key_refused` when its algorithm is none that was offered, when it is not of it, is
 * no key at all (a point off the curve), or is an RSA key of less than 2,048 bits.
 */
export function openPublicKey(cose: unknown): PublicKey {
  if (!(cose instanceof Map)) return refuseKey('the public key is none');
  const algorithm = cose.get(label.alg);
  if (!isAlgorithm(algorithm)) return refuseKey('the algorithm was not offered');
  const jwk = asJwk(cose, algorithm);
  let key: KeyObject;
  try {
    key = createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return refuseKey('the public key is none');
  }
  if (algorithm === -257) checkStrength(key.asymmetricKeyDetails ?? {});
  return { algorithm, key };
}

/** Whether a signature is the key's, in the one spelling that it has (DER for ECDSA, without a byte more). */
export const isSignedBy = ({ algorithm, key }: PublicKey, data: Buffer, signature: Buffer): boolean =>
  verify(algorithm === -8 ? null : 'sha256', data, key, signature);
