// The built server with a clock that is moved, and what programs ask of it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { password } from '../../test/browser/chromium.ts';
import { documentOf } from '../../test/support/document.ts';
import { findFreePort } from '../../test/support/postgres.ts';
import { node, startServer } from '../../test/support/process.ts';
import { codeOfStep } from '../../test/support/totp.ts';

export const day = 24 * 60 * 60_000;

/** The server's clock is the machine's, moved by what stands in a file. */
const scratch = mkdtempSync(join(tmpdir(), 'tallystick-screenshots-'));
const clockFile = join(scratch, 'offset');
const preload = join(scratch, 'clock.mjs');
let offset = -190 * day;
const setClock = () => writeFileSync(clockFile, String(offset));
export const advance = (milliseconds) => {
  offset += milliseconds;
  setClock();
};
setClock();
writeFileSync(
  preload,
  `import { readFileSync } from 'node:fs';
const now = Date.now;
Date.now = () => now() + Number(readFileSync(${JSON.stringify(clockFile)}, 'utf8'));`,
);

const port = await findFreePort();
export const origin = `http://localhost:${port}`;
const serverWish = {
  port,
  publicUrl: origin,
  env: { NODE_OPTIONS: `--import=${pathToFileURL(preload)}` },
};
let server = await startServer(serverWish);

const outbox = () => join(server.dataDir, 'outbox');

/** Stops the server and starts it on the same data, its old mails thrown away; one that stops writes down its downloads. */
export async function restart(env = {}) {
  await server.stop();
  const { dataDir } = server;
  rmSync(outbox(), { recursive: true, force: true });
  server = await startServer({ ...serverWish, dataDir, env: { ...serverWish.env, ...env } });
}

/** Runs a command of the operator. */
export function operate(...args) {
  const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
  execFileSync(node, [cli, ...args], { cwd: server.dataDir, env: server.env, stdio: 'pipe' });
}

/** The path of the newest link to a page of `kind`, e.g. `confirm`, in mails since the restart; waits for its mail. */
export async function mailedLink(kind) {
  const folder = outbox();
  const pattern = new RegExp(`/login/${kind}/[0-9a-f]{64}`);
  for (let tries = 0; tries < 100; tries += 1) {
    const files = existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [];
    const [newest] = files
      .map((file) => ({
        at: statSync(file).mtimeMs,
        text: readFileSync(file, 'utf8').replace(/=\r?\n/g, ''),
      }))
      .filter(({ text }) => pattern.test(text))
      .sort((one, other) => other.at - one.at);
    if (newest) return pattern.exec(newest.text)[0];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no mail has a link to /login/${kind}`);
}

export async function close() {
  await server.remove();
  rmSync(scratch, { recursive: true, force: true });
}

export const ask = async (method, path, { token, body, otp, headers = {} } = {}) => {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(otp === undefined ? {} : { 'npm-otp': otp }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text.startsWith('{') ? JSON.parse(text) : text,
  };
};

export async function mustAsk(...wish) {
  const answer = await ask(...wish);
  if (answer.status >= 400)
    throw new Error(`${wish[0]} ${wish[1]}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

/** Code of an app now; the next one is another. */
export const codeOf = (secret) => {
  advance(30_000);
  return codeOfStep(secret, Math.floor((Date.now() + offset) / 30_000));
};

/** Signs up, or logs in where the account is there. */
export async function logIn(name, secret) {
  const body = { name, password, email: `${name}@example.com` };
  const otp = secret && codeOf(secret);
  return (await mustAsk('PUT', `/-/user/org.couchdb.user:${name}`, { body, otp })).body.token;
}

export async function publish(token, draft, { readme, ...more } = {}) {
  const document = documentOf({
    access: 'public',
    ...draft,
    manifest: { ...draft.manifest, ...(readme ? { readme } : {}) },
  });
  const path = `/${draft.name.replace('/', '%2f')}`;
  return mustAsk('PUT', path, { token, body: { ...document, ...(readme ? { readme } : {}) }, ...more });
}

export async function download(name, version, times) {
  for (let count = 0; count < times; count += 1)
    await (await fetch(`${server.url}/${name}/-/${name.split('/').at(-1)}-${version}.tgz`)).arrayBuffer();
}
