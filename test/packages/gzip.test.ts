import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/kernel/failure.ts';
import { inflateMember, inflateSmall } from '../../src/packages/gzip.ts';
import { noise } from './archives.ts';

const limit = 100_000;
const content = Buffer.concat([Buffer.alloc(3000, 'a text that repeats itself '), noise(500)]);
const member = gzipSync(content);

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

const tell = (thrown: unknown): string => {
  if (!isFailure(thrown)) throw thrown;
  return `refused: ${thrown.message}`;
};

/** What comes out piece by piece, or why it is refused. */
async function inflateStreaming(bytes: Buffer): Promise<string> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of inflateMember(inPieces(bytes), limit)) pieces.push(piece);
    return Buffer.concat(pieces).toString('latin1');
  } catch (thrown) {
    return tell(thrown);
  }
}

/** The same at once; undefined where that is left to the stream. */
function inflateAtOnce(bytes: Buffer): string | undefined {
  try {
    return inflateSmall(bytes, limit)?.toString('latin1');
  } catch (thrown) {
    return tell(thrown);
  }
}

describe('a member that is inflated at once', () => {
  it('is what was compressed', () => {
    expect(inflateSmall(member, limit)?.equals(content)).toBe(true);
  });

  it('is judged as it is piece by piece, wherever it is damaged or cut', async () => {
    const damaged = [
      ...Array.from(member.keys(), (at) => {
        const copy = Buffer.from(member);
        copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
        return copy;
      }),
      ...Array.from({ length: 60 }, (_, length) => member.subarray(0, length * 12)),
      Buffer.concat([member, member]),
      Buffer.concat([member, Buffer.from([0])]),
    ];
    let refused = 0;
    for (const bytes of damaged) {
      const atOnce = inflateAtOnce(bytes);
      if (atOnce === undefined) continue;
      const streaming = await inflateStreaming(bytes);
      expect(atOnce.startsWith('refused')).toBe(streaming.startsWith('refused'));
      if (atOnce.startsWith('refused')) refused += 1;
      else expect(atOnce).toBe(streaming);
    }
    expect(refused).toBeGreaterThan(400);
  });

  it('is left to the stream where it is large, and refused past the limit', () => {
    expect(inflateSmall(gzipSync(Buffer.alloc(1_000_000)), 2_000_000)).toBeUndefined();
    expect(() => inflateSmall(member, content.length - 1)).toThrow('unpacks to more than');
  });
});
