// Reads of packuments: three sizes, both forms, plain, gzip, and revalidated.
import { flood, request } from '../load.mjs';
import { readProcessorTime } from '../processes.mjs';
import { accepts } from '../record.mjs';
import { compare } from '../rounds.mjs';

/** Versions of each package; about 2 KB, 50 KB and 1 MB. */
export const sizes = { small: 1, middle: 35, large: 500 };
export const packuments = Object.keys(sizes).map((name) => `/${name}`);
const account = 'reads';

/** Publishes what the reads read. */
export async function seedReads(server) {
  for (const [name, count] of Object.entries(sizes))
    for (let minor = 0; minor < count; minor += 1) await server.mustPublish(account, name, `1.${minor}.0`);
}

const kinds = { identity: 'plain', gzip: 'gzip', unchanged: '304' };

/** What issue 3 asks for, by package and kind; how much better than the peer, and how near to raw. */
const goals = {
  small: { identity: { ofRaw: 0.7, ofPeer: 12 }, gzip: { ofRaw: 0.7, ofPeer: 12 } },
  middle: { identity: { ofPeer: 35 }, gzip: { ofPeer: 55 } },
  large: { gzip: { ofPeer: 600 } },
};
const goalOf = (name, form, kind) => (name === 'large' && form !== 'full' ? undefined : goals[name][kind]);

async function headersFor(server, path, form, kind) {
  const headers = { accept: accepts[form], 'accept-encoding': kind === 'identity' ? 'identity' : 'gzip' };
  if (kind !== 'unchanged') return headers;
  const { etag } = (await request(server.url, { path, headers })).headers;
  return { ...headers, 'if-none-match': etag };
}

/** Requests a second, and µs of the server's processor time for each: the second is nearly blind to other load. */
async function readOnce(server, path, headers, seconds) {
  const before = readProcessorTime(server.processId);
  const { perSecond, count } = await flood(server.url, { path, headers, seconds });
  const used = readProcessorTime(server.processId) - before;
  return { perSecond, microseconds: (used / count) * 1e6 };
}

/** Every server is measured as it runs after a while, its code compiled. */
async function warmUp(servers) {
  for (const server of servers)
    for (const form of Object.keys(accepts))
      await readOnce(server, '/small', await headersFor(server, '/small', form, 'gzip'), 2);
}

/** A read with a token, as npm sends one with everything, beside the same read without. */
async function measureBearer({ registries, rounds, seconds, patience, report }) {
  const path = '/middle';
  const results = await compare({ servers: registries, rounds, patience }, async (server) => {
    const headers = await headersFor(server, path, 'abbreviated', 'gzip');
    const authorization = `Bearer ${await server.signIn(account)}`;
    const bearer = await readOnce(server, path, { ...headers, authorization }, seconds);
    const stranger = await readOnce(server, path, headers, seconds);
    return { perSecond: bearer.perSecond, share: bearer.perSecond / stranger.perSecond };
  });
  const workload = 'packument of 35 versions, abbreviated, gzip, with a token';
  report.addCompared({ workload, unit: '/s', key: 'perSecond' }, results);
  report.addCompared(
    { workload: '  as part of the same without', unit: 'times', key: 'share', reach: { least: 0.8 } },
    results,
  );
}

export async function measureReads({ servers, registries, rounds, seconds, patience, report }) {
  await warmUp(servers);
  for (const name of Object.keys(sizes))
    for (const form of Object.keys(accepts))
      for (const kind of Object.keys(kinds)) {
        const path = `/${name}`;
        // A slow server must get through more than the 16 requests that it has at a time.
        const long = name === 'large' && kind !== 'unchanged' ? seconds * 3 : seconds;
        const results = await compare({ servers, rounds, patience }, async (server) =>
          readOnce(server, path, await headersFor(server, path, form, kind), long),
        );
        const workload = `packument of ${sizes[name]} ${sizes[name] === 1 ? 'version' : 'versions'}, ${form}, ${kinds[kind]}`;
        report.addCompared(
          { workload, unit: '/s', key: 'perSecond', reach: goalOf(name, form, kind) },
          results,
        );
        report.addCompared(
          { workload: '  processor time for each', unit: 'µs', key: 'microseconds' },
          results,
        );
      }
  await measureBearer({ registries, rounds, seconds, patience, report });
}
