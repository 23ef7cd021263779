import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { goodPassword } from '../accounts/acting.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { hour, mustPublish, pathOf, signUp } from './publisher.ts';

const abbreviated = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*';
const keywords = Array.from({ length: 200 }, (_, index) => `keyword-${index}`);
const agent = new Agent({ keepAlive: true });
afterEach(() => agent.destroy());

// A bearer is remembered for a second of this clock: what is in memory must not depend on how fast a machine asks.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

type Headers = Record<string, string>;

/** One request over a socket. */
function send(app: TestApp, path: string, headers: Headers, method = 'GET') {
  const { port } = app.app.server.server.address() as AddressInfo;
  return new Promise<{ status: number; headers: Headers; body: string }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers, method, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject);
      response.once('end', () => {
        const { date: _date, ...rest } = response.headers as Headers;
        const body = Buffer.concat(chunks).toString('base64');
        resolve({ status: response.statusCode ?? 0, headers: rest, body });
      });
    });
    sent.once('error', reject).end();
  });
}

eachDialect('a packument answered at once', (dialect) => {
  let app: TestApp;
  let alice: string;
  let routed = 0;

  async function open(settings: Record<string, string> = {}): Promise<void> {
    app = await openApp(dialect, settings);
    routed = 0;
    app.app.server.addHook('onRequest', (_request, _reply, done) => {
      routed += 1;
      done();
    });
    await app.app.server.listen({ host: '127.0.0.1', port: 0 });
    alice = await signUp(app, 'alice');
    await mustPublish(app, alice, { name: 'open', version: '1.0.0', manifest: { keywords } });
    await mustPublish(app, alice, { name: '@alice/closed', version: '1.0.0', access: 'restricted' });
  }

  async function makeToken(wish: object): Promise<{ token: string; key: string }> {
    const body = { password: goodPassword, readonly: false, cidr_whitelist: [], ...wish };
    const answer = await app.ask('POST', '/-/npm/v1/tokens', { token: alice, body });
    expect(answer.statusCode, answer.body).toBe(201);
    return answer.json();
  }

  /** The same question the router's way, and then, with everything in memory, whatever way it takes. */
  async function askBoth(path: string, headers: Headers) {
    const long = await send(app, `${path}?`, headers);
    const before = routed;
    const short = await send(app, path, headers);
    return { long, short, wasRouted: routed > before };
  }

  beforeEach(() => open());

  it('is the same answer to everybody, in every form and encoding, as by the router', async () => {
    const bob = await signUp(app, 'bob');
    const readonly = (await makeToken({ readonly: true })).token;
    const foreign = (await makeToken({ cidr_whitelist: ['10.0.0.0/8'] })).token;
    const dead = await makeToken({});
    await app.ask('DELETE', `/-/npm/v1/tokens/token/${dead.key}`, { token: alice });
    const credentials = [null, alice, bob, readonly, foreign, dead.token, 'npm_guess', ''];
    let atOnce = 0;
    for (const token of credentials)
      for (const name of ['open', '@alice/closed', 'absent'])
        for (const accept of [undefined, 'application/json', abbreviated])
          for (const encoding of [undefined, 'gzip', 'br']) {
            const headers = {
              ...(token === null ? {} : { authorization: `Bearer ${token}` }),
              ...(accept ? { accept } : {}),
              ...(encoding ? { 'accept-encoding': encoding } : {}),
            };
            const { long, short, wasRouted } = await askBoth(pathOf(name), headers);
            expect(short, JSON.stringify({ token, name, accept, encoding })).toEqual(long);
            if (!wasRouted) atOnce += 1;
            if (long.headers.etag === undefined) continue;
            const held = { ...headers, 'if-none-match': long.headers.etag };
            const again = await askBoth(pathOf(name), held);
            expect(again.long.status).toBe(304);
            expect(again.short).toEqual(again.long);
          }
    // Strangers, both people and the read-only token read the open package; alice and her token the closed one.
    expect(atOnce).toBe((4 + 2) * 3 * 3);
  });

  it('ends with the token, the visibility and the version that it showed', async () => {
    const held = await makeToken({});
    const headers = { authorization: `Bearer ${held.token}` };
    await send(app, '/@alice%2fclosed', headers);
    const { short, wasRouted } = await askBoth('/@alice%2fclosed', headers);
    expect([short.status, wasRouted]).toEqual([200, false]);
    await app.ask('DELETE', `/-/npm/v1/tokens/token/${held.key}`, { token: alice });
    expect((await send(app, '/@alice%2fclosed', headers)).status).toBe(401);

    expect((await askBoth('/open', {})).wasRouted).toBe(false);
    const { short: before } = await askBoth('/open', {});
    await mustPublish(app, alice, { name: 'open', version: '1.1.0' });
    const after = await send(app, '/open', {});
    expect(JSON.parse(Buffer.from(after.body, 'base64').toString())['dist-tags'].latest).toBe('1.1.0');
    expect(after.headers.etag).not.toBe(before.headers.etag);

    const setAccess = (access: string) =>
      app.ask('POST', '/-/package/@alice%2fclosed/access', { token: alice, body: { access } });
    await setAccess('public');
    await send(app, '/@alice%2fclosed', {});
    expect((await askBoth('/@alice%2fclosed', {})).wasRouted).toBe(false);
    await setAccess('restricted');
    expect((await send(app, '/@alice%2fclosed', {})).status).toBe(404);
  });

  it('ends when the token has expired by the clock', async () => {
    const { token } = await makeToken({});
    const headers = { authorization: `Bearer ${token}` };
    await send(app, '/@alice%2fclosed', headers);
    expect((await askBoth('/@alice%2fclosed', headers)).wasRouted).toBe(false);
    app.clock.advance(400 * 24 * hour);
    expect((await send(app, '/@alice%2fclosed', headers)).status).toBe(401);
  });

  it('is left to the router for other methods, and where a fresh one is asked for', async () => {
    for (const [path, method] of [
      ['/open', 'HEAD'],
      ['/open?write=true', 'GET'],
    ] as const) {
      await send(app, '/open', {});
      const before = routed;
      expect((await send(app, path, {}, method)).status).toBe(200);
      expect(routed).toBe(before + 1);
    }
  });

  it.each(['authorization', 'npm-otp'])('is refused as by the router where %s came twice', async (header) => {
    await send(app, '/open', {});
    const doubled = { [header]: [`Bearer ${alice}`, 'Bearer other'] } as unknown as Headers;
    const { long, short, wasRouted } = await askBoth('/open', doubled);
    expect([short.status, wasRouted]).toEqual([400, true]);
    expect(short).toEqual(long);
  });

  it('is counted where the reads of strangers are limited', async () => {
    await open({ TALLYSTICK_ANONYMOUS_READ_LIMIT: '3/10m', TALLYSTICK_TRUSTED_PROXIES: '127.0.0.1' });
    const stranger = { 'x-forwarded-for': '198.51.100.7' };
    const statuses = [];
    for (let read = 0; read < 5; read += 1) statuses.push((await send(app, '/open', stranger)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect((await send(app, '/open', { ...stranger, authorization: `Bearer ${alice}` })).status).toBe(200);
  });

  it('is counted among the answers', async () => {
    await open({ TALLYSTICK_METRICS_TOKEN: 'metrics-metrics-metrics' });
    const countAnswers = async (): Promise<number> => {
      const { body } = await app.ask('GET', '/-/metrics', { token: 'metrics-metrics-metrics' });
      return Number(/requests_total\{[^}]*2xx[^}]*\} (\d+)/.exec(body)?.[1]);
    };
    await send(app, '/open', {});
    const before = await countAnswers();
    expect((await send(app, '/open', {})).status).toBe(200);
    expect(await countAnswers()).toBe(before + 2);
  });
});
