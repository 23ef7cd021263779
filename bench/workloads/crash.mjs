// kill -9 amid concurrent publishes: what was acknowledged must be there, with its bytes, after the restart.
import { request } from '../load.mjs';
import { integrityOf } from '../packages.mjs';

const writers = 8;
const account = 'crashes';

/** Publishes with eight writers until `enough` are acknowledged, then kills. Resolves to what was acknowledged. */
async function publishUntilKilled(server, trial, enough) {
  const acknowledged = [];
  let killed = false;
  const write = async (writer) => {
    for (let index = 0; index < 6 && !killed; index += 1) {
      const name = writer % 2 === 0 ? `crash-${trial}-shared` : `crash-${trial}-${writer}-${index}`;
      const version = `1.${writer}.${index}`;
      const answer = await server.publish(account, name, version).catch(() => undefined);
      if (killed || answer === undefined || answer.status > 201) continue;
      acknowledged.push({ name, version });
      if (acknowledged.length >= enough) {
        killed = true;
        await server.kill();
      }
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  if (!killed) await server.kill();
  return acknowledged;
}

async function isWhole(server, { name, version }) {
  const packument = await request(server.url, { path: `/${name}` });
  if (packument.status !== 200) return false;
  let dist;
  try {
    ({ dist } = JSON.parse(packument.body).versions[version]);
  } catch {
    return false;
  }
  const tarball = await request(server.url, { path: `/${name}/-/${name}-${version}.tgz` });
  return tarball.status === 200 && integrityOf(tarball.body) === dist.integrity;
}

async function crash(server, trials) {
  await server.signIn(account);
  let acknowledged = 0;
  let lost = 0;
  let refused = 0;
  for (let trial = 0; trial < trials; trial += 1) {
    const published = await publishUntilKilled(server, trial, 3 + (trial % 9));
    await server.start();
    acknowledged += published.length;
    for (const one of published) if (!(await isWhole(server, one))) lost += 1;
    const next = await server.publish(account, `crash-${trial}-shared`, '9.9.9').catch(() => undefined);
    if (next === undefined || next.status > 201) refused += 1;
  }
  return { acknowledged, lost, refused };
}

export async function measureCrashes({ registries, trials, report }) {
  const results = {};
  for (const server of registries) results[server.name] = await crash(server, trials);
  const workload = `kill -9 amid publishes, ${trials} times: acknowledged`;
  report.addCompared({ workload, unit: 'publishes', key: 'acknowledged' }, results);
  report.addCompared(
    { workload: '  of them lost', unit: 'publishes', key: 'lost', reach: { most: 0 } },
    results,
  );
  report.addCompared(
    { workload: '  next publish refused', unit: 'publishes', key: 'refused', reach: { most: 0 } },
    results,
  );
}
