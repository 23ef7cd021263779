/**
 * Reads that memory alone can answer, answered before the router is asked: most requests of an install. Everything is
 * decided as in the router's way, by the same actor and the same gate; whatever is not simple goes that way.
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Gate } from '../gate/gate.ts';
import type { Actor } from '../policy/actor.ts';
import type { ActorReader } from './actor.ts';
import { hasBody } from './body.ts';
import type { Admit } from './outgoing.ts';
import type { Asked, Reply, Route } from './route.ts';

/** Answers a request. */
export type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** What of the server answers at once. */
export interface AtOnceParts {
  readonly routes: readonly Route[];
  readonly gate: Gate;
  readonly actors: ActorReader;
  /** The target as routes know it (target.ts). */
  readonly rewrite: (request: IncomingMessage) => string;
  readonly nameRequest: () => string;
  readonly admit: Admit;
  /** Strangers, whose reads are counted there, then all go the router's way. */
  readonly countsStrangers: boolean;
  readonly onAnswered?: ((status: number, milliseconds: number) => void) | undefined;
}

type AtOnce = NonNullable<Route['atOnce']>;

interface Mounted {
  readonly parameter: string;
  readonly answer: AtOnce;
}

interface Answer {
  readonly actor: Actor;
  readonly reply: Reply;
}

/** The one route whose path is a single parameter. Throws when a fixed path would be hidden by it. */
function findRoute(routes: readonly Route[]): Mounted | undefined {
  const found = routes.flatMap(({ path, atOnce }): Mounted[] => {
    if (atOnce === undefined) return [];
    const parameter = /^\/:(\w+)$/.exec(path)?.[1];
    if (parameter === undefined) throw new Error(`The route ${path} cannot be answered at once.`);
    return [{ parameter, answer: atOnce }];
  });
  const [route] = found;
  const hidden = routes.find(
    ({ method, surface, path }) => method === 'GET' && surface !== 'site' && /^\/[^:/]+$/.test(path),
  );
  if (found.length > 1 || (route && hidden)) throw new Error('Only one route can be answered at once.');
  return route;
}

/** The single segment of a target, decoded; undefined where there are more, a query, or none. */
function segmentOf(target: string): string | undefined {
  if (target.length === 1 || target.lastIndexOf('/') > 0 || target.includes('?')) return undefined;
  return target.includes('%') ? decodeURIComponent(target.slice(1)) : target.slice(1);
}

function send(response: ServerResponse, { notice }: Actor, { status = 200, headers, body }: Reply): void {
  const bytes = Buffer.isBuffer(body) ? body : undefined;
  const sent: OutgoingHttpHeaders = { ...headers };
  if (bytes) sent['content-length'] = bytes.length;
  if (notice !== null) sent['npm-notice'] = notice;
  response.writeHead(status, sent);
  response.end(bytes);
}

/** Answers what can be answered at once, and gives the rest to `otherwise`. */
export function answerAtOnce(parts: AtOnceParts, otherwise: Handle): Handle {
  const route = findRoute(parts.routes);
  if (route === undefined) return otherwise;
  const { gate, actors, countsStrangers, onAnswered } = parts;

  const ask = (request: IncomingMessage): Answer | undefined => {
    if (request.method !== 'GET' || hasBody(request)) return undefined;
    const target = parts.rewrite(request);
    const segment = segmentOf(target);
    const actor = segment === undefined ? undefined : actors.readKnown(request, parts.nameRequest());
    if (segment === undefined || actor === undefined) return undefined;
    if (countsStrangers && actor.credential === 'anonymous') return undefined;
    const asked: Asked = {
      actor,
      params: { [route.parameter]: segment },
      query: {},
      headers: request.headers,
      method: 'GET',
      path: target,
      visit: null,
      body: undefined,
    };
    const reply = route.answer(gate, asked);
    return reply && { actor, reply };
  };

  /** Whatever is refused or fails here is so again in the router's way, which says it in full. */
  const tryAsking = (request: IncomingMessage, response: ServerResponse): Answer | undefined => {
    try {
      const answer = ask(request);
      if (answer) parts.admit(response, answer.reply.body);
      return answer;
    } catch {
      return undefined;
    }
  };

  return (request, response) => {
    const begun = performance.now();
    const answer = tryAsking(request, response);
    if (answer === undefined) return otherwise(request, response);
    send(response, answer.actor, answer.reply);
    onAnswered?.(answer.reply.status ?? 200, performance.now() - begun);
  };
}
