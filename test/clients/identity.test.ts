import { beforeAll, expect, test } from 'vitest';
import { generations, type Major, majors } from './install.ts';
import type { Machine } from './machine.ts';
import { withClients } from './suite.ts';
import type { Terminal } from './terminal.ts';
import type { Person } from './world.ts';

const authLine = /:_authToken="?(npm_[A-Za-z0-9]{36})"?/;

const savedToken = (machine: Machine): string => authLine.exec(machine.settings)?.[1] ?? '';

/** The couch prompts of `npm login`; npm 8 and older ask for an address as well. */
async function giveCredentials(
  terminal: Terminal,
  major: Major,
  person: Person,
  password = person.password,
): Promise<void> {
  await terminal.converse(['Username:', person.name], ['Password:', password]);
  if (major <= 8) await terminal.converse(['Email', person.email]);
}

withClients((world) => {
  beforeAll(() => world().wire.hidePages());

  for (const major of majors) {
    test(`auth 2: npm whoami with a token, with none and with a bad one (npm ${major})`, async () => {
      const person = await world().person();
      const good = await person.machine.npm(major, 'whoami');
      expect(good).toMatchObject({ code: 0, stdout: `${person.name}\n` });

      world().wire.forget();
      const none = await world().machine().npm(major, 'whoami');
      expect(none.code).toBe(1);
      expect(none.stderr).toContain('ENEEDAUTH');
      expect(world().wire.lines()).toEqual([]);

      person.machine.writeSettings({ token: `npm_${'0'.repeat(36)}` });
      const bad = await person.machine.npm(major, 'whoami');
      expect(bad.code).toBe(1);
      expect(bad.stderr).toContain('token seems to be invalid');
    });

    test(`auth 8: npm login --auth-type=legacy without a second factor (npm ${major})`, async () => {
      const person = await world().person();
      const machine = world().machine();
      world().wire.forget();
      const terminal = machine.sit(major, 'login', '--auth-type=legacy');
      await giveCredentials(terminal, major, person);
      expect(await terminal.exit()).toBe(0);
      expect(terminal.transcript).toContain('Logged in');
      const puts = world()
        .wire.lines()
        .filter((line) => line.startsWith('PUT'));
      expect(puts).toEqual([`PUT /-/user/org.couchdb.user:${person.name}`]);
      expect(savedToken(machine)).not.toBe(person.token);
      expect((await machine.npm(major, 'whoami')).stdout).toBe(`${person.name}\n`);
    });

    test(`auth 9: npm login with a wrong password counts as one failure (npm ${major})`, async () => {
      const person = await world().person();
      const path = `/-/user/org.couchdb.user:${person.name}`;
      const guess = (password: string) => world().ask('PUT', path, { body: { name: person.name, password } });
      // Ten failures in 15 minutes are the budget (RL5): eight here, the client's makes nine, and the right one still passes.
      for (let failure = 1; failure <= 8; failure += 1)
        expect((await guess(`wrong guess ${failure}`)).status).toBe(401);

      const terminal = world().machine().sit(major, 'login', '--auth-type=legacy');
      await giveCredentials(terminal, major, person, 'not the password');
      expect(await terminal.exit()).toBe(1);
      expect(terminal.transcript).toContain('Incorrect or missing password.');
      expect((await guess(person.password)).status).toBe(201);
      expect((await guess('wrong guess 10')).status).toBe(401);
      expect((await guess('wrong guess 11')).status).toBe(429);
    });

    test(`auth 14: npm logout revokes the token and forgets it (npm ${major})`, async () => {
      const person = await world().person();
      world().wire.forget();
      const { code } = await person.machine.npm(major, 'logout');
      expect(code).toBe(0);
      expect(world().wire.lines()).toEqual([`DELETE /-/user/token/${person.token}`]);
      expect(person.machine.settings).not.toContain('_authToken');
      expect((await person.ask('GET', '/-/whoami')).status).toBe(401);
      expect((await person.ask('GET', '/-/npm/v1/user')).status).toBe(401);
    });
  }

  for (const major of generations) {
    test(`auth 1: npm ping prints PONG (npm ${major})`, async () => {
      world().wire.forget();
      const { code, output } = await world().machine().npm(major, 'ping');
      expect(code).toBe(0);
      expect(output).toContain('PONG');
      expect(world().wire.lines().join()).toMatch(/^GET \/-\/ping(\?write=true)?$/);
    });
  }

  for (const major of [9, 10, 11, 12] as const) {
    test(`auth 10: npm login names an unknown user (npm ${major})`, async () => {
      const terminal = world().machine().sit(major, 'login', '--auth-type=legacy');
      await terminal.converse(['Username:', 'nobody-of-this-name'], ['Password:', 'plum tractor violin 94']);
      expect(await terminal.exit()).toBe(1);
      expect(terminal.transcript).toContain('There is no user with the username "nobody-of-this-name"');
    });

    test(`auth 13: npm login --otp skips the web and sends the code (npm ${major})`, async () => {
      const person = await world().person();
      await person.protect();
      const machine = world().machine();
      world().wire.forget();
      const otp = await person.code();
      const terminal = machine.sit(major, 'login', `--otp=${otp}`);
      await giveCredentials(terminal, major, person);
      expect(await terminal.exit()).toBe(0);
      expect(terminal.transcript).toContain('Logged in');
      expect(world().wire.exchanges()).toMatchObject([
        { method: 'PUT', headers: { 'npm-otp': otp }, status: 201 },
      ]);
      expect((await machine.npm(major, 'whoami')).stdout).toBe(`${person.name}\n`);
    });
  }

  for (const major of [6, 7, 8, 9, 10, 11] as const) {
    test(`auth 11: npm adduser --auth-type=legacy creates an account (npm ${major})`, async () => {
      const machine = world().machine();
      const name = `carol-of-npm-${major}`;
      const terminal = machine.sit(major, 'adduser', '--auth-type=legacy');
      const password = world().secret(`plum tractor violin ${major} 94`);
      await terminal.converse(
        ['Username:', name],
        ['Password:', password],
        ['Email', `${name}@example.test`],
      );
      expect(await terminal.exit()).toBe(0);
      expect((await machine.npm(major, 'whoami')).stdout).toBe(`${name}\n`);
    });
  }

  for (const major of majors) {
    test(`auth 12: npm login asks the code of an account with a second factor (npm ${major})`, async () => {
      const person = await world().person();
      await person.protect('auth-only');
      const machine = world().machine();
      const terminal = machine.sit(major, 'login', '--auth-type=legacy');
      await giveCredentials(terminal, major, person);
      await terminal.converse([major <= 8 ? 'one-time password' : 'Enter OTP:', await person.code()]);
      expect(await terminal.exit()).toBe(0);
      expect((await machine.npm(major, 'whoami')).stdout).toBe(`${person.name}\n`);
    });
  }

  test('auth 5: npm login succeeds over a stale token in the settings (npm 11)', async () => {
    const person = await world().person();
    const machine = world().machine();
    machine.writeSettings({ token: `npm_${'1'.repeat(36)}` });
    const terminal = machine.sit(11, 'login', '--auth-type=legacy');
    await giveCredentials(terminal, 11, person);
    expect(await terminal.exit()).toBe(0);
    expect((await machine.npm(11, 'whoami')).stdout).toBe(`${person.name}\n`);
  });

  test('auth 3: npm login asks in the terminal where there is no web login (npm 11)', async () => {
    const person = await world().person();
    const machine = world().machine();
    world().wire.forget();
    const terminal = machine.sit(11, 'login', '--auth-type=web');
    await giveCredentials(terminal, 11, person);
    expect(await terminal.exit()).toBe(0);
    expect(world().wire.exchanges()[0]).toMatchObject({ method: 'POST', url: '/-/v1/login', status: 404 });
    expect(savedToken(machine)).not.toBe('');
  });
});
