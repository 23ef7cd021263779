/** The random data keys of HMACs, each for one purpose (KY2). */
export type HmacKey = 'pepper' | 'recovery-codes' | 'presented-codes';

/** Seals secrets for rows and computes keyed hashes; never shows a key. */
export interface Vault {
  /** AES-256-GCM; `binding` names the row (table, account, id), so that a ciphertext opens nowhere else. */
  seal(plain: Buffer, binding: readonly string[]): string;
  /** The plain bytes; throws when the text was sealed for another row or was altered. */
  open(sealed: string, binding: readonly string[]): Buffer;
  hmac(key: HmacKey, data: string): Buffer;
}
