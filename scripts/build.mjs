// Compiles src/ to dist/ and writes what only the build knows: the version, and the default upstream of npm's own
// definitions package, so that no file of ours names a registry's host.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
rmSync('dist', { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript-native/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });

const { definitions } = require('@npmcli/config/lib/definitions');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
writeFileSync('dist/build.json', `${JSON.stringify({ version, upstream: definitions.registry.default })}\n`);
chmodSync('dist/cli.js', 0o755);
