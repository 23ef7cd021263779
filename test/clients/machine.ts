import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { node } from '../support/process.ts';
import { type Major, scriptOf } from './install.ts';
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

const runLimit = 60_000;

/** One person's computer: a home folder of its own with its npm settings and cache, and a folder for a project. */
export class Machine {
  readonly registry: string;
  readonly home: string;
  readonly project: string;

  constructor(registry: string, credentials: Credentials = {}) {
    this.registry = registry;
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
      NO_COLOR: '1',
      TERM: 'dumb',
      LANG: 'C.UTF-8',
    };
  }

  /** Runs that npm without a terminal to its end. */
  async npm(major: Major, ...args: readonly string[]): Promise<Finished> {
    const child = spawn(node, [scriptOf(major), ...args], {
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

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}
