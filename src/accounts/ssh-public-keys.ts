/**
 * Public keys of SSH as `ssh-keygen` writes them to `*.pub` (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4, OpenSSH's
 * PROTOCOL.u2f): one line of algorithm, blob in base64 and comment. What is not exactly that is refused.
 */
import { createHash, createPublicKey, type JsonWebKey } from 'node:crypto';
import { fail } from '../kernel/failure.ts';

/** What an account may have (requirements RV2): no DSA, no certificates. */
export const sshAlgorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-rsa',
] as const;
export type SshAlgorithm = (typeof sshAlgorithms)[number];

/** A public key that is one. */
export interface SshPublicKey {
  readonly algorithm: SshAlgorithm;
  /** The key on the wire, in base64, as it stands in the line. */
  readonly blob: string;
  /** `SHA256:` and the digest of the blob in base64 without padding, as `ssh-keygen -lf` prints it. */
  readonly fingerprint: string;
  /** What stands behind the blob; often `user@host`, often nothing. */
  readonly comment: string;
}

/** OpenSSL computes with nothing greater, and RSA of 16,384 bits has less than 3,000 characters. */
const longest = { text: 16_384, exponentBytes: 8, application: 255 };
const modulusBits = { least: 2048, most: 16_384 };
const ed25519Bytes = 32;

const refuse = (reason: string): never => fail('request_invalid', { reason });
const refuseBlob = (): never =>
  refuse('This key is damaged or cut off: paste the whole line of the file that ends in .pub.');

/** Whether a text holds the half of a key that nobody else may have; such a text is not shown again. */
export const isPrivateKey = (text: string): boolean =>
  /PRIVATE KEY|PuTTY-User-Key-File|b3BlbnNzaC1rZXktdjE/.test(text);

