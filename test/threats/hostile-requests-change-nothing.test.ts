import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { mustPublish } from '../packages/publisher.ts';
import type { TestApp } from '../support/app.ts';
import { documentOf } from '../support/document.ts';
import { goodPassword, openWorld, protect, signUp, tokens, user } from './people.ts';

const json = { 'content-type': 'application/json' };

test('bodies made to break a parser are refused with a sentence', async () => {
  const world = await openWorld();
  const { token } = await signUp(world);
  const authorization = `Bearer ${token}`;
  const deep = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
  const bodies: [string | Buffer, Record<string, string>, number][] = [
    ['{"fullname":"x","__proto__":{"email":"eve@example.com"}}', {}, 400],
    ['{"fullname":{"__proto__":1}}', {}, 400],
    [deep, {}, 400],
    ['{"fullname":"x","fullname":"y"}', {}, 400],
    [Buffer.from('7b2266756c6c6e616d65223a22ff227d', 'hex'), {}, 400],
    [`[${Array.from({ length: 1001 }, () => '{"":1}').join(',')}]`, {}, 400],
    [`"${'x'.repeat(1024 * 1024)}"`, {}, 413],
    [gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20)), { 'content-encoding': 'gzip' }, 413],
    [gzipSync('{}').subarray(0, 12), { 'content-encoding': 'gzip' }, 400],
    ['{}', { 'content-encoding': 'gzip' }, 400],
    ['{}', { 'content-encoding': 'br' }, 400],
    ['fullname=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['{"fullname":"x"', {}, 400],
    ['[]', {}, 400],
    ['null', {}, 400],
    ['{"name":"eve"}', {}, 400],
    ['{"email_verified":true}', {}, 400],
    ['{"fullname":"two\\r\\nlines"}', {}, 400],
    ['{"email":"a@example.com\\r\\nBcc: eve@example.com"}', {}, 400],
    ['{"email":"a@example.com,eve@example.com"}', {}, 400],
  ];
  for (const [payload, headers, status] of bodies) {
    const answer = await world.send({
      method: 'POST',
      target: user,
      payload,
      headers: { ...json, authorization, ...headers },
    });
    expect(answer.statusCode, `${String(payload).slice(0, 60)} ${answer.body}`).toBe(status);
    expect(answer.json().error).toBe(answer.json().message);
  }
  expect((await world.ask('GET', user, { token })).json()).toMatchObject({
    name: 'hannah',
    email: 'hannah@example.com',
    email_verified: false,
    fullname: null,
  });
  expect(({} as { email?: string }).email).toBeUndefined();
});

test('credentials and codes that came twice are refused, not chosen between', async () => {
  const world = await openWorld();
  const { token, code } = await protect(world);
  const authorization = `Bearer ${token}`;
  for (const headers of [
    { authorization, 'npm-otp': [code(), '000000'] },
    { authorization: [authorization, 'Bearer x'] },
    { authorization, 'npm-otp': ['000000', '000001', code()] },
  ]) {
    const answer = await world.send({
      method: 'POST',
      target: tokens,
      payload: JSON.stringify({ password: goodPassword }),
      headers: { ...json, ...headers },
    });
    expect([400, 401]).toContain(answer.statusCode);
  }
  expect((await world.ask('GET', tokens, { token })).json().total).toBe(1);
});

/** Sends bytes as they are and tells the status of each answer; no client brings the path into another form. */
async function sendRaw({ app }: TestApp, text: string): Promise<number[]> {
  if (!app.server.server.listening) await app.server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (piece: string) => {
    answer += piece;
  });
  socket.end(text);
  await once(socket, 'close');
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
}

const getRaw = async (world: TestApp, path: string, token: string): Promise<number | undefined> => {
  const head = `Host: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close`;
  return (await sendRaw(world, `GET ${path} HTTP/1.1\r\n${head}\r\n\r\n`))[0];
};

test('no spelling of a path reaches what another does not', async () => {
  const world = await openWorld();
  const { token } = await protect(world);
  const eve = await signUp(world, 'eve');
  await mustPublish(world, eve.token, { name: '@eve/tool', version: '1.0.0', access: 'public' });
  for (const path of ['/@eve/tool', '/@eve%2ftool', '/@eve%2Ftool', '/%40eve%2Ftool', '/%40eve/tool'])
    expect((await world.ask('GET', path)).json().name, path).toBe('@eve/tool');
  for (const path of [
    '/@eve%252ftool',
    '/@eve%2f..%2f..%2fetc',
    '/@eve/../-/npm/v1/tokens',
    '/%2e%2e/-/whoami',
    '/./-/whoami',
    '/@eve%2ftool%00',
    '/@eve%5ctool',
    '/@eve\\tool',
    '/@eve%2ftool%',
    `/${'a'.repeat(5000)}`,
    '/%c0%ae%c0%ae/',
    'http://localhost/-/whoami',
    '*',
  ])
    expect(await getRaw(world, path, token), path).toBe(400);
  for (const path of [
    '//-/whoami',
    '/-//whoami',
    '/-/whoami/',
    '/-/WHOAMI',
    '/-/npm/v1/tokens/',
    '/-/whoami;x',
  ])
    expect(await getRaw(world, path, token), path).toBe(404);
  expect(await getRaw(world, '/-/whoami', token)).toBe(200);
});

