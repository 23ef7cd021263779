/**
 * The composition root: opens store and blobs, wires every concept, returns the server. Nothing is global; each port is
 * chosen here.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { findAccount } from './accounts/accounts.ts';
import { endHolds } from './accounts/holds.ts';
import { createAccountPreparing } from './accounts/preparing.ts';
import { reserveTry } from './accounts/sessions.ts';
import { createBlobs } from './adapters/blobs-fs.ts';
import { createCheckpointKeeper } from './adapters/checkpoints.ts';
import { createFileMailer } from './adapters/mail-file.ts';
import type { Config } from './config.ts';
import { readSecondFactor } from './factors/enrol.ts';
import { keySiteOf } from './factors/keys-site.ts';
import { readFactorKinds } from './factors/overview.ts';
import { describeAct } from './gate/describe.ts';
import { createGate, type Gate } from './gate/gate.ts';
import { offerPages } from './gate/offering.ts';
import { watchGate } from './gate/watch.ts';
import { createActorReader } from './http/actor.ts';
import { createReadLimit } from './http/read-limit.ts';
import type { Route } from './http/route.ts';
import { createServer } from './http/server.ts';
import { createVisitReader } from './http/visit.ts';
import { parseRanges } from './kernel/cidr.ts';
import { newId } from './kernel/ids.ts';
import type { Keyring, KeyringSource } from './kernel/keyring.ts';
import { createMetrics } from './kernel/metrics.ts';
import type { Clock, Log, Mailer, Random } from './kernel/ports.ts';
import { Floods } from './ledger/floods.ts';
import { repeat, startLedger } from './ledger/worker.ts';
import { startBackSigning } from './packages/back-signing.ts';
import { placeChanges } from './packages/changes.ts';
import { createDownloadCounter, startCounting } from './packages/downloads.ts';
import { createLibrary } from './packages/library.ts';
import { canonicalPath } from './packages/paths.ts';
import { prepareSigning } from './packages/signing.ts';
import { startSweeping } from './packages/sweep.ts';
import { registryRendering } from './registry/failures.ts';
import { registryRoutes } from './registry/routes.ts';
import {
  accountRules,
  gateRules,
  loginStartRules,
  sessionRules,
  tokenRules,
  unpublishRules,
} from './rules.ts';
import { redirectTo, siteHeaders } from './site/headers.ts';
import { createKeyDesk } from './site/keys/desk.ts';
import { createReadmeRenderer } from './site/readme/render.ts';
import { siteRendering } from './site/rendering.tsx';
import { siteRoutes } from './site/routes.ts';
import { hasDataKeys, loadVault } from './store/data-keys.ts';
import { migrate } from './store/migrate.ts';
import { rewrapSealed } from './store/rewrap.ts';
import { createStore, type Store } from './store/store.ts';
import { createRecogniser } from './tokens/recognise.ts';
import { startTokenWork } from './tokens/worker.ts';

export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Opens the keyring; makes one only on a first start. */
  readonly openKeyring: (isFirstStart: boolean) => Keyring | KeyringSource;
  /** Sends mails; without it the settings say how. */
  readonly mailer?: Mailer;
  /** Whether this machine's clock is near the database's; an instance that is astray is not ready (RN1). */
  readonly clockAgrees?: () => boolean;
}

/** A closed server with everything behind it. */
export interface App {
  readonly server: FastifyInstance;
  readonly gate: Gate;
  readonly routes: readonly Route[];
  readonly store: Store;
  /** From now on `/-/health/ready` says no. */
  announceStop(): void;
  /** Ends listening, workers and the store, after what is under way has finished. */
  close(): Promise<void>;
}

/** Opens the database of the settings, brings its schema up to date and unlocks it. */
export async function openStore(config: Config, ports: Ports): Promise<Store> {
  const { clock, random } = ports;
  const locked = createStore(await openEngine(config), clock, random);
  try {
    await migrate(locked);
    const keyring = ports.openKeyring(!(await hasDataKeys(locked)));
    const store = locked.unlock(await loadVault(locked, keyring, random));
    await prepareSigning(store);
    return store;
  } catch (thrown) {
    await locked.close();
    throw thrown;
  }
}

async function openEngine(config: Config) {
  if (config.databaseUrl !== undefined) {
    const { openPostgres } = await import('./store/postgres.ts');
    return openPostgres(config.databaseUrl);
  }
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const { openSqlite } = await import('./store/sqlite.ts');
  return openSqlite(join(config.dataDir, 'tallystick.db'));
}

async function createMailer(config: Config, log: Log): Promise<Mailer> {
  const from = config.mailFrom;
  if (config.smtpUrl === undefined)
    return createFileMailer({ folder: join(config.dataDir, 'outbox'), from, log });
  const { createSmtpMailer } = await import('./adapters/mail-smtp.ts');
  return createSmtpMailer({ url: config.smtpUrl, from });
}

