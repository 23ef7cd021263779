import { EventEmitter, once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { sendPieces } from '../../src/http/pieces.ts';

const pieceLength = 256 * 1024;
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A source that fills one buffer again and again, as a file reader does; tells when it was closed. */
function source(count: number, breaksAt = Number.POSITIVE_INFINITY) {
  const shared = Buffer.alloc(pieceLength);
  let given = 0;
  let close: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  async function* pieces(): AsyncGenerator<Buffer> {
    try {
      for (; given < count; given += 1) {
        if (given === breaksAt) throw new Error('the disk is gone');
        yield shared.fill(given);
      }
    } finally {
      close();
    }
  }
  return { pieces: pieces(), closed, given: () => given };
}

const whole = (count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => Buffer.alloc(pieceLength, index)));

/** Answers one request; resolves to what `sendPieces` came to. */
async function answer(pieces: AsyncIterable<Buffer>, length: number) {
  let settle: (outcome: Promise<void>) => void = () => undefined;
  const outcome = new Promise<void>((resolve) => {
    settle = resolve;
  });
  outcome.catch(() => undefined);
  const server = createServer((_request: IncomingMessage, response: ServerResponse) => {
    const sent = sendPieces(response, { status: 200, headers: { 'content-length': length } }, pieces);
    settle(sent);
    sent.catch(() => response.headersSent || response.writeHead(500).end());
  });
  ends.push(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false });
  ends.push(() => client.destroy());
  client.on('error', () => undefined);
  const [response] = (await once(client, 'response')) as [IncomingMessage];
  return { response, client, outcome };
}

describe('a body sent in pieces', () => {
  test('arrives whole although all pieces came in one buffer, and closes its source', async () => {
    const { pieces, closed } = source(40);
    const { response, outcome } = await answer(pieces, 40 * pieceLength);
    expect((await buffer(response)).equals(whole(40))).toBe(true);
    await outcome;
    await closed;
  });

  test('closes its source when the client goes away, without reading it to its end', async () => {
    const { pieces, closed, given } = source(4000);
    const { client, outcome } = await answer(pieces, 4000 * pieceLength);
    client.destroy();
    await outcome;
    await closed;
    expect(given()).toBeLessThan(4000);
  });

  test('that has no first piece can still be answered otherwise', async () => {
    const { pieces } = source(2, 0);
    const { response, outcome } = await answer(pieces, 2 * pieceLength);
    expect(response.statusCode).toBe(500);
    await expect(outcome).rejects.toThrow('the disk is gone');
  });

  test('that breaks off ends the connection, so that the client knows', async () => {
    const { pieces } = source(5, 3);
    const { response, outcome } = await answer(pieces, 5 * pieceLength);
    await expect(buffer(response)).rejects.toThrow('aborted');
    await expect(outcome).rejects.toThrow('the disk is gone');
  });

  test('that nobody takes for two minutes ends the connection, and nobody earlier', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    ends.push(() => vi.useRealTimers());
    let take: () => void = () => undefined;
    const client = Object.assign(new EventEmitter(), {
      destroyed: false,
      writeHead: () => undefined,
      end: () => undefined,
      write: (_piece: Buffer, taken: () => void) => {
        take = taken;
      },
      destroy: () => {
        client.destroyed = true;
        client.emit('close');
      },
    });
    const { pieces, closed, given } = source(4000);
    const outcome = sendPieces(client as unknown as ServerResponse, { status: 200, headers: {} }, pieces);
    for (let minutes = 0; minutes < 5; minutes += 1) {
      await vi.advanceTimersByTimeAsync(119_000);
      take();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect([client.destroyed, given()]).toEqual([false, 5]);
    await vi.advanceTimersByTimeAsync(121_000);
    await outcome;
    await closed;
    expect(client.destroyed).toBe(true);
  });
});
