/**
 * Routes. Each names its action; there is no default, and the server refuses to start with a route that names none.
 * A route that changes something hands the gate its work; one that reads is judged in the view that it reads.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ZodType } from 'zod';
import type { Gate } from '../gate/gate.ts';
import type { Actor, Target } from '../policy/actor.ts';
import type { Permit } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Writing } from '../store/store.ts';
import { type JsonLimits, readJson, smallBody } from './body.ts';
import { validated } from './validated.ts';
import type { Visit } from './visit.ts';

export type { Visit } from './visit.ts';

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** A request after routing: names decoded once, the body parsed. */
export interface Asked<B = undefined> {
  readonly actor: Actor;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly headers: IncomingMessage['headers'];
  readonly method: string;
  /** The path with its query, below the public URL, as it was asked for. */
  readonly path: string;
  /** Only on the website. */
  readonly visit: Visit | null;
  readonly body: B;
}

/** An answer. An object or string body is sent as JSON; bytes, whole or in pieces, go out as they are. */
export interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a route is, whatever it does: the server mounts these. */
export interface Route {
  /** Whose path it is; the registry's when left out. The website knows people by cookies, the registry never does. */
  readonly surface?: 'site';
  readonly method: Method;
  /** A path of the canonical form; `:name` is one segment. */
  readonly path: string;
  /** Every action that it may be. */
  readonly actions: readonly [Action, ...Action[]];
  /** What it may come to do on the way, whatever the request is. */
  readonly beside?: readonly Action[];
  /**
   * Sign-in overlooks whatever credential comes along (protocol/auth.md S10). A file of the website neither reads nor sets
   * a cookie: shared caches may keep it.
   */
  readonly ignoresCredential: boolean;
  /** How much is drained when the answer comes before the body was read. */
  readonly bodyLimit: number;
  readonly handle: (
    gate: Gate,
    asked: Asked,
    raw: { request: IncomingMessage; response: ServerResponse },
  ) => Promise<Reply>;
  /** The same answer, where memory alone can give it (at-once.ts). Judges by `gate.glance`. */
  readonly atOnce?: ((gate: Gate, asked: Asked) => Reply | undefined) | undefined;
}

/** One act that a route does. */
export interface ActShape<A extends Action, B, P, T> {
  /** The password in the body, for actions that want one. */
  readonly password?: (asked: Asked<B>) => string | undefined;
  /** A code in the body that the use-case looks at, not the gate. */
  readonly guess?: (asked: Asked<B>) => string | undefined;
  /** Name and password in the body of a sign-in. */
  readonly claim?: (asked: Asked<B>) => NonNullable<Actor['claim']>;
  readonly target: (asked: Asked<unknown>) => Target;
  /** To what it is done, as a person reads it before approving it on a page; the target's name when left out. */
  readonly subject?: (asked: Asked<B>) => string;
  readonly prepare?: (asked: Asked<B>, gate: Gate) => Promise<P>;
  readonly run: (tx: Writing, permit: Permit<A>, asked: Asked<B>, prepared: P) => Promise<T>;
  readonly reply: (result: T, asked: Asked<B>) => Reply;
}

/** Reads a body in another way than whole into memory. */
export interface BodyReader<B> {
  /** The most that it reads, in bytes. */
  readonly limit: number;
  /** The body, and how to let go of what it holds outside of memory once the answer is known, whatever it is. */
  readonly read: (request: IncomingMessage) => Promise<{ readonly body: B; release(): Promise<void> }>;
}

interface Place<B> {
  readonly method: Method;
  readonly path: string;
  /** The body's shape; without one, and without a reader, a body is not read. */
  readonly input?: ZodType<B>;
  readonly limits?: JsonLimits;
  readonly reader?: BodyReader<B>;
  readonly ignoresCredential?: boolean;
  readonly beside?: readonly Action[];
}

const limitOf = <B>({ reader, limits = smallBody }: Place<B>): number => reader?.limit ?? limits.bytes;

/** Reads the body and lets go of it after the work. */
async function withBody<B, T>(
  { input, reader, limits = smallBody }: Place<B>,
  request: IncomingMessage,
  work: (body: B) => Promise<T>,
): Promise<T> {
  if (reader === undefined)
    return work(input ? validated(input, await readJson(request, limits)) : (undefined as B));
  const { body, release } = await reader.read(request);
  try {
    return await work(body);
  } finally {
    await release();
  }
}

async function act<A extends Action, B, P, T>(
  gate: Gate,
  action: A,
  shape: ActShape<A, B, P, T>,
  asked: Asked<B>,
): Promise<Reply> {
  const claim = shape.claim?.(asked);
  const actor: Actor = claim ? { ...asked.actor, credential: 'password', claim } : asked.actor;
  const target = shape.target(asked);
  const result = await gate.perform<A, P, T>(actor, {
    action,
    target,
    subject: shape.subject?.(asked) ?? (target.on === 'site' ? 'site' : target.name),
    // What npm's clients say who can open a browser and wait (protocol/auth.md S3).
    opensPages: asked.headers['npm-auth-type'] === 'web',
    password: shape.password?.(asked),
    guess: shape.guess?.(asked),
    prepare: async () => (await shape.prepare?.(asked, gate)) as P,
    work: (tx, permit, prepared) => shape.run(tx, permit, asked, prepared),
  });
  return shape.reply(result, asked);
}

