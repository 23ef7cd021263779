// Compiles src/, bundles it into dist/ and writes what only the build knows: the version, and the default upstream of npm's own
// definitions package, so that no file of ours names a registry's host.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundle, bundleForBrowsers } from './bundle.mjs';

const root = join(import.meta.dirname, '..');
const at = (...names) => join(root, ...names);
const require = createRequire(import.meta.url);

// Built aside and swapped in: a build that fails leaves the last one, and a server that runs from it loses nothing.
const [compiled, part, old] = ['compiled', 'part', 'old'].map((name) => at(`dist.${name}-${process.pid}`));
try {
  const compiler = at('node_modules', 'typescript-native', 'bin', 'tsc');
  const options = ['-p', at('tsconfig.build.json'), '--outDir', compiled];
  execFileSync(process.execPath, [compiler, ...options], { stdio: 'inherit' });
  await bundle(compiled, part);
  cpSync(at('src', 'site', 'public'), join(part, 'public'), { recursive: true });
  cpSync(at('docs', 'two-factor.md'), join(part, 'two-factor.md'));
  await bundleForBrowsers(at('src', 'site', 'public', 'keys.js'), join(part, 'public', 'keys.js'));

  const { definitions } = require('@npmcli/config/lib/definitions');
  const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  const build = { version, upstream: definitions.registry.default };
  writeFileSync(join(part, 'build.json'), `${JSON.stringify(build)}\n`);
  chmodSync(join(part, 'cli.js'), 0o755);

  if (existsSync(at('dist'))) renameSync(at('dist'), old);
  renameSync(part, at('dist'));
} finally {
  rmSync(compiled, { recursive: true, force: true });
  rmSync(part, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
}
