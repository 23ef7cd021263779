// node bench/search.mjs: searches over 10,000 packages, ours beside Verdaccio 6, and what they do to other requests.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { repeat, request } from './load.mjs';
import { quantileOf, writeNumber, writeTable } from './numbers.mjs';
import { writeDocument } from './packages.mjs';
import { readProcessorTime } from './processes.mjs';
import { describeMachine } from './report.mjs';
import { createTallystick, createVerdaccio } from './servers.mjs';
import { installVerdaccio } from './verdaccio.mjs';

const { values: options } = parseArgs({
  options: {
    packages: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '3' },
    program: { type: 'string', default: join(import.meta.dirname, '..', 'dist', 'cli.js') },
    'without-verdaccio': { type: 'boolean', default: false },
  },
});
const count = Number(options.packages);
const seconds = Number(options.seconds);

const words =
  'router parser stream cache token loader bundle query vector signal frame socket buffer schema widget theme atlas ember quartz lumen cobalt falcon harbor meadow'.split(
    ' ',
  );
const wordAt = (index) => words[index % words.length];
/** Every name twice: of two words that many share, and of a number that nobody does. */
const nameAt = (index) => `${wordAt(index)}-${wordAt(Math.floor(index / words.length))}-n${index}`;

/** What people look for, from a name that one package has to a word that all have. */
const queries = {
  'one name': 'router-parser-n24',
  'a word of many names': 'router',
  'two words': 'router parser',
  'a beginning': 'ro pa',
  'a keyword of all': 'bench',
  'a qualifier': 'keywords:bench,-router author:bench',
  'the last page': 'bench&from=9900',
  'twelve beginnings': 'ro pa st ca to lo bu qu ve si fr so',
  nothing: 'zzzzzz',
};
const pathOf = (text) => `/-/v1/search?size=20&text=${text.replaceAll(' ', '+')}`;

const manifestOf = (index) => ({
  description: `A ${wordAt(index + 5)} ${wordAt(index * 7)} library for bench number ${index}`,
  keywords: [wordAt(index + 2), wordAt(index + 9), 'bench'],
});

/** Publishes them eight at a time. */
async function seedOurs(server) {
  const authorization = `Bearer ${await server.signIn('bench')}`;
  const ran = await repeat({ count, seconds: 1800, atOnce: 8 }, (index) => {
    const document = JSON.parse(writeDocument(server.url, nameAt(index), '1.0.0'));
    Object.assign(document.versions['1.0.0'], manifestOf(index));
    const body = JSON.stringify(document);
    return request(server.url, {
      method: 'PUT',
      path: `/${nameAt(index)}`,
      headers: { authorization },
      body,
    });
  });
  if (ran.statuses[201] !== count)
    throw new Error(`published ${JSON.stringify(ran.statuses)} ${ran.failures[0] ?? ''}`);
  console.log(`published ${count} packages in ${ran.seconds.toFixed(0)} s`);
}

/** Verdaccio's storage is written as files: publishing this many to it takes hours. */
async function seedVerdaccio(server) {
  await server.mustPublish('bench', 'template', '1.0.0');
  await server.stop();
  const storage = join(server.folder, 'storage');
  const template = readFileSync(join(storage, 'template', 'package.json'), 'utf8');
  const database = join(storage, '.verdaccio-db.json');
  const list = JSON.parse(readFileSync(database, 'utf8'));
  for (let index = 0; index < count; index += 1) {
    const name = nameAt(index);
    const document = JSON.parse(template.replaceAll('template', name));
    Object.assign(document.versions['1.0.0'], manifestOf(index));
    mkdirSync(join(storage, name));
    writeFileSync(join(storage, name, 'package.json'), JSON.stringify(document));
    list.list.push(name);
  }
  writeFileSync(database, JSON.stringify(list));
  await server.start();
}

/** How long others wait: pings one after the other until told to stop. Resolves to their times in ms. */
async function pingMeanwhile(server, isOver) {
  const times = [];
  while (!isOver()) {
    times.push((await request(server.url, { path: '/-/ping' })).milliseconds);
    await pause(1);
  }
  return times;
}

async function measure(server, text, { warm, least }) {
  const act = () => request(server.url, { path: pathOf(text) });
  await repeat({ count: warm, seconds: 30 }, act);
  const before = readProcessorTime(server.processId);
  const alone = await repeat({ count: 1e6, seconds: Math.max(seconds, least) }, act);
  const spent = readProcessorTime(server.processId) - before;
  let over = false;
  const pings = pingMeanwhile(server, () => over);
  const loaded = await repeat({ count: 1e6, seconds, atOnce: 8 }, act);
  over = true;
  if (alone.failures.length > 0 || Object.keys(alone.statuses).join() !== '200')
    throw new Error(`${server.name} ${text}: ${JSON.stringify(alone.statuses)} ${alone.failures[0] ?? ''}`);
  const each = (spent * 1000) / (alone.perSecond * alone.seconds);
  return { ...alone, each, loaded, ping: quantileOf(await pings, 0.99) };
}

async function run(server, seed, patience) {
  await server.start();
  await seed(server);
  console.log(`\n${server.name} (times in ms)`);
  const head = ['search', 'p50', 'p99', 'processor, each', '/s', '8 at once, /s', 'p99 of a ping meanwhile'];
  const rows = [];
  const rates = {};
  for (const [what, text] of Object.entries(queries)) {
    const { perSecond, p50, p99, each, loaded, ping } = await measure(server, text, patience);
    rates[what] = perSecond;
    rows.push([what, ...[p50, p99, each, perSecond, loaded.perSecond, ping].map(writeNumber)]);
  }
  console.log(writeTable(head, rows));
  await server.stop();
  server.remove();
  return rates;
}

console.log(describeMachine());
if (!existsSync(options.program)) throw new Error(`There is no ${options.program}: npm run build first.`);
const ours = await run(await createTallystick(options.program), seedOurs, { warm: 200, least: 0 });
const cache = process.env.TALLYSTICK_BENCH_CACHE ?? join(homedir(), '.cache', 'tallystick-bench');
const verdaccio = options['without-verdaccio'] ? undefined : installVerdaccio(cache);
if (verdaccio !== undefined) {
  const theirs = await run(await createVerdaccio(verdaccio), seedVerdaccio, { warm: 1, least: 10 });
  const rows = Object.keys(queries).map((what) => [what, writeNumber(ours[what] / theirs[what])]);
  console.log(writeTable(['search', 'times the rate of Verdaccio, one at a time'], rows));
}
