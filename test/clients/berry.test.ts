import { expect, test } from 'vitest';
import { distOf, stock, tagsOf, writesOf } from './stock.ts';
import { withPrograms } from './suite.ts';
import { type Person, pickText, type World } from './world.ts';

const berry = 'berry';

/** Somebody whose computer has berry's settings too. */
async function user(world: World, ...more: readonly string[]): Promise<Person> {
  const person = await world.person();
  person.machine.writeBerrySettings(person, ...more);
  return person;
}

/** Makes the project a package that berry knows: it publishes nothing that is not in its lockfile. */
async function prepare({ machine }: Person, name: string, version: string): Promise<void> {
  machine.writePackage(name, version);
  expect((await machine.run(berry, 'install')).code).toBe(0);
}

await withPrograms([berry], (world) => {
  test('packages 3 and 12 and auth 34: yarn npm publish, with YN0033, a prompt and --otp where a code is wanted', async () => {
    const person = await user(world());
    const name = `@${person.name}/hello`;
    const { machine } = person;
    await prepare(person, name, '1.0.0');
    const args = ['npm', 'publish', '--access', 'public'];
    const plain = await machine.run(berry, ...args);
    expect(plain.stdout).toContain('Package archive published');
    expect(plain.code).toBe(0);
    expect(pickText(await distOf(person, name, '1.0.0'), 'tarball')).toBe(
      `${world().registry}/${name}/-/hello-1.0.0.tgz`,
    );

    await person.protect();
    machine.writePackage(name, '1.0.1');
    const refused = await machine.run(berry, ...args);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain('YN0033: The registry requires additional authentication');

    world().wire.forget();
    const terminal = machine.sitBefore(berry, ...args);
    await terminal.converse(['One-time password', person.recoveryCode()]);
    expect(await terminal.exit()).toBe(0);
    expect(terminal.transcript).toContain('Package archive published');
    expect(writesOf(person)).toEqual(['PUT 401', 'PUT 201']);

    machine.writePackage(name, '1.0.2');
    const given = await machine.run(berry, ...args, '--otp', person.recoveryCode());
    expect(given.stdout).toContain('Package archive published');
    expect(given.code).toBe(0);
  });

  test('packages 14, 16 and 18: yarn add builds the tarball address itself, and revalidates', async () => {
    const person = await user(world());
    const [plain, scoped] = [`hello-${person.name}`, `@${person.name}/hello`];
    await stock(person, plain);
    await stock(person, scoped, { manifest: { dependencies: { [plain]: '^1.0.0' } } });
    world().wire.forget();
    const { code } = await person.machine.run(berry, 'add', scoped);
    expect(code).toBe(0);
    expect(world().wire.lines()).toEqual(
      expect.arrayContaining([
        `GET /${scoped.replace('/', '%2f')}`,
        `GET /${scoped.replace('/', '%2f')}/-/hello-1.0.0.tgz`,
      ]),
    );
    for (const name of [plain, scoped]) {
      expect(JSON.parse(person.machine.read(`node_modules/${name}/package.json`))).toMatchObject({ name });
    }
    // Its checksums are of archives of its own; an address that is not the canonical one would stand in the lockfile.
    expect(person.machine.read('yarn.lock')).toContain(`resolution: "${scoped}@npm:1.0.0"`);

    world().wire.forget();
    expect((await person.machine.run(berry, 'up', scoped)).code).toBe(0);
    const [revalidation] = world()
      .wire.exchanges()
      .filter(({ url }) => url === `/${scoped.replace('/', '%2f')}`);
    expect(revalidation?.headers['if-none-match']).toBeTypeOf('string');
    expect(revalidation).toMatchObject({ status: 304, answerLength: 0 });

    await stock(person, scoped, { versions: ['1.1.0'] });
    expect((await person.machine.run(berry, 'add', `${scoped}@latest`)).code).toBe(0);
    expect(JSON.parse(person.machine.read(`node_modules/${scoped}/package.json`))).toMatchObject({
      version: '1.1.0',
    });
  });

  test('packages 34: yarn npm tag add, list and remove', async () => {
    const person = await user(world());
    const name = `hello-${person.name}`;
    await stock(person, name, { versions: ['1.0.0', '1.0.1'] });
    const add = await person.machine.run(berry, 'npm', 'tag', 'add', `${name}@1.0.0`, 'b');
    expect(add.stdout).toContain(`Tag b added to version 1.0.0 of package ${name}`);
    const list = await person.machine.run(berry, 'npm', 'tag', 'list', name);
    expect(list.stdout).toContain(`${name}@b → 1.0.0`);
    expect(list.stdout).toContain(`${name}@latest → 1.0.1`);
    const remove = await person.machine.run(berry, 'npm', 'tag', 'remove', name, 'b');
    expect(remove.stdout).toContain(`Tag b removed from package ${name}`);
    expect(await tagsOf(person, name)).toEqual({ latest: '1.0.1' });
  });

  test('auth 16: yarn npm login with a password, then with a code as well; whoami and logout', async () => {
    const person = await world().person();
    const machine = world().machine();
    machine.writeBerrySettings({});
    const identity = [
      ['Username', person.name],
      ['Password', person.password],
    ] as const;
    const plain = machine.sitBefore(berry, 'npm', 'login');
    await plain.converse(...identity);
    expect(await plain.exit()).toBe(0);
    expect(plain.transcript).toContain('Successfully logged in');
    expect((await machine.run(berry, 'npm', 'whoami')).stdout).toContain(person.name);
    expect((await machine.run(berry, 'npm', 'logout')).stdout).toContain('Successfully logged out');

    await person.protect();
    const guarded = machine.sitBefore(berry, 'npm', 'login');
    await guarded.converse(...identity, ['One-time password', person.recoveryCode()]);
    expect(await guarded.exit()).toBe(0);
    expect((await machine.run(berry, 'npm', 'whoami')).stdout).toContain(person.name);
  });
});

await withPrograms(
  [berry],
  (world) => {
    test('packages 22: where reading needs a login, berry reads unscoped packages with npmAlwaysAuth only', async () => {
      const person = await user(world());
      const name = `hello-${person.name}`;
      await stock(person, name);
      const refused = await person.machine.run(berry, 'add', name);
      expect(refused.code).toBe(1);
      expect(refused.stdout).toMatch(/YN0041|401/);

      person.machine.writeBerrySettings(person, 'npmAlwaysAuth: true');
      expect((await person.machine.run(berry, 'add', name)).code).toBe(0);
      expect(JSON.parse(person.machine.read(`node_modules/${name}/package.json`))).toMatchObject({ name });
    });
  },
  { env: { TALLYSTICK_ANONYMOUS_READ: 'false' } },
);
