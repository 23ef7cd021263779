import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { type ServerProcess, startServer } from '../support/process.ts';

const publicUrl = 'http://npm.acme.example';

const start = (env: Record<string, string> = {}): Promise<ServerProcess> => startServer({ publicUrl, env });

/** A page as browsers of the public URL ask for it. */
async function readPage({ port }: ServerProcess, path: string): Promise<string> {
  const headers = { host: 'npm.acme.example', accept: 'text/html' };
  const asking = request({ host: '127.0.0.1', port, path, headers }).end();
  const [page] = (await once(asking, 'response')) as [IncomingMessage];
  return text(page);
}

test('the server starts with a public URL of plain http only where the operator insists', async () => {
  await expect(start()).rejects.toThrow(/must begin with https:/);
});

test('where the operator insists the log says so at each start, and every page', async () => {
  const server = await start({ TALLYSTICK_INSECURE: 'true' });
  try {
    expect(server.log()).toContain('is plain http');
    for (const path of ['/login', '/signup', '/'])
      expect(await readPage(server, path), path).toContain('This site is not encrypted');
  } finally {
    await server.remove();
  }
});