/** Reads the parts of a blob one after the other (RFC 4251 §5); every one must be there, and nothing behind the last. */
class Blob {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  bytes(): Buffer {
    const start = this.#at + 4;
    if (start > this.#bytes.length) return refuseBlob();
    const end = start + this.#bytes.readUInt32BE(this.#at);
    if (end > this.#bytes.length) return refuseBlob();
    this.#at = end;
    return this.#bytes.subarray(start, end);
  }

  text(): string {
    return this.bytes().toString('latin1');
  }

  /** A positive number in its one spelling: no sign, and no zero in front that is not needed to have none. */
  number(): Buffer {
    const bytes = this.bytes();
    const [first = 0x80, second = 0] = bytes;
    if (first >= 0x80 || (first === 0 && second < 0x80)) return refuseBlob();
    return first === 0 ? bytes.subarray(1) : bytes;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) refuseBlob();
  }
}

const curves = {
  nistp256: { name: 'P-256', bytes: 32 },
  nistp384: { name: 'P-384', bytes: 48 },
  nistp521: { name: 'P-521', bytes: 66 },
} as const;

function checkOnCurve(jwk: JsonWebKey): void {
  try {
    createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    refuseBlob();
  }
}

function checkEd25519(blob: Blob): void {
  if (blob.bytes().length !== ed25519Bytes) refuseBlob();
}

function checkEcdsa(blob: Blob, curve: keyof typeof curves): void {
  const { name, bytes } = curves[curve];
  if (blob.text() !== curve) refuseBlob();
  const point = blob.bytes();
  // Uncompressed (SEC 1 §2.3.3), as OpenSSH writes all of them.
  if (point.length !== 1 + 2 * bytes || point[0] !== 4) refuseBlob();
  const text = (from: number): string => point.subarray(from, from + bytes).toString('base64url');
  checkOnCurve({ kty: 'EC', crv: name, x: text(1), y: text(1 + bytes) });
}

function checkRsa(blob: Blob): void {
  const exponent = blob.number();
  const modulus = blob.number();
  const isOdd = (number: Buffer): boolean => ((number.at(-1) ?? 0) & 1) === 1;
  if (!isOdd(exponent) || !isOdd(modulus) || exponent.length > longest.exponentBytes) refuseBlob();
  if (exponent.length === 1 && exponent[0] === 1) refuseBlob();
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (bits < modulusBits.least)
    refuse(`This RSA key has ${bits} bits, too few to be safe: make another one with ssh-keygen -t ed25519.`);
  if (bits > modulusBits.most)
    refuse(
      `An RSA key has at most ${modulusBits.most} bits here: make another one with ssh-keygen -t ed25519.`,
    );
}

/** What a key on a security key is bound to; `ssh-keygen` makes it begin with "ssh:". */
function checkApplication(blob: Blob): void {
  const application = blob.text();
  if (application.length > longest.application || !/^ssh:[\x21-\x7e]*$/.test(application)) refuseBlob();
}

const checks: Readonly<Record<SshAlgorithm, (blob: Blob) => void>> = {
  'ssh-ed25519': checkEd25519,
  'ecdsa-sha2-nistp256': (blob) => checkEcdsa(blob, 'nistp256'),
  'ecdsa-sha2-nistp384': (blob) => checkEcdsa(blob, 'nistp384'),
  'ecdsa-sha2-nistp521': (blob) => checkEcdsa(blob, 'nistp521'),
  'sk-ssh-ed25519@openssh.com': (blob) => {
    checkEd25519(blob);
    checkApplication(blob);
  },
  'sk-ecdsa-sha2-nistp256@openssh.com': (blob) => {
    checkEcdsa(blob, 'nistp256');
    checkApplication(blob);
  },
  'ssh-rsa': checkRsa,
};

const isAlgorithm = (word: string): word is SshAlgorithm => sshAlgorithms.some((one) => one === word);

/** The one line of a paste. */
function lineOf(pasted: string): string {
  if (isPrivateKey(pasted))
    return refuse(
      'This is a private key, which nobody but you may have. It was not kept; still, make a new one unless you trust ' +
        'the way that it came. Paste the one line of the file that ends in .pub.',
    );
  const line = pasted.trim();
  if (line === '') return refuse('Paste your public key: the one line of the file that ends in .pub.');
  if (line.startsWith('---- BEGIN SSH2 PUBLIC KEY') || line.startsWith('-----BEGIN'))
    return refuse('This is a public key in another format: paste what ssh-keygen -i -f FILE makes of it.');
  if (line.length > longest.text || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(line.replaceAll('\t', ' ')))
    return refuse('Paste one key: the one line of the file that ends in .pub, without line breaks.');
  return line;
}

function checkAlgorithm(words: readonly string[]): SshAlgorithm {
  const [algorithm = ''] = words;
  if (isAlgorithm(algorithm)) return algorithm;
  if (words.some(isAlgorithm))
    return refuse(
      'Leave out what stands before the kind of the key: the line begins with it, as in ssh-ed25519 AAAA….',
    );
  return refuse(
    'Only Ed25519, ECDSA and RSA keys are taken, on a security key or not: a line that begins with ssh-ed25519, ' +
      'ecdsa-sha2-, sk- or ssh-rsa. Make one with ssh-keygen -t ed25519.',
  );
}

/** The bytes of base64 in its one spelling. */
function decode(encoded: string): Buffer {
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === encoded ? bytes : refuseBlob();
}

/** A blob's fingerprint as `ssh-keygen -lf` prints it. */
const fingerprintOf = (bytes: Buffer): string =>
  `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`;

/**
 * Understands a public key as somebody pasted it. Fails with `request_invalid`, and a sentence that says what to do, when it
 * is none, is damaged, is of another kind, is weak, is a private key, or comes with options or more lines.
 */
export function parseSshPublicKey(pasted: string): SshPublicKey {
  const [, first = '', encoded = '', comment = ''] =
    /^(\S+)[ \t]*(\S*)[ \t]*(.*)$/.exec(lineOf(pasted)) ?? [];
  const algorithm = checkAlgorithm([first, encoded, ...comment.split(/[ \t]+/)]);
  const bytes = decode(encoded);
  const blob = new Blob(bytes);
  if (blob.text() !== algorithm) refuseBlob();
  checks[algorithm](blob);
  blob.end();
  return { algorithm, blob: encoded, fingerprint: fingerprintOf(bytes), comment };
}
