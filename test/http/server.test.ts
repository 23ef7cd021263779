import { describe, expect, test } from 'vitest';
import { type Route, serving } from '../../src/http/route.ts';
import type { Actor } from '../../src/policy/actor.ts';
import { echo, openGate, serve } from './serving.ts';

describe('requests', () => {
  test.each(['npm-otp', 'authorization'])('a doubled header %s is refused', async (name) => {
    const { server } = await serve([echo]);
    const port = (server.server.address() as { port: number }).port;
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve) => {
      const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/-/echo/ann' }, (response) =>
        resolve(response.resume().statusCode),
      );
      sent.setHeader(name, ['123456', '654321']);
      sent.end();
    });
    expect(status).toBe(400);
  });

  test('a path that nobody sends honestly is 400, an unknown one 404, both with a sentence', async () => {
    const { server } = await serve([echo]);
    for (const [url, status] of [
      ['/a%252fb', 400],
      ['/nothing/here/at/all', 404],
      ['/%', 400],
      [`/${'a'.repeat(5000)}`, 400],
    ] as const) {
      const response = await server.inject({ url });
      expect([url, response.statusCode, typeof response.json().error]).toEqual([url, status, 'string']);
    }
  });

  test('an unexpected error is an opaque 500 whose reference the log knows', async () => {
    const logged: object[] = [];
    const broken = serving({
      action: 'site.read',
      path: '/broken',
      serve: async () => {
        throw new Error('secret detail');
      },
    });
    const { server } = await serve([broken], { accident: (fields) => logged.push(fields) });
    const response = await server.inject({ url: '/broken' });
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('secret detail');
    expect(logged).toMatchObject([{ request: /reference (\S+)\./.exec(response.json().error)?.[1] }]);
  });

  test('routes answer below the path of the public URL', async () => {
    const { server } = await serve([echo], { prefix: '/npm' });
    const response = await server.inject({ method: 'POST', url: '/npm/-/echo/ann', payload: { text: 'a' } });
    expect(response.statusCode).toBe(200);
  });

  test('a credential is overlooked where the route says so, and dead ones make strangers elsewhere', async () => {
    const asked: { action: string; actor: Actor }[] = [];
    const { server } = await serve([echo, { ...echo, path: '/-/login/:name', ignoresCredential: true }], {
      gate: openGate(asked),
    });
    for (const url of ['/-/echo/ann', '/-/login/ann'])
      await server.inject({
        method: 'POST',
        url,
        headers: { authorization: 'Bearer npm_dead' },
        payload: { text: 'a' },
      });
    expect(asked.map(({ actor }) => actor.dead)).toEqual(['credential_invalid', null]);
  });
});

describe('routes without an action', () => {
  test('stop the server from starting', async () => {
    const nameless = { ...echo, actions: [] } as unknown as Route;
    await expect(serve([nameless])).rejects.toThrow('names no action');
  });

  test('as does an action that the policy does not know', async () => {
    const unknown = { ...echo, actions: ['account.conquer'] } as unknown as Route;
    await expect(serve([unknown])).rejects.toThrow('names no action');
  });
});
