import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nearest } from '../../src/config/names.ts';
import { settingNames, settingOf } from '../../src/config/settings.ts';
import { ConfigProblem, type ConfigSources, loadConfig, showConfig } from '../../src/config.ts';

const build = { version: '1.2.3', upstream: 'https://upstream.example' };
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Given {
  flags?: Record<string, string>;
  environment?: Record<string, string>;
  file?: string;
  terminal?: boolean;
}

/** Loads settings; `file` is the text of the settings file that `--config` names. */
async function load({ flags = {}, environment = {}, file, terminal }: Given) {
  const sources: ConfigSources = {
    flags: new Map(Object.entries(flags)),
    environment,
    folder,
    build,
    ...(terminal === undefined ? {} : { terminal }),
  };
  if (file === undefined) return loadConfig(sources);
  writeFileSync(join(folder, 'settings.yaml'), file);
  return loadConfig({ ...sources, file: 'settings.yaml' });
}

async function problemsOf(given: Given): Promise<readonly string[]> {
  try {
    await load(given);
  } catch (thrown) {
    if (thrown instanceof ConfigProblem) return thrown.problems;
    throw thrown;
  }
  throw new Error('the settings were accepted');
}

describe('defaults', () => {
  test('a first start needs no setting at all', async () => {
    const { config, warnings } = await load({});
    expect(config).toMatchObject({
      host: 'localhost',
      port: 4873,
      publicUrl: 'http://localhost:4873',
      dataDir: join(folder, 'tallystick-data'),
      databaseUrl: undefined,
      blobsUrl: undefined,
      keyring: join(folder, 'tallystick-data', 'keyring.json'),
      upstream: 'https://upstream.example',
      reserved: [],
      registration: 'open',
      anonymousRead: true,
      insecure: false,
      trustedProxies: [],
      siteName: 'Tallystick',
      smtpUrl: undefined,
      mailFrom: 'tallystick@localhost',
      supportEmail: 'tallystick@localhost',
      log: 'json',
      logLevel: 'info',
      loopback: true,
      version: '1.2.3',
    });
    expect(warnings).toEqual([]);
  });

  test('the numbers are those of the requirements', async () => {
    const minute = 60_000;
    const day = 24 * 60 * minute;
    const { config } = await load({});
    expect(config).toMatchObject({
      passwordLength: 12,
      passwordStrength: 3,
      totpTolerance: 1,
      deviceLife: 30 * day,
      sessionIdle: day,
      sessionLife: 14 * day,
      staffSessionIdle: 60 * minute,
      staffSessionLife: 8 * 60 * minute,
      loginTokenIdle: 14 * day,
      loginTokenLife: 90 * day,
      tokenLife: 90 * day,
      tokenLifeMax: 365 * day,
      tokenOverlap: day,
      releaseWindow: 5 * minute,
      confirmNewDevice: false,
      recoveryWait: 3 * day,
      recoveryKeyAge: 7 * day,
      holdTime: 3 * day,
      auditKeep: 400 * day,
      drainDelay: 0,
      tarballLimit: 64 * 2 ** 20,
      unpackedLimit: 512 * 2 ** 20,
      upstreamTarballLimit: 2 ** 30,
      upstreamFresh: 2 * minute,
      upstreamStale: 30 * day,
      hstsSubdomains: false,
      passwordLimit: { count: 100, window: 15 * minute },
      signupLimit: { count: 100, window: 60 * minute },
      resetMailLimit: { count: 30, window: 60 * minute },
      supportLimit: { count: 10, window: day },
      supportProofLimit: { count: 20, window: day },
      loginLimit: { count: 300, window: 10 * minute },
      anonymousReadLimit: 'off',
      writeLimit: { count: 6000, window: 10 * minute },
    });
  });

  test('the public URL follows the port', async () => {
    const { config } = await load({ flags: { '--port': '5001' } });
    expect(config.publicUrl).toBe('http://localhost:5001');
  });

  test.each([
    'http://localhost:1',
    'http://127.3.2.1',
    'http://[::1]:4873',
    'http://npm.localhost',
    'https://localhost',
  ])('registration and anonymous reads are open while the public URL is %s', async (publicUrl) => {
    const { config } = await load({ flags: { '--public-url': publicUrl } });
    expect(config).toMatchObject({ registration: 'open', anonymousRead: true, loopback: true });
  });

  test.each([
    'https://npm.acme.example',
    'https://localhost.acme.example',
    'https://127.acme.example',
    'https://[::2]',
  ])(
    'registration is by invitation and strangers read nothing when the public URL is %s',
    async (publicUrl) => {
      const { config } = await load({ flags: { '--public-url': publicUrl } });
      expect(config).toMatchObject({ registration: 'invite', anonymousRead: false, loopback: false });
    },
  );

  test('what was set is kept whatever the public URL', async () => {
    const environment = { TALLYSTICK_REGISTRATION: 'closed', TALLYSTICK_ANONYMOUS_READ: 'false' };
    const { config } = await load({ environment });
    expect(config).toMatchObject({ registration: 'closed', anonymousRead: false });
  });

  test('support is reached at the address of the sender, without its name', async () => {
    const { config } = await load({ flags: { '--mail-from': 'Acme packages <npm@acme.example>' } });
    expect(config.supportEmail).toBe('npm@acme.example');
  });

  test('a shorter longest life of tokens shortens the usual one', async () => {
    const { config } = await load({ flags: { '--token-life-max': '30d' } });
    expect(config.tokenLife).toBe(30 * 24 * 3_600_000);
  });

  test('logs are pretty on a terminal only', async () => {
    expect((await load({ terminal: true })).config.log).toBe('pretty');
    expect((await load({ terminal: false })).config.log).toBe('json');
  });

  test('every default and every setting survives being printed and read again', async () => {
    const loaded = await load({});
    for (const { name, value } of showConfig(loaded)) {
      if (value === undefined) continue;
      expect({ [name]: settingOf(name).kind.parse(value, folder) }).toEqual({ [name]: loaded.config[name] });
    }
  });

  test('the settings cannot be changed afterwards', async () => {
    const { config } = await load({ flags: { '--trusted-proxies': '10.0.0.1' } });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.trustedProxies)).toBe(true);
    expect(Object.isFrozen(config.passwordLimit)).toBe(true);
  });
});

