import {
  createServer as createNodeServer,
  type IncomingMessage,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify';
import type { Gate } from '../gate/gate.ts';
import { Failure, fail, isFailure } from '../kernel/failure.ts';
import type { Clock, Log } from '../kernel/ports.ts';
import type { Actor } from '../policy/actor.ts';
import { policy } from '../policy/policy.ts';
import type { ActorReader } from './actor.ts';
import { answerAtOnce } from './at-once.ts';
import { drain, hasBody } from './body.ts';
import { limitOutgoing, type OutgoingLimits } from './outgoing.ts';
import { sendPieces } from './pieces.ts';
import type { LimitReads } from './read-limit.ts';
import type { Asked, Reply, Route } from './route.ts';
import { isInvalid, isPage, longestUrl, mountPath, pathOf, rewriter } from './target.ts';
import { answerUnreadable } from './unreadable.ts';
import type { Arrival, VisitReader } from './visit.ts';

/** What is known of a request that is refused. */
export interface Refused {
  readonly userAgent: string;
  readonly code: string | null;
  /** The path below the public URL, with its query. */
  readonly path: string;
  /** Only on the website, and only once it is known who visits. */
  readonly arrival?: Arrival | undefined;
}

/** How a surface shows a refusal and an accident. */
export interface Rendering {
  failure(failure: Failure, asked: Refused): Reply;
  /** An unexpected error: opaque, with a reference that the log knows too. */
  accident(reference: string, asked: Refused): Reply;
}

/** What the website needs of the server. */
export interface SiteParts {
  readonly rendering: Rendering;
  readonly visits: VisitReader;
  /** Sent with every answer of the website (WE1). */
  readonly headers: Readonly<Record<string, string>>;
  /** Where a page that was asked for under another host is to be read (WE6); undefined where it was not. */
  readonly redirect: (request: IncomingMessage, path: string) => string | undefined;
}

export interface ServerParts {
  readonly routes: readonly Route[];
  /** Of the registry. */
  readonly rendering: Rendering;
  readonly site?: SiteParts;
  readonly gate: Gate;
  readonly actors: ActorReader;
  readonly clock: Clock;
  readonly log: Log;
  /** Limits what strangers read. */
  readonly limitReads?: LimitReads | undefined;
  readonly outgoingLimits?: OutgoingLimits;
  /** Told of every answer when it has been sent; must be quick. */
  readonly onAnswered?: (status: number, milliseconds: number) => void;
  /** Unique per process; request ids are this and a number. */
  readonly instance: string;
  /** The path of the public URL without its last slash: `` or `/npm`. */
  readonly prefix: string;
  /** The one spelling of a raw path that routes know, or undefined for one that nobody sends honestly. */
  readonly canonicalPath: (target: string) => string | undefined;
}

/** Times in milliseconds. */
const limits: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 15 * 60_000,
  keepAliveTimeout: 75_000,
  maxHeaderSize: 16 * 1024,
  connectionsCheckingInterval: 5000,
};

const refuseSchema = (): never => {
  throw new Error('Routes check their input with zod.');
};
/** Given none, fastify loads compilers of its own, which only cost time and memory at every start. */
const schemaController: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema },
};

/** Throws when a route names no action of the policy: such a server must not start. */
function checkRoutes(routes: readonly Route[]): void {
  for (const { method, path, actions } of routes)
    if (actions.length === 0 || actions.some((action) => !(action in policy)))
      throw new Error(`The route ${method} ${path} names no action of the policy.`);
}

function send(reply: FastifyReply, answer: Reply): FastifyReply {
  reply.code(answer.status ?? 200);
  if (answer.headers) reply.headers(answer.headers);
  const { body } = answer;
  if (body === undefined) return reply.send();
  if (Buffer.isBuffer(body) || (typeof body === 'object' && body !== null && 'pipe' in body))
    return reply.send(body);
  if (!reply.hasHeader('content-type')) reply.header('content-type', 'application/json; charset=utf-8');
  return reply.send(JSON.stringify(body));
}

const isPieces = (body: unknown): body is AsyncIterable<Buffer> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body && !('pipe' in body);

/** The parameters of the query. Fails with `request_invalid` where one came more than once: nobody means two values. */
function singleValues(query: Record<string, unknown>): Record<string, string> {
  for (const name in query)
    if (typeof query[name] !== 'string')
      fail('request_invalid', { reason: `The parameter ${name.slice(0, 40)} came more than once.` });
  return query as Record<string, string>;
}

