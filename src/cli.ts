#!/usr/bin/env node
// This file must parse and run on any Node that knows `import()`: it is what tells an old one that it is too old.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 7)) {
  console.error(
    `tallystick: Tallystick needs Node 24.7 or newer, and this is Node ${process.versions.node}. Install a newer one: https://nodejs.org`,
  );
  process.exitCode = 1;
} else {
  // Everything that matters is closed when a command resolves; a worker or a socket that lingers must not keep it.
  import('./cli/main.ts').then(({ main }) => main(process.argv.slice(2))).then((code) => process.exit(code));
}
