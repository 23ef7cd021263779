import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, withLock } from '../support/lock.ts';

/** The clients that protocol/*.md were tried with, by major version. */
const versions = {
  6: '6.14.18',
  7: '7.24.2',
  8: '8.19.4',
  9: '9.9.4',
  10: '10.9.9',
  11: '11.19.1',
  12: '12.2.0',
} as const;

export type Major = keyof typeof versions;
export const majors: readonly Major[] = [6, 7, 8, 9, 10, 11, 12];

/**
 * Those that differ in what they say beside accounts, factors and tokens: 7 reads and writes packages as 8 does, and 9
 * as 10 does.
 */
export const generations: readonly Major[] = [6, 8, 10, 11, 12];

const folderOf = (major: Major): string => join(cache, 'clients', `npm-${versions[major]}`);

/** The script that Node runs as that npm. */
export const scriptOf = (major: Major): string =>
  join(folderOf(major), 'node_modules', 'npm', 'bin', 'npm-cli.js');

/** A client as a package: what is fetched, the folder it is kept in, and the file that must be there afterwards. */
export interface Client {
  spec: string;
  folder: string;
  file: string;
}

function install({ spec, folder }: Client): void {
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const quiet = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-save',
    '--no-package-lock',
    '--loglevel=error',
  ];
  execFileSync('npm', ['install', '--prefix', unfinished, spec, ...quiet], {
    cwd: unfinished,
    stdio: 'pipe',
    timeout: 180_000,
  });
  renameSync(unfinished, folder);
}

/** Why an earlier test file of this run could not fetch: the others do not wait for the same again. */
const failure = join(cache, `clients-failed-${process.ppid}`);

/**
 * Fetches the clients that are missing, each once, by the package registry that this machine's npm is set to. Returns
 * why it could not, in one line, or undefined when all are there.
 */
export async function installAll(clients: readonly Client[]): Promise<string | undefined> {
  if (clients.every(({ file }) => existsSync(file))) return undefined;
  return withLock('clients', async () => {
    if (existsSync(failure)) return readFileSync(failure, 'utf8');
    for (const client of clients) {
      if (existsSync(client.file)) continue;
      try {
        install(client);
      } catch (thrown) {
        const [line = ''] = String(thrown).split('\n');
        const reason = `${client.spec} cannot be fetched: ${line}`;
        writeFileSync(failure, reason);
        process.once('exit', () => rmSync(failure, { force: true }));
        return reason;
      }
    }
    return undefined;
  });
}

/** The same for every npm. */
export const installClients = (): Promise<string | undefined> =>
  installAll(
    majors.map((major) => ({
      spec: `npm@${versions[major]}`,
      folder: folderOf(major),
      file: scriptOf(major),
    })),
  );
