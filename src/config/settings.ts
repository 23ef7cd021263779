/** THE TABLE of settings (contract.md): one row each, and everything else about settings is derived from it. */
import { join, resolve } from 'node:path';
import { parseAddressOrRange } from '../kernel/cidr.ts';
import { isLoopbackUrl } from '../kernel/public-url.ts';
import {
  count,
  duration,
  durationOrNever,
  isMailAddress,
  type Kind,
  list,
  orNone,
  parseDuration,
  path,
  rate,
  size,
  text,
  url,
  word,
  yesOrNo,
} from './kinds.ts';

/** What a default may depend on; each of these stands in the table before those that ask for it. */
export interface Known {
  readonly port: number;
  readonly publicUrl: string;
  readonly dataDir: string;
  readonly siteName: string;
  readonly mailFrom: string;
  readonly tokenLifeMax: number | 'never';
  readonly terminal: boolean;
  readonly builtUpstream: string;
}

export interface Setting<T> {
  readonly kind: Kind<T>;
  readonly meaning: string;
  /** Written as an operator would; undefined where the setting may be absent. */
  readonly default: string | undefined | ((known: Known) => string);
  /** Never printed; may come from a file by `…_FILE`. `file` keeps the path instead of reading the content. */
  readonly secret: false | 'value' | 'file';
}

const setting = <T>(kind: Kind<T>, fallback: Setting<T>['default'] & {}, meaning: string): Setting<T> => ({
  kind,
  meaning,
  default: fallback,
  secret: false,
});
const optional = <T>(kind: Kind<T>, meaning: string): Setting<T | undefined> => ({
  kind: kind as Kind<T | undefined>,
  meaning,
  default: undefined,
  secret: false,
});
const secret = <T>(row: Setting<T>, kept: 'value' | 'file' = 'value'): Setting<T> => ({
  ...row,
  secret: kept,
});

const host = text('a host name or an address', (value) => /^[A-Za-z0-9:._-]{1,253}$/.test(value));
const oneLine = (longest: number) => (value: string) =>
  value.trim() !== '' && value.length <= longest && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value);
