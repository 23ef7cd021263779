/**
 * What reading an upload costs: `node test/packages/upload-memory.mjs [MiB of tarball] [MiB of document]`. The body is
 * made while it is read, so that the growth of memory is the reader's alone; the tarball goes to a draft on the disk.
 * Prints one line of JSON: sizes in MiB, processor time and the longest stall of the event loop in milliseconds.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { createBlobs } from '../../src/adapters/blobs-fs.ts';
import { createClock } from '../../src/adapters/clock.ts';
import { systemRandom } from '../../src/adapters/random.ts';
import { readUpload, uploadLimits } from '../../src/packages/upload/read-upload.ts';

const MiB = 1024 * 1024;
const [tarball = 64, document = 0] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'tallystick-upload-'));
const blobs = createBlobs(folder, { clock: createClock(), random: systemRandom });

let peak = 0;
const look = () => {
  peak = Math.max(peak, process.memoryUsage.rss());
};

/** A version as packuments have them, about 1 KiB. */
const version = (number) =>
  JSON.stringify({
    name: 'hello',
    version: `1.0.${number}`,
    description: 'A version among many, described at some length. '.repeat(8),
    dependencies: Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`needed-${index}`, '^1.2.3'])),
    dist: {
      integrity: 'sha512-'.padEnd(95, 'x'),
      shasum: '0'.repeat(40),
      tarball: 'https://example.org/-/hello.tgz',
    },
  });

/** Bodies as a socket hands them over: pieces of 64 KiB that are new memory each time. */
async function* bodyOf(tarballLength, documentLength) {
  yield Buffer.from('{"name":"hello","_attachments":{"hello-1.0.0.tgz":{"data":"');
  const seed = createHash('sha512').update('seed').digest();
  const block = Buffer.alloc(48 * 1024, seed).toString('base64');
  for (let sent = 0; sent + 48 * 1024 <= tarballLength; sent += 48 * 1024) {
    yield Buffer.from(block);
    look();
    await setImmediate();
  }
  yield Buffer.from('"}},"versions":{"0":{}');
  for (let sent = 0, number = 0; sent < documentLength; number += 1) {
    const text = `,"1.0.${number}":${version(number)}`;
    sent += text.length;
    yield Buffer.from(text);
    look();
  }
  yield Buffer.from('}}');
}

const read = async (tarballLength, documentLength) => {
  const limits = uploadLimits(Math.max(64 * MiB, tarballLength));
  const upload = await readUpload(bodyOf(tarballLength, documentLength), limits, blobs.open);
  look();
  await upload.tarball.sink.discard();
  return upload.tarball.bytes;
};

// A first one warms up, so that code and buffers that any server has are not counted.
await read(4 * MiB, MiB);
globalThis.gc?.();
const before = process.memoryUsage.rss();
peak = before;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const start = process.cpuUsage();
const bytes = await read(tarball * MiB, document * MiB);
const { user, system } = process.cpuUsage(start);
delay.disable();
rmSync(folder, { recursive: true, force: true });
console.log(
  JSON.stringify({
    tarball: bytes / MiB,
    document,
    growth: Math.round((peak - before) / MiB),
    processor: Math.round((user + system) / 1000),
    longestStall: Math.round(delay.max / 1e6),
  }),
);
