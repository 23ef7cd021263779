import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { signUp } from '../accounts/wire.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { findFreePort } from '../support/postgres.ts';
import type { Major } from './install.ts';
import { Machine } from './machine.ts';
import type { Terminal } from './terminal.ts';
import { Visitor } from './visitor.ts';

/** The line of npm's settings that a login leaves. */
export const authLine = /:_authToken="?(npm_[A-Za-z0-9]{36})"?/;

/** What was opened by a test and is closed after it; the application closes itself. */
const machines: Machine[] = [];

/** A registry with one account, `hannah`. */
export interface Scene {
  readonly world: TestApp;
  readonly registry: string;
  /** A computer that is not logged in. */
  readonly machine: Machine;
  readonly token: string;
  /** The page that the next login or act is to be approved on, as the server told it. */
  asked(): Promise<string>;
}

/**
 * The application in this process, listening: its clock is the test's, and browsers need no socket. Without logins by a
 * page clients ask for name and password; acts still have theirs.
 */
export async function openScene({ loginPages = true } = {}): Promise<Scene> {
  const port = await findFreePort();
  const registry = `http://127.0.0.1:${port}`;
  const settings = { TALLYSTICK_PUBLIC_URL: registry, TALLYSTICK_PASSWORD_STRENGTH: '0' };
  const world = await openApp('sqlite', settings);
  let tell: (url: string) => void = () => undefined;
  world.app.server.addHook('onSend', async (_request, _reply, payload) => {
    const [, url] = /"(?:loginUrl|authUrl)":"([^"]+)"/.exec(String(payload)) ?? [];
    if (url !== undefined) tell(url);
  });
  if (!loginPages)
    world.app.server.addHook('onRequest', async (request, reply) => {
      if (request.url === '/-/v1/login')
        await reply.code(404).send({ error: 'not found', message: 'not found' });
    });
  await world.app.server.listen({ port, host: '127.0.0.1' });
  expect((world.app.server.server.address() as AddressInfo).port).toBe(port);
  const machine = new Machine(registry, {}, 'web');
  machines.push(machine);
  const asked = (): Promise<string> =>
    new Promise((resolve) => {
      tell = resolve;
    });
  return { world, registry, machine, token: await signUp(world), asked };
}

/** Whose account it is, at a browser; `code` gives those of the authenticator app. */
export const visitorOf = ({ world, registry }: Scene, code?: () => string): Visitor =>
  new Visitor({ app: world, origin: registry, name: 'hannah', code });

/** Npm 6 knows no way not to open a browser; it prints the address where there is none. */
export const loginOf = (major: Major): string[] =>
  major === 6 ? ['login', '--browser=/there/is/none'] : ['login'];

/** The page that the client has printed, once it has. */
export async function pageIn(terminal: Terminal, kind: 'login' | 'auth'): Promise<string> {
  await terminal.expect(`/${kind}/cli/`);
  const [url] =
    new RegExp(`http://127\\.0\\.0\\.1:\\d+/${kind}/cli/[0-9a-f]{64}`).exec(terminal.transcript) ?? [];
  if (url === undefined) throw new Error(`no whole address in:\n${terminal.transcript}`);
  return url;
}

/** That the computer has the token of that account now. */
export async function expectLoggedIn({ world, machine }: Scene, username = 'hannah'): Promise<void> {
  const [, token] = authLine.exec(machine.settings) ?? [];
  expect(token).toBeDefined();
  const answer = await world.ask('GET', '/-/whoami', { token: token ?? '' });
  expect(answer.json()).toEqual({ username });
}

/** Throws away what the scenes of a test left; their applications close themselves. */
export function removeMachines(): void {
  for (const machine of machines.splice(0)) machine.remove();
}
