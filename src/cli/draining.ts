import type { IncomingMessage, Server, ServerResponse } from 'node:http';

export interface Draining {
  /**
   * Waits until no request is under way, at most so many milliseconds. Connections close as soon as their answer is
   * out. Resolves to how many requests were cut off.
   */
  drain(patience: number): Promise<number>;
}

/** Counts the requests under way on a server from now on. */
export function watchRequests(server: Server): Draining {
  const open = new Set<ServerResponse>();
  let draining = false;
  let settle: (() => void) | undefined;

  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    open.add(response);
    // The client must not reuse a connection that is about to close under it.
    if (draining) response.setHeader('connection', 'close');
    response.once('close', () => {
      open.delete(response);
      if (draining) server.closeIdleConnections();
      if (open.size === 0) settle?.();
    });
  });

  return {
    drain: async (patience) => {
      draining = true;
      server.closeIdleConnections();
      for (const response of open) if (!response.headersSent) response.setHeader('connection', 'close');
      if (open.size > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, patience);
          settle = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      const cut = open.size;
      server.closeAllConnections();
      return cut;
    },
  };
}
