/**
 * A security key in software: makes credentials and answers challenges as a browser with an authenticator does
 * (WebAuthn Level 3 §6.3), and lies about any part of it where a test asks it to.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createRandom } from './ports.ts';

type Cbor = number | string | Buffer | Map<number | string, Cbor>;

const head = (major: number, value: number): Buffer => {
  const kind = major << 5;
  if (value < 24) return Buffer.from([kind | value]);
  if (value < 256) return Buffer.from([kind | 24, value]);
  return Buffer.from([kind | 25, value >> 8, value & 255]);
};

/** The few kinds of CBOR (RFC 8949) that attestation objects and keys are made of. */
function encode(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const entries = [...value].flatMap(([key, item]) => [encode(key), encode(item)]);
  return Buffer.concat([head(5, value.size), ...entries]);
}

const digest = (data: Buffer | string): Buffer => createHash('sha256').update(data).digest();
const text = (data: Buffer | string): string => Buffer.from(data).toString('base64url');
const bytes = (encoded: unknown): Buffer => Buffer.from(String(encoded), 'base64url');

export type KeyAlgorithm = 'ES256' | 'EdDSA' | 'RS256' | 'RS256 of 1,024 bits' | 'ES384';

/** What a test may forge; all else is honest. */
export interface Forgery {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  readonly userPresent?: boolean;
  readonly userVerified?: boolean;
  readonly backupEligible?: boolean;
  readonly backedUp?: boolean;
  readonly counter?: number;
  /** The number that the public key claims for its algorithm. */
  readonly algorithm?: number;
  readonly credentialId?: string;
  /** The credential id of the answer, where it differs from the attested one. */
  readonly answeredId?: string;
  readonly userHandle?: string | null;
  readonly format?: string;
  /** A point that is not on the curve, or a number where the key should be. */
  readonly brokenKey?: 'point' | 'number';
  readonly signature?: Buffer;
}

/** What a test chooses when it takes a new authenticator from the drawer. */
export interface Make {
  readonly seed?: string;
  readonly algorithm?: KeyAlgorithm;
  /** Whether it has a PIN or fingerprint. */
  readonly verifies?: boolean;
  /** Whether it counts its uses. */
  readonly counts?: boolean;
  /** Whether it is a passkey of a maker who copies it to the owner's devices. */
  readonly synced?: boolean;
  readonly origin?: string;
}

interface Pair {
  readonly privateKey: KeyObject;
  readonly cose: Map<number, Cbor>;
  sign(data: Buffer): Buffer;
}

/** RSA keys take long to make, so each kind is made once. */
const pairs = new Map<string, Pair>();

function createPair(algorithm: KeyAlgorithm): Pair {
  if (algorithm === 'EdDSA') {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const { x } = publicKey.export({ format: 'jwk' });
    const cose = new Map<number, Cbor>([
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes(x)],
    ]);
    return { privateKey, cose, sign: (data) => sign(null, data, privateKey) };
  }
  if (algorithm === 'ES256' || algorithm === 'ES384') {
    const [namedCurve, alg, curve, hash] =
      algorithm === 'ES256' ? (['P-256', -7, 1, 'sha256'] as const) : (['P-384', -35, 2, 'sha384'] as const);
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    const { x, y } = publicKey.export({ format: 'jwk' });
    const cose = new Map<number, Cbor>([
      [1, 2],
      [3, alg],
      [-1, curve],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ]);
    return { privateKey, cose, sign: (data) => sign(hash, data, privateKey) };
  }
  const modulusLength = algorithm === 'RS256' ? 2048 : 1024;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const cose = new Map<number, Cbor>([
    [1, 3],
    [3, -257],
    [-1, bytes(n)],
    [-2, bytes(e)],
  ]);
  return { privateKey, cose, sign: (data) => sign('sha256', data, privateKey) };
}

function pairOf(algorithm: KeyAlgorithm): Pair {
  if (!algorithm.startsWith('RS')) return createPair(algorithm);
  const known = pairs.get(algorithm) ?? createPair(algorithm);
  pairs.set(algorithm, known);
  return known;
}

