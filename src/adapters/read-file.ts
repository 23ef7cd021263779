import { open } from 'node:fs/promises';

const largePiece = 512 * 1024;
const smallPiece = 64 * 1024;
/** How many readers have a large buffer at the same time; thousands of slow downloads must not fill the memory. */
const mostLarge = 32;
const mostKept = 8;

/**
 * Reads files piece by piece. A reader uses one buffer for all its pieces, so each is good until the next is asked for:
 * fresh buffers would be cleared by the kernel first, which costs as much as the reading. A file is opened with the
 * first piece; what cannot be opened fails there.
 */
export function createFileReader(): (path: string) => AsyncGenerator<Buffer, void> {
  const kept: Buffer[] = [];
  let lent = 0;

  const lend = (): Buffer => {
    if (lent >= mostLarge) return Buffer.allocUnsafeSlow(smallPiece);
    lent += 1;
    return kept.pop() ?? Buffer.allocUnsafeSlow(largePiece);
  };
  const takeBack = (buffer: Buffer): void => {
    if (buffer.length < largePiece) return;
    lent -= 1;
    if (kept.length < mostKept) kept.push(buffer);
  };

  return async function* readFile(path) {
    const handle = await open(path, 'r');
    const buffer = lend();
    try {
      for (let count = buffer.length; count === buffer.length; ) {
        count = (await handle.read(buffer, 0, buffer.length, null)).bytesRead;
        if (count > 0) yield buffer.subarray(0, count);
      }
    } finally {
      takeBack(buffer);
      await handle.close();
    }
  };
}
