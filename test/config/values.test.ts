import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nearest } from '../../src/config/names.ts';
import { folder, load, problemsOf } from './loading.ts';

describe('unknown names', () => {
  test.each([
    [{ flags: { '--publicurl': 'x' } }, '--publicurl is not a setting. Did you mean --public-url?'],
    [{ flags: { '--prot': '1' } }, '--prot is not a setting. Did you mean --port?'],
    [
      { environment: { TALLYSTICK_PUBLICURL: 'x' } },
      'The environment variable TALLYSTICK_PUBLICURL is not a setting. Did you mean TALLYSTICK_PUBLIC_URL?',
    ],
    [
      { environment: { TALLYSTICK_DATABASE_URI: '' } },
      'The environment variable TALLYSTICK_DATABASE_URI is not a setting. Did you mean TALLYSTICK_DATABASE_URL?',
    ],
    [
      { environment: { TALLYSTICK_PORT_FILE: 'x' } },
      'The environment variable TALLYSTICK_PORT_FILE is not a setting. Did you mean TALLYSTICK_PORT?',
    ],
  ])('%j names the nearest known one', async (given, sentence) => {
    expect(await problemsOf(given)).toEqual([sentence]);
  });

  test('an unknown key of the settings file names the nearest known one', async () => {
    expect(await problemsOf({ file: 'public_url: x' })).toEqual([
      `public_url in ${join(folder, 'settings.yaml')} is not a setting. Did you mean publicUrl?`,
    ]);
  });

  test('names are compared by their letters, a swap being one error', () => {
    expect(nearest('STAFF-SESION-IDEL', ['sessionIdle', 'staffSessionIdle', 'staffSessionLife'])).toBe(
      'staffSessionIdle',
    );
    expect(nearest('zzz', ['first', 'log'])).toBe('log');
  });

  test('variables of other programs are nobody’s business', async () => {
    await expect(
      load({ environment: { PORT: 'x', tallystick_port: 'y', NODE_ENV: 'z' } }),
    ).resolves.toBeDefined();
  });
});

