/** Finds what looks like an access token of ours in bytes that pass by (TK7). Whether one is alive is asked afterwards. */
import { isTokenShaped } from '../kernel/secrets.ts';

const beginning = Buffer.from('npm_');
const tokenLength = 40;
/** A real package has few of each; the rest of one that is made to keep us busy is passed over. */
const mostBeginnings = 1_000_000;
const mostFound = 1000;

/** A search over pieces of any size; a token that spans some is found too. */
export interface TokenScan {
  take(piece: Buffer): void;
  /** Keeps what comes next apart from what came before. */
  separate(): void;
  found(): ReadonlySet<string>;
}

export function scanForTokens(): TokenScan {
  const found = new Set<string>();
  let carry: Buffer = Buffer.alloc(0);
  let left = mostBeginnings;

  const scan = (bytes: Buffer): void => {
    for (let at = bytes.indexOf(beginning); at >= 0 && left > 0; at = bytes.indexOf(beginning, at + 1)) {
      left -= 1;
      if (at + tokenLength > bytes.length) return;
      const text = bytes.toString('latin1', at, at + tokenLength);
      if (found.size < mostFound && isTokenShaped(text)) found.add(text);
    }
  };

  return {
    take(piece) {
      const overlap = tokenLength - 1;
      const seam = Buffer.concat([carry, piece.subarray(0, overlap)]);
      if (carry.length > 0) scan(seam);
      scan(piece);
      carry = Buffer.from(piece.length >= overlap ? piece.subarray(-overlap) : seam.subarray(-overlap));
    },
    separate() {
      carry = Buffer.alloc(0);
    },
    found: () => found,
  };
}
