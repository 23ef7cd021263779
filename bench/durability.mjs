// node bench/durability.mjs: shows by strace that tarball and database are on the disk before a publish is answered 201.
// Ends with 1 where they are not. Needs Linux and strace (Debian: apt-get install strace).
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeDocument } from './packages.mjs';
import { createTallystick } from './servers.mjs';

const { values: options } = parseArgs({
  options: {
    program: { type: 'string', default: join(import.meta.dirname, '..', 'dist', 'cli.js') },
    bytes: { type: 'string', default: '1500' },
  },
});

const calls = 'openat,rename,renameat,renameat2,fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg';

/** What one finished call means for us, or undefined. The paths come from strace's -yy. */
function meaningOf(line) {
  const text = line
    .replace(/\/\S*?\/data\//g, 'data/')
    .replace(/[0-9a-f]{32,}/g, (hex) => `${hex.slice(0, 6)}…`);
  const file = /\((?:\d+)?<?"?(data\/[^">]*)/.exec(text)?.[1];
  if (/ (fsync|fdatasync)\(/.test(text)) return { step: 'wait for the disk', file };
  if (/ rename(at2?)?\(/.test(text))
    return { step: 'rename', file: /data\/blobs\/[0-9a-f]{2}\/[^"]*/.exec(text)?.[0] };
  if (/ openat\(.*O_CREAT/.test(text) && text.includes('data/blobs'))
    return { step: 'create', file: /data\/blobs[^"]*/.exec(text)?.[0] };
  if (/ pwrite64\(/.test(text) && text.includes('-wal'))
    return { step: 'write', file: 'data/tallystick.db-wal' };
  if (/ (write|writev|sendto|sendmsg)\(.*HTTP\/1\.1 201/.test(text))
    return { step: 'answer 201', file: 'to the client' };
  return undefined;
}

/** The calls in the order in which they ended: one that others interrupted is told in two lines. */
function* finishedCalls(log) {
  const begun = new Map();
  for (const line of log.split('\n')) {
    const thread = /^\d+/.exec(line)?.[0];
    if (line.includes('<unfinished ...>')) begun.set(thread, line.replace('<unfinished ...>', ''));
    else if (/<\.\.\. \w+ resumed>/.test(line))
      yield `${begun.get(thread) ?? ''}${line.replace(/^.*resumed>/, '')}`;
    else yield line;
  }
}

async function trace(server, work) {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-strace-'));
  const file = join(folder, 'calls');
  const arguments_ = [
    '-f',
    '-tt',
    '-yy',
    '-s',
    '200',
    '-e',
    `trace=${calls}`,
    '-p',
    server.processId,
    '-o',
    file,
  ];
  const tracer = spawn('strace', arguments_, { stdio: 'ignore' });
  const ended = new Promise((resolve, reject) => tracer.once('exit', resolve).once('error', reject));
  await pause(1000);
  await work();
  tracer.kill('SIGINT');
  await ended;
  const log = readFileSync(file, 'utf8');
  rmSync(folder, { recursive: true });
  return log;
}

const server = await createTallystick(options.program);
await server.start();
await server.signIn('durable');
await server.mustPublish('durable', 'before', '1.0.0');
const document = writeDocument(server.url, 'durable', '1.0.0', Number(options.bytes));
const log = await trace(server, () => server.mustPublish('durable', 'durable', '1.0.0', document));
await server.stop();
server.remove();

const steps = [];
for (const line of finishedCalls(log)) {
  const meaning = meaningOf(line);
  if (meaning === undefined) continue;
  const last = steps.at(-1);
  if (last?.step === meaning.step && last.file === meaning.file) last.times += 1;
  else steps.push({ ...meaning, times: 1 });
  if (meaning.step === 'answer 201') break;
}
for (const { step, file, times } of steps)
  console.log(`${step.padEnd(18)} ${file ?? ''}${times > 1 ? `  (${times} times)` : ''}`);

const wanted = [
  ['create', /^data\/blobs\/temporary\//],
  ['wait for the disk', /^data\/blobs\/temporary\//],
  ['rename', /^data\/blobs\/[0-9a-f]{2}\//],
  ['wait for the disk', /^data\/blobs\/[0-9a-f]{2}$/],
  ['write', /-wal$/],
  ['wait for the disk', /-wal$/],
  ['answer 201', /client/],
];
let at = 0;
for (const { step, file } of steps) {
  const [wantedStep, wantedFile] = wanted[at] ?? [];
  if (step === wantedStep && wantedFile.test(file ?? '')) at += 1;
}
const isInOrder = at === wanted.length;
console.log(isInOrder ? 'Both are on the disk before the answer.' : `Missing in this order: ${wanted[at]}`);
process.exit(isInOrder ? 0 : 1);
