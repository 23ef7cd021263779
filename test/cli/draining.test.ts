import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { watchRequests } from '../../src/cli/draining.ts';

/** A server that leaves its answers to the test, and one request under way on it. */
async function begin() {
  const answers: ServerResponse[] = [];
  let wake = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const server = createServer((_request, response) => {
    answers.push(response);
    wake();
  });
  onTestFinished(() => server.closeAllConnections());
  const requests = watchRequests(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await asked;
  server.close();
  return { requests, answers, socket, ended };
}

test('without a request under way there is nothing to wait for', async () => {
  const server = createServer();
  expect(await watchRequests(server).drain(60_000)).toBe(0);
});

test('an answer under way goes out whole, says that the connection ends, and ends it', async () => {
  const { requests, answers, ended } = await begin();
  const drained = requests.drain(60_000);
  answers[0]?.end('whole');
  expect(await drained).toBe(0);
  const text = await ended;
  expect(text).toMatch(/^connection: close\r$/im);
  expect(text).toMatch(/whole$/);
});

test('an answer that had begun before goes out whole too', async () => {
  const { requests, answers, ended } = await begin();
  answers[0]?.writeHead(200, { 'content-length': '10' });
  answers[0]?.write('first');
  const drained = requests.drain(60_000);
  answers[0]?.end('later');
  expect(await drained).toBe(0);
  expect(await ended).toMatch(/firstlater$/);
});

test('a request that outlasts all patience is cut off and counted', async () => {
  const { requests, ended } = await begin();
  expect(await requests.drain(0)).toBe(1);
  expect(await ended).toBe('');
});

test('a client that goes away is not waited for', async () => {
  const { requests, socket } = await begin();
  const drained = requests.drain(60_000);
  socket.destroy();
  expect(await drained).toBe(0);
});
