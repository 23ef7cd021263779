/**
 * Where many do one thing at once: two servers on one database, and a store beside them that makes people and takes back
 * what a round has spent. On PostgreSQL the servers are built ones, each a process of its own; SQLite takes one process
 * (its data folder is locked), so there two applications of this process share the file.
 */
import { inject } from 'vitest';
import { approveOtp } from '../../src/accounts/handoffs.ts';
import { openStore } from '../../src/cli/opening.ts';
import { loadConfig } from '../../src/config.ts';
import { insertTotp, setMode } from '../../src/factors/factors.sql.ts';
import { replaceRecoveryCodes } from '../../src/factors/recovery-codes.ts';
import { codeAt, stepAt, totpBinding } from '../../src/factors/totp.ts';
import type { Dialect, Store } from '../../src/store/store.ts';
import { goodPassword, permitFor } from '../accounts/acting.ts';
import { couchBody, userPath } from '../accounts/wire.ts';
import { openApp } from '../support/app.ts';
import { createLog } from '../support/ports.ts';
import { createDatabase } from '../support/postgres.ts';
import { startServer } from '../support/process.ts';

export interface Wish {
  readonly token?: string;
  readonly otp?: string;
  readonly body?: unknown;
  /** From where it comes, by way of the proxy that the servers trust. */
  readonly address?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

type Ask = (method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, wish?: Wish) => Promise<Answer>;

export interface Arena {
  readonly servers: readonly [Ask, Ask];
  readonly store: Store;
  readonly close: () => Promise<void>;
}

const settings = {
  TALLYSTICK_PASSWORD_STRENGTH: '0',
  TALLYSTICK_TRUSTED_PROXIES: '127.0.0.1',
  TALLYSTICK_LOG_LEVEL: 'error',
};

const headersOf = ({ token, otp, address, headers }: Wish): Record<string, string> => ({
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  ...(otp === undefined ? {} : { 'npm-otp': otp }),
  ...(address === undefined ? {} : { 'x-forwarded-for': address }),
  ...headers,
});

const askAt =
  (url: string): Ask =>
  async (method, path, wish = {}) => {
    const headers = { ...headersOf(wish), 'content-type': 'application/json' };
    const body = wish.body === undefined ? null : JSON.stringify(wish.body);
    const answer = await fetch(url + path, { method, headers, body });
    return { status: answer.status, text: await answer.text() };
  };

async function openProcesses(): Promise<Arena> {
  const database = await createDatabase(inject('postgresPort'));
  const first = await startServer({ database, env: settings });
  const second = await startServer({
    database,
    env: settings,
    dataDir: first.dataDir,
    publicUrl: first.url,
  });
  const { config } = await loadConfig({ environment: first.env, folder: first.dataDir });
  const { store } = await openStore(config, createLog());
  const close = async (): Promise<void> => {
    await store.close();
    await second.stop();
    await first.remove();
  };
  return { servers: [askAt(first.url), askAt(second.url)], store, close };
}

async function openApplications(): Promise<Arena> {
  const first = await openApp('sqlite', settings);
  const second = await first.another();
  const askOf =
    ({ ask }: typeof first): Ask =>
    async (method, path, wish = {}) => {
      const { statusCode, body } = await ask(method, path, { headers: headersOf(wish), body: wish.body });
      return { status: statusCode, text: body };
    };
  return {
    servers: [askOf(first), askOf(second)],
    store: first.app.store,
    close: async () => undefined,
  };
}

export const openArena = (dialect: Dialect): Promise<Arena> =>
  dialect === 'postgres' ? openProcesses() : openApplications();

const secret = Buffer.from('a secret for all of them');

/** Somebody who has an app and recovery codes, both unspent at the beginning of every round. */
export interface Racer {
  readonly id: string;
  readonly name: string;
  /** A login token. */
  readonly token: string;
}

/** Signs up at the first server. */
export async function enlist({ servers: [first], store }: Arena, name: string): Promise<Racer> {
  const body = couchBody(name, goodPassword, `${name}@example.com`);
  let answer = await first('PUT', userPath(name), { body });
  // A machine that does much else may find the file locked for seconds.
  for (let tries = 1; answer.status === 503 && tries < 5; tries += 1)
    answer = await first('PUT', userPath(name), { body });
  if (answer.status !== 201) throw new Error(answer.text);
  const { id } = await store.read((tx) =>
    tx.sql.selectFrom('accounts').select('id').where('name', '=', name).executeTakeFirstOrThrow(),
  );
  const { token } = JSON.parse(answer.text) as { token: string };
  return { id, name, token };
}

/** Gives somebody an app that has shown no code yet and fresh recovery codes, which it returns, and forgets all guesses. */
export const refresh = ({ store }: Arena, { id: account }: Racer): Promise<string[]> =>
  store.write(async (tx) => {
    for (const table of ['factors', 'proofs', 'attempts'] as const)
      await tx.sql.deleteFrom(table).where('account_id', '=', account).execute();
    const id = `factor-${account}`;
    const sealed = tx.vault.seal(secret, totpBinding(account, id));
    await insertTotp(tx, { id, account_id: account, secret: sealed, highest_step: 0 });
    await setMode(tx, account, 'auth-and-writes');
    return replaceRecoveryCodes(tx, account);
  });

/** What the app shows now. */
export const codeNow = ({ store }: Arena): string => codeAt(secret, stepAt(store.clock.now()));

/** So many texts of six digits of which none is good within minutes of now. */
export function wrongCodes({ store }: Arena, count: number): string[] {
  const step = stepAt(store.clock.now());
  const good = new Set(Array.from({ length: 41 }, (_, index) => codeAt(secret, step + index - 20)));
  return Array.from({ length: count + good.size }, (_, index) => String(index * 4799).padStart(6, '0'))
    .filter((code) => !good.has(code))
    .slice(0, count);
}

/** What opens the act that was refused with a page, once somebody has approved it there. */
export async function approve(
  { servers: [first], store }: Arena,
  racer: Racer,
  challenge: string,
): Promise<string> {
  const { authUrl, doneUrl } = JSON.parse(challenge) as { authUrl: string; doneUrl: string };
  const id = new URL(authUrl).pathname.split('/').at(-1) ?? '';
  await store.write((tx) => {
    const permit = permitFor('handoff.approveOtp', racer, { credential: 'browser', receivedAt: tx.now });
    return approveOtp(tx, permit, { id, release: false }, { releaseWindow: 0 });
  });
  const { pathname, search } = new URL(doneUrl);
  const answer = await first('GET', pathname + search);
  if (answer.status !== 200) throw new Error(answer.text);
  return (JSON.parse(answer.text) as { token: string }).token;
}

/** The name that stands in somebody's profile. */
export async function fullnameOf({ store }: Arena, { id }: Racer): Promise<string | null> {
  const row = await store.read((tx) =>
    tx.sql.selectFrom('accounts').select('fullname').where('id', '=', id).executeTakeFirstOrThrow(),
  );
  return row.fullname;
}
