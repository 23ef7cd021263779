/** Flags, environment and settings file → one frozen `Config`. Nothing else reads `process.env`. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Build, readBuild } from './config/build.ts';
import { refused } from './config/kinds.ts';
import { variableOf } from './config/names.ts';
import {
  type Known,
  type SettingName,
  type SettingValues,
  settingNames,
  settingOf,
} from './config/settings.ts';
import {
  configFileIn,
  fromEnvironment,
  fromFile,
  fromFlags,
  type Origin,
  type Source,
  type Written,
} from './config/sources.ts';
import { isLoopbackUrl } from './kernel/public-url.ts';

export type { Origin, SettingName };

/**
 * Every setting (`config/settings.ts` says what each means), and what follows from them. Durations are ms, sizes
 * bytes, `publicUrl` and `upstream` have no trailing slash; what may be absent is undefined.
 */
export interface Config extends SettingValues {
  /** The public URL is one that only this machine reaches: the limits per address do not hold for loopback peers. */
  readonly loopback: boolean;
  readonly version: string;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: Readonly<Record<SettingName, Origin>>;
  /** Sentences to print at each start. */
  readonly warnings: readonly string[];
}

/** The settings contradict the table or each other; `problems` are all of them, one sentence each. */
export class ConfigProblem extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigProblem';
    this.problems = problems;
  }
}

export interface ConfigSources {
  /** By spelling, `--public-url` → text. */
  readonly flags?: ReadonlyMap<string, string>;
  /** `--config`. */
  readonly file?: string | undefined;
  readonly environment?: Readonly<NodeJS.ProcessEnv>;
  /** What relative paths of flags and environment count from. */
  readonly folder?: string;
  readonly terminal?: boolean;
  readonly build?: Build;
}

/** A value as the table's kind reads it, or a problem that names the place, never the text of a secret. */
function read(name: SettingName, written: Written, problems: string[]): unknown {
  const { kind, secret } = settingOf(name);
  const value = kind.parse(written.text, written.base);
  if (value !== refused) return value;
  const shown = secret === false ? `, not ${JSON.stringify(written.text.slice(0, 100))}` : '';
  problems.push(`${written.origin.where} must be ${kind.expects}${shown}.`);
  return undefined;
}

interface Resolved {
  readonly values: Map<string, unknown>;
  readonly origins: Map<SettingName, Origin>;
}

/** Goes through the table in its order, so that a default finds what it depends on. */
function resolveAll(
  sources: readonly Source[],
  known: Partial<Known>,
  folder: string,
  problems: string[],
): Resolved {
  const values = new Map<string, unknown>();
  const origins = new Map<SettingName, Origin>();
  for (const name of settingNames) {
    const written = sources.map((source) => source.get(name)).find((found) => found !== undefined);
    const before = problems.length;
    if (written !== undefined) values.set(name, read(name, written, problems));
    if (written === undefined || problems.length > before) {
      const { kind, default: fallback } = settingOf(name);
      const text =
        typeof fallback === 'function'
          ? fallback({ ...Object.fromEntries(values), ...known } as unknown as Known)
          : fallback;
      values.set(name, text === undefined ? undefined : kind.parse(text, folder));
    }
    origins.set(name, written?.origin ?? { from: 'default', where: 'default' });
  }
  return { values, origins };
}

/** What no row can say alone. */
function contradictions(config: Config, origins: Resolved['origins']): string[] {
  const found: string[] = [];
  const url = new URL(config.publicUrl);
  if (url.protocol === 'http:' && !config.loopback && !config.insecure) {
    found.push(
      `${origins.get('publicUrl')?.where}: the public URL ${config.publicUrl} must begin with https://, because passwords and tokens ` +
        `travel over it. Put a proxy that ends TLS in front, or set ${variableOf('insecure')}=true and accept the risk.`,
    );
  }
  if (config.tokenLifeMax !== 'never' && config.tokenLife > config.tokenLifeMax) {
    found.push(
      `${origins.get('tokenLife')?.where}: an access token cannot live longer than tokenLifeMax says.`,
    );
  }
  return found;
}