/** A route that does one action. */
export function route<A extends Action, B = undefined, P = undefined, T = void>(
  shape: Place<B> & { readonly action: A } & ActShape<A, B, P, T>,
): Route {
  return {
    method: shape.method,
    path: shape.path,
    actions: [shape.action],
    beside: shape.beside ?? [],
    ignoresCredential: shape.ignoresCredential ?? false,
    bodyLimit: limitOf(shape),
    handle: async (gate, asked, { request }) => {
      // What the headers alone refuse is refused before the body is read.
      if ((shape.input || shape.reader) && !shape.claim)
        await gate.judge(asked.actor, shape.action, shape.target(asked));
      return withBody(shape, request, (body) => act(gate, shape.action, shape, { ...asked, body }));
    },
  };
}

/** The acts of a route that is several actions by its body. */
export type Acts<B, Names extends Action> = {
  readonly [A in Names]: (gate: Gate, asked: Asked<B>) => Promise<Reply>;
};

/** Wraps one act for `choice`, checking that its shape is of exactly that action. */
export const actOf =
  <A extends Action, B, P = undefined, T = void>(action: A, shape: ActShape<A, B, P, T>) =>
  (gate: Gate, asked: Asked<B>): Promise<Reply> =>
    act(gate, action, shape, asked);

async function judgeFirst(
  gate: Gate,
  asked: Asked,
  first: {
    readonly action: Action;
    readonly orElse?: (asked: Asked) => Action | undefined;
    readonly target: (asked: Asked) => Target;
  },
): Promise<void> {
  await gate.judge(asked.actor, first.action, first.target(asked), first.orElse?.(asked));
}

/** A route that is one of several actions, told apart by its body alone: `pick` is pure and tested. */
export function choice<B, Names extends Action>(
  shape: Place<B> & {
    readonly oneOf: Acts<B, Names>;
    /** Asks the store where the body does not tell: whether a sign-in is a sign-up. */
    readonly pick: (body: B, asked: Asked<B>, gate: Gate) => Names | Promise<Names>;
    /**
     * What the headers alone must allow before the body is read: the action that refuses least, if there is one. Where
     * no action does, `orElse` may name another by the headers; then one of the two suffices.
     */
    readonly first?: {
      readonly action: Names;
      readonly orElse?: (asked: Asked) => Names | undefined;
      readonly target: (asked: Asked) => Target;
    };
  },
): Route {
  return {
    method: shape.method,
    path: shape.path,
    actions: Object.keys(shape.oneOf) as unknown as readonly [Action, ...Action[]],
    beside: shape.beside ?? [],
    ignoresCredential: shape.ignoresCredential ?? false,
    bodyLimit: limitOf(shape),
    handle: async (gate, asked, { request }) => {
      const { first } = shape;
      if (first) await judgeFirst(gate, asked, first);
      return withBody(shape, request, async (body) => {
        const whole = { ...asked, body };
        return shape.oneOf[await shape.pick(body, whole, gate)](gate, whole);
      });
    },
  };
}

/** A route that reads, judged in the same view that it reads. HEAD is answered too, without the body. */
export function reading(shape: {
  readonly action: Action;
  readonly path: string;
  readonly target: (asked: Asked) => Target;
  readonly read: (tx: Reading, asked: Asked) => Promise<Reply>;
}): Route {
  return {
    method: 'GET',
    path: shape.path,
    actions: [shape.action],
    ignoresCredential: false,
    bodyLimit: smallBody.bytes,
    handle: (gate, asked) =>
      gate.look(asked.actor, shape.action, shape.target(asked), (tx) => shape.read(tx, asked)),
  };
}

/** A question that is too long for a URL: a POST that changes nothing, judged before and after its body is read. */
export function question<B>(shape: {
  readonly action: Action;
  readonly path: string;
  readonly input: ZodType<B>;
  readonly limits: JsonLimits;
  readonly target: (asked: Asked<unknown>) => Target;
  readonly answer: (tx: Reading, asked: Asked<B>) => Promise<Reply>;
}): Route {
  return {
    method: 'POST',
    path: shape.path,
    actions: [shape.action],
    ignoresCredential: false,
    bodyLimit: shape.limits.bytes,
    handle: async (gate, asked, { request }) => {
      const target = shape.target(asked);
      await gate.judge(asked.actor, shape.action, target);
      const body = validated(shape.input, await readJson(request, shape.limits));
      return gate.look(asked.actor, shape.action, target, (tx) => shape.answer(tx, { ...asked, body }));
    },
  };
}

/** A route whose handler judges by `gate.glance` or `gate.look` itself: the hot path, and nothing else. */
export function serving(shape: {
  readonly action: Action;
  readonly path: string;
  readonly serve: (
    gate: Gate,
    asked: Asked,
    raw: { request: IncomingMessage; response: ServerResponse },
  ) => Promise<Reply>;
  readonly atOnce?: Route['atOnce'];
}): Route {
  return {
    method: 'GET',
    path: shape.path,
    actions: [shape.action],
    ignoresCredential: false,
    bodyLimit: smallBody.bytes,
    handle: shape.serve,
    atOnce: shape.atOnce,
  };
}