interface Creation {
  readonly challenge: string;
  readonly rp: { readonly id?: string };
  readonly user: { readonly id: string };
}

interface Request {
  readonly challenge: string;
  readonly rpId?: string;
}

/** One authenticator with one credential, in a browser on one site. */
export class Authenticator {
  readonly #make: Make;
  readonly #pair: Pair;
  readonly credentialId: string;
  counter: number;
  userHandle: string | null = null;

  constructor(make: Make = {}) {
    this.#make = make;
    this.#pair = pairOf(make.algorithm ?? 'ES256');
    this.credentialId = text(createRandom(`credential ${make.seed ?? 'one'}`).bytes(32));
    this.counter = make.counts === false ? 0 : 1;
  }

  /** Answers the options of a registration. */
  register(options: Creation, forgery: Forgery = {}) {
    this.userHandle = options.user.id;
    const id = forgery.credentialId ?? this.credentialId;
    const cose = new Map(this.#pair.cose);
    if (forgery.algorithm !== undefined) cose.set(3, forgery.algorithm);
    if (forgery.brokenKey === 'point') cose.set(-2, Buffer.alloc(32, 7));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes(id).length);
    const attested = Buffer.concat([
      Buffer.alloc(16),
      length,
      bytes(id),
      encode(forgery.brokenKey === 'number' ? 1 : cose),
    ]);
    const data = Buffer.concat([this.#authenticatorData(options.rp.id ?? '', 64, forgery), attested]);
    const object = new Map<string, Cbor>([
      ['fmt', forgery.format ?? 'none'],
      ['attStmt', new Map()],
      ['authData', data],
    ]);
    return {
      ...this.#envelope(forgery.answeredId ?? id),
      response: {
        clientDataJSON: text(this.#clientData('webauthn.create', options.challenge, forgery)),
        attestationObject: text(encode(object)),
        transports: ['usb', 'nfc', 'telepathy'],
      },
    };
  }

  /** Answers the options of an authentication; each answer counts. */
  answer(options: Request, forgery: Forgery = {}) {
    if (this.#make.counts !== false) this.counter += 1;
    const data = this.#authenticatorData(options.rpId ?? '', 0, forgery);
    const clientData = this.#clientData('webauthn.get', options.challenge, forgery);
    const signature = forgery.signature ?? this.#pair.sign(Buffer.concat([data, digest(clientData)]));
    const userHandle = forgery.userHandle === undefined ? this.userHandle : forgery.userHandle;
    return {
      ...this.#envelope(forgery.answeredId ?? this.credentialId),
      response: {
        clientDataJSON: text(clientData),
        authenticatorData: text(data),
        signature: text(signature),
        ...(userHandle === null ? {} : { userHandle }),
      },
    };
  }

  #envelope(id: string) {
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {} };
  }

  #clientData(type: string, challenge: string, forgery: Forgery): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: forgery.type ?? type,
        challenge: forgery.challenge ?? challenge,
        origin: forgery.origin ?? this.#make.origin ?? 'http://localhost:4873',
        crossOrigin: forgery.crossOrigin ?? false,
        ...(forgery.topOrigin === undefined ? {} : { topOrigin: forgery.topOrigin }),
      }),
    );
  }

  #authenticatorData(rpId: string, more: number, forgery: Forgery): Buffer {
    const { verifies = true, synced = false } = this.#make;
    const bits: readonly (readonly [boolean, number])[] = [
      [forgery.userPresent ?? true, 1],
      [forgery.userVerified ?? verifies, 4],
      [forgery.backupEligible ?? synced, 8],
      [forgery.backedUp ?? synced, 16],
    ];
    const flags = bits.reduce((sum, [isSet, bit]) => sum | (isSet ? bit : 0), more);
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(forgery.counter ?? this.counter);
    return Buffer.concat([digest(forgery.rpId ?? rpId), Buffer.from([flags]), counter]);
  }
}
