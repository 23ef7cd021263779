// Reads of tarballs of 10 KB, 1 MB and 20 MB.
import { flood } from '../load.mjs';
import { writeDocument } from '../packages.mjs';
import { compare } from '../rounds.mjs';

const sizes = { 'tarball-10k': 10e3, 'tarball-1m': 1e6, 'tarball-20m': 20e6 };
const pathOf = (name) => `/${name}/-/${name}-1.0.0.tgz`;
export const tarballPaths = Object.keys(sizes).map(pathOf);

/** Publishes what is read. */
export async function seedTarballs(server) {
  for (const [name, bytes] of Object.entries(sizes))
    await server.mustPublish('tarballs', name, '1.0.0', writeDocument(server.url, name, '1.0.0', bytes));
}

export async function measureTarballs({ servers, rounds, seconds, patience, report }) {
  for (const [name, bytes] of Object.entries(sizes)) {
    const isLarge = bytes > 10e6;
    const results = await compare({ servers, rounds, patience }, (server) =>
      flood(server.url, {
        path: pathOf(name),
        seconds: isLarge ? seconds * 2 : seconds,
        connections: isLarge ? 4 : 16,
      }),
    );
    const workload = `tarball of ${bytes >= 1e6 ? `${bytes / 1e6} MB` : `${bytes / 1e3} KB`}`;
    report.addCompared(
      { workload, unit: '/s', key: 'perSecond', reach: { ofPeer: bytes < 1e6 ? 8 : 3 } },
      results,
    );
  }
}