describe('values', () => {
  const refused: [string, string[]][] = [
    ['--host', ['', 'a b', 'http://localhost', 'x/y', '[::1]']],
    ['--port', ['', '-1', '65536', '80a', '1e3', '0x50', ' 80', '4873.0', '٤']],
    [
      '--public-url',
      [
        'localhost:4873',
        'npm.acme.example',
        'ftp://acme.example',
        'https://',
        'https://user:pass@acme.example',
        'https://acme.example/?a=1',
        'https://acme.example/#a',
        'https://acme.example?',
        'https://ac me.example',
        'javascript:alert(1)',
      ],
    ],
    ['--upstream', ['registry', 'file:///etc/passwd', 'https://user@upstream.example', 'None', '']],
    ['--registration', ['Open', 'yes', '']],
    ['--anonymous-read', ['yes', '1', 'TRUE', '']],
    ['--insecure', ['yes', '0']],
    ['--reserved', ['@', '@Acme', 'acme/x', '*', '@acme/*/x', '../x', 'a b']],
    [
      '--trusted-proxies',
      [
        'localhost',
        '10.0.0.0/33',
        '10.0.0.256',
        '10.0.0.01',
        '::1/129',
        'fe80::1%eth0',
        '10.0.0.0/08',
        '0.0.0.0/0',
        '1/2',
      ],
    ],
    ['--site-name', ['', ' ', 'a:b', 'a\nb', 'x'.repeat(65), 'a\u2028b']],
    ['--mail-from', ['acme', 'a@b@c', 'A <a@b', 'A\r\nBcc: x@y <a@b.example>', 'a@b.example\n', '<>']],
    ['--support-email', ['Acme <a@b.example>', 'a b@c', '@b', 'a@']],
    ['--log', ['JSON', 'text']],
    ['--log-level', ['trace', 'verbose']],
    ['--password-length', ['7', '65']],
    ['--password-strength', ['5', '-1']],
    ['--totp-tolerance', ['2', '-1', '1s']],
    ['--device-life', ['0', '500d', '30', '30 d', '1w', '-1d', '1.5d', '30D']],
    ['--recovery-wait', ['15d', '-1d']],
    ['--recovery-key-age', ['31d']],
    ['--hold-time', ['15d']],
    ['--audit-keep', ['399d', 'off']],
    ['--drain-delay', ['61s', '2m']],
    ['--token-life-max', ['0', 'off', 'Never']],
    ['--token-life', ['never']],
    ['--tarball-limit', ['64MB', '64', '64mib', '-1MiB', '2GiB', '1B', '999999999999GiB']],
    [
      '--signup-limit',
      [
        '100',
        '0/1h',
        '100/0',
        '100/1h/1m',
        '-1/1h',
        '100/31d',
        '1.5/1h',
        'none',
        '100 / 1h',
        '9999999999/1h',
      ],
    ],
  ];
  test.each(refused.flatMap(([flag, texts]) => texts.map((text) => [flag, text])))(
    '%s %j is refused and named',
    async (flag, text) => {
      const problems = await problemsOf({ flags: { [flag]: text } });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(
        new RegExp(
          `^${flag} must be .+, not ${JSON.stringify(text).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}\\.$`,
        ),
      );
    },
  );

  const accepted: [string, string, unknown][] = [
    ['port', '0', 0],
    ['host', '::', '::'],
    ['publicUrl', 'https://npm.acme.example/', 'https://npm.acme.example'],
    ['publicUrl', 'https://NPM.acme.example:443/registry//', 'https://npm.acme.example/registry'],
    ['upstream', 'none', undefined],
    ['upstream', 'http://127.0.0.1:9/', 'http://127.0.0.1:9'],
    ['insecure', 'true', true],
    ['reserved', ' @acme , acme-*,@other/tool*,,', ['@acme', 'acme-*', '@other/tool*']],
    ['trustedProxies', '10.0.0.0/8,fd00::/8,127.0.0.1,::1', ['10.0.0.0/8', 'fd00::/8', '127.0.0.1', '::1']],
    ['siteName', 'Acme’s packages', 'Acme’s packages'],
    ['databaseUrl', 'postgres://u:p%40@h:1/d?sslmode=require', 'postgres://u:p%40@h:1/d?sslmode=require'],
    ['smtpUrl', 'smtps://user:pass@mail.example:465', 'smtps://user:pass@mail.example:465'],
    ['recoveryWait', '0', 0],
    ['drainDelay', '60s', 60_000],
    ['staffSessionIdle', '1h', 3_600_000],
    ['tokenLifeMax', 'never', 'never'],
    ['auditKeep', 'never', 'never'],
    ['tarballLimit', '65536KiB', 64 * 2 ** 20],
    ['signupLimit', 'off', 'off'],
    ['writeLimit', '1/90s', { count: 1, window: 90_000 }],
  ];
  test.each(accepted)('%s takes %s', async (name, text, value) => {
    const { config } = await load({
      environment: { [`TALLYSTICK_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`]: text },
    });
    expect(config[name as keyof typeof config]).toEqual(value);
  });

  test('everything that is wrong is told at once', async () => {
    const problems = await problemsOf({
      flags: { '--port': 'x', '--nonsense': '1' },
      environment: { TALLYSTICK_LOG: 'x' },
      file: 'hostt: x\nsessionLife: 1y\n',
    });
    expect(problems).toHaveLength(5);
  });

  test('a public URL of plain http that is not loopback is refused, and allowed with a warning', async () => {
    const flags = { '--public-url': 'http://npm.acme.example' };
    expect(await problemsOf({ flags })).toEqual([
      expect.stringMatching(/^--public-url: .+must begin with https:/),
    ]);
    const { warnings, config } = await load({ flags: { ...flags, '--insecure': 'true' } });
    expect(warnings).toEqual([expect.stringContaining('is plain http')]);
    expect(config.loopback).toBe(false);
  });

  test('listening for others with a public URL of this machine is warned about', async () => {
    expect((await load({ flags: { '--host': '0.0.0.0' } })).warnings).toEqual([
      expect.stringContaining('Listening on 0.0.0.0'),
    ]);
    expect((await load({ flags: { '--host': '127.0.0.1' } })).warnings).toEqual([]);
  });

  test('links for new browsers without a mail server are warned about', async () => {
    const flags = { '--confirm-new-device': 'true' };
    expect((await load({ flags })).warnings).toEqual([
      expect.stringContaining('confirmNewDevice is on, but no mail server is set'),
    ]);
    const server = { ...flags, '--smtp-url': 'smtp://mail.acme.example' };
    expect((await load({ flags: server })).warnings).toEqual([]);
  });

  test('a token cannot be made to live longer than the longest life', async () => {
    const flags = { '--token-life': '31d', '--token-life-max': '30d' };
    expect(await problemsOf({ flags })).toEqual([expect.stringMatching(/^--token-life: .+tokenLifeMax/)]);
  });

  test('paths count from where they are written', async () => {
    const { config } = await load({
      environment: { TALLYSTICK_DATA_DIR: 'data', TALLYSTICK_KEYRING_FILE: 'keys/ring.json' },
    });
    expect(config.dataDir).toBe(join(folder, 'data'));
    expect(config.keyring).toBe(join(folder, 'keys/ring.json'));
  });
});
