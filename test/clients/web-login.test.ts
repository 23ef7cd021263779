import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { currentCost } from '../../src/accounts/passwords.ts';
import { goodPassword } from '../accounts/acting.ts';
import { enableFactor } from '../accounts/wire.ts';
import { installClients, type Major, majors } from './install.ts';
import { installPrograms, type Program } from './programs.ts';
import { authLine, expectLoggedIn, loginOf, openScene, pageIn, removeMachines, visitorOf } from './scene.ts';
import { Visitor } from './visitor.ts';

const program: Program = 'pnpm 12';
const missing = (await installClients()) ?? (await installPrograms([program, 'berry', 'bun']));
if (missing !== undefined)
  console.log(`SKIPPED (${missing}): every test of logins by a page with a real client`);

describe.skipIf(missing !== undefined)('real clients and a page', () => {
  beforeAll(() => {
    // What a hash costs is another test's matter.
    currentCost.memory = 64;
  });
  afterEach(removeMachines);

  for (const major of majors) {
    test(`auth 3: npm login prints the page, waits, and is logged in once it is approved (npm ${major})`, async () => {
      const scene = await openScene();
      const terminal = scene.machine.sit(major, ...loginOf(major));
      const url = await pageIn(terminal, 'login');
      const visitor = visitorOf(scene);
      const page = await visitor.open(url);
      const [comparison] = /\b[0-9A-Z]{8}\b/.exec(page) ?? [];
      await visitor.approve(url);
      expect(await terminal.exit()).toBe(0);
      expect(terminal.transcript).toContain('Logged in on');
      // npm 7 throws away what servers ask it to tell, but for installs; the page says so.
      if (major === 7) expect(page).toContain('npm 7');
      else expect(terminal.transcript).toContain(comparison ?? 'no code');
      expect(terminal.transcript).not.toContain('Username');
      await expectLoggedIn(scene);
    });
  }

  test.each([6, 7, 8, 9, 10, 12] as const)(
    'auth 6: npm login whose login is denied ends without asking for a password (npm %i)',
    async (major: Major) => {
      const scene = await openScene();
      const terminal = scene.machine.sit(major, ...loginOf(major));
      await visitorOf(scene).deny(await pageIn(terminal, 'login'));
      expect(await terminal.exit()).toBe(1);
      expect(terminal.transcript).toContain('The login was denied in the browser.');
      expect(terminal.transcript).not.toContain('Username');
      expect(scene.machine.settings).not.toMatch(authLine);
    },
  );

  test('auth 5: a stale token in the settings is in nobody’s way (npm 11)', async () => {
    const scene = await openScene();
    scene.machine.writeSettings({ token: `npm_${'0'.repeat(36)}` });
    const terminal = scene.machine.sit(11, 'login');
    await visitorOf(scene).approve(await pageIn(terminal, 'login'));
    expect(await terminal.exit()).toBe(0);
    await expectLoggedIn(scene);
  });

  test.each([6, 7, 9, 11, 12] as const)(
    'auth 4: npm login without a terminal prints the page and waits (npm %i)',
    async (major: Major) => {
      const scene = await openScene();
      const asked = scene.asked();
      const finished = scene.machine.npm(major, ...loginOf(major));
      await visitorOf(scene).approve(await asked);
      const { code, output } = await finished;
      expect(code, output).toBe(0);
      expect(output).toContain(await asked);
      await expectLoggedIn(scene);
    },
  );

  test.each([
    [7, 'adduser', 'to complete your login please visit:'],
    [8, 'adduser', 'Authenticate your account at:'],
    [9, 'adduser', 'Create your account at:'],
    [11, 'adduser', 'Create your account at:'],
    [12, 'login', 'Login at:'],
  ] as const)('auth 7: who is new signs up on the page (npm %i %s)', async (major, command, title) => {
    const scene = await openScene();
    const terminal = scene.machine.sit(major, command);
    await terminal.expect(title);
    const url = await pageIn(terminal, 'login');
    const { world, registry } = scene;
    const visitor = new Visitor({ app: world, origin: registry, name: 'ida' });
    await visitor.openAsNew(url);
    await visitor.approve(url);
    expect(await terminal.exit()).toBe(0);
    await expectLoggedIn(scene, 'ida');
  });

  test(`auth 15: pnpm login prints the page, waits, and is logged in once it is approved (${program})`, async () => {
    const scene = await openScene();
    const terminal = scene.machine.sitBefore(program, 'login', `--registry=${scene.registry}/`);
    await visitorOf(scene).approve(await pageIn(terminal, 'login'));
    expect(await terminal.exit(), terminal.transcript).toBe(0);
  });

  test.each([9, 10, 11, 12] as const)(
    'auth 12: npm login with name and password proves the second factor on a page (npm %i)',
    async (major: Major) => {
      const scene = await openScene({ loginPages: false });
      const { code } = await enableFactor(scene.world, scene.token);
      const terminal = scene.machine.sit(major, 'login');
      await terminal.converse(['Username:', 'hannah'], ['Password:', goodPassword]);
      const url = await pageIn(terminal, 'auth');
      const visitor = visitorOf(scene, code);
      expect(await visitor.open(url)).toContain('npm login hannah');
      await visitor.approve(url);
      expect(await terminal.exit()).toBe(0);
      await expectLoggedIn(scene);
    },
  );

  for (const major of [8, 9, 10, 11, 12] as const)
    test(`auth 28: npm publish opens a page, and is done once that is approved (npm ${major})`, async () => {
      const scene = await openScene();
      const { code } = await enableFactor(scene.world, scene.token);
      scene.machine.writeSettings({ token: scene.token });
      scene.machine.writePackage('@hannah/hello', '1.0.0');
      const terminal = scene.machine.sit(major, 'publish', '--access=public', '--auth-type=web');
      const url = await pageIn(terminal, 'auth');
      const visitor = visitorOf(scene, code);
      expect(await visitor.open(url)).toContain('npm publish @hannah/hello@1.0.0 Content sha512-');
      await visitor.approve(url);
      expect(await terminal.exit()).toBe(0);
      expect(terminal.transcript).toContain('+ @hannah/hello@1.0.0');
    });

  test('auth 29: npm 6 to 8 without a wish for pages ask for a code as ever', async () => {
    const scene = await openScene();
    const { recoveryCodes } = await enableFactor(scene.world, scene.token);
    scene.machine.writeSettings({ token: scene.token });
    for (const [index, major] of ([6, 7, 8] as const).entries()) {
      scene.machine.writePackage('@hannah/hello', `1.0.${index}`);
      const terminal = scene.machine.sit(major, 'publish', '--access=public');
      await terminal.converse(['one-time password', recoveryCodes[index] ?? '']);
      expect(await terminal.exit()).toBe(0);
      expect(terminal.transcript).toContain(`+ @hannah/hello@1.0.${index}`);
    }
  });

  test('auth 31: one approval serves both writes of npm unpublish (npm 11)', async () => {
    const scene = await openScene();
    const { world, token, machine } = scene;
    machine.writeSettings({ token });
    for (const version of ['1.0.0', '1.0.1']) {
      machine.writePackage('@hannah/hello', version);
      const { code, output } = await machine.npm(11, 'publish', '--access=public', '--tag=latest');
      expect(code, output).toBe(0);
    }
    const { code } = await enableFactor(world, token);
    const terminal = machine.sit(11, 'unpublish', '@hannah/hello@1.0.1');
    await visitorOf(scene, code).approve(await pageIn(terminal, 'auth'));
    expect(await terminal.exit()).toBe(0);
    expect(terminal.transcript).toContain('- @hannah/hello@1.0.1');
  });

  test.each([11, 12] as const)(
    'auth 28: an approved release publishes every workspace with one answer (npm %i)',
    async (major: Major) => {
      const scene = await openScene();
      const { code } = await enableFactor(scene.world, scene.token);
      const { machine } = scene;
      machine.writeSettings({ token: scene.token });
      const workspaces = ['one', 'two', 'three'];
      machine.writePackage('root', '1.0.0', { private: true, workspaces });
      for (const folder of workspaces)
        machine.writeFiles({
          [`${folder}/package.json`]: JSON.stringify({ name: `@hannah/${folder}`, version: '1.0.0' }),
        });
      const terminal = machine.sit(major, 'publish', '--workspaces', '--access=public');
      const url = await pageIn(terminal, 'auth');
      const visitor = visitorOf(scene, code);
      await visitor.approveRelease(url);
      expect(await terminal.exit()).toBe(0);
      for (const folder of workspaces) expect(terminal.transcript).toContain(`+ @hannah/${folder}@1.0.0`);
      const listed = (await visitor.open(url)).split('Published with this approval').at(-1);
      for (const folder of workspaces) expect(listed).toContain(`@hannah/${folder}@1.0.0`);
    },
  );

  test.each([11, 12] as const)(
    'auth 30: without a terminal npm tells both addresses, and an agent goes on with the value (npm %i)',
    async (major: Major) => {
      const scene = await openScene();
      const { world, token, machine } = scene;
      const { code } = await enableFactor(world, token);
      machine.writeSettings({ token });
      machine.writePackage('@hannah/hello', '1.0.0');
      const refused = await machine.npm(major, 'publish', '--access=public');
      expect(refused.code).toBe(1);
      const [authUrl] = /http:\S+\/auth\/cli\/[0-9a-f]{64}/.exec(refused.output) ?? [];
      const [doneUrl] = /http:\S+\/-\/v1\/done\?authId=[0-9a-f]{64}/.exec(refused.output) ?? [];
      await visitorOf(scene, code).approve(authUrl ?? '');
      const { token: otp } = (await (await fetch(doneUrl ?? '')).json()) as { token: string };
      const { output } = await machine.npm(major, 'publish', '--access=public', `--otp=${otp}`);
      expect(output).toContain('+ @hannah/hello@1.0.0');
    },
  );

  test(`auth 35: pnpm publish opens a page, and is done once that is approved (${program})`, async () => {
    const scene = await openScene();
    const { code } = await enableFactor(scene.world, scene.token);
    scene.machine.writeSettings({ token: scene.token });
    scene.machine.writePackage('@hannah/hello', '1.0.0');
    const terminal = scene.machine.sitBefore(program, 'publish', '--no-git-checks', '--access=public');
    await visitorOf(scene, code).approve(await pageIn(terminal, 'auth'));
    expect(await terminal.exit(), terminal.transcript).toBe(0);
    const answer = await scene.world.ask('GET', '/@hannah%2fhello/1.0.0', { token: scene.token });
    expect(answer.statusCode).toBe(200);
  });

  test('auth 16: berry logs in by the page, without a body in its request', async () => {
    const scene = await openScene();
    const { machine } = scene;
    machine.writeBerrySettings({});
    const asked = scene.asked();
    const terminal = machine.sitBefore('berry', 'npm', 'login', '--web-login');
    await terminal.converse(['open your browser now?', 'n']);
    await visitorOf(scene).approve(await asked);
    await terminal.expect('Successfully logged in');
    expect(await terminal.exit()).toBe(0);
    expect((await machine.run('berry', 'npm', 'whoami')).stdout).toContain('hannah');
  });

  test('auth 33: bun publish waits for the page, with and without a terminal', async () => {
    const scene = await openScene();
    const { code } = await enableFactor(scene.world, scene.token);
    const { machine, world } = scene;
    machine.writeSettings({ token: scene.token });
    machine.writePackage('@hannah/hello', '1.0.0');
    const first = scene.asked();
    const running = machine.run('bun', 'publish', '--access', 'public');
    await visitorOf(scene, code).approve(await first);
    const { code: status, output } = await running;
    expect(status, output).toBe(0);
    expect(output).toContain('+ @hannah/hello@1.0.0');

    world.clock.advance(60_000);
    machine.writePackage('@hannah/hello', '1.0.1');
    const second = scene.asked();
    const terminal = machine.sitBefore('bun', 'publish', '--access', 'public');
    await visitorOf(scene, code).approve(await second);
    expect(await terminal.exit(), terminal.transcript).toBe(0);
    expect(terminal.transcript).toContain('+ @hannah/hello@1.0.1');
  });
});
