// Puts the compiled server and what it depends on into few files: a start that reads and links some 600 modules takes
// twice as long and more memory (decision 0014). One chunk for each command that is loaded on its own.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { rolldown } from 'rolldown';

/** Threads are started from files of their own, which stand beside the code that starts them. */
const findWorkers = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.worker.js'))
    .map((file) => [`server/${basename(file, '.js')}`, join(folder, file)]);

/** The folder of the package that a module belongs to; undefined for our own. */
const packageOf = (module) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module)?.[0];

/** Name, version and licence of every package that is part of the files, with the words of its licence. */
function writeLicences(modules, file) {
  const folders = new Set(modules.map(packageOf).filter((folder) => folder !== undefined));
  const texts = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const words = readdirSync(folder).find((one) => /^(licen[cs]e|copying)(\.|-|$)/i.test(one));
    const text = words === undefined ? '' : `\n${readFileSync(join(folder, words), 'utf8').trim()}\n`;
    return `${name} ${version} (${license})\n${text}`;
  });
  writeFileSync(file, `${texts.sort().join(`\n${'-'.repeat(80)}\n`)}`);
}

/** Parts of fastify that are asked for where they are used, and that we never use: half a megabyte to keep in memory. */
const unused = /^(@fastify\/ajv-compiler|@fastify\/fast-json-stringify-compiler|light-my-request)$/;
const leaveOut = {
  name: 'leave-out',
  resolveId: { filter: { id: unused }, handler: (name) => `\0unused:${name}` },
  load: {
    filter: { id: /^\0unused:/ },
    handler: (id) => `throw new Error(${JSON.stringify(`${id.slice(8)} is not part of this build`)});`,
  },
};

/** Bundles `compiled/cli.js` and its workers into the folder `into`. Names and lines stay: they show in error logs. */
export async function bundle(compiled, into) {
  const bundled = await rolldown({
    input: { cli: join(compiled, 'cli.js'), ...Object.fromEntries(findWorkers(compiled)) },
    platform: 'node',
    plugins: [leaveOut],
    // pg asks for its native twin, which nobody has to have.
    external: [/^node:/, 'pg-native'],
  });
  const { output } = await bundled.write({
    dir: into,
    format: 'esm',
    chunkFileNames: 'server/[name].js',
    comments: false,
    // One foreign character makes V8 keep a whole file in two bytes for each of its characters.
    minify: { compress: false, mangle: false, codegen: { asciiOnly: true, removeWhitespace: false } },
  });
  await bundled.close();
  const modules = output.flatMap((one) => (one.type === 'chunk' ? Object.keys(one.modules) : []));
  writeLicences(
    modules.filter((module) => existsSync(module)),
    join(into, 'licences.txt'),
  );
}

/** Bundles a script of the website with what it imports into one file. */
export async function bundleForBrowsers(script, into) {
  const bundled = await rolldown({ input: script, platform: 'browser' });
  await bundled.write({ file: into, format: 'esm', minify: true });
  await bundled.close();
}
