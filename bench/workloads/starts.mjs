// From the start of the process to its first answer, and the memory that it holds.
import { setTimeout as pause } from 'node:timers/promises';
import { flood } from '../load.mjs';
import { readMemory } from '../processes.mjs';
import { accepts } from '../record.mjs';
import { compare } from '../rounds.mjs';

/** Starts a fresh copy of each server on an empty data folder, then again on what the first start left there. */
export async function measureStarts({ createRegistries, rounds, patience, report }) {
  const servers = await createRegistries();
  const results = await compare({ servers, rounds, patience }, async (server) => {
    server.empty();
    const first = await server.start();
    await server.stop();
    const again = await server.start();
    // What was only needed to start is collected when the process comes to rest.
    await pause(1500);
    const idle = readMemory(server.processId);
    await server.stop();
    return { first, again, idle };
  });
  const starts = { unit: 'ms', reach: { most: 500 } };
  report.addCompared({ workload: 'first start to first answer', key: 'first', ...starts }, results);
  report.addCompared({ workload: 'later start to first answer', key: 'again', ...starts }, results);
  report.addCompared({ workload: 'memory at rest', unit: 'MB', key: 'idle', reach: { most: 90 } }, results);
  for (const server of servers) server.remove();
}

/** Memory of a fresh process after 60 publishes and five seconds of reads. */
export async function measureMemory({ createRegistries, seconds, report }) {
  const results = {};
  const servers = await createRegistries();
  for (const server of servers) {
    await server.start();
    for (let minor = 0; minor < 60; minor += 1)
      await server.mustPublish('memory', 'remembered', `1.${minor}.0`);
    for (const form of Object.keys(accepts))
      for (const encoding of ['identity', 'gzip'])
        await flood(server.url, {
          path: '/remembered',
          headers: { accept: accepts[form], 'accept-encoding': encoding },
          seconds,
        });
    const loaded = readMemory(server.processId);
    await pause(2000);
    results[server.name] = { loaded, settled: readMemory(server.processId) };
    await server.stop();
    server.remove();
  }
  report.addCompared(
    { workload: 'memory after load', unit: 'MB', key: 'loaded', reach: { most: 150 } },
    results,
  );
  report.addCompared({ workload: '  and 2 s later', unit: 'MB', key: 'settled' }, results);
}
