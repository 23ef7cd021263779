/** Public keys of SSH, built by hand from what node makes, so that any part of them can be wrong. */
import { generateKeyPairSync } from 'node:crypto';

/** A string of RFC 4251 §5. */
export function part(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A line of a `.pub` file. */
export const lineOf = (algorithm: string, parts: readonly Buffer[], comment = 'ann@laptop'): string =>
  [algorithm, Buffer.concat([part(algorithm), ...parts]).toString('base64'), comment].join(' ').trim();

const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');

/** A positive number of RFC 4251 §5. */
export const number = (value: Buffer): Buffer =>
  part((value[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), value]) : value);

export const ed25519Key = (): Buffer =>
  bytes(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x);

/** A point of a curve, uncompressed. */
export function pointOf(namedCurve: 'P-256' | 'P-384' | 'P-521'): Buffer {
  const { x, y } = generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
  return Buffer.concat([Buffer.from([4]), bytes(x), bytes(y)]);
}

/** Exponent and modulus. */
export function rsaNumbers(modulusLength: number): { e: Buffer; n: Buffer } {
  const { e, n } = generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' });
  return { e: bytes(e), n: bytes(n) };
}

const { e, n } = rsaNumbers(2048);

/** A good line of each kind that an account may have. */
export const goodLines: Readonly<Record<string, string>> = {
  'ssh-ed25519': lineOf('ssh-ed25519', [part(ed25519Key())]),
  'ecdsa-sha2-nistp256': lineOf('ecdsa-sha2-nistp256', [part('nistp256'), part(pointOf('P-256'))]),
  'ecdsa-sha2-nistp384': lineOf('ecdsa-sha2-nistp384', [part('nistp384'), part(pointOf('P-384'))]),
  'ecdsa-sha2-nistp521': lineOf('ecdsa-sha2-nistp521', [part('nistp521'), part(pointOf('P-521'))]),
  'sk-ssh-ed25519@openssh.com': lineOf('sk-ssh-ed25519@openssh.com', [part(ed25519Key()), part('ssh:')]),
  'sk-ecdsa-sha2-nistp256@openssh.com': lineOf('sk-ecdsa-sha2-nistp256@openssh.com', [
    part('nistp256'),
    part(pointOf('P-256')),
    part('ssh:work'),
  ]),
  'ssh-rsa': lineOf('ssh-rsa', [number(e), number(n)]),
};

/** A fresh line, another one with each call. */
export const freshLine = (comment?: string): string => lineOf('ssh-ed25519', [part(ed25519Key())], comment);
