import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { launch, makeFolder, run, serve, statusOf } from './command-line.ts';

vi.setConfig({ testTimeout: 120_000 });

const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const asRoot = process.getuid?.() === 0;

/** Another program on a port of its own. */
async function occupy(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

interface Half {
  readonly socket: Socket;
  /** Sends the rest; resolves to everything that came back until the connection ended. */
  finish(): Promise<string>;
}

/** A sign-up whose body stops half way, once the server has begun to read it. */
async function beginSignUp(port: number, name: string): Promise<Half> {
  const password = 'correct-horse-battery-9';
  const body = JSON.stringify({ name, password, email: `${name}@acme.example`, type: 'user', roles: [] });
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const head = [
    `PUT /-/user/org.couchdb.user:${name} HTTP/1.1`,
    'host: localhost',
    'content-type: application/json',
    `content-length: ${body.length}`,
    'expect: 100-continue',
  ];
  let text = '';
  const ended = new Promise<string>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', () => resolve(text));
  });
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.write(body.slice(0, 10));
  const finish = (): Promise<string> => {
    socket.write(body.slice(10));
    return ended;
  };
  return { socket, finish };
}

/** A connection that stays open after its answer, as clients keep them. */
async function keepAlive(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write('GET /-/ping HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  expect(String(answer)).toMatch(/^connection: keep-alive\r$/im);
  return socket;
}

describe('starting', () => {
  test('makes everything on a first start, for this user alone, and says where it is', async () => {
    const dataDir = join(makeFolder(), 'data');
    const server = await serve(dataDir);
    expect(await statusOf(`${server.url}/-/ping`)).toBe(200);
    const said =
      server
        .printed()
        .split('\n')
        .find((line) => line.includes('"msg":"listening"')) ?? '';
    expect(JSON.parse(said)).toMatchObject({
      level: 'info',
      publicUrl: `http://localhost:${server.port}`,
      dataDir,
      database: 'SQLite',
      mail: `written to ${join(dataDir, 'outbox')}`,
    });
    expect(server.printed()).toContain(`"keyring":"${join(dataDir, 'keyring.json')}"`);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    for (const name of ['keyring.json', 'tallystick.db', 'server.lock']) {
      expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);
    }
  });

  test('says it in plain words on a terminal', async () => {
    const dataDir = join(makeFolder(), 'data');
    const server = launch(['start', '--data-dir', dataDir, '--port', '0', '--log', 'pretty']);
    const text = await server.saw(/mails +.*\n/);
    expect(text).toMatch(/^Tallystick \d+\.\d+\.\d+ at http:\/\/localhost:\d+ \(127\.0\.0\.1:\d+/m);
    expect(text).toContain(`  data folder  ${dataDir}, SQLite\n`);
    expect(text).toContain(`  mails        written to ${join(dataDir, 'outbox')}\n`);
  });

  test.skipIf(!hasIPv6)('localhost is 127.0.0.1 and ::1 on the same port', async () => {
    const server = await serve(join(makeFolder(), 'data'));
    expect(await statusOf(`http://127.0.0.1:${server.port}/-/ping`)).toBe(200);
    expect(await statusOf(`http://[::1]:${server.port}/-/ping`)).toBe(200);
    expect(server.printed()).toContain(`"addresses":["127.0.0.1:${server.port}","[::1]:${server.port}"]`);
  });

  test.skipIf(!hasIPv6)('another host is that alone', async () => {
    const server = await serve(join(makeFolder(), 'data'), { args: ['--host', '127.0.0.1'] });
    expect(await statusOf(`http://127.0.0.1:${server.port}/-/ping`)).toBe(200);
    await expect(statusOf(`http://[::1]:${server.port}/-/ping`)).rejects.toThrow('ECONNREFUSED');
  });

  test.skipIf(!asRoot)('warns who runs it as root, and runs', async () => {
    const server = await serve(join(makeFolder(), 'data'));
    expect(server.printed()).toContain('"level":"warn"');
    expect(server.printed()).toContain('Running as root');
  });

  test('prints the warnings of the settings', async () => {
    const args = ['--public-url', 'http://npm.acme.example', '--insecure'];
    const server = launch(['start', '--data-dir', join(makeFolder(), 'data'), '--port', '0', ...args]);
    expect(await server.saw(/"msg":"listening"/)).toContain('is plain http');
  });

  test.each([['--blobs-url', 's3://bucket/prefix', 'blobsUrl']])(
    'what %s asks for is not there yet, and is not passed over in silence',
    async (flag, value, name) => {
      const folder = makeFolder();
      const { code, stderr } = await run(['start', flag, value, '--port', '0'], { folder });
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining(`not part of this version: unset ${name}.`),
      ]);
      expect(existsSync(join(folder, 'tallystick-data'))).toBe(false);
    },
  );

  test('a public URL of plain http is refused before anything is made', async () => {
    const dataDir = join(makeFolder(), 'data');
    const ended = await run(['start', '--data-dir', dataDir, '--public-url', 'http://npm.acme.example']);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(
      /^tallystick: --public-url: the public URL .+ must begin with https:\/\/.+\n$/,
    );
    expect(existsSync(dataDir)).toBe(false);
  });
});

