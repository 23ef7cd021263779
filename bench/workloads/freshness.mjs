// The first read after a publish to a package of 500 versions, and what everybody else feels meanwhile.
import { setTimeout as pause } from 'node:timers/promises';
import { request } from '../load.mjs';
import { medianOf, quantileOf } from '../numbers.mjs';
import { writeDocument } from '../packages.mjs';
import { accepts } from '../record.mjs';
import { compare } from '../rounds.mjs';

const grown = 500;
const publishes = 300;
const account = 'freshness';
const name = 'fresh';

/** Small reads, one after the other with a pause between, until told to stop; the times of all in ms. */
function readBeside(server) {
  const times = [];
  let isOver = false;
  const reading = (async () => {
    while (!isOver) {
      times.push((await request(server.url, { path: '/beside' })).milliseconds);
      await pause(1);
    }
  })();
  return async () => {
    isOver = true;
    await reading;
    return times;
  };
}

async function readAfterEach(server, form, from) {
  const first = [];
  const stop = readBeside(server);
  for (let patch = from; patch < from + publishes; patch += 1) {
    const version = `1.0.${patch}`;
    await server.mustPublish(account, name, version, writeDocument(server.url, name, version));
    const headers = { accept: accepts[form], 'accept-encoding': 'gzip' };
    first.push((await request(server.url, { path: `/${name}`, headers })).milliseconds);
  }
  const beside = await stop();
  return {
    median: medianOf(first),
    slow: quantileOf(first, 0.99),
    slowest: Math.max(...first),
    beside: medianOf(beside),
    besideSlow: quantileOf(beside, 0.99),
  };
}

/** Ours only: the peer takes seconds for each. */
export async function measureFreshness({ registries, patience, report }) {
  const [server] = registries;
  await server.mustPublish(account, 'beside', '1.0.0');
  for (let patch = 0; patch < grown; patch += 1) await server.mustPublish(account, name, `1.0.${patch}`);
  let from = grown;
  for (const form of Object.keys(accepts)) {
    const results = await compare({ servers: [server], rounds: 1, patience }, async () => {
      const measured = await readAfterEach(server, form, from);
      from += publishes;
      return measured;
    });
    const workload = `first read after a publish to ${grown} versions, ${form}, gzip`;
    report.addCompared({ workload: `${workload}: median`, unit: 'ms', key: 'median' }, results);
    report.addCompared({ workload: '  p99', unit: 'ms', key: 'slow', reach: { most: 10 } }, results);
    report.addCompared({ workload: '  slowest', unit: 'ms', key: 'slowest' }, results);
    report.addCompared({ workload: '  small reads beside it: median', unit: 'ms', key: 'beside' }, results);
    report.addCompared({ workload: '  p99', unit: 'ms', key: 'besideSlow', reach: { most: 10 } }, results);
  }
}
