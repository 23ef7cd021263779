/**
 * Base64 (RFC 4648 §4) decoded as its text arrives, and strictly: Node's decoder overlooks whitespace, foreign
 * characters, wrong padding and stray bits, so that two texts would mean the same bytes.
 */

export interface Base64Decoder {
  /** Decodes what is whole so far into `into` from `at` on; returns how many bytes, or undefined at what is not base64. */
  take(part: string, into: Buffer, at: number): number | undefined;
  /** Whether the text may end here. */
  isWhole(): boolean;
}

export function decodeBase64Parts(): Base64Decoder {
  let rest = '';
  let isPadded = false;

  return {
    take(part, into, at) {
      if (part === '') return 0;
      if (isPadded) return undefined;
      const text = rest + part;
      const whole = text.slice(0, text.length - (text.length % 4));
      rest = text.slice(whole.length);
      const count = into.write(whole, at, 'base64');
      isPadded = whole.endsWith('=');
      return into.toString('base64', at, at + count) === whole ? count : undefined;
    },
    isWhole: () => rest === '',
  };
}
