import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { answerUnreadable } from '../../src/http/unreadable.ts';
import { openApp } from '../support/app.ts';

interface Answer {
  readonly status: number;
  readonly headers: string;
  readonly body: { error: string; message: string };
}

/** Sends bytes and reads until the server ends the connection. */
async function exchange(bytes: string): Promise<Answer> {
  const { app } = await openApp('sqlite');
  const address = new URL(await app.server.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(address.port), '127.0.0.1');
  socket.write(bytes);
  const [headers = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return { status: Number(headers.split(' ')[1]), headers, body: JSON.parse(body) };
}

const get = 'GET /-/ping HTTP/1.1\r\nhost: localhost\r\n';

test.each([
  ['no HTTP at all', 'hello\r\n\r\n', 400, 'The request is not well-formed HTTP.'],
  ['a header without a name', `${get}: x\r\n\r\n`, 400, 'The request is not well-formed HTTP.'],
  [
    'a length and pieces at once',
    `${get}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n`,
    400,
    'The request is not well-formed HTTP.',
  ],
  [
    'headers without end',
    `${get}x: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'The headers of the request are larger than 16 KiB.',
  ],
])('%s is refused in the shape of every other refusal', async (_what, bytes, status, sentence) => {
  const answer = await exchange(bytes);
  expect([answer.status, answer.body]).toEqual([status, { error: sentence, message: sentence }]);
  expect(answer.headers).toMatch(/\r\ncontent-type: application\/json; charset=utf-8\r\n/);
  expect(answer.headers).toMatch(/\r\ncache-control: no-store\r\n/);
  expect(answer.headers).toMatch(/\r\nconnection: close$/);
});

test('what came too slowly for the parser is refused so too', async () => {
  const { app } = await openApp('sqlite');
  const address = new URL(await app.server.listen({ host: '127.0.0.1', port: 0 }));
  const { server } = app.server;
  const met = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const socket = connect(Number(address.port), '127.0.0.1');
  const late = Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
  server.emit('clientError', late, await met);
  const [headers, body = ''] = (await text(socket)).split('\r\n\r\n');
  expect(headers).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  const sentence = 'The request came too slowly.';
  expect(JSON.parse(body)).toEqual({ error: sentence, message: sentence });
});

test('nothing is written into an answer that is on its way', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': 4 });
    response.write('ab', () => socket.write('no piece of a body'));
  });
  server.on(
    'clientError',
    answerUnreadable(() => ({ body: 'well-formed' })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n`);
  let heard = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    heard += piece;
  });
  await new Promise((resolve) => socket.once('error', resolve).once('close', resolve));
  expect(heard).toMatch(/^HTTP\/1\.1 200 .*ab$/s);
  server.close();
});
