/**
 * Registry signatures (protocol/packages.md §9): the server vouches for every version that it stored, so that clients
 * notice bytes that somebody changed later. ECDSA on P-256 over SHA-256, as `npm audit signatures` verifies it.
 */
import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { Instant, Random } from '../kernel/ports.ts';
import type { Vault } from '../kernel/vault.ts';
import type { Permit } from '../policy/permit.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import { endKey, insertKey, readCurrentKey, readKeys, type SigningKeyRow } from './signing.sql.ts';

/** The order of the group of P-256 (SEC 2, section 2.4.2): a private key is less. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** A publish under way may still end with the old key, and clocks of processes differ a little. */
const grace: Instant = 60_000;

/** A public key as clients are told of it. */
export interface PublicKey {
  /** What signatures name it by. */
  id: string;
  /** SubjectPublicKeyInfo, DER in base64. */
  key: string;
  /** Versions published from then on are not signed by it; null while it signs. */
  expiresAt: Instant | null;
}

/** A signature beside the key that made it. */
export interface Signed {
  signature_key: string;
  /** ASN.1 DER in base64. */
  signature: string;
}

const bindingOf = (id: string): string[] => ['signing_keys', id];

function pickScalar(random: Random): Buffer {
  for (;;) {
    const bytes = random.bytes(32);
    const scalar = BigInt(`0x${bytes.toString('hex')}`);
    if (scalar > 0n && scalar < order) return bytes;
  }
}

/** A new pair of keys; both DER. */
function makePair(random: Random): { publicKey: Buffer; privateKey: Buffer } {
  const curve = createECDH('prime256v1');
  const scalar = pickScalar(random);
  curve.setPrivateKey(scalar);
  const point = curve.getPublicKey();
  const key = {
    kty: 'EC',
    crv: 'P-256',
    d: scalar.toString('base64url'),
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  const privateKey = createPrivateKey({ key, format: 'jwk' });
  return {
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }),
  };
}

async function createKey(tx: Writing): Promise<SigningKeyRow> {
  const { publicKey, privateKey } = makePair(tx.random);
  const hash = createHash('sha256').update(publicKey).digest('base64');
  const id = `SHA256:${hash.replace(/=+$/, '')}`;
  const row: SigningKeyRow = {
    id,
    public_key: publicKey.toString('base64'),
    sealed: tx.vault.seal(privateKey, bindingOf(id)),
    created_at: tx.now,
    expires_at: null,
  };
  await insertKey(tx, row);
  return row;
}

/** Makes the first key where there is none yet: once, whichever process is first. */
export async function prepareSigning(store: Store): Promise<void> {
  const isThere = await store.read(async (tx) => (await readCurrentKey(tx)) !== undefined);
  if (isThere) return;
  await store.write(
    async (tx) => {
      if ((await readCurrentKey(tx)) === undefined) await createKey(tx);
    },
    { serialise: ['signing-key'] },
  );
}

/** The key that was opened last, beside its sealed form: opening it costs four times what a signature does. */
const opened = new WeakMap<
  Vault,
  { readonly id: string; readonly sealed: string; readonly key: KeyObject }
>();

function openKey(vault: Vault, { id, sealed }: SigningKeyRow): KeyObject {
  const known = opened.get(vault);
  if (known?.id === id && known.sealed === sealed) return known.key;
  const key = createPrivateKey({ key: vault.open(sealed, bindingOf(id)), format: 'der', type: 'pkcs8' });
  opened.set(vault, { id, sealed, key });
  return key;
}

/** A function that signs versions with the key that is current in this transaction. */
export async function openSigner(
  tx: Reading,
): Promise<(told: { name: string; version: string; integrity: string }) => Signed> {
  const row = await readCurrentKey(tx);
  if (row === undefined) throw new Error('there is no signing key: prepareSigning was not called');
  const key = openKey(tx.vault, row);
  return ({ name, version, integrity }) => ({
    signature_key: row.id,
    signature: sign('sha256', Buffer.from(`${name}@${version}:${integrity}`), key).toString('base64'),
  });
}

/** Every key that clients need, the oldest first (§9.1). */
export async function listPublicKeys(tx: Reading): Promise<PublicKey[]> {
  const rows = await readKeys(tx);
  return rows.map((row) => ({ id: row.id, key: row.public_key, expiresAt: row.expires_at }));
}

/**
 * Signs with a new key from now on. The old one stays known, with an end a minute from now, so that what it signed
 * still verifies.
 */
export async function rotateSigningKey(
  tx: Writing,
  _permit: Permit<'site.rotateSigningKey'>,
): Promise<PublicKey> {
  const old = await readCurrentKey(tx);
  if (old !== undefined) await endKey(tx, old.id, tx.now + grace);
  const made = await createKey(tx);
  return { id: made.id, key: made.public_key, expiresAt: null };
}