describe('sources', () => {
  test('flags beat the environment, which beats the settings file', async () => {
    const file = 'siteName: file\nhost: file.example\nlogLevel: warn\n';
    const environment = { TALLYSTICK_SITE_NAME: 'environment', TALLYSTICK_HOST: 'environment.example' };
    const { config, origins } = await load({ flags: { '--site-name': 'flag' }, environment, file });
    expect(config).toMatchObject({ siteName: 'flag', host: 'environment.example', logLevel: 'warn' });
    expect(origins.siteName).toEqual({ from: 'flag', where: '--site-name' });
    expect(origins.host).toEqual({ from: 'environment', where: 'TALLYSTICK_HOST' });
    expect(origins.logLevel).toEqual({ from: 'file', where: `logLevel in ${join(folder, 'settings.yaml')}` });
    expect(origins.port).toEqual({ from: 'default', where: 'default' });
  });

  test('every setting has its three spellings', async () => {
    const environment: Record<string, string> = {};
    const flags: Record<string, string> = {};
    const lines: string[] = [];
    for (const { name, value } of showConfig(await load({}))) {
      if (value === undefined) continue;
      const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      flags[`--${kebab}`] = value;
      environment[`TALLYSTICK_${kebab.toUpperCase().replaceAll('-', '_')}`] = value;
      lines.push(`${name}: ${JSON.stringify(value)}`);
    }
    const { config } = await load({});
    expect((await load({ flags })).config).toEqual(config);
    expect((await load({ environment })).config).toEqual(config);
    expect((await load({ file: lines.join('\n') })).config).toEqual(config);
    expect(lines).toHaveLength(settingNames.length - 5);
  });

  test('the settings file in the data folder is found', async () => {
    writeFileSync(join(folder, 'tallystick.yaml'), 'port: 5002\n');
    const { config, origins } = await load({ flags: { '--data-dir': '.' } });
    expect(config.port).toBe(5002);
    expect(origins.port.from).toBe('file');
  });

  test('the settings file in the data folder cannot name another data folder', async () => {
    writeFileSync(join(folder, 'tallystick.yaml'), 'dataDir: elsewhere\n');
    expect(await problemsOf({ flags: { '--data-dir': '.' } })).toEqual([
      expect.stringContaining('cannot name another data folder'),
    ]);
  });

  test('a named settings file replaces the one in the data folder and may name the data folder', async () => {
    writeFileSync(join(folder, 'tallystick.yaml'), 'port: 5002\n');
    const { config } = await load({ flags: { '--data-dir': '.' }, file: 'siteName: named\n' });
    expect(config).toMatchObject({ port: 4873, siteName: 'named' });
    expect((await load({ file: 'dataDir: data\n' })).config.dataDir).toBe(join(folder, 'data'));
  });

  test('the environment may name the settings file', async () => {
    writeFileSync(join(folder, 'there.yaml'), 'port: 5003\n');
    expect((await load({ environment: { TALLYSTICK_CONFIG: 'there.yaml' } })).config.port).toBe(5003);
  });

  test('a settings file takes numbers, truth values, sequences and empty values', async () => {
    const file =
      'port: 80\ninsecure: true\nreserved: ["@acme", acme-*]\ntrustedProxies: 10.0.0.0/8, ::1\nsmtpUrl:\n';
    const { config } = await load({ file });
    expect(config).toMatchObject({
      port: 80,
      insecure: true,
      reserved: ['@acme', 'acme-*'],
      trustedProxies: ['10.0.0.0/8', '::1'],
      smtpUrl: undefined,
    });
  });

  test('an empty settings file and an empty variable set nothing', async () => {
    const { config } = await load({ file: '# nothing\n', environment: { TALLYSTICK_SMTP_URL: '' } });
    expect(config).toMatchObject({ port: 4873, smtpUrl: undefined });
  });

  test.each([
    ['a missing one', undefined, /settings.yaml cannot be read: there is no such file/],
    ['broken YAML', 'port: [', /settings.yaml cannot be read: .+ at line 1/],
    ['a key twice', 'port: 1\nport: 2', /settings.yaml cannot be read: Map keys must be unique/],
    ['a sequence', '- port', /settings.yaml must be a list of lines such as/],
    ['a word', 'port', /settings.yaml must be a list of lines such as/],
    [
      'a map as value',
      'port: { a: 1 }',
      /^port in .+settings.yaml must be a whole number from 0 to 65535\.$/,
    ],
    ['a fraction', 'port: 1.5', /^port in .+settings.yaml must be a whole number/],
    ['a sequence for one value', 'siteName: [a]', /^siteName in .+settings.yaml must be 1 to 64 characters/],
    [
      'a number as duration',
      'sessionIdle: 90',
      /^sessionIdle in .+ must be a duration from 1s to 90d, such as 15m, not "90"/,
    ],
  ])('a settings file with %s is told', async (_, file, sentence) => {
    const given =
      file === undefined
        ? loadConfig({ folder, build, environment: {}, file: 'settings.yaml' })
        : load({ file });
    await expect(given).rejects.toThrow(sentence);
  });
});

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

