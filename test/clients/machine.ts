import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { node } from '../support/process.ts';
import { type Major, scriptOf } from './install.ts';
import { type Program, startOf } from './programs.ts';
import { Terminal } from './terminal.ts';

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
  /** Both streams, for texts that versions print to different ones. */
  output: string;
}

export interface Credentials {
  token?: string;
  basic?: { name: string; password: string; email: string };
}

/** Whether npm from 9 on asks in the terminal, or does by itself: opens pages. */
export type AuthType = 'legacy' | 'web';

const runLimit = 60_000;

/** One person's computer: a home folder of its own with its npm settings and cache, and a folder for a project. */
export class Machine {
  readonly registry: string;
  readonly authType: AuthType;
  readonly home: string;
  readonly project: string;

  constructor(registry: string, credentials: Credentials = {}, authType: AuthType = 'legacy') {
    this.registry = registry;
    this.authType = authType;
    this.home = mkdtempSync(join(tmpdir(), 'tallystick-home-'));
    this.project = join(this.home, 'project');
    mkdirSync(this.project);
    this.writeSettings(credentials);
    this.writeFiles({ 'package.json': '{"name":"project","version":"1.0.0","private":true}' });
  }

  /** `//host:port/`, the prefix of a registry's own settings. */
  get prefix(): string {
    return `${this.registry.replace(/^https?:/, '')}/`;
  }

  get settings(): string {
    return readFileSync(join(this.home, '.npmrc'), 'utf8');
  }

  writeSettings({ token, basic }: Credentials, ...more: readonly string[]): void {
    const lines = [
      `registry=${this.registry}/`,
      'fund=false',
      'audit=false',
      'update-notifier=false',
      'progress=false',
      'fetch-retry-mintimeout=100',
      'fetch-retry-maxtimeout=300',
      ...(this.authType === 'legacy' ? ['auth-type=legacy'] : []),
      ...more,
    ];
    if (token !== undefined) lines.push(`${this.prefix}:_authToken=${token}`);
    if (basic !== undefined) {
      lines.push(
        `${this.prefix}:username=${basic.name}`,
        `${this.prefix}:_password=${Buffer.from(basic.password).toString('base64')}`,
        `${this.prefix}:email=${basic.email}`,
      );
    }
    writeFileSync(join(this.home, '.npmrc'), `${lines.join('\n')}\n`);
  }

  /** The settings of berry, which reads no others; versions just published are installed at once. */
  writeBerrySettings({ token }: Credentials, ...more: readonly string[]): void {
    const lines = [
      `npmRegistryServer: "${this.registry}"`,
      'unsafeHttpWhitelist: ["127.0.0.1"]',
      'enableTelemetry: false',
      'enableImmutableInstalls: false',
      'enableGlobalCache: false',
      'npmMinimalAgeGate: 0',
      'nodeLinker: node-modules',
      ...more,
    ];
    if (token !== undefined) lines.push(`npmAuthToken: "${token}"`);
    writeFileSync(join(this.home, '.yarnrc.yml'), `${lines.join('\n')}\n`);
    this.writeFiles({ 'yarn.lock': '' });
  }

  /** Writes files of the project, by path. */
  writeFiles(files: Record<string, string>): void {
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.project, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }

  /** Makes the project a package; `more` are further fields of its package.json. */
  writePackage(name: string, version: string, more: Record<string, unknown> = {}): void {
    this.writeFiles({
      'package.json': JSON.stringify({ name, version, main: 'index.js', ...more }, null, 2),
      'index.js': `module.exports = ${JSON.stringify(`${name}@${version}`)};\n`,
      'README.md': `# ${name}\n`,
    });
  }

  read(path: string): string {
    return readFileSync(join(this.project, path), 'utf8');
  }

  get env(): Record<string, string> {
    const under = (name: string): string => join(this.home, name);
    return {
      PATH: `${dirname(node)}:${process.env.PATH ?? ''}`,
      HOME: this.home,
      XDG_CONFIG_HOME: under('.config'),
      XDG_DATA_HOME: under('.local/share'),
      XDG_STATE_HOME: under('.local/state'),
      XDG_CACHE_HOME: under('.cache'),
      NPM_CONFIG_BROWSER: 'false',
      // pnpm 12 would pass over a version that is younger than a day.
      PNPM_CONFIG_MINIMUM_RELEASE_AGE: '0',
      // Or yarn 1 as root would keep its settings outside of the home folder.
      FAKEROOTKEY: 'none',
      NO_COLOR: '1',
      TERM: 'dumb',
      LANG: 'C.UTF-8',
    };
  }

  /** Runs that npm without a terminal to its end. */
  npm(major: Major, ...args: readonly string[]): Promise<Finished> {
    return this.#run(node, [scriptOf(major), ...args]);
  }

  /** Runs another client without a terminal to its end. */
  run(program: Program, ...args: readonly string[]): Promise<Finished> {
    const [command, ...first] = startOf(program);
    return this.#run(command, [...first, ...args]);
  }

  async #run(command: string, args: readonly string[]): Promise<Finished> {
    const child = spawn(command, args, {
      cwd: this.project,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      texts.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      texts.stderr += chunk.toString();
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), runLimit);
    const code = await new Promise<number>((resolve) =>
      child.once('close', (status) => resolve(status ?? -1)),
    );
    clearTimeout(timer);
    const stdout = stripVTControlCharacters(texts.stdout);
    const stderr = stripVTControlCharacters(texts.stderr);
    return { code, stdout, stderr, output: stdout + stderr };
  }

  /** Runs that npm before a person at a terminal. */
  sit(major: Major, ...args: readonly string[]): Terminal {
    return new Terminal(node, [scriptOf(major), ...args], { cwd: this.project, env: this.env });
  }

  /** Runs another client before a person at a terminal. */
  sitBefore(program: Program, ...args: readonly string[]): Terminal {
    const [command, ...first] = startOf(program);
    return new Terminal(command, [...first, ...args], { cwd: this.project, env: this.env });
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}
