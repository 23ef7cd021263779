import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const cell = /\x1b\[4([07])m {2}\x1b\[0m/g;
const scale = 4;

/** The rows of the QR code that a terminal shows as black and white blocks: true is black. */
function readBlocks(raw: string): boolean[][] {
  return raw
    .split('\n')
    .map((line) => [...line.matchAll(cell)].map(([, colour]) => colour === '0'))
    .filter((row) => row.length > 20);
}

/** Draws the blocks as a picture (PGM), as a camera before the screen would see them, with a white border. */
function draw(rows: readonly (readonly boolean[])[]): Buffer {
  const width = (rows[0]?.length ?? 0) + 8;
  const blank = Array.from({ length: width }, () => false);
  const framed = [
    ...Array(4).fill(blank),
    ...rows.map((row) => [...Array(4).fill(false), ...row, ...Array(4).fill(false)]),
    ...Array(4).fill(blank),
  ];
  const pixels = framed.flatMap((row: boolean[]) => {
    const line = row.flatMap((black) => Array<number>(scale).fill(black ? 0 : 255));
    return Array<number[]>(scale).fill(line).flat();
  });
  return Buffer.concat([
    Buffer.from(`P5 ${width * scale} ${framed.length * scale} 255\n`),
    Buffer.from(pixels),
  ]);
}

/** What Debian's zbarimg, a reader of its own, sees in the QR code of a terminal's raw output. */
export function scan(raw: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-qr-'));
  try {
    const picture = join(folder, 'qr.pgm');
    writeFileSync(picture, draw(readBlocks(raw)));
    return execFileSync('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', picture], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
