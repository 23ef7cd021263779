import { afterEach } from 'vitest';
import { z } from 'zod';
import type { Gate } from '../../src/gate/gate.ts';
import { createActorReader } from '../../src/http/actor.ts';
import { type Asked, type Route, route } from '../../src/http/route.ts';
import { createServer } from '../../src/http/server.ts';
import { canonicalPath } from '../../src/packages/paths.ts';
import type { Actor } from '../../src/policy/actor.ts';
import { registryRendering } from '../../src/registry/failures.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const clock = { now: () => 1_800_000_000_000 };
const servers: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A gate that lets everybody do everything and remembers what it was asked. */
export function openGate(asked: { action: string; actor: Actor }[] = []): Gate {
  const anything = {
    perform: async (
      actor: Actor,
      act: { action: string; prepare(): unknown; work(...args: unknown[]): unknown },
    ) => {
      asked.push({ action: act.action, actor });
      return act.work(undefined, undefined, await act.prepare());
    },
    judge: async () => undefined,
    look: async (_actor: unknown, _action: unknown, _target: unknown, work: (tx: undefined) => unknown) =>
      work(undefined),
    glance: () => undefined,
    onConsole: async () => undefined,
  };
  return anything as unknown as Gate;
}

/** What `echo` is made of. */
export const echoShape = {
  action: 'account.update',
  method: 'POST',
  path: '/-/echo/:name',
  input: z.looseObject({ text: z.string() }),
  target: () => ({ on: 'account', name: 'self' }) as const,
  run: async (_tx: unknown, _permit: unknown, asked: Asked<{ text: string }>) => asked,
  reply: (asked: Asked<{ text: string }>) => ({ body: { text: asked.body.text, name: asked.params.name } }),
} as const;
/** Answers with what it was sent. */
export const echo = route(echoShape);

/** A server of these routes on 127.0.0.1, closed after the test. */
export async function serve(
  routes: readonly Route[],
  options: { gate?: Gate; prefix?: string; accident?: (fields: object) => void } = {},
) {
  const server = createServer({
    routes,
    rendering: registryRendering,
    gate: options.gate ?? openGate(),
    actors: createActorReader({
      trustedProxies: [],
      now: clock.now,
      recognise: async () => ({ alive: false, why: 'credential_invalid' }),
      remember: () => undefined,
      onForwardingIgnored: () => undefined,
    }),
    clock,
    log: { ...silent, error: options.accident ?? silent.error },
    instance: 'test',
    prefix: options.prefix ?? '',
    canonicalPath,
  });
  servers.push(server);
  const base = await server.listen({ host: '127.0.0.1', port: 0 });
  return { server, base };
}
