import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, inject } from 'vitest';
import { type App, createApp, openStore } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { createKeyring } from '../../src/kernel/keyring.ts';
import type { Dialect } from '../../src/store/store.ts';
import { type Answer, createDoors, type Sent } from './doors.ts';
import { createClock, createLog, createRandom, type TestClock, type TestLog } from './ports.ts';
import { createDatabase } from './postgres.ts';

export interface Wish {
  token?: string;
  otp?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Where the request comes from; 127.0.0.1 without it. */
  address?: string;
}

/** The whole application in this process, with a clock that tests move; it is asked over sockets. */
export interface TestApp {
  readonly app: App;
  readonly clock: TestClock;
  readonly log: TestLog;
  /** One request; the path is sent as it is. */
  ask(method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE', path: string, wish?: Wish): Promise<Answer>;
  /** The same, with nothing said that is not written down. */
  send(sent: Sent): Promise<Answer>;
  /** Another process on the same database and blobs, with the same clock. */
  another(): Promise<TestApp>;
}

const cleanups: (() => Promise<void>)[] = [];

async function compose(
  folder: string,
  environment: Record<string, string>,
  clock: TestClock,
  seed: number,
): Promise<TestApp> {
  const log = createLog();
  const random = createRandom(`app ${seed}`);
  const { config } = await loadConfig({ environment, folder });
  // Mails wait in the outbox (outbox.ts): nobody takes any as long as the test lasts.
  const delivery = Promise.withResolvers<never>();
  delivery.promise.catch(() => undefined);
  const ports = {
    mailer: { send: () => delivery.promise },
    clock,
    random,
    log,
    openKeyring: () => createKeyring(clock.now(), createRandom('keyring')),
  };
  const created = await createApp(config, await openStore(config, ports), ports);
  const close = (): Promise<void> => {
    delivery.reject(new Error('the test is over'));
    return created.close();
  };
  const app: App = { ...created, close };
  const doors = createDoors(app.server);
  cleanups.push(async () => {
    doors.close();
    await app.close();
  });
  return {
    app,
    clock,
    log,
    ask: (method, path, { token, otp, body, headers = {}, address } = {}) =>
      doors.send({
        method,
        target: path,
        address,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(otp === undefined ? {} : { 'npm-otp': otp }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        payload: body === undefined ? undefined : JSON.stringify(body),
      }),
    send: doors.send,
    another: () => compose(folder, environment, clock, seed + 1),
  };
}

/** Opens an application on a fresh database; `settings` are `TALLYSTICK_…` variables. Closed after the test. */
export async function openApp(dialect: Dialect, settings: Record<string, string> = {}): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-app-'));
  cleanups.push(async () => rmSync(folder, { recursive: true, force: true }));
  const database: Record<string, string> =
    dialect === 'postgres' ? { TALLYSTICK_DATABASE_URL: await createDatabase(inject('postgresPort')) } : {};
  const environment = {
    TALLYSTICK_DATA_DIR: folder,
    TALLYSTICK_PUBLIC_URL: 'http://localhost:4873',
    TALLYSTICK_UPSTREAM: 'none',
    ...database,
    ...settings,
  };
  return compose(folder, environment, createClock(), 0);
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
