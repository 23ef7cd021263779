import { beforeAll, expect, test } from 'vitest';
import { deprecate, distOf, stock, writesOf } from './stock.ts';
import { withPrograms } from './suite.ts';
import { pickText } from './world.ts';

await withPrograms(['bun'], (world) => {
  // web-login.test.ts shows bun finding them.
  beforeAll(() => world().wire.hidePages());

  test('packages 3 and 4: bun publish, and publishing over a version shows the reason', async () => {
    const person = await world().person();
    const name = `@${person.name}/hello`;
    const { machine } = person;
    machine.writePackage(name, '1.0.0');
    const { code, stdout } = await machine.run('bun', 'publish', '--access', 'public');
    expect(stdout).toContain(` + ${name}@1.0.0`);
    expect(code).toBe(0);
    expect(pickText(await distOf(person, name, '1.0.0'), 'tarball')).toBe(
      `${world().registry}/${name}/-/hello-1.0.0.tgz`,
    );

    const path = `/${name}/-/hello-1.0.0.tgz`;
    const before = await world().must(200, 'GET', path);
    machine.writeFiles({ 'index.js': 'module.exports = "replaced";\n' });
    const again = await machine.run('bun', 'publish', '--access', 'public');
    expect(again.code).toBe(1);
    expect(again.output).toContain('403 Forbidden');
    expect(again.output).toContain(' - You cannot publish over the previously published versions: 1.0.0.');
    expect((await world().must(200, 'GET', path)).bytes.equals(before.bytes)).toBe(true);
  });

  test('packages 12 and auth 33: bun publish asks for a code in both kinds of challenge, and takes --otp', async () => {
    const person = await world().person();
    await person.protect();
    const name = `hello-${person.name}`;
    const { machine } = person;
    machine.writePackage(name, '1.0.0');
    const refused = await machine.run('bun', 'publish');
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('Enter OTP:');
    expect(refused.output).toContain('failed to read OTP input');

    for (const [version, args] of [
      ['1.0.0', []],
      ['1.0.1', ['--auth-type=legacy']],
    ] as const) {
      machine.writePackage(name, version);
      world().wire.forget();
      const terminal = machine.sitBefore('bun', 'publish', ...args);
      await terminal.converse(['Enter OTP:', person.recoveryCode()]);
      expect(await terminal.exit()).toBe(0);
      expect(terminal.transcript).toContain(` + ${name}@${version}`);
      expect(writesOf(person)).toEqual(['PUT 401', 'PUT 201']);
    }
    machine.writePackage(name, '1.0.2');
    const given = await machine.run('bun', 'publish', '--otp', await person.code());
    expect(given.stdout).toContain(` + ${name}@1.0.2`);
    expect(given.code).toBe(0);
  });

  test('packages 14 and 20: bun installs an unscoped and a scoped package, and blocks a postinstall', async () => {
    const person = await world().person();
    const [plain, scoped] = [`hello-${person.name}`, `@${person.name}/hello`];
    await stock(person, plain);
    await stock(person, scoped, {
      manifest: { dependencies: { [plain]: '^1.0.0' }, scripts: { postinstall: 'exit 1' } },
    });
    const { code, output } = await person.machine.run('bun', 'add', scoped);
    expect(output).toContain(`installed ${scoped}@1.0.0`);
    expect(output).toContain('Blocked 1 postinstall');
    expect(code).toBe(0);
    const lock = person.machine.read('bun.lock');
    expect(lock).toContain('"hasInstallScript": true');
    for (const name of [plain, scoped]) {
      expect(JSON.parse(person.machine.read(`node_modules/${name}/package.json`))).toMatchObject({ name });
      expect(lock).toContain(pickText(await distOf(person, name, '1.0.0'), 'integrity'));
    }
  });

  test('packages 16 and 21: bun revalidates, takes a new latest at once, and warns of a deprecated version', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    const { machine } = person;
    await stock(person, name);
    expect((await machine.run('bun', 'add', `${name}@latest`)).code).toBe(0);
    world().wire.forget();
    expect((await machine.run('bun', 'add', `${name}@latest`)).code).toBe(0);
    const [revalidation] = world()
      .wire.exchanges()
      .filter(({ url }) => url === `/${name}`);
    expect(revalidation?.headers['if-none-match']).toBeTypeOf('string');
    expect(revalidation).toMatchObject({ status: 304, answerLength: 0 });

    await stock(person, name, { versions: ['1.1.0'] });
    await deprecate(person, name, '1.1.0', 'use another one');
    const { code, output } = await machine.run('bun', 'add', `${name}@latest`);
    expect(output).toContain(`${name}@1.1.0: use another one`);
    expect(code).toBe(0);
    expect(JSON.parse(machine.read(`node_modules/${name}/package.json`))).toMatchObject({ version: '1.1.0' });
  });
});
