import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A PostgreSQL of our own on a temporary folder, reachable on loopback and gone with the run. */
export interface PostgresServer {
  port: number;
  stop(): Promise<void>;
}

/** The newest folder with `initdb` and `postgres` among Debian's and those that pg_config names. */
function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  versions.sort((left, right) => Number(right) - Number(left));
  const folders = versions.map((version) => join(debian, version, 'bin'));
  try {
    folders.push(execFileSync('pg_config', ['--bindir'], { encoding: 'utf8', stdio: 'pipe' }).trim());
  } catch {
    // No pg_config on this machine: Debian's folders are all there is.
  }
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

const readId = (flag: '-u' | '-g', user: string): number =>
  Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: 'pipe' }));

/** PostgreSQL refuses to run as root: then its own user, or nobody, runs it. */
function chooseUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    try {
      return { uid: readId('-u', user), gid: readId('-g', user) };
    } catch {
      // That user does not exist here.
    }
  }
  throw new Error(
    'PostgreSQL needs a user other than root, and this machine has neither postgres nor nobody',
  );
}

// Durability is of no use for a folder that dies with the run; SERIALIZABLE stays as strict as ever.
const options = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '300',
  shared_buffers: '64MB',
  autovacuum_naptime: '10s',
  log_min_messages: 'fatal',
  listen_addresses: '127.0.0.1',
};

const urlOf = (port: number, database: string): string => `postgres://tests@127.0.0.1:${port}/${database}`;

async function connect(port: number): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: urlOf(port, 'postgres'), connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function waitUntilReady(port: number, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode} while starting`);
    try {
      const client = await connect(port);
      await client.end();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error('postgres did not answer within 10 s');
}

/** Starts a server in a temporary folder; undefined where PostgreSQL is not installed. */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const bin = findPostgres();
  if (bin === undefined) return undefined;
  const user = chooseUser();
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-pg-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const identity = { cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C', HOME: folder }, ...user };
  const data = join(folder, 'data');
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'tests', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    { ...identity, stdio: 'pipe' },
  );

  const port = await findFreePort();
  const flags = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), '-k', folder, ...flags], {
    ...identity,
    stdio: 'ignore',
  });
  const killNow = (): void => {
    server.kill('SIGQUIT');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', killNow);
  await waitUntilReady(port, server);

  return {
    port,
    stop: async () => {
      process.off('exit', killNow);
      const ended = new Promise((resolve) => server.once('exit', resolve));
      if (server.exitCode === null && server.kill('SIGINT')) await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let databases = 0;

/** A fresh empty database on a running server; returns its URL. */
export async function createDatabase(port: number): Promise<string> {
  databases += 1;
  const name = `t${process.pid}_${databases}`;
  const client = await connect(port);
  try {
    await client.query(`create database ${name} template template0`);
  } finally {
    await client.end();
  }
  return urlOf(port, name);
}
