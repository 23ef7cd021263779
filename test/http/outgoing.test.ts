import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import type { Gate } from '../../src/gate/gate.ts';
import { createActorReader } from '../../src/http/actor.ts';
import { limitOutgoing, outgoingLimits } from '../../src/http/outgoing.ts';
import { serving } from '../../src/http/route.ts';
import { createServer } from '../../src/http/server.ts';
import { canonicalPath } from '../../src/packages/paths.ts';
import { registryRendering } from '../../src/registry/failures.ts';

const MiB = 1024 * 1024;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closers.splice(0)) await close();
});

const fakeResponse = () => {
  const response = Object.assign(new EventEmitter(), { destroy: () => void response.emit('close') });
  return response as typeof response & ServerResponse;
};

it('counts a body once however many take it, and lets go of it when the last has it', () => {
  const admit = limitOutgoing({ ...outgoingLimits, free: 10, total: 100 });
  const [one, other] = [Buffer.alloc(60), Buffer.alloc(60)];
  const takers = [fakeResponse(), fakeResponse()];
  for (const taker of takers) admit(taker, one);
  const late = fakeResponse();
  expect(() => admit(late, other)).toThrow(expect.objectContaining({ code: 'busy' }));
  takers[0]?.emit('close');
  expect(() => admit(late, other)).toThrow(expect.objectContaining({ code: 'busy' }));
  takers[1]?.emit('close');
  admit(late, other);
  late.emit('close');
});

it('lets a body through that is larger than all room, where it is alone, and small ones always', () => {
  const admit = limitOutgoing({ ...outgoingLimits, free: 10, total: 100 });
  admit(fakeResponse(), Buffer.alloc(1000));
  for (let times = 0; times < 1000; times += 1) admit(fakeResponse(), Buffer.alloc(10));
  expect(() => admit(fakeResponse(), Buffer.alloc(11))).toThrow();
});

it('ends who takes longer than its body may, and nobody else', () => {
  vi.useFakeTimers();
  const admit = limitOutgoing();
  const [slow, done] = [fakeResponse(), fakeResponse()];
  const ended: string[] = [];
  slow.once('close', () => ended.push('slow'));
  admit(slow, Buffer.alloc(MiB));
  admit(done, Buffer.alloc(MiB));
  done.emit('close');
  const destroyed = vi.spyOn(done, 'destroy');
  vi.advanceTimersByTime(60_000 + 15_900);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(ended).toEqual(['slow']);
  expect(destroyed).not.toHaveBeenCalled();
});

it('refuses large answers while others are not taken, over the wire', async () => {
  const size = 24 * MiB;
  const server = createServer({
    routes: [
      serving({
        action: 'package.read',
        path: '/:package',
        serve: async () => ({ body: Buffer.alloc(size) }),
      }),
    ],
    rendering: registryRendering,
    gate: {} as Gate,
    actors: createActorReader({
      trustedProxies: [],
      now: () => 0,
      recognise: async () => ({ alive: false, why: 'credential_invalid' }),
      remember: () => undefined,
      onForwardingIgnored: () => undefined,
    }),
    clock: { now: () => 0 },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    instance: 'test',
    prefix: '',
    canonicalPath,
    outgoingLimits: { ...outgoingLimits, total: 2 * size },
  });
  closers.push(() => server.close());
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  /** Asks for a document and takes nothing but the first line of the answer. */
  const ask = async (): Promise<{ socket: Socket; status: number }> => {
    const socket = connect(port, '127.0.0.1');
    closers.push(() => socket.destroy());
    socket.write('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'readable');
    const status = Number(socket.read(16).toString().slice(9, 12));
    return { socket, status };
  };
  const first = await ask();
  expect([first.status, (await ask()).status, (await ask()).status]).toEqual([200, 200, 503]);
  first.socket.destroy();
  await vi.waitFor(async () => expect((await ask()).status).toBe(200));
});
