// Publishing: rates, what growth costs, and whether concurrent publishes all survive.
import { repeat, request } from '../load.mjs';
import { medianOf } from '../numbers.mjs';
import { integrityOf, writeDocument } from '../packages.mjs';
import { compare } from '../rounds.mjs';

const perRound = 40;

function held(ran, server) {
  const bad = Object.keys(ran.statuses).filter((status) => Number(status) > 201);
  if (bad.length > 0 || ran.failures.length > 0)
    throw new Error(`${server.name} answered ${JSON.stringify(ran.statuses)} ${ran.failures[0] ?? ''}`);
  return { perSecond: ran.perSecond, p50: ran.p50, p99: ran.p99 };
}

/** `perRound` publishes, to packages of their own or to one, their documents written before the clock runs. */
async function publishRound(server, { prefix, toOne, atOnce }) {
  const account = 'publishes';
  await server.signIn(account);
  const wishes = Array.from({ length: perRound }, (_, index) =>
    toOne ? { name: prefix, version: `1.0.${index}` } : { name: `${prefix}-${index}`, version: '1.0.0' },
  ).map(({ name, version }) => ({ name, version, document: writeDocument(server.url, name, version) }));
  if (toOne) await server.mustPublish(account, prefix, '0.0.1');
  const ran = await repeat({ count: perRound, seconds: 30, atOnce }, (index) => {
    const { name, version, document } = wishes[index];
    return server.publish(account, name, version, document);
  });
  return held(ran, server);
}

/** Every server is measured as it runs after a while, its code compiled. */
async function warmUp(servers) {
  for (const server of servers)
    for (let index = 0; index < 100; index += 1)
      await server.mustPublish('publishes', `warm-${index}`, '1.0.0');
}

export async function measurePublishes({ registries: servers, rounds, patience, report }) {
  await warmUp(servers);
  for (const atOnce of [1, 8])
    for (const toOne of [false, true]) {
      const results = await compare({ servers, rounds, patience }, (server, round) =>
        publishRound(server, { prefix: `rate-${atOnce}-${toOne ? 'one' : 'new'}-${round}`, toOne, atOnce }),
      );
      const what = toOne ? 'versions of one package' : 'new packages';
      const workload = `publish ${what}, ${atOnce} at a time`;
      const reach = atOnce === 1 ? { ofPeer: 3 } : toOne ? { ofPeer: 12 } : undefined;
      report.addCompared({ workload, unit: '/s', key: 'perSecond', reach }, results);
      report.addCompared({ workload: '  median', unit: 'ms', key: 'p50' }, results);
    }
}

const grown = 1000;

/** Publishes one after the other; the median of them all in ms. */
async function publishSeries(server, name, from, count) {
  const times = [];
  for (let patch = from; patch < from + count; patch += 1) {
    const version = `1.0.${patch}`;
    const document = writeDocument(server.url, name, version);
    times.push((await server.mustPublish('growth', name, version, document)).milliseconds);
  }
  return medianOf(times);
}

/** The first full read after a publish pays for the new document. */
async function readAfterPublish(server, name, version) {
  await server.mustPublish('growth', name, version);
  const headers = { accept: 'application/json', 'accept-encoding': 'gzip' };
  return (await request(server.url, { path: `/${name}`, headers })).milliseconds;
}

/**
 * Grows one package of every registry to 1,000 versions (within `seconds` each), then publishes in turn to a package of
 * 10 versions and to the grown one, so that other load meets both alike.
 */
export async function measureGrowth({ registries: servers, rounds, patience, report, growthSeconds = 180 }) {
  const reached = new Map();
  for (const server of servers) {
    const began = performance.now();
    let count = 0;
    for (; count < grown && performance.now() - began < growthSeconds * 1000; count += 10)
      await publishSeries(server, 'grown', count, 10);
    reached.set(server, count);
    if (count < grown) console.log(`  ${server.name} reached ${count} versions in ${growthSeconds} s`);
  }
  const results = await compare({ servers, rounds, patience }, async (server, round) => {
    const from = reached.get(server) + round * 20;
    await publishSeries(server, `young-${round}`, 0, 6);
    const young = await publishSeries(server, `young-${round}`, 6, 10);
    const old = await publishSeries(server, 'grown', from, 10);
    const first = [];
    for (let index = 10; index < 15; index += 1)
      first.push(await readAfterPublish(server, 'grown', `1.0.${from + index}`));
    return { young, old, growth: old / young, first: medianOf(first) };
  });
  for (const [server, count] of reached)
    if (count < grown) results[server.name].failed = `reached only ${count} versions in ${growthSeconds} s`;
  report.addCompared({ workload: 'publish to a package of 10 versions', unit: 'ms', key: 'young' }, results);
  report.addCompared({ workload: 'publish to a package of 1,000 versions', unit: 'ms', key: 'old' }, results);
  report.addCompared(
    { workload: '  the second as multiple of the first', unit: 'times', key: 'growth', reach: { most: 1.5 } },
    results,
  );
  report.addCompared({ workload: 'first full read after it', unit: 'ms', key: 'first' }, results);
}

const racers = 50;

/** 50 versions of one package at once: how many that were acknowledged are there afterwards, with their bytes. */
async function race(server, round) {
  const name = `race-${round}`;
  await server.signIn('races');
  const wishes = Array.from({ length: racers }, (_, index) => `1.0.${index}`).map((version) => ({
    version,
    document: writeDocument(server.url, name, version),
  }));
  const ran = await repeat({ count: racers, seconds: 60, atOnce: racers }, (index) =>
    server.publish('races', name, wishes[index].version, wishes[index].document),
  );
  const acknowledged = (ran.statuses[200] ?? 0) + (ran.statuses[201] ?? 0);
  const { body } = await request(server.url, { path: `/${name}` });
  let whole = 0;
  for (const [version, { dist }] of Object.entries(JSON.parse(body).versions)) {
    const tarball = await request(server.url, { path: `/${name}/-/${name}-${version}.tgz` });
    if (tarball.status === 200 && integrityOf(tarball.body) === dist.integrity) whole += 1;
  }
  return { acknowledged, whole, seconds: ran.seconds };
}

export async function measureRaces({ registries: servers, rounds, patience, report }) {
  const results = await compare({ servers, rounds: Math.min(rounds, 3), patience }, race);
  const workload = `${racers} versions of one package at once`;
  report.addCompared({ workload: `${workload}: acknowledged`, unit: 'of 50', key: 'acknowledged' }, results);
  report.addCompared(
    {
      workload: '  and there afterwards, with their bytes',
      unit: 'of 50',
      key: 'whole',
      reach: { least: racers },
    },
    results,
  );
  report.addCompared({ workload: '  until the last answer', unit: 's', key: 'seconds' }, results);
}