/** Wires the application over an opened store; not yet listening. */
export async function createApp(config: Config, store: Store, ports: Ports): Promise<App> {
  const { clock, random, log, clockAgrees = () => true } = ports;
  const floods = new Floods();
  const metrics = createMetrics();
  const watched = watchGate(createGate(store, gateRules(config), floods), metrics);
  const gate = offerPages(watched, store, config);
  const blobs = createBlobs(join(config.dataDir, 'blobs'), { clock, random });
  const site = { name: config.siteName, publicUrl: config.publicUrl, supportEmail: config.supportEmail };
  let stopping = false;

  const { publicUrl } = config;
  const downloads = createDownloadCounter(store, clock);
  const recogniser = createRecogniser(store, { log });
  const library = createLibrary({ store, blobs, clock, publicUrl });
  const preparing = createAccountPreparing(store, accountRules(config));
  const apiRoutes = registryRoutes({
    library,
    blobs,
    clock,
    log,
    publicUrl,
    downloads,
    placeChanges: () => placeChanges(store),
    preparing,
    tokenRules: tokenRules(config),
    loginStartRules: loginStartRules(config),
    version: config.version,
    metrics,
    metricsToken: config.metricsToken,
    anonymousRead: config.anonymousRead,
    tarballLimit: config.tarballLimit,
    unpackedLimit: config.unpackedLimit,
    unpublishRules: unpublishRules(config),
    registration: config.registration,
    issuer: config.siteName,
    totpTolerance: gateRules(config).totpTolerance,
    isReady: async () => !stopping && clockAgrees() && (await isAnswering(store)),
  });
  const { siteName } = config;
  const keySite = keySiteOf(publicUrl, siteName);
  const keys = keySite && createKeyDesk(store, keySite, { ...gateRules(config), ...loginStartRules(config) });
  const settings = { siteName, publicUrl, registration: config.registration, keys };
  const readmes = createReadmeRenderer();
  const pages = siteRoutes({
    settings,
    sessionRules: sessionRules(config),
    tokenRules: tokenRules(config),
    registration: config.registration,
    preparing,
    nameBehind: preparing.nameBehind,
    totpTolerance: gateRules(config).totpTolerance,
    now: () => clock.now(),
    hasFactor: async (name) =>
      store.read(async (tx) => {
        const account = await findAccount(tx, name);
        const factor = account && (await readSecondFactor(tx, account.id));
        return factor != null && !factor.pending;
      }),
    reserveTry: (session) => reserveTry(store, session),
    kindsOf: (account) => store.read((tx) => readFactorKinds(tx, account)),
    anonymousRead: config.anonymousRead,
    releaseWindow: config.releaseWindow,
    readmes,
    forget: library.forget,
  });
  const actors = createActorReader({
    trustedProxies: parseRanges(config.trustedProxies),
    now: () => clock.now(),
    recognise: recogniser.recognise,
    remember: recogniser.remember,
    onForwardingIgnored: () =>
      log.warn(
        {},
        'X-Forwarded-For from an address that is not a trusted proxy is ignored: see trustedProxies',
      ),
  });
  const routes = [...apiRoutes, ...pages];
  const limitReads = createReadLimit({
    limit: config.anonymousReadLimit,
    loopbackExempt: config.loopback,
    clock,
    onLimited: ({ actor, action }) =>
      floods.count(
        {
          limit: 'anonymousReadLimit',
          source: `address:${actor.address ?? 'unknown'}`,
          entry: describeAct(actor, null, action, { on: 'site' }, { outcome: 'refused' }),
        },
        clock.now(),
      ),
  });
  const server = createServer({
    limitReads,
    routes,
    rendering: registryRendering,
    site: {
      rendering: siteRendering(settings),
      visits: createVisitReader({ store, actors, random, publicUrl, lives: sessionRules(config) }),
      headers: siteHeaders(publicUrl, config.hstsSubdomains),
      redirect: (request, path) => redirectTo(publicUrl, request, path),
    },
    gate,
    actors,
    clock,
    log,
    instance: newId(clock.now(), random).slice(-8),
    prefix: new URL(config.publicUrl).pathname.replace(/\/$/, ''),
    canonicalPath,
    onAnswered: (status, milliseconds) => {
      metrics.answers.add(`${Math.floor(status / 100)}xx`);
      metrics.latency.observe(milliseconds / 1000);
    },
  });
  const stopCounting = startCounting(downloads, log);
  const stopSweeping = startSweeping(store, blobs, log);
  const stopBackSigning = startBackSigning(store, library.forget, log);
  const { auditCheckpoints } = config;
  const keeper = auditCheckpoints === undefined ? undefined : createCheckpointKeeper(auditCheckpoints);
  const stopLedger = startLedger({
    store,
    mailer: ports.mailer ?? (await createMailer(config, log)),
    log,
    site,
    floods,
    keeper,
  });
  const stopTokenWork = startTokenWork({ store, log });
  const stopKeyWork = startKeyWork(store, log);
  const stopHoldWork = repeat({ name: 'end holds', pause: 60_000, run: () => endHolds(store) }, log);

  return {
    server,
    gate,
    routes,
    store,
    announceStop: () => {
      stopping = true;
    },
    close: async () => {
      stopping = true;
      await server.close();
      await recogniser.close();
      await readmes.close();
      await stopTokenWork();
      await stopKeyWork();
      await stopHoldWork();
      await stopCounting();
      await stopSweeping();
      await stopBackSigning();
      await stopLedger();
      await store.close();
    },
  };
}

/** Follows rotations of the keyring and seals again what an older key sealed (KY2). */
function startKeyWork(store: Store, log: Log): () => Promise<void> {
  const run = async (): Promise<void> => {
    const { rewrapped, unopened } = await rewrapSealed(store);
    if (rewrapped > 0) log.info({ rewrapped }, 'sealed secrets again under the current key');
    if (unopened > 0) log.error({ unopened }, 'sealed secrets that no key opens');
  };
  return repeat({ name: 'follow the keyring', pause: 60_000, run }, log);
}

/** Whether the database answers. */
export async function isAnswering(store: Store): Promise<boolean> {
  try {
    await store.read(async () => undefined);
    return true;
  } catch {
    return false;
  }
}
