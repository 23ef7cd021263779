import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, withLock } from './lock.ts';
import { findFreePort } from './postgres.ts';

/** The Node that this checkout brings, whatever the machine has. */
export const node = join(root, 'node_modules', 'node', 'bin', 'node');

const newest = (folder: string): number =>
  Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );

const isBuilt = (): boolean => {
  const built = statSync(join(root, 'dist', 'build.json'), { throwIfNoEntry: false });
  return built !== undefined && built.mtimeMs >= newest(join(root, 'src'));
};

/** Builds dist/ when src/ is newer; `npm ci` has built it in a fresh checkout. */
export async function ensureBuilt(): Promise<void> {
  if (isBuilt()) return;
  await withLock('build', async () => {
    if (!isBuilt()) execFileSync(node, ['scripts/build.mjs'], { cwd: root, stdio: 'pipe' });
  });
}

export interface ServerOptions {
  /** `postgres://…`; SQLite in the data folder without it. */
  database?: string;
  /** A folder to go on with after a kill; a temporary one, removed by `remove()`, without it. */
  dataDir?: string;
  port?: number;
  publicUrl?: string;
  /** More `TALLYSTICK_…` settings. */
  env?: Record<string, string>;
}

/** The built server, running as a process of its own on 127.0.0.1. */
export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly pid: number;
  /** The environment it runs in: the command line beside it takes the same. */
  readonly env: Readonly<Record<string, string>>;
  /** Everything it printed so far, on both streams. */
  log(): string;
  /** SIGTERM; resolves to the exit status. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when the process is gone. */
  kill9(): Promise<void>;
  /** Stops it if it still runs and removes its data folder. */
  remove(): Promise<void>;
}

async function waitForPing(url: string, child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the server ended with ${child.exitCode ?? child.signalCode}:\n${log()}`);
    }
    try {
      const answer = await fetch(`${url}/-/ping`);
      await answer.arrayBuffer();
      if (answer.status === 200) return;
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`the server did not answer within 15 s:\n${log()}`);
}

/** Starts `tallystick start` and resolves once /-/ping answers. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  await ensureBuilt();
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'tallystick-server-'));
  const port = options.port ?? (await findFreePort());
  const url = `http://127.0.0.1:${port}`;
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: dataDir,
    TALLYSTICK_HOST: '127.0.0.1',
    TALLYSTICK_PORT: String(port),
    TALLYSTICK_PUBLIC_URL: options.publicUrl ?? url,
    TALLYSTICK_DATA_DIR: dataDir,
    TALLYSTICK_UPSTREAM: 'none',
    TALLYSTICK_LOG: 'json',
    ...options.env,
  };
  if (options.database !== undefined) env.TALLYSTICK_DATABASE_URL = options.database;

  const child = spawn(node, [join(root, 'dist', 'cli.js'), 'start'], {
    cwd: dataDir,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const log = (): string => chunks.join('');
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  void ended.then(() => process.off('exit', killNow));

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  try {
    await waitForPing(url, child, log);
  } catch (thrown) {
    await end('SIGKILL');
    throw thrown;
  }
  return {
    url,
    port,
    dataDir,
    pid: child.pid ?? 0,
    env,
    log,
    stop: () => end('SIGTERM'),
    kill9: async () => void (await end('SIGKILL')),
    remove: async () => {
      await end('SIGTERM');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
