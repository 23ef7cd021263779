// Adds the builds for other platforms to package-lock.json that npm leaves out when its registry does not hold them (a
// partial mirror): without them `npm ci` refuses the lock everywhere. To be run after npm has rewritten the lock.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname, '..', 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];

/** `@scope/binding-linux-x64-musl` → the platform that the name tells; undefined when it tells none. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const at = words.findIndex((word) => systems.includes(word));
  if (at < 0) return undefined;
  const [cpu, abi = ''] = words.slice(at + 1);
  const libc = abi.startsWith('musl') ? { libc: ['musl'] } : abi.startsWith('gnu') ? { libc: ['glibc'] } : {};
  return { cpu: [cpu], ...libc, os: [words[at]] };
}

const { '': project, ...installed } = lock.packages;
const known = new Set(Object.keys(installed));
for (const [path, entry] of Object.entries(installed)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const platform = platformOf(name);
    if (!platform || known.has(`node_modules/${name}`) || known.has(`${path}/node_modules/${name}`)) continue;
    const dev = entry.dev ? { dev: true } : {};
    installed[`node_modules/${name}`] = {
      version: version.replace(/^[\^~]/, ''),
      ...dev,
      optional: true,
      ...platform,
    };
    console.log(`added ${name}@${version}`);
  }
}
const sorted = Object.entries(installed).sort(([left], [right]) => left.localeCompare(right, 'en'));
lock.packages = { '': project, ...Object.fromEntries(sorted) };
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
