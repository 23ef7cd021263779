import { chmodSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  checkFolder,
  checkMail,
  checkNewBrowsers,
  checkNode,
  checkProxies,
  checkPublicUrl,
  judgeSpace,
} from '../../src/cli/check-surroundings.ts';
import { judgeClock } from '../../src/cli/doctor.ts';
import { makeFolder, run, serve } from './command-line.ts';

interface Told {
  healthy: boolean;
  findings: { check: string; state: string; found: string; todo?: string }[];
}

const examine = async (folder: string, ...more: string[]) => {
  const { code, stdout, stderr } = await run(['doctor', '--json', ...more], { folder });
  expect(stderr).toBe('');
  const told = JSON.parse(stdout) as Told;
  const states = Object.fromEntries(told.findings.map(({ check, state }) => [check, state]));
  return { code, told, states };
};

describe('tallystick doctor', () => {
  test('finds nothing to do beside a running server, and names what is broken afterwards', async () => {
    const folder = makeFolder();
    const dataDir = join(folder, 'tallystick-data');
    const { port, child, ended } = await serve(dataDir);
    const well = await examine(folder, '--port', String(port));
    expect(well.told.findings.filter(({ state }) => state === 'problem')).toEqual([]);
    expect(well).toMatchObject({ code: 0, told: { healthy: true } });
    expect(Object.keys(well.states)).toEqual([
      'settings',
      'node',
      'data folder',
      'disk',
      'database',
      'keyring',
      'clock',
      'security log',
      'public URL',
      'proxies',
      'mail',
      'new browsers',
    ]);
    child.kill('SIGTERM');
    await ended;

    chmodSync(dataDir, 0o755);
    renameSync(join(dataDir, 'keyring.json'), join(dataDir, 'elsewhere.json'));
    const ill = await examine(folder, '--port', String(port));
    expect(ill).toMatchObject({
      code: 1,
      told: { healthy: false },
      states: { 'data folder': 'warning', keyring: 'problem', 'public URL': 'problem' },
    });
    for (const { state, todo } of ill.told.findings) if (state !== 'ok') expect(todo).toBeTruthy();
    const text = await run(['doctor', '--port', String(port)], { folder });
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^problem +keyring +The keyring .+ is missing/m);
  });

  test('tells of a folder without a database and makes none', async () => {
    const folder = makeFolder();
    const { code, states } = await examine(folder, '--port', '1');
    expect({ code, states }).toMatchObject({
      code: 1,
      states: { 'data folder': 'problem', database: 'problem' },
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a check', () => {
  test('of Node wants 24.7', () => {
    expect(['24.7.0', '24.21.0', '25.0.0', '24.6.9', '22.9.0'].map((it) => checkNode(it).state)).toEqual([
      'ok',
      'ok',
      'ok',
      'problem',
      'problem',
    ]);
  });

  test('of the disk warns below 1 GiB and calls less than 100 MiB a problem', () => {
    const mebibyte = 1024 ** 2;
    const states = [1024 * mebibyte, 1024 * mebibyte - 1, 100 * mebibyte, 100 * mebibyte - 1].map(
      (free) => judgeSpace(free).state,
    );
    expect(states).toEqual(['ok', 'warning', 'warning', 'problem']);
  });

  test('of the clock takes five seconds', () => {
    expect([0, 5000, -5000, 5001, -5001].map((offset) => judgeClock(offset).state)).toEqual([
      'ok',
      'ok',
      'ok',
      'problem',
      'problem',
    ]);
  });

  test('of the data folder names what others may read', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tallystick-doctor-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true }));
    expect(checkFolder({ dataDir })[0]?.state).toBe('ok');
    chmodSync(dataDir, 0o750);
    expect(checkFolder({ dataDir })[0]).toMatchObject({ state: 'warning', todo: `chmod go= ${dataDir}` });
  });

  test('of new browsers advises links where mails leave, and warns of them where they do not', () => {
    const told = (confirmNewDevice: boolean, smtpUrl: string | undefined, state: 'ok' | 'problem') => {
      const finding = checkNewBrowsers({ confirmNewDevice, smtpUrl }, { check: 'mail', state, found: '' });
      return [finding.state, finding.todo?.includes('set confirmNewDevice') ?? finding.todo];
    };
    const server = 'smtp://mail.acme.example';
    expect(told(false, server, 'ok')).toEqual(['ok', true]);
    expect(told(false, server, 'problem')).toEqual(['ok', undefined]);
    expect(told(false, undefined, 'ok')).toEqual(['ok', undefined]);
    expect(told(true, server, 'ok')).toEqual(['ok', undefined]);
    expect(told(true, server, 'problem')).toEqual(['problem', false]);
    expect(told(true, undefined, 'ok')).toEqual(['warning', false]);
  });

  test('of proxies hints at one that is not trusted', () => {
    const state = (publicUrl: string, ...trustedProxies: string[]) =>
      checkProxies({ publicUrl, trustedProxies }).state;
    expect(state('https://npm.example')).toBe('warning');
    expect(state('https://npm.example', '127.0.0.1')).toBe('ok');
    expect(state('http://localhost:4873')).toBe('ok');
  });

  test('of the public URL knows this registry from another, a redirect and silence', async () => {
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/moved')) response.writeHead(302, { location: '/-/ping' });
      const keys = { keys: [{ keyid: 'ours' }] };
      response.end(JSON.stringify(request.url === '/-/npm/v1/keys' ? keys : {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const state = async (at: string, key?: string) => (await checkPublicUrl(at, key)).state;
    expect(await state(url, 'ours')).toBe('ok');
    expect(await state(url, undefined)).toBe('ok');
    expect(await state(url, 'theirs')).toBe('problem');
    expect(await state(`${url}/moved`, 'ours')).toBe('problem');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await checkPublicUrl(url, 'ours')).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('does not answer as it should'),
    });
  });

  test('of mail greets the mail server and never shows the password', async () => {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      onAuth: ({ password }, _session, done) =>
        password === 'right' ? done(null, { user: 'u' }) : done(new Error('no')),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const { port } = server.server.address() as AddressInfo;
    const check = (user: string) =>
      checkMail({ smtpUrl: `smtp://${user}127.0.0.1:${port}`, dataDir: '', loopback: false });
    expect((await check('')).state).toBe('ok');
    expect((await check('u:right@')).state).toBe('ok');
    const refused = await check('u:hunter2@');
    expect(refused.state).toBe('problem');
    expect(JSON.stringify(refused)).not.toContain('hunter2');
  });

  test('of mail without a server looks at the outbox, and warns where people wait for mails', async () => {
    const dataDir = makeFolder();
    const check = (loopback: boolean) => checkMail({ smtpUrl: undefined, dataDir, loopback });
    expect((await check(true)).state).toBe('ok');
    expect((await check(false)).state).toBe('warning');
    const none = { smtpUrl: undefined, dataDir: join(dataDir, 'none'), loopback: true };
    expect((await checkMail(none)).state).toBe('problem');
  });
});
