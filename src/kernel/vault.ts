/** Sealing secrets for rows and keyed hashing, under the operator's keyring (KY1, KY2, RFC 5869, NIST SP 800-38D). */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { fail } from './failure.ts';
import type { Keyring, KeyringSource } from './keyring.ts';
import type { Random } from './ports.ts';

/** The random data keys of HMACs, each for one purpose (KY2). */
export const hmacKeys = ['pepper', 'recovery-codes', 'presented-codes', 'forms'] as const;
export type HmacKey = (typeof hmacKeys)[number];

/** Seals secrets for rows and computes keyed hashes; never shows a key. */
export interface Vault {
  /** AES-256-GCM; `binding` names the row (table, account, id), so that a ciphertext opens nowhere else. */
  seal(plain: Buffer, binding: readonly string[]): string;
  /**
   * The plain bytes. Throws when the text was sealed for another row or was altered; failure `keyring_wrong` when
   * the key that sealed it is not on the keyring.
   */
  open(sealed: string, binding: readonly string[]): Buffer;
  /** HMAC-SHA-256 under one of the data keys. */
  hmac(key: HmacKey, data: string): Buffer;
  /** Reads the keyring again and tells the version that seals from now on. Failure: `keyring_wrong`. */
  renew(): number;
}

const algorithm = 'aes-256-gcm';
const nonceLength = 12;
const tagLength = 16;

/** What a sealed text says openly: the version of its key, then nonce, ciphertext and tag. */
const sealedShape = /^(\d+)\.([\w-]+)$/;

/** The version of the key that sealed a text: rows of an older one wait for their rewrapping. */
export const keyVersionOf = (sealed: string): number => Number(sealedShape.exec(sealed)?.[1]);

/** A vault over the keyring, which is read again when a key is missing: another process may have rotated it. Without data keys it can only seal and open, which is what loading them needs. */
export function createVault(
  keys: Keyring | KeyringSource,
  random: Random,
  dataKeys: ReadonlyMap<HmacKey, Buffer> = new Map(),
): Vault {
  const source: KeyringSource = 'reread' in keys ? keys : { current: () => keys, reread: () => keys };
  const find = (keyring: Keyring, version: number) => keyring.keys.find((key) => key.version === version);
  const derived = new Map<string, Buffer>();

  /** One key per version and purpose; the purpose is the binding's first word, the table. */
  const keyFor = (version: number, purpose: string): Buffer => {
    const name = `${version} ${purpose}`;
    const known = derived.get(name);
    if (known) return known;
    const found = find(source.current(), version) ?? find(source.reread(), version);
    if (!found)
      fail('keyring_wrong', { reason: `The keyring lacks key version ${version}, which sealed this data.` });
    const master = Buffer.from(found.key, 'base64');
    const key = Buffer.from(hkdfSync('sha256', master, '', `tallystick seal ${purpose}`, 32));
    derived.set(name, key);
    return key;
  };
  const additionalData = (binding: readonly string[], version: number): Buffer =>
    Buffer.from(JSON.stringify([...binding, version]));

  return {
    renew: () => source.reread().current,
    seal: (plain, binding) => {
      const version = source.current().current;
      const nonce = random.bytes(nonceLength);
      const cipher = createCipheriv(algorithm, keyFor(version, binding[0] ?? ''), nonce);
      cipher.setAAD(additionalData(binding, version));
      const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      return `${version}.${sealed.toString('base64url')}`;
    },
    open: (sealed, binding) => {
      const [, version, text] = sealedShape.exec(sealed) ?? [];
      const bytes = Buffer.from(text ?? '', 'base64url');
      if (bytes.length < nonceLength + tagLength) throw new Error('not a sealed text');
      const key = keyFor(Number(version), binding[0] ?? '');
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceLength));
      decipher.setAAD(additionalData(binding, Number(version)));
      decipher.setAuthTag(bytes.subarray(-tagLength));
      return Buffer.concat([decipher.update(bytes.subarray(nonceLength, -tagLength)), decipher.final()]);
    },
    hmac: (name, data) => {
      const key = dataKeys.get(name);
      if (!key) throw new Error(`the data key "${name}" is not loaded`);
      return createHmac('sha256', key).update(data).digest();
    },
  };
}
