import { createHmac } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 base 32, without padding. */
function decodeBase32(text: string): Buffer {
  let bits = '';
  for (const letter of text) bits += alphabet.indexOf(letter).toString(2).padStart(5, '0');
  const bytes = bits.match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}

/** The six digits of a 30-second step (RFC 6238 with SHA-1), written here apart from the server's library. */
export function codeOfStep(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', decodeBase32(secret)).update(counter).digest();
  const offset = mac.readUInt8(19) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/**
 * An authenticator app for a server whose clock is real. The server takes the steps before, at and after its own, each
 * once and rising; so up to three codes are good at any moment, and `next` gives the oldest one that still is.
 */
export class Authenticator {
  readonly secret: string;
  #last = 0;

  constructor(secret: string) {
    this.secret = secret;
  }

  /** Reads the secret from the `otpauth://` URL. */
  static fromUrl(url: string): Authenticator {
    const secret = new URL(url).searchParams.get('secret');
    if (secret === null) throw new Error(`no secret in ${url}`);
    return new Authenticator(secret);
  }

  /**
   * A code that no earlier call gave and that stays good for the ten seconds a client may need. Waits, at most 30 s,
   * when three codes were asked within one step: prefer recovery codes there.
   */
  async next(): Promise<string> {
    for (;;) {
      const now = Date.now() / 1000;
      const step = Math.max(this.#last + 1, Math.floor((now + 10) / 30) - 1);
      if (step <= Math.floor(now / 30) + 1) {
        this.#last = step;
        return codeOfStep(this.secret, step);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Six digits that are good at no step near now; another number gives others. */
  wrong(number = 0): string {
    const step = Math.floor(Date.now() / 30_000);
    const good = [-2, -1, 0, 1, 2].map((offset) => codeOfStep(this.secret, step + offset));
    for (let guess = number * 7; ; guess += 1) {
      const code = String(guess).padStart(6, '0');
      if (!good.includes(code)) return code;
    }
  }
}