test('a request has one length, and nothing after it is taken for another', async () => {
  const world = await openWorld();
  const { token } = await signUp(world);
  const head = `Host: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json`;
  const smuggled = `DELETE /-/user/token/${token} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  for (const lengths of [
    'Content-Length: 4\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nContent-Length: 4',
    'Content-Length: 4\r\nContent-Length: 6',
    'Content-Length: 4, 4',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: chunked, identity',
    'Content-Length: +4',
  ]) {
    const request = `POST ${user} HTTP/1.1\r\n${head}\r\n${lengths}\r\n\r\n0\r\n\r\n${smuggled}`;
    expect(await sendRaw(world, request), lengths).toEqual([400]);
  }
  expect((await world.ask('GET', '/-/whoami', { token })).statusCode).toBe(200);
});

test('no method or header stands in for another', async () => {
  const world = await openWorld();
  const { token } = await signUp(world);
  await mustPublish(world, token, { name: 'hello', version: '1.0.0' });
  const authorization = `Bearer ${token}`;
  for (const headers of [
    { 'x-http-method-override': 'DELETE' },
    { 'x-http-method': 'DELETE' },
    { 'x-method-override': 'DELETE' },
  ]) {
    const answer = await world.send({
      method: 'POST',
      target: `/-/user/token/${token}?_method=DELETE`,
      headers: { authorization, ...headers },
    });
    expect(answer.statusCode).toBe(404);
  }
  for (const method of ['PATCH', 'OPTIONS'] as const)
    expect((await world.send({ method, target: '/hello', headers: { authorization } })).statusCode).toBe(404);
  expect((await world.ask('HEAD', user, { token })).body).toBe('');
  expect((await world.ask('GET', '/-/whoami', { token })).statusCode).toBe(200);
  for (const headers of [
    { host: 'evil.example' },
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    { forwarded: 'host=evil.example' },
  ])
    for (const path of ['/hello', '/hello/1.0.0', '/-/v1/search?text=hello'])
      expect((await world.ask('GET', path, { headers })).body).not.toContain('evil.example');
});

test('a document stores nothing that its command does not change', async () => {
  const world = await openWorld();
  const { token } = await signUp(world);
  const eve = await signUp(world, 'eve');
  const document = documentOf({ name: 'hello', version: '1.0.0' });
  const [manifest] = Object.values(document.versions);
  Object.assign(manifest ?? {}, {
    _npmUser: { name: 'eve', email: 'eve@example.com' },
    maintainers: [{ name: 'eve', email: 'eve@example.com' }],
    _hasShrinkwrap: true,
    hasInstallScript: true,
    deprecated: 'by nobody',
    readme: '</script><script>alert(1)</script>\u001b[2J',
  });
  const answer = await world.ask('PUT', '/hello', {
    token,
    body: {
      ...document,
      maintainers: [{ name: 'eve', email: 'eve@example.com' }],
      time: { created: '2001-01-01T00:00:00.000Z', '1.0.0': '2001-01-01T00:00:00.000Z' },
      users: { eve: true },
      _deleted: true,
      visibility: 'restricted',
      owner: 'eve',
    },
  });
  expect(answer.statusCode, answer.body).toBe(201);
  const served = await world.ask('GET', '/hello');
  const packument = served.json();
  expect(served.headers['content-type']).toContain('application/json');
  expect(packument.maintainers).toEqual([{ name: 'hannah', email: 'hannah@example.com' }]);
  expect(packument.users).toBeUndefined();
  expect(packument.time.created).toContain('2026');
  const version = packument.versions['1.0.0'];
  expect(version._npmUser.name).toBe('hannah');
  expect(version.maintainers).toEqual(packument.maintainers);
  expect([version.hasInstallScript, version.deprecated]).toEqual([undefined, undefined]);
  expect(version._hasShrinkwrap).toBe(false);
  expect(version.dist.tarball).toBe('http://localhost:4873/hello/-/hello-1.0.0.tgz');
  const tried = await world.ask('PUT', '/-/package/hello/dist-tags/beta', {
    token: eve.token,
    body: '1.0.0',
  });
  expect(tried.statusCode).toBe(403);
});