/** The HTTP server over the given routes; not yet listening. */
export function createServer(parts: ServerParts): FastifyInstance {
  checkRoutes(parts.routes);
  const { gate, actors, clock, log, rendering } = parts;
  let requests = 0;
  const nameRequest = (): string => {
    requests += 1;
    return `${parts.instance}-${requests.toString(36)}`;
  };
  const rewrite = rewriter({ ...parts, hasSite: parts.site !== undefined });
  const countsStrangers = parts.limitReads !== undefined;
  const admit = limitOutgoing(parts.outgoingLimits);

  const server = Fastify({
    logger: false,
    routerOptions: { maxParamLength: longestUrl, ignoreTrailingSlash: false },
    rewriteUrl: rewrite,
    genReqId: nameRequest,
    forceCloseConnections: 'idle',
    schemaController,
    clientErrorHandler: answerUnreadable(rendering.failure),
    // What comes on a connection that is there is answered in full, and the connection ends behind that.
    return503OnClosing: false,
    serverFactory: (route) =>
      createNodeServer(
        limits,
        answerAtOnce({ ...parts, rewrite, nameRequest, countsStrangers, admit }, route),
      ),
  });

  // Bodies are read by the routes themselves, after the headers were judged.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));

  const { onAnswered } = parts;
  if (onAnswered)
    server.addHook('onResponse', (_request, reply, done) => {
      onAnswered(reply.statusCode, reply.elapsedTime);
      done();
    });

  const failed = (thrown: unknown, request: FastifyRequest, arrival?: Arrival): Reply => {
    const asked: Refused = {
      userAgent: request.headers['user-agent'] ?? '',
      code: typeof request.headers['npm-otp'] === 'string' ? request.headers['npm-otp'] : null,
      path: pathOf(request),
      arrival,
    };
    const surface = parts.site && isPage(request) ? parts.site.rendering : rendering;
    if (isFailure(thrown)) return surface.failure(thrown, asked);
    log.error({ request: request.id, route: request.routeOptions.url, err: thrown }, 'unexpected error');
    return surface.accident(request.id, asked);
  };

  /** Who asks, by the means of the surface that is asked. */
  const arrive = async (
    route: Route,
    request: FastifyRequest,
  ): Promise<{ actor: Actor; arrival: Arrival | undefined }> => {
    if (route.surface !== 'site' || !parts.site || route.ignoresCredential)
      return {
        actor: await actors.read(request.raw, request.id, route.ignoresCredential),
        arrival: undefined,
      };
    const arrival = await parts.site.visits.read(request.raw, request.id);
    return { actor: arrival.actor, arrival };
  };

  /** What goes with every answer of the website. */
  const dress = (reply: FastifyReply, arrival: Arrival | undefined): void => {
    if (!parts.site) return;
    reply.headers(parts.site.headers);
    const cookies = arrival?.cookies() ?? [];
    if (cookies.length > 0) reply.header('set-cookie', [...cookies]);
  };

  const answer = async (
    route: Route,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const raw: { request: IncomingMessage; response: ServerResponse } = {
      request: request.raw,
      response: reply.raw,
    };
    let actor: Actor | undefined;
    let arrival: Arrival | undefined;
    let result: Reply;
    let isTooSlow = false;
    try {
      if (route.surface === 'site') {
        const elsewhere = parts.site?.redirect(raw.request, pathOf(request));
        if (elsewhere !== undefined) return reply.redirect(elsewhere, 307);
      }
      ({ actor, arrival } = await arrive(route, request));
      if (route.method === 'GET') parts.limitReads?.({ actor, action: route.actions[0] });
      const asked: Asked = {
        actor,
        params: request.params as Record<string, string>,
        query: singleValues(request.query as Record<string, unknown>),
        headers: request.headers,
        method: request.method,
        path: pathOf(request),
        visit: arrival?.visit ?? null,
        body: undefined,
      };
      result = await route.handle(gate, asked, raw);
      admit(raw.response, result.body);
    } catch (thrown) {
      if (raw.request.errored || raw.response.destroyed) return reply.hijack();
      result = failed(thrown, request, arrival);
      isTooSlow = isFailure(thrown, 'request_too_slow');
    }
    if (route.surface === 'site') dress(reply, arrival);
    // Who was too slow is waited for no longer: node ends the connection behind this answer.
    if (isTooSlow) reply.header('connection', 'close');
    else if (hasBody(raw.request)) await drain(raw.request, route.bodyLimit);
    if (actor?.notice) reply.header('npm-notice', actor.notice);
    note(request, actor, result.status ?? 200, route);
    return isPieces(result.body) ? stream(request, reply, result, result.body) : send(reply, result);
  };

  const stream = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { status = 200, headers = {} }: Reply,
    pieces: AsyncIterable<Buffer>,
  ): Promise<FastifyReply> => {
    try {
      await sendPieces(reply.raw, { status, headers: { ...reply.getHeaders(), ...headers } }, pieces);
    } catch (thrown) {
      const answer = failed(thrown, request);
      if (!reply.raw.headersSent) return send(reply, answer);
    }
    return reply.hijack();
  };

  /** Reads are many and dull; what changes something or fails is worth a line. Never the URL: it may hold a token. */
  const note = (request: FastifyRequest, actor: Actor | undefined, status: number, route: Route): void => {
    const fields = () => ({
      request: request.id,
      method: request.method,
      route: route.path,
      package: (request.params as Record<string, string>).package,
      status,
      account: actor?.account?.name,
      address: actor?.address,
      milliseconds: actor ? clock.now() - actor.receivedAt : undefined,
    });
    if (route.method !== 'GET' || (status >= 400 && status !== 404)) log.info(fields(), 'request');
  };

  for (const route of parts.routes)
    server.route({
      method: route.method,
      url: mountPath(route),
      handler: (request, reply) => answer(route, request, reply),
    });

  server.setNotFoundHandler(async (request, reply) => {
    if (hasBody(request.raw)) await drain(request.raw, 96 * 1024 * 1024);
    if (isPage(request)) {
      const arrival = await parts.site?.visits.read(request.raw, request.id);
      dress(reply, arrival);
      return send(reply, failed(new Failure('not_found', undefined), request, arrival));
    }
    const failure = isInvalid(request)
      ? new Failure('request_invalid', { reason: 'The path of this request is not well-formed.' })
      : new Failure('not_found', undefined);
    return send(reply, failed(failure, request));
  });
  server.setErrorHandler(async (thrown, request, reply) => send(reply, failed(thrown, request)));
  return server;
}
