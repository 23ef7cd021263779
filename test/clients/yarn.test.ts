import { expect, test } from 'vitest';
import { deprecate, distOf, stock, tagsOf, writesOf } from './stock.ts';
import { withPrograms } from './suite.ts';
import { pick, pickText } from './world.ts';

const yarn = 'yarn 1';

await withPrograms([yarn], (world) => {
  test('packages 3: yarn 1 publish, and the tarball stands at our address, not at the one that yarn writes', async () => {
    const person = await world().person();
    for (const name of [`hello-${person.name}`, `@${person.name}/hello`]) {
      person.machine.writePackage(name, '1.0.0');
      const args = ['publish', '--non-interactive', '--new-version', '1.0.1', '--access', 'public'];
      const { code, stdout } = await person.machine.run(yarn, ...args);
      expect(stdout).toContain('success Published.');
      expect(code).toBe(0);
      expect(pickText(await distOf(person, name, '1.0.1'), 'tarball')).toBe(
        `${world().registry}/${name}/-/${name.replace(/^.*\//, '')}-1.0.1.tgz`,
      );
    }
  });

  test('packages 12 and auth 34: yarn 1 tells of the second factor, asks on a terminal, and takes --otp', async () => {
    const person = await world().person();
    await person.protect();
    const name = `hello-${person.name}`;
    person.machine.writePackage(name, '1.0.0');
    const refused = await person.machine.run(yarn, 'publish', '--new-version', '1.0.0');
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('Two factor authentication enabled');
    expect(refused.output).toContain("Can't answer a question unless a user TTY");

    world().wire.forget();
    const terminal = person.machine.sitBefore(yarn, 'publish', '--new-version', '1.0.0');
    await terminal.converse(['one-time password', await person.code()]);
    expect(await terminal.exit()).toBe(0);
    expect(writesOf(person)).toEqual(['PUT 401', 'PUT 201']);

    const otp = ['--otp', person.recoveryCode()];
    const given = await person.machine.run(yarn, 'publish', '--new-version', '1.0.1', ...otp);
    expect(given.stdout).toContain('success Published.');
    expect(given.code).toBe(0);
  });

  test('packages 14: yarn 1 installs an unscoped and a scoped package, and locks them by both hashes', async () => {
    const person = await world().person();
    const [plain, scoped] = [`hello-${person.name}`, `@${person.name}/hello`];
    await stock(person, plain);
    await stock(person, scoped, { manifest: { dependencies: { [plain]: '^1.0.0' } } });
    const { code, stdout } = await person.machine.run(yarn, 'add', scoped);
    expect(stdout).toContain('success Saved 2 new dependencies');
    expect(code).toBe(0);
    const lock = person.machine.read('yarn.lock');
    for (const name of [plain, scoped]) {
      expect(JSON.parse(person.machine.read(`node_modules/${name}/package.json`))).toMatchObject({ name });
      const dist = await distOf(person, name, '1.0.0');
      expect(lock).toContain(`integrity ${pickText(dist, 'integrity')}`);
      expect(lock).toContain(`"${pickText(dist, 'tarball')}#${pickText(dist, 'shasum')}"`);
    }
  });

  test('packages 21: yarn 1 prints the message of a deprecated version', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await stock(person, name);
    await deprecate(person, name, '1.0.0', 'use another one');
    const { code, output } = await person.machine.run(yarn, 'add', name);
    expect(output).toContain(`${name}@1.0.0: use another one`);
    expect(code).toBe(0);
  });

  test('packages 34: yarn 1 tag add, list and remove; latest stays', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await stock(person, name, { versions: ['1.0.0', '1.0.1'] });
    const add = await person.machine.run(yarn, 'tag', 'add', `${name}@1.0.0`, 'b');
    expect(add.stdout).toContain('success Created tag.');
    const list = await person.machine.run(yarn, 'tag', 'list', name);
    expect(list.stdout).toContain('info b: 1.0.0');
    expect(list.stdout).toContain('info latest: 1.0.1');
    const remove = await person.machine.run(yarn, 'tag', 'remove', name, 'b');
    expect(remove.stdout).toContain('success Deleted tag.');
    expect((await person.machine.run(yarn, 'tag', 'remove', name, 'latest')).code).toBe(1);
    expect(await tagsOf(person, name)).toEqual({ latest: '1.0.1' });
  });

  test('packages 35 and auth 49: yarn 1 lists owners; its adding, which knows no revision, takes none away', async () => {
    const alice = await world().person();
    const bob = await world().person('bob');
    const name = `hello-${alice.name}`;
    await stock(alice, name);
    // yarn 1 asks the short form, which names no owners: its list is the new one alone.
    const add = await alice.machine.run(yarn, 'owner', 'add', bob.name, name);
    expect(add.code).toBe(1);
    const list = await alice.machine.run(yarn, 'owner', 'list', name);
    expect(list.stdout).toContain(`info ${alice.name} <${alice.email}>`);
    expect(list.code).toBe(0);
    const { json } = await world().must(200, 'GET', `/${name}`);
    expect(pick(json, 'maintainers')).toEqual([{ name: alice.name, email: alice.email }]);
  });

  test('auth 17: yarn 1 publish without a token asks who, signs in with a code, publishes and revokes its token', async () => {
    const person = await world().person();
    await person.protect('auth-only');
    const name = `hello-${person.name}`;
    const machine = world().machine();
    machine.writePackage(name, '1.0.0');
    world().wire.forget();
    const terminal = machine.sitBefore(yarn, 'publish', '--new-version', '1.0.0');
    await terminal.converse(
      ['username', person.name],
      ['email', person.email],
      ['password', person.password],
      ['one-time password', person.recoveryCode()],
    );
    expect(await terminal.exit()).toBe(0);
    expect(terminal.transcript).toContain('success Logged in.');
    expect(terminal.transcript).toContain('success Published.');
    expect(terminal.transcript).toContain('success Revoked login token.');
    expect(writesOf(person)).toEqual(['PUT 401', 'PUT 201', 'PUT 201', 'DELETE 200']);
    const last = world().wire.exchanges().at(-1);
    const token = world().secret(last?.headers.authorization?.replace('Bearer ', '') ?? '');
    expect(token).toMatch(/^npm_/);
    expect((await world().ask('GET', '/-/whoami', { token })).status).toBe(401);
    await world().must(200, 'GET', `/${name}/1.0.0`);
  });
});

await withPrograms(
  [yarn],
  (world) => {
    test('packages 22: where reading needs a login, yarn 1 reads unscoped packages with always-auth only', async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      await stock(person, name);
      const { machine } = person;
      const refused = await machine.run(yarn, 'add', name);
      expect(refused.code).toBe(1);
      expect(refused.output).toContain('You must be logged in to do this');
      await world().must(401, 'GET', `/${name}/-/${name}-1.0.0.tgz`);

      machine.writeSettings(person, 'always-auth=true');
      expect((await machine.run(yarn, 'add', name)).code).toBe(0);
      expect(JSON.parse(machine.read(`node_modules/${name}/package.json`))).toMatchObject({ name });
    });
  },
  { env: { TALLYSTICK_ANONYMOUS_READ: 'false' } },
);
