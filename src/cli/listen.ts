import type { Server } from 'node:http';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { CommandProblem } from './problem.ts';

export interface Listening {
  /** As one types them: `127.0.0.1:4873`, `[::1]:4873`. */
  readonly addresses: readonly string[];
  /** Takes no new connection; those that are open stay. */
  close(): void;
}

/** The addresses behind a host setting; only `localhost` is two, and of these one may not exist. */
const addressesOf = (host: string): readonly string[] =>
  host === 'localhost' ? ['127.0.0.1', '::1'] : [host];

const isAbsent = (thrown: unknown): boolean =>
  ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes((thrown as NodeJS.ErrnoException).code ?? '');

function bind(server: NetServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function sentenceFor(thrown: unknown, host: string, port: number): unknown {
  switch ((thrown as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new CommandProblem(
        `Port ${port} of ${host} is taken by another program. Stop that one, or choose another port with --port.`,
      );
    case 'EACCES':
      return new CommandProblem(
        `This user may not listen on port ${port}. Choose one from 1024 with --port.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAFNOSUPPORT':
      return new CommandProblem(`${host} is not an address of this machine. Choose another with --host.`);
    default:
      return thrown;
  }
}

const shown = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/**
 * Lets an HTTP server listen on every address of the host, all on the same port. Further listeners hand their
 * connections to the one server, so that its limits and its draining hold for all.
 */
export async function listen(server: Server, host: string, port: number): Promise<Listening> {
  const bound: NetServer[] = [];
  const addresses: string[] = [];
  const wanted = addressesOf(host);
  let absent: unknown;
  for (const address of wanted) {
    const listener =
      bound.length === 0
        ? server
        : createServer({ noDelay: true, keepAlive: true }, (socket) => server.emit('connection', socket));
    try {
      addresses.push(shown(address, await bind(listener, address, port)));
      bound.push(listener);
    } catch (thrown) {
      absent = thrown;
      if (isAbsent(thrown) && wanted.length > 1) continue;
      for (const opened of bound) opened.close();
      throw sentenceFor(thrown, address, port);
    }
  }
  if (bound.length === 0) throw sentenceFor(absent, host, port);
  return {
    addresses,
    close: () => {
      for (const listener of bound) listener.close();
    },
  };
}

/** A port that is free on every address of the host, or was a moment ago. */
export async function findFreePort(host: string): Promise<number> {
  const probe = createServer();
  const [first = host] = addressesOf(host);
  try {
    return await bind(probe, first, 0);
  } catch (thrown) {
    throw sentenceFor(thrown, first, 0);
  } finally {
    probe.close();
  }
}
