import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { contentOf, documentOf } from '../support/document.ts';
import { generations, majors } from './install.ts';
import { deprecate, stock } from './stock.ts';
import { withClients } from './suite.ts';
import { type Person, pick, pickText } from './world.ts';

const abbreviated = 'application/vnd.npm.install-v1+json';

/** What an abbreviated version may hold (protocol/packages.md §2.3). */
const abbreviatedFields = [
  ...['name', 'version', 'deprecated', 'dependencies', 'optionalDependencies', 'devDependencies'],
  ...[
    'bundleDependencies',
    'peerDependencies',
    'peerDependenciesMeta',
    'acceptDependencies',
    'bin',
    'directories',
  ],
  ...['dist', 'engines', 'os', 'cpu', 'libc', 'funding', 'hasInstallScript', '_hasShrinkwrap'],
];

async function publish(
  person: Person,
  name: string,
  version: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  const body = documentOf({ name, version, access: name.startsWith('@') ? 'public' : null, manifest: more });
  await person.must(201, 'PUT', `/${name.replace('/', '%2f')}`, { body });
}

withClients((world) => {
  for (const major of majors) {
    test(`packages 14: npm install of an unscoped and a scoped package (npm ${major})`, async () => {
      const alice = await world().person();
      const bob = await world().person('bob');
      const names = [`hello-${alice.name}`, `@${alice.name}/hello`];
      for (const name of names) {
        alice.machine.writePackage(
          name,
          '1.0.0',
          name.startsWith('@') ? { dependencies: { [names[0] ?? '']: '^1.0.0' } } : {},
        );
        expect((await alice.machine.npm(major, 'publish', '--access=public')).code).toBe(0);
      }
      const { code, output } = await bob.machine.npm(major, 'install', ...names);
      expect(output).toContain('added');
      expect(code).toBe(0);
      const lock: unknown = JSON.parse(bob.machine.read('package-lock.json'));
      for (const name of names) {
        expect(bob.machine.read(`node_modules/${name}/index.js`)).toBe(`module.exports = "${name}@1.0.0";\n`);
        const served = pick((await bob.must(200, 'GET', `/${name}/1.0.0`)).json, 'dist');
        const locked =
          major >= 8
            ? pick(pick(lock, 'packages'), `node_modules/${name}`)
            : pick(pick(lock, 'dependencies'), name);
        expect(pick(locked, 'integrity')).toBe(pickText(served, 'integrity'));
      }
    });
  }

  for (const major of generations) {
    test(`packages 16: a warm cache revalidates, and a new latest is installed at once (npm ${major})`, async () => {
      const alice = await world().person();
      const bob = await world().person('bob');
      const name = `hello-${alice.name}`;
      await publish(alice, name, '1.0.0');
      expect((await bob.machine.npm(major, 'install', `${name}@latest`)).code).toBe(0);
      expect((await bob.machine.npm(major, 'view', name, 'version')).stdout.trim()).toBe('1.0.0');

      world().wire.forget();
      expect((await bob.machine.npm(major, 'view', name, 'version')).stdout.trim()).toBe('1.0.0');
      const [revalidation] = world()
        .wire.exchanges()
        .filter(({ url }) => url === `/${name}`);
      expect(revalidation?.headers['if-none-match']).toBeTypeOf('string');
      expect(revalidation).toMatchObject({ status: 304, answerLength: 0 });
      expect(revalidation?.answerHeaders.etag).toBeTypeOf('string');

      await publish(alice, name, '1.1.0');
      const { code } = await bob.machine.npm(major, 'install', `${name}@latest`);
      expect(code).toBe(0);
      expect(JSON.parse(bob.machine.read(`node_modules/${name}/package.json`))).toMatchObject({
        version: '1.1.0',
      });
    });

    test(`packages 24: npm view shows who published what and when (npm ${major})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      await publish(person, name, '1.0.0', { description: 'says hello', license: 'MIT' });
      const { stdout } = await person.machine.npm(major, 'view', name);
      expect(stdout).toContain('says hello');
      expect(stdout).toContain(`${person.name} <${person.email}>`);
      expect(stdout).toMatch(/unpackedSize/);
      expect(stdout).toMatch(new RegExp(`published .* by ${person.name}`));
    });
  }

  for (const major of [6, 8, 10, 11, 12] as const) {
    test(`packages 23: npm ci with a lockfile asks tarballs only (npm ${major})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      await publish(person, name, '1.0.0');
      expect((await person.machine.npm(major, 'install', name)).code).toBe(0);
      world().wire.forget();
      expect((await person.machine.npm(major, 'ci', '--cache', `${person.machine.home}/cold`)).code).toBe(0);
      expect(world().wire.lines()).toEqual([`GET /${name}/-/${name}-1.0.0.tgz`]);
    });
  }

  test('packages 20: npm 11 warns of a postinstall script that nobody allowed', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await stock(person, name, { manifest: { scripts: { postinstall: 'true' } } });
    const { code, output } = await person.machine.npm(11, 'install', name);
    expect(output).toContain('not yet covered by allowScripts');
    expect(output).toContain(`${name}@1.0.0`);
    expect(code).toBe(0);
  });

  for (const major of [6, 11, 12] as const) {
    test(`packages 21: npm prints the message of a deprecated version, and picks another where it may (npm ${major})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      await stock(person, name, { versions: ['1.0.0', '1.0.1'] });
      await person.must(200, 'PUT', `/-/package/${name}/dist-tags/latest`, { body: '1.0.0' });
      await deprecate(person, name, '1.0.1', 'use 1.0.0 instead');
      const told = await person.machine.npm(major, 'install', `${name}@1.0.1`);
      expect(told.output).toContain('use 1.0.0 instead');
      expect((await person.machine.npm(major, 'install', `${name}@^1.0.0`)).code).toBe(0);
      expect(JSON.parse(person.machine.read(`node_modules/${name}/package.json`))).toMatchObject({
        version: '1.0.0',
      });
    });
  }

  test('packages 15: the abbreviated form has its fields only, and another ETag than the full one', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await publish(person, name, '1.0.0', {
      description: 'not here',
      scripts: { postinstall: 'true' },
      bin: { hello: 'index.js' },
    });
    const short = await world().must(200, 'GET', `/${name}`, { headers: { accept: abbreviated } });
    const full = await world().must(200, 'GET', `/${name}`);
    expect(short.headers.get('content-type')).toContain(abbreviated);
    expect(Object.keys(short.json ?? {}).sort()).toEqual([
      'dist-tags',
      'modified',
      'name',
      'time',
      'versions',
    ]);
    const version = pick(pick(short.json, 'versions'), '1.0.0');
    for (const field of Object.keys(version ?? {})) expect(abbreviatedFields).toContain(field);
    expect(version).toMatchObject({ hasInstallScript: true, bin: { hello: 'index.js' } });
    expect(pick(pick(pick(full.json, 'versions'), '1.0.0'), 'description')).toBe('not here');
    expect(short.headers.get('etag')).not.toBe(full.headers.get('etag'));
    for (const { headers } of [short, full]) {
      expect(headers.get('vary')?.toLowerCase()).toContain('accept');
      expect(headers.get('cache-control')).toContain('no-cache');
    }
  });

  test('packages 17: JSON is compressed where that is offered, a tarball never', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await publish(person, name, '1.0.0', { description: 'so long '.repeat(500) });
    const offer = { headers: { 'accept-encoding': 'gzip' } };
    const packument = await world().must(200, 'GET', `/${name}`, offer);
    expect(packument.headers.get('content-encoding')).toBe('gzip');
    expect(packument.headers.get('vary')?.toLowerCase()).toContain('accept-encoding');
    const tarball = await world().must(200, 'GET', `/${name}/-/${name}-1.0.0.tgz`, offer);
    expect(tarball.headers.get('content-encoding')).toBeNull();
    expect(tarball.headers.get('content-type')).toBe('application/octet-stream');
    const content = contentOf({ name, version: '1.0.0', manifest: { description: 'so long '.repeat(500) } });
    expect(createHash('sha512').update(tarball.bytes).digest('hex')).toBe(
      createHash('sha512').update(content).digest('hex'),
    );
  });

  test('packages 18 and auth 57: every spelling of a scoped name reaches the same package', async () => {
    const person = await world().person();
    const name = `@${person.name}/hello`;
    await publish(person, name, '1.0.0');
    const scope = person.name;
    const documents = [
      `/@${scope}%2fhello`,
      `/@${scope}%2Fhello`,
      `/@${scope}/hello`,
      `/%40${scope}%2fhello`,
      `/%40${scope}/hello`,
    ];
    const tarballs = [
      `/@${scope}%2fhello/-/hello-1.0.0.tgz`,
      `/@${scope}/hello/-/hello-1.0.0.tgz`,
      `/@${scope}/hello/-/@${scope}/hello-1.0.0.tgz`,
    ];
    for (const paths of [documents, tarballs]) {
      const answers = await Promise.all(paths.map((path) => world().must(200, 'GET', path)));
      for (const { bytes } of answers) expect(bytes.equals(answers[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
    }
    for (const spelling of [`@${scope}%2fhello`, `%40${scope}%2Fhello`]) {
      const { json } = await person.must(200, 'GET', `/-/package/${spelling}/visibility`);
      expect(json).toEqual({ public: true });
    }
  });

  test('packages 19: a version, a tag and their HEAD answer, an unknown version is a 404 in JSON', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await publish(person, name, '1.0.0');
    for (const path of [`/${name}`, `/${name}/1.0.0`, `/${name}/latest`, `/${name}/-/${name}-1.0.0.tgz`]) {
      const got = await world().must(200, 'GET', path);
      const head = await world().must(200, 'HEAD', path);
      expect(head.bytes).toHaveLength(0);
      expect(head.headers.get('etag')).toBe(got.headers.get('etag'));
    }
    const { json } = await world().must(404, 'GET', `/${name}/9.9.9`);
    expect(json).toMatchObject({ error: 'version not found: 9.9.9' });
  });

  test('packages 22: the tarball of a restricted package is as hidden as its document', async () => {
    const alice = await world().person();
    const bob = await world().person('bob');
    const name = `@${alice.name}/secret`;
    await alice.must(201, 'PUT', `/${name}`, {
      body: documentOf({ name, version: '1.0.0', access: 'restricted' }),
    });
    for (const path of [
      `/${name}`,
      `/${name}/1.0.0`,
      `/${name}/-/secret-1.0.0.tgz`,
      `/-/package/${name}/dist-tags`,
    ]) {
      await alice.must(200, 'GET', path);
      expect((await bob.ask('GET', path)).status).toBe(404);
      expect((await world().ask('GET', path)).status).toBe(404);
    }
    const tarball = await alice.must(200, 'GET', `/${name}/-/secret-1.0.0.tgz`);
    expect(tarball.headers.get('cache-control')).toContain('private');
  });

  test('packages 40: npm ping and the health pages answer', async () => {
    const { json } = await world().must(200, 'GET', '/-/ping?write=true');
    expect(json).toEqual({});
    await world().must(200, 'GET', '/-/health/live');
    await world().must(200, 'GET', '/-/health/ready');
  });
});
