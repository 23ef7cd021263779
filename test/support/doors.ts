/**
 * Requests over real sockets to a server of this process. A server has one door, a listening port of 127.0.0.1, for each
 * address that somebody comes from: connections through it have that peer, which no socket of this machine could have.
 */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request as open } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';

/** A request as it goes out; target and headers are sent as they are. */
export interface Sent {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly payload?: string | Buffer | undefined;
  /** The peer; 127.0.0.1 without it. */
  readonly address?: string | undefined;
}

/** What came back; header names are in lower case. */
export type Answer = Pick<LightMyRequestResponse, 'statusCode' | 'headers' | 'body' | 'rawPayload' | 'json'>;

interface Door {
  readonly server: Server;
  readonly agent: Agent;
  readonly port: number;
}

export interface Doors {
  send(sent: Sent): Promise<Answer>;
  /** Ends every connection. */
  close(): void;
}

const local = '127.0.0.1';

async function readAnswer(message: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = [];
  message.on('data', (piece: Buffer) => pieces.push(piece));
  await once(message, 'end');
  const rawPayload = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  const body = rawPayload.toString();
  return {
    statusCode: message.statusCode ?? 0,
    headers: message.headers,
    body,
    rawPayload,
    json: () => JSON.parse(body),
  };
}

/** The doors of a server, each opened by the first request through it. */
export function createDoors(app: FastifyInstance): Doors {
  const doors = new Map<string, Promise<Door>>();
  const sockets = new Set<Socket>();
  const servers: Server[] = [];

  const openDoor = async (address: string): Promise<Door> => {
    await app.ready();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      if (address !== local) Object.defineProperty(socket, 'remoteAddress', { value: address });
      app.server.emit('connection', socket);
    });
    servers.push(server);
    await once(server.listen(0, local), 'listening');
    const agent = new Agent({ keepAlive: true });
    return { server, agent, port: (server.address() as AddressInfo).port };
  };

  const doorOf = (address: string): Promise<Door> => {
    const known = doors.get(address) ?? openDoor(address);
    doors.set(address, known);
    return known;
  };

  return {
    send: async ({ method, target, headers = {}, payload, address = local }) => {
      const { agent, port } = await doorOf(address);
      const length = payload === undefined ? {} : { 'content-length': String(Buffer.byteLength(payload)) };
      return new Promise((resolve, reject) => {
        const sending = open({
          agent,
          host: local,
          port,
          method,
          path: target,
          headers: { host: 'localhost:80', 'user-agent': 'test', ...length, ...headers } as Record<
            string,
            string
          >,
        });
        sending.once('response', (message) => readAnswer(message).then(resolve, reject));
        sending.once('error', reject);
        sending.end(payload);
      });
    },
    close: () => {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
