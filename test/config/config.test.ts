import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { settingNames, settingOf } from '../../src/config/settings.ts';
import { loadConfig, showConfig } from '../../src/config.ts';
import { build, folder, load, problemsOf } from './loading.ts';

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
