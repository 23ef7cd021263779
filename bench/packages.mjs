// Packages as authors make them and the documents in which `npm publish` sends them.
import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

function writeEntry(name, content) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('000644 ', 100);
  header.write('000000 ', 108);
  header.write('000000 ', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')} 14631560000 `, 124);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** A real .tgz of about `bytes` bytes; its filling does not compress. */
export function packTarball(manifest, bytes) {
  const archive = Buffer.concat([
    writeEntry('package/package.json', Buffer.from(JSON.stringify(manifest))),
    writeEntry('package/index.bin', randomBytes(Math.max(64, bytes - 900))),
    Buffer.alloc(1024),
  ]);
  return gzipSync(archive, { level: 1 });
}

const words =
  'router parser stream cache token loader bundle query vector signal frame socket buffer schema widget theme atlas ember quartz lumen cobalt falcon harbor meadow'.split(
    ' ',
  );
const word = (index) => words[index % words.length];

/** The package.json of a package of middle size: 1.7 KB, with 24 dependencies. */
export function writeManifest(name, version) {
  const dependencies = {};
  const devDependencies = {};
  for (let index = 0; index < 12; index += 1) {
    dependencies[`@scope/${word(index)}-${word(index + 7)}`] = `^${index + 1}.${(index * 3) % 10}.0`;
    devDependencies[`${word(index + 3)}-${word(index + 11)}`] = `~${index + 1}.2.${index}`;
  }
  const repository = `https://git.example.invalid/bench/${name}`;
  return {
    name,
    version,
    description: `A ${word(name.length)} ${word(name.length + 5)} library for ${name}`,
    keywords: [word(name.length), word(name.length + 2), 'bench'],
    license: 'MIT',
    author: { name: 'Bench Author', email: 'bench@example.invalid' },
    repository: { type: 'git', url: `git+${repository}.git` },
    bugs: { url: `${repository}/issues` },
    homepage: `${repository}#readme`,
    main: './dist/index.cjs',
    module: './dist/index.mjs',
    types: './dist/index.d.ts',
    exports: {
      '.': { types: './dist/index.d.ts', import: './dist/index.mjs', require: './dist/index.cjs' },
    },
    engines: { node: '>=18' },
    bin: { [name]: 'bin/cli.js' },
    scripts: { build: 'tsc -b', test: 'node --test', lint: 'eslint .', prepublishOnly: 'npm run build' },
    dependencies,
    devDependencies,
    peerDependencies: { react: '>=18' },
  };
}

const hash = (algorithm, content, encoding) => createHash(algorithm).update(content).digest(encoding);

/** The `dist.integrity` of a tarball. */
export const integrityOf = (tarball) => `sha512-${hash('sha512', tarball, 'base64')}`;

/** The document that npm 11 PUTs for one version, as JSON text. The tarball has about `bytes` bytes. */
export function writeDocument(url, name, version, bytes = 1500) {
  const manifest = writeManifest(name, version);
  const tarball = packTarball(manifest, bytes);
  const file = `${name}-${version}.tgz`;
  const dist = {
    integrity: integrityOf(tarball),
    shasum: hash('sha1', tarball, 'hex'),
    tarball: `${url}/${name}/-/${file}`,
  };
  const published = {
    ...manifest,
    _id: `${name}@${version}`,
    _nodeVersion: '24.0.0',
    _npmVersion: '11.0.0',
    readme: `# ${name}\n`,
    dist,
  };
  const data = tarball.toString('base64');
  return JSON.stringify({
    _id: name,
    name,
    description: manifest.description,
    'dist-tags': { latest: version },
    versions: { [version]: published },
    access: null,
    _attachments: { [file]: { content_type: 'application/octet-stream', data, length: tarball.length } },
  });
}
