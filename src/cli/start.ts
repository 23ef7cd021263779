/** `tallystick start`: opens everything, listens, and stops gracefully. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { makeStaffLink } from '../accounts/invitations.ts';
import { FolderInUse, type FolderLock, lockFolder } from '../adapters/lock.ts';
import { createLog } from '../adapters/log.ts';
import { type App, createApp } from '../app.ts';
import type { Config, LoadedConfig } from '../config.ts';
import type { Log } from '../kernel/ports.ts';
import type { Invocation } from './command.ts';
import { watchRequests } from './draining.ts';
import { findFreePort, type Listening, listen } from './listen.ts';
import { followDatabase, makeDataFolder, type OpenedStore, openStore, placeOf } from './opening.ts';
import { loadSettings, print } from './output.ts';
import { CommandProblem, exitCodes } from './problem.ts';
import { awaitSignal } from './signals.ts';

/** How long requests under way may take after the signal (RN3). */
const patience = 25_000;
const minute = 60_000;

async function loadForStart(invocation: Invocation): Promise<LoadedConfig> {
  const loaded = await loadSettings(invocation);
  const { host, port, blobsUrl } = loaded.config;
  if (blobsUrl !== undefined)
    throw new CommandProblem('Blobs in S3 are not part of this version: unset blobsUrl.');
  if (port !== 0) return loaded;
  const settings = new Map(invocation.settings).set('--port', String(await findFreePort(host)));
  return loadSettings({ ...invocation, settings });
}

/** SQLite takes one server; on PostgreSQL several may share a data folder. */
function lockData({ databaseUrl, dataDir }: Config): FolderLock | undefined {
  if (databaseUrl !== undefined) return undefined;
  try {
    return lockFolder(dataDir);
  } catch (thrown) {
    if (!(thrown instanceof FolderInUse)) throw thrown;
    const who =
      thrown.pid === undefined ? 'Another Tallystick' : `Another Tallystick (process ${thrown.pid})`;
    throw new CommandProblem(
      `${who} works on the data folder ${dataDir}. Stop it, or choose another folder with --data-dir.`,
    );
  }
}

function warn(log: Log, warnings: readonly string[]): void {
  for (const warning of warnings) log.warn({}, warning);
  if (process.getuid?.() === 0) log.warn({}, 'Running as root: a user of its own would do.');
}

const sayWhere = (config: Config) => ({
  database: config.databaseUrl === undefined ? 'SQLite' : `PostgreSQL ${placeOf(config.databaseUrl)}`,
  mail:
    config.smtpUrl === undefined
      ? `written to ${join(config.dataDir, 'outbox')}`
      : `sent through ${new URL(config.smtpUrl).host}`,
});

function announce(config: Config, addresses: readonly string[], log: Log, pretty: boolean): void {
  const { publicUrl, dataDir, version } = config;
  const { database, mail } = sayWhere(config);
  if (!pretty) {
    log.info({ version, publicUrl, addresses, dataDir, database, mail }, 'listening');
    return;
  }
  print(`Tallystick ${version} at ${publicUrl} (${addresses.join(', ')})`);
  print(`  data folder  ${dataDir}, ${database}`);
  print(`  mails        ${mail}`);
}

/**
 * The link to the first staff account, while there is none: a secret, so it goes to the console as plain text and never into
 * the log (RN6).
 */
async function tellStaffLink({ publicUrl }: Config, { store }: App): Promise<void> {
  const link = await makeStaffLink(store);
  if (link === undefined) return;
  process.stderr.write(
    'Nobody is staff of this registry yet. This link makes the first staff account; it works once, for 24 hours:\n' +
      `  ${publicUrl}${link.path}\n`,
  );
}

/** Measures the database's clock each minute; a database that is away for a moment is asked again. */
function keepTime({ store, ports }: OpenedStore, log: Log): () => void {
  if (store.dialect !== 'postgres') return () => undefined;
  const timer = setInterval(() => {
    followDatabase(store, ports.clock).catch((error: unknown) =>
      log.warn({ error }, 'the clock was not measured'),
    );
  }, minute);
  timer.unref();
  return () => clearInterval(timer);
}

interface Running {
  readonly stopTimers: () => void;
  readonly app: App;
  readonly listening: Listening;
  readonly requests: ReturnType<typeof watchRequests>;
}

async function run(config: Config, log: Log): Promise<Running> {
  const opened = await openStore(config, log, { create: true });
  const { store, ports } = opened;
  let app: App | undefined;
  try {
    app = await createApp(config, store, ports);
    await app.server.ready();
    const requests = watchRequests(app.server.server);
    const listening = await listen(app.server.server, config.host, config.port);
    return { app, requests, listening, stopTimers: keepTime(opened, log) };
  } catch (thrown) {
    await (app ?? store).close();
    throw thrown;
  }
}

async function stop(
  { app, listening, requests, stopTimers }: Running,
  config: Config,
  log: Log,
): Promise<void> {
  app.announceStop();
  if (config.drainDelay > 0) await new Promise((resolve) => setTimeout(resolve, config.drainDelay));
  listening.close();
  const cut = await requests.drain(patience);
  stopTimers();
  if (cut > 0) log.warn({ requests: cut }, 'stopped with requests under way');
  await app.close();
}

/**
 * Keeps V8's space for young objects at 4 MiB, half of what it takes by itself under load: the processor's caches like that no
 * less, and some 15 MB of memory stay with the machine.
 */
const holdMemory = (): void => setFlagsFromString('--max-semi-space-size=4');

/** Runs the registry until a signal; resolves to 0 after a graceful stop. A second signal exits at once. */
export async function start(invocation: Invocation): Promise<number> {
  const signal = awaitSignal();
  holdMemory();
  const { config, warnings } = await loadForStart(invocation);
  const form = invocation.json ? 'json' : config.log;
  const log = createLog({ form, level: config.logLevel, to: 1 });
  process.on('uncaughtException', (error) => {
    log.error({ error }, 'stopped by an unexpected error');
    process.exit(exitCodes.refused);
  });
  makeDataFolder(config);
  const lock = lockData(config);
  try {
    const running = await run(config, log);
    warn(log, warnings);
    announce(config, running.listening.addresses, log, form === 'pretty');
    await tellStaffLink(config, running.app);
    log.info({ signal: await signal }, 'stopping');
    await stop(running, config, log);
  } finally {
    lock?.release();
  }
  return exitCodes.done;
}