describe('secrets', () => {
  test('a secret is read from a file, without its last line end', async () => {
    writeFileSync(join(folder, 'smtp'), 'smtp://user:pass@mail.example\n');
    for (const given of [
      { flags: { '--smtp-url-file': 'smtp' } },
      { environment: { TALLYSTICK_SMTP_URL_FILE: join(folder, 'smtp') } },
      { file: 'smtpUrlFile: smtp' },
    ]) {
      expect((await load(given)).config.smtpUrl).toBe('smtp://user:pass@mail.example');
    }
  });

  test('a secret and its file at once, a missing and an empty file are told', async () => {
    writeFileSync(join(folder, 'empty'), '\n');
    const both = { TALLYSTICK_SMTP_URL: 'smtp://mail.example', TALLYSTICK_SMTP_URL_FILE: 'empty' };
    expect(await problemsOf({ environment: both })).toEqual([expect.stringContaining('say the same thing')]);
    expect(await problemsOf({ flags: { '--database-url-file': 'none' } })).toEqual([
      expect.stringMatching(/^--database-url-file: the file .+none cannot be read \(there is none\)\.$/),
    ]);
    expect(await problemsOf({ flags: { '--database-url-file': 'empty' } })).toEqual([
      expect.stringMatching(/^--database-url-file: the file .+empty is empty\.$/),
    ]);
  });

  test('a wrong secret is refused without being repeated', async () => {
    const problems = await problemsOf({
      environment: { TALLYSTICK_DATABASE_URL: 'mysql://user:hunter2@host/db' },
    });
    expect(problems).toEqual([
      expect.stringMatching(/^TALLYSTICK_DATABASE_URL must be a URL that begins with postgres:/),
    ]);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('a token for metrics is long, and refused without being repeated', async () => {
    const token = (text: string) => problemsOf({ environment: { TALLYSTICK_METRICS_TOKEN: text } });
    for (const wrong of ['hunter2'.repeat(2), 'hunter2 with a space in it', 'hunter2'.repeat(30)]) {
      const problems = await token(wrong);
      expect(problems).toEqual([expect.stringMatching(/^TALLYSTICK_METRICS_TOKEN must be 20 to 200/)]);
      expect(problems.join()).not.toContain('hunter2');
    }
  });

  test('secrets never appear among the shown settings, the path of the keyring does', async () => {
    const environment = {
      TALLYSTICK_DATABASE_URL: 'postgres://user:hunter2@host/db',
      TALLYSTICK_SMTP_URL: 'smtp://user:hunter2@host',
      TALLYSTICK_BLOBS_URL: 's3://key:hunter2@bucket/prefix',
      TALLYSTICK_KEYRING: '{"current":1,"keys":[{"version":1,"key":"hunter2"}]}',
    };
    const shown = showConfig(await load({ environment }));
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(shown.filter(({ value }) => value === '(hidden)').map(({ name }) => name)).toEqual([
      'databaseUrl',
      'blobsUrl',
      'keyring',
      'smtpUrl',
    ]);
    const keyring = showConfig(await load({})).find(({ name }) => name === 'keyring');
    expect(keyring?.value).toBe(join(folder, 'tallystick-data', 'keyring.json'));
  });

  test('a keyring in the environment is kept as it is', async () => {
    const text = '{"current":1,"keys":[]}';
    expect((await load({ environment: { TALLYSTICK_KEYRING: text } })).config.keyring).toBe(text);
  });
});