function warningsFor(config: Config): string[] {
  const warnings: string[] = [];
  if (!config.loopback && config.publicUrl.startsWith('http:')) {
    warnings.push(
      `The public URL ${config.publicUrl} is plain http: whoever is on the way reads passwords and tokens.`,
    );
  }
  if (config.loopback && !['localhost', '::1'].includes(config.host) && !/^127\./.test(config.host)) {
    warnings.push(
      `Listening on ${config.host} while the public URL is ${config.publicUrl}: others may reach a server that is set up ` +
        `for this machine alone. Set ${variableOf('publicUrl')}.`,
    );
  }
  if (config.confirmNewDevice && config.smtpUrl === undefined) {
    warnings.push(
      'confirmNewDevice is on, but no mail server is set: the links that sign-ins from new browsers wait for go to the ' +
        `outbox folder alone. Set ${variableOf('smtpUrl')}.`,
    );
  }
  return warnings;
}

function settingsFile(sources: ConfigSources, dataDir: string, folder: string): string | undefined {
  const named = sources.file ?? configFileIn(sources.environment ?? {});
  if (named !== undefined) return resolve(folder, named);
  const found = join(dataDir, 'tallystick.yaml');
  return existsSync(found) ? found : undefined;
}

/**
 * Reads every setting: flags beat environment beat the settings file (`--config`, else `tallystick.yaml` in the data
 * folder) beat the defaults. Throws `ConfigProblem` with everything that is wrong.
 */
export async function loadConfig(given: ConfigSources = {}): Promise<LoadedConfig> {
  const sources = { environment: process.env, ...given };
  const folder = sources.folder ?? process.cwd();
  const build = sources.build ?? readBuild();
  const problems: string[] = [];
  const flags = fromFlags(sources.flags ?? new Map(), folder, problems);
  const environment = fromEnvironment(sources.environment, folder, problems);
  const dataDir =
    flags.get('dataDir')?.text ?? environment.get('dataDir')?.text ?? settingOf('dataDir').default;
  const file = settingsFile(sources, resolve(folder, String(dataDir)), folder);
  const fromDataFolder =
    file !== undefined && (sources.file ?? configFileIn(sources.environment)) === undefined;
  const written: Source = file === undefined ? new Map() : await fromFile(file, problems);
  if (fromDataFolder && written.delete('dataDir')) {
    problems.push(
      `dataDir in ${file}: a file in the data folder cannot name another data folder. Remove the line.`,
    );
  }

  const known = { terminal: sources.terminal ?? false, builtUpstream: build.upstream };
  const { values, origins } = resolveAll([flags, environment, written], known, folder, problems);
  if (problems.length > 0) throw new ConfigProblem(problems);
  const config = Object.freeze({
    ...(Object.fromEntries(values) as unknown as SettingValues),
    loopback: isLoopbackUrl(values.get('publicUrl') as string),
    version: build.version,
  });
  const contradicted = contradictions(config, origins);
  if (contradicted.length > 0) throw new ConfigProblem(contradicted);
  return {
    config,
    origins: Object.fromEntries(origins) as Record<SettingName, Origin>,
    warnings: warningsFor(config),
  };
}

/** One line of `tallystick config`: secrets that are set appear as `(hidden)`, absent values as undefined. */
export interface ShownSetting {
  readonly name: SettingName;
  readonly value: string | undefined;
  readonly origin: Origin;
  readonly meaning: string;
}

/** Every effective value as an operator would write it, with where it came from. */
export function showConfig({ config, origins }: LoadedConfig): ShownSetting[] {
  return settingNames.map((name) => {
    const { kind, secret, meaning } = settingOf(name);
    const value = config[name];
    const hidden =
      secret !== false && value !== undefined && !(secret === 'file' && !String(value).startsWith('{'));
    const shown = hidden
      ? '(hidden)'
      : value === undefined && name !== 'upstream'
        ? undefined
        : kind.print(value);
    return { name, value: shown, origin: origins[name], meaning };
  });
}
