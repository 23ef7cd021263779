import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as a client sent it and what it was answered. */
export interface Exchange {
  readonly method: string;
  /** The raw path and query, nothing decoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Bodies up to 64 KiB as text; longer ones are told by their length only. */
  readonly body: string;
  readonly bodyLength: number;
  readonly status: number;
  readonly answerHeaders: IncomingHttpHeaders;
  readonly answerLength: number;
}

/** A request that was refused, or failed, and everything that the client was told. */
export interface Refusal {
  /** `METHOD /path status`. */
  readonly title: string;
  readonly headers: IncomingHttpHeaders;
  readonly answerHeaders: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * What stands between clients and the server so that a test sees the wire. It passes bytes on unchanged; with
 * `breakNext` it drops one answer after the server gave it, with `hidePages` the server seems to have no website.
 */
export interface RecordingProxy {
  readonly url: string;
  /** `METHOD /path` of every exchange since the last `forget`. */
  lines(): string[];
  exchanges(): readonly Exchange[];
  /** Everything that was answered with 400 or more; `forget` keeps it. */
  refusals(): readonly Refusal[];
  forget(): void;
  /** The connection of the next request that fits is reset once the server has answered it whole. */
  breakNext(fits: (method: string, url: string) => boolean): void;
  /**
   * From now on no client finds a page to log in or to prove itself by, as with registries that have none: npm up to 8
   * and pnpm look for one first whatever they are told, and bun and pnpm ask in the terminal only where none is offered.
   */
  hidePages(): void;
  aim(port: number): void;
  close(): Promise<void>;
}

const kept = 65_536;

async function collect(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const ofOneConnection = /^(connection|keep-alive)$/i;
const ofOneConnectionOrPages = /^(connection|keep-alive|npm-auth-type)$/i;

/** The headers as they came, without those that are not to be passed on. */
const passedOn = (rawHeaders: readonly string[], dropped: RegExp): string[] =>
  rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && !dropped.test(name) ? [name, rawHeaders[index + 1] ?? ''] : [],
  );

/**
 * Listens on a free port of 127.0.0.1; the server behind it is named by `aim`. With a prefix it serves a site of which
 * the server is a part: it takes that beginning off each path and knows no other.
 */
export async function startProxy(prefix = ''): Promise<RecordingProxy> {
  let target = 0;
  let recorded: Exchange[] = [];
  const refused: Refusal[] = [];
  let pages = true;
  let breaks: ((method: string, url: string) => boolean) | undefined;

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = incoming;
    if (!url.startsWith(prefix)) {
      outgoing.writeHead(404).end();
      return;
    }
    const broken = breaks?.(method, url) ?? false;
    if (broken) breaks = undefined;
    const body = await collect(incoming);
    const path = url.slice(prefix.length);
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      const forwarded = request(
        {
          host: '127.0.0.1',
          port: target,
          method,
          path: !pages && path === '/-/v1/login' ? '/-/no/such/route' : path,
          headers: passedOn(incoming.rawHeaders, pages ? ofOneConnection : ofOneConnectionOrPages),
        },
        resolve,
      );
      forwarded.once('error', reject);
      forwarded.end(body);
    });
    const content = await collect(reply);
    recorded.push({
      method,
      url,
      headers: incoming.headers,
      body: body.length <= kept ? body.toString() : '',
      bodyLength: body.length,
      status: reply.statusCode ?? 0,
      answerHeaders: reply.headers,
      answerLength: content.length,
    });
    const { statusCode: status = 0, headers: answerHeaders } = reply;
    if (status >= 400 && method !== 'HEAD')
      refused.push({
        title: `${method} ${url} ${status}`,
        headers: incoming.headers,
        answerHeaders,
        text: content.toString(),
      });
    if (broken) {
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(reply.statusCode ?? 502, passedOn(reply.rawHeaders, ofOneConnection));
    outgoing.end(content);
  };

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    lines: () => recorded.map(({ method, url }) => `${method} ${url}`),
    exchanges: () => recorded,
    refusals: () => refused,
    forget: () => {
      recorded = [];
    },
    breakNext: (fits) => {
      breaks = fits;
    },
    hidePages: () => {
      pages = false;
    },
    aim: (port) => {
      target = port;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
