import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from './support/lock.ts';
import { findFreePort } from './support/postgres.ts';
import { ensureBuilt, node } from './support/process.ts';

const execute = promisify(execFile);
const limits = { bytes: 40 * 2 ** 20 };
const patience = 300_000;

/** How this machine reaches its package registry; the rest of what an npm that runs this test has set is not for others. */
const reaches = /^npm_config_(registry|cache|cafile|userconfig|proxy|https_proxy|noproxy)$/i;
const isOurs = (name: string): boolean =>
  /^(npm_|TALLYSTICK_|INIT_CWD$|NODE_OPTIONS$|VITEST)/i.test(name) && !reaches.test(name);

/** What a person's shell has, with the Node of the checkout first. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name))),
  PATH: [dirname(node), process.env.PATH].join(delimiter),
};

const folder = mkdtempSync(join(tmpdir(), 'tallystick-package-'));
const npm = (...args: string[]) =>
  execute('npm', [...args, '--no-audit', '--no-fund', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'], {
    cwd: folder,
    env: environment,
    timeout: patience,
  });

interface Locked {
  hasInstallScript?: boolean;
  link?: boolean;
}

let files: string[] = [];
let offline: string | undefined;
let packages: [string, Locked][] = [];

/** The words of npm when it reaches no registry; anything else is a failure of ours. */
const isAway = (text: string): boolean =>
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT)\b/.test(
    text,
  );

beforeAll(async () => {
  await ensureBuilt();
  const packed = await execute('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    env: environment,
  });
  const told = JSON.parse(packed.stdout) as { filename: string; files: { path: string }[] }[];
  const [tarball] = Array.isArray(told) ? told : Object.values(told as object);
  files = tarball.files.map(({ path }: { path: string }) => path);
  writeFileSync(join(folder, 'package.json'), '{}');
  try {
    await npm('install', join(folder, tarball.filename));
  } catch (thrown) {
    const { stderr = '' } = thrown as { stderr?: string };
    if (!isAway(stderr)) throw thrown;
    offline = `the package registry of this machine's npm cannot be reached: ${stderr.split('\n')[0]}`;
    return;
  }
  const lock = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8'));
  packages = Object.entries(lock.packages as Record<string, Locked>);
}, patience + 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const installedFiles = (): string[] =>
  readdirSync(join(folder, 'node_modules'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('the package', () => {
  test('holds the built server and what people read, nothing else', () => {
    const others = files.filter((path) => !path.startsWith('dist/'));
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
    expect(files).toContain('dist/cli.js');
    expect(files).toContain('dist/build.json');
    expect(files.filter((path) => /\.(ts|map|tsbuildinfo)$/.test(path))).toEqual([]);
  });

  test('runs no script when it is installed, and asks for a Node that can run it', () => {
    const { scripts = {}, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
    expect(engines.node).toBe('>=24.7');
  });

  test('installs nothing but itself, without native code or install scripts', (context) => {
    if (offline !== undefined) context.skip(offline);
    expect(packages.map(([path]) => path)).toEqual(['node_modules/tallystick']);
    expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
    expect(installedFiles().filter((path) => /\.node$|\/binding\.gyp$|\.wasm$/.test(path))).toEqual([]);
  });

  test('takes at most 40 MB on the disk', (context) => {
    if (offline !== undefined) context.skip(offline);
    const bytes = installedFiles().reduce((sum, path) => sum + statSync(path).size, 0);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(limits.bytes);
  });

  test('knows its version, and npm’s own default as the registry to pull through', async (context) => {
    if (offline !== undefined) context.skip(offline);
    const { definitions } = createRequire(import.meta.url)('@npmcli/config/lib/definitions') as {
      definitions: { registry: { default: string } };
    };
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const here = { cwd: folder, env: environment };
    expect((await execute('npx', ['tallystick', '--version'], here)).stdout).toBe(`${version}\n`);
    const { settings } = JSON.parse((await execute('npx', ['tallystick', 'config', '--json'], here)).stdout);
    expect(settings.upstream).toMatchObject({
      value: definitions.registry.default.replace(/\/$/, ''),
      from: 'default',
    });
  });

  test('npx tallystick start answers, and stops when told', async (context) => {
    if (offline !== undefined) context.skip(offline);
    const port = await findFreePort();
    const env = { ...environment, TALLYSTICK_PORT: String(port), TALLYSTICK_LOG: 'json' };
    const child = spawn('npx', ['tallystick', 'start'], { cwd: folder, env, stdio: 'pipe', detached: true });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    let text = '';
    const listening = new Promise<void>((resolve, reject) => {
      const look = (chunk: Buffer): void => {
        text += chunk;
        if (text.includes('"msg":"listening"')) resolve();
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      void ended.then(() => reject(new Error(`it ended:\n${text}`)));
    });
    try {
      await listening;
      const answer = await fetch(`http://localhost:${port}/-/ping`);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({});
      expect(statSync(join(folder, 'tallystick-data')).mode & 0o777).toBe(0o700);
      // npx is a shell around the server: its own number is in the data folder.
      process.kill(Number(readFileSync(join(folder, 'tallystick-data', 'server.pid'), 'utf8')), 'SIGTERM');
      await ended;
      expect(text).toContain('"msg":"stopping"');
    } finally {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
        process.kill(-child.pid, 'SIGKILL');
    }
  }, 120_000);
});
