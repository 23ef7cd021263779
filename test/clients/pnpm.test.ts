import { beforeAll, expect, test } from 'vitest';
import type { Program } from './programs.ts';
import { deprecate, distOf, stock, tagsOf, writesOf } from './stock.ts';
import { withPrograms } from './suite.ts';
import { pick, pickText } from './world.ts';

const all = ['pnpm 8', 'pnpm 10', 'pnpm 12'] as const;

/** pnpm 12 sends what it writes by itself; up to 10 pnpm hands most commands to npm. */
const own: Program = 'pnpm 12';
const publish = ['publish', '--no-git-checks'] as const;

await withPrograms(all, (world) => {
  // It looks for pages whatever it is told; web-login.test.ts shows it finding some.
  beforeAll(() => world().wire.hidePages());

  for (const program of all) {
    test(`packages 3: pnpm publish --no-git-checks (${program})`, async () => {
      const person = await world().person();
      const name = `@${person.name}/hello`;
      person.machine.writePackage(name, '1.0.0');
      const { code, output } = await person.machine.run(program, ...publish, '--access=public');
      expect(output).toContain(program === own ? `Published package ${name}@1.0.0` : `+ ${name}@1.0.0`);
      expect(code).toBe(0);
      expect(pickText(await distOf(person, name, '1.0.0'), 'tarball')).toBe(
        `${world().registry}/${name}/-/hello-1.0.0.tgz`,
      );
    });

    test(`packages 14 and 18: pnpm installs an unscoped and a scoped package, asked for with %2F (${program})`, async () => {
      const person = await world().person();
      const [plain, scoped] = [`hello-${person.name}`, `@${person.name}/hello`];
      await stock(person, plain);
      await stock(person, scoped, { manifest: { dependencies: { [plain]: '^1.0.0' } } });
      world().wire.forget();
      const { code, output } = await person.machine.run(program, 'add', scoped, plain);
      expect(output).toContain(`+ ${scoped} 1.0.0`);
      expect(code).toBe(0);
      expect(world().wire.lines()).toContain(`GET /${scoped.replace('/', '%2F')}`);
      const lock = person.machine.read('pnpm-lock.yaml');
      for (const name of [plain, scoped]) {
        const installed: unknown = JSON.parse(person.machine.read(`node_modules/${name}/package.json`));
        expect(installed).toMatchObject({ name, version: '1.0.0' });
        expect(lock).toContain(pickText(await distOf(person, name, '1.0.0'), 'integrity'));
      }
      // Tarballs at canonical addresses are left out of the lockfile (§13).
      expect(lock).not.toContain('tarball:');
    });

    test(`packages 16 and 21: with a warm cache pnpm sees what is new at once: a latest, a deprecation (${program})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      await stock(person, name);
      expect((await person.machine.run(program, 'add', `${name}@latest`)).code).toBe(0);
      await stock(person, name, { versions: ['1.0.1'] });
      await deprecate(person, name, '1.0.1', 'use something else');
      const { code, output } = await person.machine.run(program, 'add', `${name}@latest`);
      expect(output).toMatch(/deprecated/i);
      expect(code).toBe(0);
      expect(JSON.parse(person.machine.read(`node_modules/${name}/package.json`))).toMatchObject({
        version: '1.0.1',
      });
    });
  }

  for (const program of ['pnpm 10', 'pnpm 12'] as const) {
    test(`packages 20: a package with postinstall is announced as an ignored build script (${program})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      await stock(person, name, { manifest: { scripts: { postinstall: 'exit 1' } } });
      const { output } = await person.machine.run(program, 'add', name);
      expect(output).toContain('Ignored build scripts');
      expect(output).toContain(`${name}@1.0.0`);
    });
  }

  // Up to 10 pnpm sends no validators.
  test('packages 16: with a warm cache pnpm 12 is answered 304 without a body', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await stock(person, name);
    expect((await person.machine.run(own, 'add', `${name}@latest`)).code).toBe(0);
    world().wire.forget();
    expect((await person.machine.run(own, 'add', `${name}@latest`)).code).toBe(0);
    const [revalidation] = world()
      .wire.exchanges()
      .filter(({ url }) => url === `/${name}`);
    expect(revalidation?.headers['if-none-match']).toBeTypeOf('string');
    expect(revalidation).toMatchObject({ status: 304, answerLength: 0 });
  });

  test('packages 4: publishing over a version is refused, and pnpm 12 shows the body', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await stock(person, name);
    const before = await world().must(200, 'GET', `/${name}/-/${name}-1.0.0.tgz`);
    person.machine.writePackage(name, '1.0.0');
    const { code, output } = await person.machine.run(own, ...publish);
    expect(code).toBe(1);
    expect(output).toContain('ERR_PNPM_FAILED_TO_PUBLISH');
    expect(output).toContain('{"error":"You cannot publish over the previously published');
    const after = await world().must(200, 'GET', `/${name}/-/${name}-1.0.0.tgz`);
    expect(after.bytes.equals(before.bytes)).toBe(true);
  });

  test('packages 12 and auth 35: pnpm 12 names --otp without a terminal, asks on one, and takes --otp', async () => {
    const person = await world().person();
    await person.protect();
    const name = `hello-${person.name}`;
    person.machine.writePackage(name, '1.0.0');
    const refused = await person.machine.run(own, ...publish);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('ERR_PNPM_OTP_NON_INTERACTIVE');
    expect(refused.output).toContain('provide the --otp option');

    world().wire.forget();
    const terminal = person.machine.sitBefore(own, ...publish);
    await terminal.converse(['Enter OTP:', await person.code()]);
    expect(await terminal.exit()).toBe(0);
    expect(terminal.transcript).toContain(`Published package ${name}@1.0.0`);
    expect(writesOf(person)).toEqual(['PUT 401', 'PUT 201']);

    person.machine.writePackage(name, '1.0.1');
    const given = await person.machine.run(own, ...publish, `--otp=${person.recoveryCode()}`);
    expect(given.output).toContain(`Published package ${name}@1.0.1`);
    expect(given.code).toBe(0);
  });

  test('packages 24: pnpm 12 view shows maintainers, who published when, and the unpacked size', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await stock(person, name, { manifest: { description: 'says hello' } });
    const { code, output } = await person.machine.run(own, 'view', name);
    expect(code).toBe(0);
    expect(output).toContain('says hello');
    expect(output).toContain('.unpackedSize: ');
    expect(output).toContain(`- ${person.name} <${person.email}>`);
    expect(output).toMatch(new RegExp(`published .* by ${person.name}`));
  });

  test('packages 32: pnpm 12 unpublish of a version and of the whole package', async () => {
    const person = await world().person();
    const name = `@${person.name}/hello`;
    await stock(person, name, { versions: ['1.0.0', '1.0.1'] });
    world().wire.forget();
    const one = await person.machine.run(own, 'unpublish', `${name}@1.0.1`);
    expect(one.output).toContain(`Successfully unpublished 1 version(s) of ${name}`);
    expect(one.code).toBe(0);
    expect(writesOf(person)).toEqual(['PUT 200', 'DELETE 200']);
    expect(await tagsOf(person, name)).toEqual({ latest: '1.0.0' });
    await person.must(404, 'GET', `/${name}/-/hello-1.0.1.tgz`);

    const whole = await person.machine.run(own, 'unpublish', name, '--force');
    expect(whole.output).toContain('Successfully unpublished all 1 version(s)');
    expect(whole.code).toBe(0);
    await person.must(404, 'GET', `/${name}/1.0.0`);
  });

  test('packages 33: pnpm 12 deprecate and its undoing', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await stock(person, name, { versions: ['1.0.0', '1.0.1'] });
    const done = await person.machine.run(own, 'deprecate', `${name}@1.0.0`, 'use 1.0.1');
    expect(done.output).toContain('Successfully deprecated 1 version(s)');
    expect(pick((await person.must(200, 'GET', `/${name}/1.0.0`)).json, 'deprecated')).toBe('use 1.0.1');
    const undone = await person.machine.run(own, 'undeprecate', `${name}@1.0.0`);
    expect(undone.output).toContain('Successfully un-deprecated 1 version(s)');
    expect(pick((await person.must(200, 'GET', `/${name}/1.0.0`)).json, 'deprecated')).toBeUndefined();
  });

  test('packages 34: pnpm 12 dist-tag add, ls and rm; a range is no tag', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await stock(person, name, { versions: ['1.0.0', '1.0.1'] });
    const add = await person.machine.run(own, 'dist-tag', 'add', `${name}@1.0.0`, 'x/y');
    expect(add.output).toContain(`+x/y: ${name}@1.0.0`);
    const list = await person.machine.run(own, 'dist-tag', 'ls', name);
    expect(list.stdout.trim().split('\n')).toEqual(['latest: 1.0.1', 'x/y: 1.0.0']);
    const remove = await person.machine.run(own, 'dist-tag', 'rm', name, 'x/y');
    expect(remove.output).toContain(`-x/y: ${name}@1.0.0`);
    const range = await person.machine.run(own, 'dist-tag', 'add', `${name}@1.0.0`, '^1');
    expect(range.code).toBe(1);
    expect(range.output).toContain('400 Bad Request');
    expect(await tagsOf(person, name)).toEqual({ latest: '1.0.1' });
  });

  test('packages 35: pnpm 12 owner add, ls and rm', async () => {
    const alice = await world().person();
    const bob = await world().person('bob');
    const name = `hello-${alice.name}`;
    await stock(alice, name);
    expect((await alice.machine.run(own, 'owner', 'add', name, bob.name)).code).toBe(0);
    const list = await alice.machine.run(own, 'owner', 'ls', name);
    expect(list.stdout).toContain(`${bob.name} <`);
    await stock(bob, name, { versions: ['1.0.1'] });
    expect((await bob.machine.run(own, 'owner', 'rm', name, alice.name)).code).toBe(0);
    const after = await bob.machine.run(own, 'owner', 'ls', name);
    expect(after.stdout).not.toContain(`${alice.name} <`);
    expect((await bob.machine.run(own, 'owner', 'rm', name, bob.name)).code).toBe(1);
    expect((await bob.machine.run(own, 'owner', 'add', name, 'nobody-of-that-name')).code).toBe(1);
    const last = await bob.machine.run(own, 'owner', 'ls', name);
    expect(last.stdout.trim().split('\n')).toHaveLength(1);
  });

  test('packages 36: who has no rights is forbidden to write what he can read (pnpm 12)', async () => {
    const alice = await world().person();
    const bob = await world().person('bob');
    const name = `hello-${alice.name}`;
    await stock(alice, name, { versions: ['1.0.0', '1.0.1'] });
    bob.machine.writePackage(name, '1.0.2');
    const attempts = [
      [...publish],
      ['deprecate', `${name}@1.0.0`, 'no'],
      ['dist-tag', 'add', `${name}@1.0.0`, 'b'],
      ['unpublish', `${name}@1.0.1`],
      ['owner', 'add', name, bob.name],
    ];
    for (const args of attempts) {
      world().wire.forget();
      const { code, output } = await bob.machine.run(own, ...args);
      expect(code, output).toBe(1);
      expect(output, args.join(' ')).toContain('You are not a maintainer');
      expect(writesOf(bob).every((line) => line.endsWith(' 403'))).toBe(true);
    }
    const { json } = await world().must(200, 'GET', `/${name}`);
    expect(Object.keys(pick(json, 'versions') ?? {})).toEqual(['1.0.0', '1.0.1']);
    expect(pick(json, 'dist-tags')).toEqual({ latest: '1.0.1' });
  });

  test('packages 37: pnpm 12 star and unstar change the own star only, without a code', async () => {
    const alice = await world().person();
    const bob = await world().person('bob');
    const name = `hello-${alice.name}`;
    await stock(alice, name);
    await bob.protect();
    expect((await alice.machine.run(own, 'star', name)).code).toBe(0);
    expect((await bob.machine.run(own, 'star', name)).code).toBe(0);
    const users = async (): Promise<unknown> =>
      pick((await alice.must(200, 'GET', `/${name}?write=true`)).json, 'users');
    expect(await users()).toEqual({ [alice.name]: true, [bob.name]: true });
    expect((await bob.machine.run(own, 'unstar', name)).code).toBe(0);
    expect(await users()).toEqual({ [alice.name]: true });
  });

  test('packages 38: pnpm 12 access get status follows access set status', async () => {
    const person = await world().person();
    const name = `@${person.name}/hello`;
    await stock(person, name);
    for (const [wish, shown] of [
      ['private', 'restricted'],
      ['public', 'public'],
    ] as const) {
      expect((await person.machine.run(own, 'access', 'set', `status=${wish}`, name)).code).toBe(0);
      const { stdout } = await person.machine.run(own, 'access', 'get', 'status', name);
      expect(stdout).toContain(`access: ${shown}`);
      expect((await world().ask('GET', `/${name}`)).status).toBe(wish === 'public' ? 200 : 404);
    }
  });

  test('packages 40: pnpm 12 ping answers PONG', async () => {
    const { code, output } = await world().machine().run(own, 'ping');
    expect(output).toContain('PONG');
    expect(code).toBe(0);
  });

  test('packages 52: a cold install of pnpm 12 asks each document once, and ages are in the short form', async () => {
    const person = await world().person();
    const [plain, scoped] = [`hello-${person.name}`, `@${person.name}/hello`];
    await stock(person, plain);
    await stock(person, scoped, { manifest: { dependencies: { [plain]: '^1.0.0' } } });
    // The gate of a day, which is on unless somebody turns it off, is what needs the ages.
    person.machine.writeFiles({
      'pnpm-workspace.yaml': 'minimumReleaseAge: 1440\n',
      'package.json': JSON.stringify({ name: 'project', dependencies: { [scoped]: '^1.0.0' } }),
    });
    world().wire.forget();
    expect((await person.machine.run(own, 'install')).code).toBe(0);
    const documents = world()
      .wire.lines()
      .filter((line) => !line.endsWith('.tgz') && line !== 'GET /pnpm');
    expect(documents.sort()).toEqual([`GET /${scoped.replace('/', '%2F')}`, `GET /${plain}`].sort());
  });
});