describe('what is in the way', () => {
  test.each([['127.0.0.1'], ...(hasIPv6 ? [['::1']] : [])])(
    'a port that is taken on %s is told',
    async (host) => {
      const port = await occupy(host);
      const ended = await run(['start', '--data-dir', join(makeFolder(), 'data'), '--port', String(port)]);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toBe(
        `tallystick: Port ${port} of ${host} is taken by another program. Stop that one, or choose another port with --port.\n`,
      );
    },
  );

  test('a host that is not of this machine is told', async () => {
    const args = ['start', '--data-dir', join(makeFolder(), 'data'), '--port', '0', '--host', '192.0.2.1'];
    const ended = await run([...args, '--public-url', 'https://npm.acme.example']);
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.stderr).toBe(
      'tallystick: 192.0.2.1 is not an address of this machine. Choose another with --host.\n',
    );
  });

  test('a second server on the same data folder is refused with the number of the first', async () => {
    const dataDir = join(makeFolder(), 'data');
    const server = await serve(dataDir);
    const ended = await run(['start', '--data-dir', dataDir, '--port', '0']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toBe(
      `tallystick: Another Tallystick (process ${server.child.pid}) works on the data folder ${dataDir}. Stop it, or choose another folder with --data-dir.\n`,
    );
    expect(await statusOf(`${server.url}/-/ping`)).toBe(200);
  });

  test('a server that was killed is in nobody’s way', async () => {
    const dataDir = join(makeFolder(), 'data');
    const killed = await serve(dataDir);
    killed.child.kill('SIGKILL');
    expect(await killed.ended).toMatchObject({ code: null });
    const server = await serve(dataDir);
    expect(await statusOf(`${server.url}/-/ping`)).toBe(200);
  });

  test('a settings file in the data folder is read, and told when it is wrong', async () => {
    const dataDir = join(makeFolder(), 'data');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'tallystick.yaml'), 'prot: 1\n');
    const ended = await run(['start', '--data-dir', dataDir, '--port', '0']);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toBe(
      `tallystick: prot in ${join(dataDir, 'tallystick.yaml')} is not a setting. Did you mean port?\n`,
    );
  });

  test('an old Node gets one clear sentence', async () => {
    const older = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'24.6.9'}})`;
    const env = { NODE_OPTIONS: `--import="${older}"` };
    const ended = await run(['start'], { env, folder: makeFolder() });
    expect(ended).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'tallystick: Tallystick needs Node 24.7 or newer, and this is Node 24.6.9. Install a newer one: https://nodejs.org\n',
    });
  });

  test('a reader that goes away is no accident', async () => {
    const command = launch(['config'], { folder: makeFolder() });
    command.child.stdout.destroy();
    expect(await command.ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('stopping', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends an idle server with 0, whoever keeps a connection',
    async (signal) => {
      const dataDir = join(makeFolder(), 'data');
      const server = await serve(dataDir);
      const kept = await keepAlive(server.port);
      const silent = connect(server.port, '127.0.0.1');
      await new Promise((resolve) => silent.once('connect', resolve));
      const closed = new Promise((resolve) => kept.once('close', resolve));
      silent.on('error', () => undefined);
      server.child.kill(signal);
      const { code, stdout } = await server.ended;
      expect(code).toBe(0);
      expect(stdout).toContain(`"signal":"${signal}"`);
      await closed;
      expect(existsSync(join(dataDir, 'server.pid'))).toBe(false);
      expect(existsSync(join(dataDir, 'tallystick.db-wal'))).toBe(false);
    },
  );

  test('a request under way is finished, new ones are not taken, and what was acknowledged is there', async () => {
    const dataDir = join(makeFolder(), 'data');
    const server = await serve(dataDir);
    const half = await beginSignUp(server.port, 'ann');
    server.child.kill('SIGTERM');
    await server.saw(/"msg":"stopping"/);
    await vi.waitFor(() => expect(statusOf(`${server.url}/-/ping`)).rejects.toThrow('ECONNREFUSED'));
    const answer = await half.finish();
    expect(answer).toMatch(/HTTP\/1\.1 201 Created\r\n/);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(await server.ended).toMatchObject({ code: 0 });
    const list = await run(['admin', 'user', 'list', '--json', '--data-dir', dataDir]);
    expect(JSON.parse(list.stdout)).toMatchObject([{ name: 'ann' }]);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second signal ends it now, %s with %i', async (signal, code) => {
    const dataDir = join(makeFolder(), 'data');
    const server = await serve(dataDir);
    await beginSignUp(server.port, 'ann');
    server.child.kill('SIGTERM');
    await server.saw(/"msg":"stopping"/);
    server.child.kill(signal);
    expect(await server.ended).toMatchObject({ code });
    const again = await serve(dataDir);
    expect(await statusOf(`${again.url}/-/ping`)).toBe(200);
  });

  test('while it drains for a load balancer it answers, and says that it is not ready', async () => {
    const server = await serve(join(makeFolder(), 'data'), { args: ['--drain-delay', '60s'] });
    expect(await statusOf(`${server.url}/-/health/ready`)).toBe(200);
    server.child.kill('SIGTERM');
    await server.saw(/"msg":"stopping"/);
    expect(await statusOf(`${server.url}/-/health/ready`)).toBe(503);
    expect(await statusOf(`${server.url}/-/health/live`)).toBe(200);
    expect(await statusOf(`${server.url}/-/ping`)).toBe(200);
    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 143 });
  });
});
