import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { pace } from '../../src/http/pace.ts';
import { pathOf } from '../packages/publisher.ts';
import type { TestApp } from '../support/app.ts';
import { documentOf } from '../support/document.ts';
import { minute, openWorld, signUp, user } from './people.ts';

const usual = { ...pace };
afterEach(() => void Object.assign(pace, usual));

/** Sends the head of a request and the beginning of its body, and waits until the server has read that. */
async function begin({ app }: TestApp, head: string, part: string | Buffer) {
  if (!app.server.server.listening) await app.server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.server.address() as AddressInfo;
  const taken = once(app.server.server, 'request');
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (piece: string) => {
    answer += piece;
  });
  const closed = once(socket, 'close');
  socket.write(`${head}\r\nHost: localhost\r\nContent-Type: application/json\r\n\r\n`);
  socket.write(part);
  const [request] = await taken;
  return {
    /** Sends more and waits until it arrived. */
    send: async (more: string): Promise<void> => {
      const arrived = once(request, 'readable');
      socket.write(more);
      await arrived;
    },
    finish: (rest: string): void => void socket.write(rest),
    /** All that the server answered, once it has closed the connection; until then `meanwhile` again and again. */
    answered: async (meanwhile: () => void = () => undefined): Promise<string> => {
      const timer = setInterval(meanwhile, pace.tick);
      await closed;
      clearInterval(timer);
      return answer;
    },
  };
}

function holdTime(): (milliseconds: number) => void {
  let now = 1000;
  Object.assign(pace, { now: () => now, tick: 5 });
  return (milliseconds) => {
    now += milliseconds;
  };
}

const begun = '{"fullname"';
test.each([
  ['a small request', `POST ${user} HTTP/1.1`, begun],
  ['a publish', `PUT ${pathOf('hello')} HTTP/1.1`, begun],
  [
    'a compressed request',
    `POST ${user} HTTP/1.1\r\nContent-Encoding: gzip`,
    gzipSync(begun).subarray(0, 12),
  ],
])('%s whose body stops coming is refused and its connection closed', async (_what, line, part) => {
  const world = await openWorld();
  const { token } = await signUp(world);
  const advance = holdTime();
  const head = `${line}\r\nAuthorization: Bearer ${token}\r\nContent-Length: 2000`;
  const slow = await begin(world, head, part);
  const answer = await slow.answered(() => advance(pace.window));
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toMatch(/^connection: close\r$/im);
  expect(answer).toContain('"message":"The request body came too slowly."');
  expect((await world.ask('GET', user, { token })).json().fullname).toBeNull();
  expect((await world.ask('GET', '/hello')).statusCode).toBe(404);
});

test('a body that comes fast enough may take its time', async () => {
  const world = await openWorld();
  const { token } = await signUp(world);
  const body = JSON.stringify(documentOf({ name: 'hello', version: '1.0.0' }));
  const advance = holdTime();
  const length = body.length + 60 * 40 * 1024;
  const head = `PUT ${pathOf('hello')} HTTP/1.1\r\nAuthorization: Bearer ${token}\r\nConnection: close`;
  const slow = await begin(world, `${head}\r\nContent-Length: ${length}`, body.slice(0, 1));
  // White space behind the first brace: the document stays the same.
  for (let tenth = 0; tenth < 60; tenth += 1) {
    await slow.send(' '.repeat(40 * 1024));
    advance(pace.window / 2);
  }
  slow.finish(body.slice(1));
  expect(await slow.answered()).toMatch(/^HTTP\/1\.1 201 /);
  expect((await world.ask('GET', '/hello')).statusCode).toBe(200);
});

test('no body takes longer than its kind may, however steadily it comes', async () => {
  const world = await openWorld();
  const { token } = await signUp(world);
  const advance = holdTime();
  const head = `POST /-/npm/v1/security/advisories/bulk HTTP/1.1\r\nAuthorization: Bearer ${token}`;
  const slow = await begin(world, `${head}\r\nContent-Length: 900000`, '{');
  for (let tenth = 0; tenth < 11; tenth += 1) {
    await slow.send(' '.repeat(40 * 1024));
    advance(minute / 6);
  }
  expect(await slow.answered(() => advance(minute / 6))).toMatch(/^HTTP\/1\.1 408 /);
});