const sender = text('a mail address, such as Packages <packages@acme.example>', (value) => {
  const [, name = '', address = value] = /^([^<>]*)<([^<>]+)>$/.exec(value) ?? [];
  return (name === '' || oneLine(100)(name)) && isMailAddress(address);
});
const keyringSource: Kind<string> = {
  expects: 'a keyring or the path of one',
  parse: (value, base) => (/^\s*\{/.test(value) ? value : resolve(base, value)),
  print: (value) => value,
};
const webhook = url(['http:', 'https:'], { credentials: true, query: true });
const checkpointPlace: Kind<string> = {
  expects: 'the path of a file or an http(s) URL',
  parse: (value, base) => (/^https?:/i.test(value) ? webhook.parse(value, base) : resolve(base, value)),
  print: (value) => value,
};
const reservedName =
  /^(@[a-z0-9~][a-z0-9._~-]*\*?(\/([a-z0-9~_.-][a-z0-9._~-]*\*?|\*))?|[a-z0-9~][a-z0-9._~-]*\*?)$/;
const mailHost = (publicUrl: string): string => new URL(publicUrl).hostname.replace(/^\[.*\]$/, 'localhost');
const life = (max: string) => duration({ min: '1s', max });

export const settings = {
  host: setting(host, 'localhost', 'where to listen; localhost is 127.0.0.1 and, where it exists, ::1'),
  port: setting(count(0, 65_535), '4873', 'the port to listen on; 0 takes a free one'),
  publicUrl: setting(
    url(['http:', 'https:']),
    ({ port }) => `http://localhost:${port}`,
    'the base of every link',
  ),
  insecure: setting(yesOrNo(), 'false', 'allow a public URL of plain http that is not loopback'),
  dataDir: setting(path('a folder'), './tallystick-data', 'database, blobs, keyring, outbox'),
  databaseUrl: secret(
    optional(
      url(['postgres:', 'postgresql:'], { credentials: true, query: true }),
      'PostgreSQL instead of SQLite',
    ),
  ),
  blobsUrl: secret(
    optional(url(['s3:'], { credentials: true, query: true }), 'an S3 bucket instead of files'),
  ),
  keyring: secret(
    setting(
      keyringSource,
      ({ dataDir }) => join(dataDir, 'keyring.json'),
      'the keys that seal secrets: a file, or the JSON itself',
    ),
    'file',
  ),
  upstream: setting(
    orNone(url(['http:', 'https:'])),
    ({ builtUpstream }) => builtUpstream,
    'the registry to pull through',
  ),
  reserved: setting(
    list('names and scopes such as @acme or acme-*', (name) => reservedName.test(name)),
    '',
    'names and scopes that are ours alone: never asked upstream',
  ),
  registration: setting(
    word('open', 'invite', 'closed'),
    ({ publicUrl }) => (isLoopbackUrl(publicUrl) ? 'open' : 'invite'),
    'who may make an account: everybody, the invited, or those made on the command line',
  ),
  anonymousRead: setting(
    yesOrNo(),
    ({ publicUrl }) => String(isLoopbackUrl(publicUrl)),
    'may a stranger read public packages and use the proxy',
  ),
  trustedProxies: setting(
    list('addresses and ranges such as 10.0.0.0/8', (value) => parseAddressOrRange(value) !== undefined),
    '',
    'the peers whose X-Forwarded-For counts',
  ),
  siteName: setting(
    text(
      '1 to 64 characters on one line without a colon',
      (value) => oneLine(64)(value) && !value.includes(':'),
    ),
    'Tallystick',
    'the TOTP issuer and the name on pages and mails',
  ),
  smtpUrl: secret(
    optional(
      url(['smtp:', 'smtps:'], { credentials: true }),
      'the mail server; without one mails are written to the outbox folder',
    ),
  ),
  mailFrom: setting(sender, ({ publicUrl }) => `tallystick@${mailHost(publicUrl)}`, 'the sender of mails'),
  supportEmail: setting(
    text('a mail address', isMailAddress),
    ({ mailFrom }) => /<([^<>]+)>$/.exec(mailFrom)?.[1] ?? mailFrom,
    'where people reach support',
  ),
  log: setting(
    word('json', 'pretty'),
    ({ terminal }) => (terminal ? 'pretty' : 'json'),
    'the form of log lines',
  ),
  logLevel: setting(word('debug', 'info', 'warn', 'error', 'silent'), 'info', 'the least that is logged'),

  passwordLength: setting(count(8, 64), '12', 'the shortest password, in characters'),
  passwordStrength: setting(count(0, 4), '3', 'the least strength of a password as zxcvbn estimates it'),
  totpTolerance: setting(count(0, 1), '1', 'how many steps of 30 s before and after now a code counts'),
  deviceLife: setting(life('400d'), '30d', 'how long a browser stays a known device'),
  sessionIdle: setting(life('90d'), '24h', 'a website session ends when unused for so long'),
  sessionLife: setting(life('365d'), '14d', 'a website session ends after so long'),
  staffSessionIdle: setting(life('24h'), '60m', 'a website session of staff ends when unused for so long'),
  staffSessionLife: setting(life('7d'), '8h', 'a website session of staff ends after so long'),
  loginTokenIdle: setting(life('365d'), '14d', 'a token of npm login ends when unused for so long'),
  loginTokenLife: setting(life('3650d'), '90d', 'a token of npm login ends after so long'),
  tokenLifeMax: setting(
    durationOrNever({ min: '1s', max: '36500d', word: 'never' }),
    '365d',
    'the longest life of an access token, or never',
  ),
  tokenLife: setting(
    life('36500d'),
    ({ tokenLifeMax }) => {
      const usual = parseDuration('90d') ?? 0;
      return tokenLifeMax === 'never' || tokenLifeMax >= usual ? '90d' : `${tokenLifeMax / 1000}s`;
    },
    'the life of an access token that names none',
  ),
  tokenOverlap: setting(
    duration({ min: '0', max: '30d' }),
    '24h',
    'how long an access token outlives its successor of the same name',
  ),
  releaseWindow: setting(
    duration({ min: '0', max: '60m' }),
    '5m',
    'how long one approval of a release serves',
  ),
  confirmNewDevice: setting(yesOrNo(), 'false', 'a sign-in from a new browser waits for a mailed link'),
  recoveryWait: setting(
    duration({ min: '0', max: '14d' }),
    '72h',
    'the wait before support may decide a recovery',
  ),
  recoveryKeyAge: setting(
    duration({ min: '0', max: '30d' }),
    '7d',
    'the least age of an SSH key that proves a recovery',
  ),
  holdTime: setting(duration({ min: '0', max: '14d' }), '72h', 'how long writes are held after a recovery'),
  auditKeep: setting(
    durationOrNever({ min: '400d', max: '36500d', word: 'never' }),
    '400d',
    'how long audit rows are kept at least; this version removes none',
  ),
  auditCheckpoints: secret(
    optional(checkpointPlace, 'a file or a webhook that gets the newest link of the security log each hour'),
  ),
  metricsToken: secret(
    optional(
      text('20 to 200 letters, digits and the like', (value) => /^[\x21-\x7e]{20,200}$/.test(value)),
      'the bearer token that opens /-/metrics; without one there are no metrics',
    ),
  ),
  drainDelay: setting(
    duration({ min: '0', max: '60s' }),
    '0',
    'how long a stopping server still takes connections',
  ),
  tarballLimit: setting(
    size({ min: '1KiB', max: '1GiB' }),
    '64MiB',
    'the largest tarball that may be published',
  ),
  unpackedLimit: setting(
    size({ min: '1KiB', max: '16GiB' }),
    '512MiB',
    'the most that a published tarball may unpack to',
  ),
  unpublishWindow: setting(
    durationOrNever({ min: '0', max: '36500d', word: 'never' }),
    '72h',
    'how long a version may be unpublished freely; never ends that time',
  ),
  unpublishNeeded: setting(yesOrNo(), 'false', 'may a package be unpublished that other packages here need'),
  unpublishDownloads: setting(
    count(0, 1_000_000_000),
    '300',
    'later its only maintainer may, with fewer downloads than these in a week',
  ),
  upstreamTarballLimit: setting(
    size({ min: '1KiB', max: '64GiB' }),
    '1GiB',
    'the largest tarball taken from upstream',
  ),
  upstreamFresh: setting(
    duration({ min: '0', max: '24h' }),
    '2m',
    'how long a document from upstream is not asked again',
  ),
  upstreamStale: setting(
    duration({ min: '0', max: '365d' }),
    '30d',
    'how long it is served while upstream fails',
  ),
  hstsSubdomains: setting(yesOrNo(), 'false', 'HSTS holds for subdomains too'),
  passwordLimit: setting(rate(), '100/15m', 'wrong passwords per address'),
  signupLimit: setting(rate(), '100/1h', 'new accounts per address'),
  resetMailLimit: setting(rate(), '30/1h', 'password reset mails per address'),
  supportLimit: setting(rate(), '10/24h', 'recovery requests per address'),
  supportProofLimit: setting(rate(), '20/24h', 'proofs for recovery requests per address'),
  loginLimit: setting(rate(), '300/10m', 'web logins begun per address'),
  anonymousReadLimit: setting(rate(), 'off', 'reads without a credential per address'),
  writeLimit: setting(rate(), '6000/10m', 'writes per account'),
};

export type SettingName = keyof typeof settings;
export const settingNames = Object.keys(settings) as SettingName[];

/** The row of a setting without its exact type, for code that treats all rows alike. */
export const settingOf = (name: SettingName): Setting<unknown> => settings[name] as Setting<unknown>;

/** What each setting has become: durations in ms, sizes in bytes, rates as count and window. */
export type SettingValues = {
  readonly [N in SettingName]: (typeof settings)[N] extends Setting<infer T> ? T : never;
};
