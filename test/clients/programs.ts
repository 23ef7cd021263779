import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from '../support/lock.ts';
import { node } from '../support/process.ts';
import { type Client, installAll } from './install.ts';

/** The clients beside npm that protocol/*.md was tried with. */
export type Program = 'pnpm 8' | 'pnpm 10' | 'pnpm 12' | 'yarn 1' | 'berry' | 'bun';

interface Source {
  package: string;
  version: string;
  /** The file to start, in the package. */
  path: string;
  /** Whether it is a program of its own and not a script for Node. */
  isNative?: boolean;
}

/** bun's ordinary build wants AVX2; the baseline one does not. */
function bunPackage(): string {
  if (process.arch === 'arm64') return `@oven/bun-${process.platform}-aarch64`;
  let flags = 'avx2';
  try {
    flags = readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    // Only Linux tells; elsewhere the ordinary build is right for all but very old machines.
  }
  return `@oven/bun-${process.platform}-x64${/\bavx2\b/.test(flags) ? '' : '-baseline'}`;
}

const sources: Record<Program, Source> = {
  'pnpm 8': { package: 'pnpm', version: '8.15.9', path: 'bin/pnpm.cjs' },
  'pnpm 10': { package: 'pnpm', version: '10.34.9', path: 'bin/pnpm.cjs' },
  'pnpm 12': {
    package: `@pnpm/exe.${process.platform}-${process.arch}`,
    version: '12.21.0',
    path: 'pnpm',
    isNative: true,
  },
  'yarn 1': { package: 'yarn', version: '1.22.22', path: 'bin/yarn.js' },
  berry: { package: '@yarnpkg/cli-dist', version: '4.18.1', path: 'bin/yarn.js' },
  bun: { package: bunPackage(), version: '1.4.5', path: 'bin/bun', isNative: true },
};

function clientOf(program: Program): Client {
  const { package: name, version, path } = sources[program];
  const folder = join(cache, 'clients', `${name.replace(/^@/, '').replace('/', '-')}-${version}`);
  return { spec: `${name}@${version}`, folder, file: join(folder, 'node_modules', name, path) };
}

/** What starts that client: a command and its first arguments. */
export function startOf(program: Program): readonly [command: string, ...first: string[]] {
  const { file } = clientOf(program);
  return sources[program].isNative === true ? [file] : [node, file];
}

/** Fetches those that are missing; returns why it could not, or undefined when all are there. */
export const installPrograms = (programs: readonly Program[]): Promise<string | undefined> =>
  installAll(programs.map(clientOf));
