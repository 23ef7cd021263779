// npm run bench: our server beside a raw node:http server that sends the same bytes, and beside Verdaccio 6.
// What it measures and how: bench/README.md.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasWrk } from './load.mjs';
import { recordAnswers } from './record.mjs';
import { describeMachine, Report } from './report.mjs';
import { createRaw, createTallystick, createVerdaccio } from './servers.mjs';
import { installVerdaccio } from './verdaccio.mjs';
import { measureCrashes } from './workloads/crash.mjs';
import { measureFreshness } from './workloads/freshness.mjs';
import { measureGrowth, measurePublishes, measureRaces } from './workloads/publishes.mjs';
import { measureReads, packuments, seedReads } from './workloads/reads.mjs';
import { measureSignIn } from './workloads/sign-in.mjs';
import { measureMemory, measureStarts } from './workloads/starts.mjs';
import { measureTarballs, seedTarballs, tarballPaths } from './workloads/tarballs.mjs';

const { values: options } = parseArgs({
  options: {
    only: {
      type: 'string',
      default: 'starts,reads,tarballs,publishes,growth,freshness,races,crashes,sign-in,memory',
    },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    trials: { type: 'string', default: '10' },
    patience: { type: 'string', default: '0' },
    program: { type: 'string', default: join(import.meta.dirname, '..', 'dist', 'cli.js') },
    'without-verdaccio': { type: 'boolean', default: false },
  },
});

const wanted = new Set(options.only.split(','));
const cache = process.env.TALLYSTICK_BENCH_CACHE ?? join(homedir(), '.cache', 'tallystick-bench');
if (!existsSync(options.program)) {
  console.error(`There is no ${options.program}: npm run build first.`);
  process.exit(1);
}
if (!hasWrk)
  console.error(
    '!!! wrk is not on this machine (Debian: apt-get install wrk): a slower loop makes the load.',
  );
const verdaccio = options['without-verdaccio'] ? undefined : installVerdaccio(cache);

const createOurs = () => createTallystick(options.program);
const createRegistries = async () => [
  await createOurs(),
  ...(verdaccio === undefined ? [] : [await createVerdaccio(verdaccio)]),
];

const machine = describeMachine();
const report = new Report();
const settings = {
  rounds: Number(options.rounds),
  seconds: Number(options.seconds),
  trials: Number(options.trials),
  patience: Number(options.patience),
  createRegistries,
  createTallystick: createOurs,
  report,
};
console.log(machine);

async function section(name, measure, more = {}) {
  if (!wanted.has(name)) return;
  console.log(`\n${name}`);
  await measure({ ...settings, ...more });
}

const longLived = {
  reads: measureReads,
  tarballs: measureTarballs,
  publishes: measurePublishes,
  growth: measureGrowth,
  freshness: measureFreshness,
};

/** Reads and publishes: all servers run throughout, idle until their turn. */
async function compareRunning() {
  const registries = await createRegistries();
  for (const server of registries) await server.start();
  const servers = [...registries];
  if (wanted.has('reads') || wanted.has('tarballs')) {
    for (const server of registries) {
      await seedReads(server);
      await seedTarballs(server);
    }
    const raw = await createRaw();
    await recordAnswers(registries[0].url, raw.folder, { packuments, tarballPaths });
    await raw.start();
    servers.splice(1, 0, raw);
  }
  for (const [name, measure] of Object.entries(longLived))
    await section(name, measure, { servers, registries });
  await section('races', measureRaces, { registries });
  await section('crashes', measureCrashes, { registries });
  for (const server of servers) {
    await server.stop();
    server.remove();
  }
}

await section('starts', measureStarts);
if (['races', 'crashes', ...Object.keys(longLived)].some((name) => wanted.has(name))) await compareRunning();
await section('sign-in', measureSignIn);
await section('memory', measureMemory);

console.log(`\n${report.write()}\n`);
console.log(`Kept in ${report.save(join(import.meta.dirname, 'results'), machine)}`);
process.exit(0);
