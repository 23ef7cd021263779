// node bench/pages.mjs: how soon each page of the website is there, and how large it is, over 10,000 packages.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repeat, request } from './load.mjs';
import { quantileOf, writeNumber, writeTable } from './numbers.mjs';
import { writeDocument } from './packages.mjs';
import { describeMachine } from './report.mjs';
import { createTallystick, password } from './servers.mjs';

const { values: options } = parseArgs({
  options: {
    packages: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '200' },
    program: { type: 'string', default: join(import.meta.dirname, '..', 'dist', 'cli.js') },
  },
});
const count = Number(options.packages);
const rounds = Number(options.rounds);
const versions = 500;
const html = { accept: 'text/html' };

async function seed(server) {
  const authorization = `Bearer ${await server.signIn('bench')}`;
  const put = (name, version) =>
    request(server.url, {
      method: 'PUT',
      path: `/${name}`,
      headers: { authorization },
      body: writeDocument(server.url, name, version),
    });
  const publish = async (amount, act) => {
    const { statuses, failures } = await repeat({ count: amount, seconds: 1800, atOnce: 8 }, act);
    if (statuses[201] !== amount) throw new Error(`${JSON.stringify(statuses)} ${failures[0] ?? ''}`);
  };
  await publish(count - 1, (index) => put(`package-number-${index}`, '1.0.0'));
  await publish(versions, (index) => put('many-versions', `1.0.${index}`));
}

/** The form token of a page, and the cookies that came with it. */
const formOf = (answer) => /name="form" value="([^"]+)"/.exec(String(answer.body))?.[1] ?? '';
const cookiesOf = (answer) =>
  (answer.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ');

/** Signs in with the browser's own forms; resolves to the cookie of the session. */
async function signIn(server) {
  const page = await request(server.url, { path: '/login', headers: html });
  const body = new URLSearchParams({ form: formOf(page), username: 'bench', password }).toString();
  const answer = await request(server.url, {
    method: 'POST',
    path: '/login',
    headers: {
      ...html,
      cookie: cookiesOf(page),
      origin: server.url,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body,
  });
  if (answer.status !== 303) throw new Error(`signing in answered ${answer.status}`);
  return cookiesOf(answer);
}

const pages = [
  '/',
  '/search?q=package',
  '/search?q=package-number-77',
  '/package/package-number-77',
  '/package/many-versions',
  '/package/many-versions?activeTab=versions',
  '/login',
  '/signup',
  '/settings/~/profile',
  '/settings/~/authentication',
  '/settings/~/authentication/add',
  '/settings/~/tokens',
  '/settings/~/tokens/new',
  '/settings/~/sessions',
  '/settings/~/security-log',
];

async function measure(server, cookie, path) {
  const isOpen = path === '/login' || path === '/signup';
  const headers = isOpen ? html : { ...html, cookie };
  const times = [];
  let size = 0;
  for (let round = 0; round < rounds; round += 1) {
    const answer = await request(server.url, { path, headers });
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
    times.push(answer.milliseconds);
    size = answer.body.length;
  }
  return [
    path,
    ...[0.5, 0.95, 0.99].map((part) => writeNumber(quantileOf(times, part))),
    writeNumber(size / 1000),
  ];
}

console.log(describeMachine());
if (!existsSync(options.program)) throw new Error(`There is no ${options.program}: npm run build first.`);
const server = await createTallystick(options.program);
await server.start();
try {
  await seed(server);
  const cookie = await signIn(server);
  const rows = [];
  for (const path of pages) rows.push(await measure(server, cookie, path));
  console.log(writeTable(['page (whole, in ms)', 'p50', 'p95', 'p99', 'kB'], rows));
} finally {
  await server.stop();
  server.remove();
}
