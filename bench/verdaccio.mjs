// Verdaccio 6, the peer: installed once from the registry that npm is set to, and tuned in its favour.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const version = '6.10.4';
const wanted = {
  name: 'bench-peer',
  version: '1.0.0',
  private: true,
  dependencies: { verdaccio: version },
  // One of its packages asks for this one by a tag, which not every mirror of a registry carries.
  overrides: { 'node-fetch': '2.7.0' },
};

/**
 * Installs Verdaccio below `home` unless it is there already. Returns the path of its program, or undefined after
 * saying loudly why it cannot be had.
 */
export function installVerdaccio(home) {
  const folder = join(home, `verdaccio-${version}`);
  const manifest = join(folder, 'node_modules', 'verdaccio', 'package.json');
  const program = join(folder, 'node_modules', 'verdaccio', 'bin', 'verdaccio');
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version) return program;
  console.log(`Installing Verdaccio ${version} into ${folder} …`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(wanted));
  try {
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
      cwd: folder,
      timeout: 300_000,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return program;
  } catch (thrown) {
    console.error(`\n!!! Verdaccio cannot be had, so nothing is compared with it: ${thrown.message}\n`);
    return undefined;
  }
}

/** Settings in its favour: no log, no web pages, no proxy, no audit; signed tokens, which it checks without a look-up. */
export const writeVerdaccioConfig = (folder) => `
storage: ${folder}/storage
web: { enable: false }
auth:
  htpasswd: { file: ${folder}/htpasswd, max_users: 1000000, rounds: 10 }
security:
  api: { legacy: false, jwt: { sign: { expiresIn: 30d } } }
userRateLimit: { windowMs: 1000, max: 1000000 }
uplinks: {}
packages:
  '@*/*': { access: $all, publish: $authenticated, unpublish: $authenticated }
  '**': { access: $all, publish: $authenticated, unpublish: $authenticated }
max_body_size: 200mb
server: { keepAliveTimeout: 60 }
flags: { changePassword: false }
log: { type: file, path: /dev/null, level: fatal }
`;
