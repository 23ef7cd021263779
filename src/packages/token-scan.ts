/** Finds what looks like an access token of ours in bytes that pass by (TK7). Whether one is alive is asked afterwards. */
import { isTokenShaped } from '../kernel/secrets.ts';

const tokenLength = 40;

/** A way in which files spell tokens. */
interface Spelling {
  readonly beginning: Buffer;
  /** In bytes, from the first character of a token to its last one. */
  readonly length: number;
}

const spellings: readonly Spelling[] = [
  { beginning: Buffer.from('npm_'), length: tokenLength },
  // UTF-16 of either order, as PowerShell writes: from the first character on both are characters and zeros in turn.
  { beginning: Buffer.from('n\0p\0m\0_'), length: 2 * tokenLength - 1 },
];
const longest = Math.max(...spellings.map(({ length }) => length));
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

  const scanFor = (bytes: Buffer, { beginning, length }: Spelling): void => {
    for (let at = bytes.indexOf(beginning); at >= 0 && left > 0; at = bytes.indexOf(beginning, at + 1)) {
      left -= 1;
      if (at + length > bytes.length) return;
      const text = bytes.toString('latin1', at, at + length).replaceAll('\0', '');
      if (found.size < mostFound && isTokenShaped(text)) found.add(text);
    }
  };
  const scan = (bytes: Buffer): void => {
    for (const spelling of spellings) scanFor(bytes, spelling);
  };

  return {
    take(piece) {
      const overlap = longest - 1;
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
