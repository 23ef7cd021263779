import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { root } from '../support/lock.ts';
import { ensureBuilt, node } from '../support/process.ts';

// Node runs no TSX, so the command line is the built one.
await ensureBuilt();

export interface Ended {
  /** Null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly ended: Promise<Ended>;
  /** What it printed so far, on both streams. */
  printed(): string;
  /** Resolves once it printed something that matches; fails when it ends before. */
  saw(pattern: RegExp): Promise<string>;
}

export interface CommandOptions {
  env?: Record<string, string>;
  /** The working folder. */
  folder?: string;
  /** Which file runs: the build unless told otherwise. */
  script?: string;
}

/** An empty folder that is gone after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts `tallystick` as a process of its own, with nothing of the environment but what is given. */
export function launch(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  const child = spawn(node, [options.script ?? join(root, 'dist', 'cli.js'), ...args], {
    cwd: options.folder ?? root,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const texts = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const printed = (): string => texts.stdout + texts.stderr;
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...texts })));
  const saw = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(printed())) return;
        listeners.delete(look);
        resolve(printed());
      };
      listeners.add(look);
      look();
      void ended.then(() => reject(new Error(`it ended without ${pattern}:\n${printed()}`)));
    });
  return { child, ended, printed, saw };
}

/** Runs `tallystick` to its end; `input` is its whole standard input. */
export async function run(
  args: readonly string[],
  options: CommandOptions & { input?: string } = {},
): Promise<Ended> {
  const { child, ended } = launch(args, options);
  child.stdin.end(options.input ?? '');
  return ended;
}

export interface Served extends RunningCommand {
  readonly port: number;
  readonly url: string;
}

/** `tallystick start` on a free port of both loopback addresses, resolved once it listens. */
export async function serve(
  dataDir: string,
  options: CommandOptions & { args?: string[] } = {},
): Promise<Served> {
  const command = launch(
    ['start', '--data-dir', dataDir, '--port', '0', '--json', ...(options.args ?? [])],
    options,
  );
  const text = await command.saw(/"msg":"listening"/);
  const line = text.split('\n').find((candidate) => candidate.includes('"msg":"listening"')) ?? '';
  const { publicUrl } = JSON.parse(line) as { publicUrl: string };
  const port = Number(new URL(publicUrl).port);
  return { ...command, port, url: `http://127.0.0.1:${port}` };
}

/** The status of a GET on a connection of its own. */
export function statusOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (answer: IncomingMessage) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).once('error', reject);
  });
}

export const password = 'correct-horse-battery-9';

/** `tallystick admin user create`, with that password typed. */
export const createAccount = (folder: string, name: string, ...more: string[]) =>
  run(['admin', 'user', 'create', name, '--email', `${name}@acme.example`, ...more], {
    folder,
    input: `${password}\n`,
  });
