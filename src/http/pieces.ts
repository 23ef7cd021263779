import type { ServerResponse } from 'node:http';

/** How long a client may take for one piece, in milliseconds. */
const patience = 120_000;

/** Resolves once the kernel has the bytes, or will never take them. */
const handOver = (response: ServerResponse, piece: Buffer): Promise<void> =>
  new Promise((resolve) => {
    response.write(piece, () => resolve());
  });

/**
 * Sends a body piece by piece. Each is handed over before the next is asked for, so that the source may use one buffer
 * for all, and a slow client holds no more than that; one that takes no piece for two minutes is disconnected. Fails while
 * nothing was sent yet where there is no first piece; what breaks later breaks the connection, as the client was promised
 * more.
 */
export async function sendPieces(
  response: ServerResponse,
  head: { readonly status: number; readonly headers: Record<string, string | number | string[] | undefined> },
  pieces: AsyncIterable<Buffer>,
): Promise<void> {
  const source = pieces[Symbol.asyncIterator]();
  let next = await source.next();
  const stalled = setTimeout(() => response.destroy(), patience).unref();
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  try {
    response.writeHead(head.status, head.headers);
    while (!next.done && !response.destroyed) {
      stalled.refresh();
      await Promise.race([handOver(response, next.value), closed]);
      next = await source.next();
    }
    response.end();
  } catch (thrown) {
    response.destroy();
    throw thrown;
  } finally {
    clearTimeout(stalled);
    await source.return?.();
  }
}
