import { expect, test } from 'vitest';
import { generations, majors } from './install.ts';
import { withClients } from './suite.ts';
import type { Person } from './world.ts';

/** Publishes over HTTP through npm 11, so that a test has something to change. */
async function publish(person: Person, name: string, version: string): Promise<void> {
  person.machine.writePackage(name, version);
  const { code, output } = await person.machine.npm(11, 'publish', '--access=public', '--tag=latest');
  expect(output).toContain(`+ ${name}@${version}`);
  expect(code).toBe(0);
}

withClients((world) => {
  for (const major of majors) {
    test(`auth 29: npm publish prompts and takes an app's code, then a recovery code (npm ${major})`, async () => {
      const person = await world().person();
      await person.protect();
      const name = `@${person.name}/hello`;
      for (const [version, code] of [
        ['1.0.0', await person.code()],
        ['1.0.1', person.recoveryCode()],
      ] as const) {
        person.machine.writePackage(name, version);
        world().wire.forget();
        const terminal = person.machine.sit(major, 'publish');
        await terminal.converse([major <= 8 ? 'one-time password' : 'Enter OTP:', code]);
        expect(await terminal.exit()).toBe(0);
        expect(terminal.transcript).toContain(`+ ${name}@${version}`);
        const puts = world()
          .wire.exchanges()
          .filter(({ method }) => method === 'PUT');
        expect(puts.map(({ status, headers }) => [status, headers['npm-otp']])).toEqual([
          [401, undefined],
          [201, code.replaceAll(' ', '')],
        ]);
      }
      expect((await person.machine.npm(major, 'view', name, 'version')).stdout.trim()).toBe('1.0.1');
    });

    test(`auth 31: npm publish --otp does not prompt, and the code is spent for others (npm ${major})`, async () => {
      const person = await world().person();
      const other = await person.makeToken();
      await person.protect();
      const name = `@${person.name}/hello`;
      const otp = await person.code();
      person.machine.writePackage(name, '1.0.0');
      const { code, stdout } = await person.machine.npm(major, 'publish', `--otp=${otp}`);
      expect(stdout).toContain(`+ ${name}@1.0.0`);
      expect(code).toBe(0);

      const elsewhere = await person.ask('PUT', `/-/package/${encodeURIComponent(name)}/dist-tags/latest`, {
        token: other.token,
        otp,
        body: '1.0.0',
      });
      expect(elsewhere.status).toBe(401);
      expect(elsewhere.headers.get('www-authenticate')).toBe('otp');
    });

    test(`auth 31: one code serves npm token revoke of two tokens (npm ${major})`, async () => {
      const person = await world().person();
      const first = await person.makeToken();
      const second = await person.makeToken();
      await person.protect();
      const { code, stdout } = await person.machine.npm(
        major,
        'token',
        'revoke',
        first.key,
        second.key,
        `--otp=${await person.code()}`,
      );
      expect(stdout).toContain('Removed 2 tokens');
      expect(code).toBe(0);
      for (const { token } of [first, second]) {
        expect((await world().ask('GET', '/-/whoami', { token })).status).toBe(401);
      }
    });
  }

  for (const major of generations) {
    test(`auth 31: one code serves both writes of npm unpublish (npm ${major})`, async () => {
      const person = await world().person();
      const name = `@${person.name}/hello`;
      await publish(person, name, '1.0.0');
      await publish(person, name, '1.0.1');
      await person.protect();
      const { code, stdout } = await person.machine.npm(
        major,
        'unpublish',
        `${name}@1.0.1`,
        `--otp=${await person.code()}`,
      );
      expect(stdout).toContain(`- ${name}@1.0.1`);
      expect(code).toBe(0);
      expect((await person.ask('GET', `/${name}/1.0.1`)).status).toBe(404);
      expect((await person.ask('GET', `/${name}/-/hello-1.0.1.tgz`)).status).toBe(404);
      expect((await person.ask('GET', `/${name}/1.0.0`)).status).toBe(200);
    });

    if (major >= 8) {
      test(`auth 31: one code serves npm publish --workspaces (npm ${major})`, async () => {
        const person = await world().person();
        await person.protect();
        const workspaces = ['one', 'two', 'three'];
        person.machine.writePackage('root', '1.0.0', { private: true, workspaces });
        for (const folder of workspaces) {
          const manifest = { name: `@${person.name}/${folder}`, version: '1.0.0' };
          person.machine.writeFiles({ [`${folder}/package.json`]: JSON.stringify(manifest) });
        }
        const otp = await person.code();
        const { code, stdout } = await person.machine.npm(major, 'publish', '--workspaces', `--otp=${otp}`);
        for (const folder of workspaces) expect(stdout).toContain(`+ @${person.name}/${folder}@1.0.0`);
        expect(code).toBe(0);
      });
    }

    test(`auth 32: a wrong --otp is refused once, without a loop (npm ${major})`, async () => {
      const person = await world().person();
      await person.protect();
      person.machine.writePackage(`@${person.name}/hello`, '1.0.0');
      world().wire.forget();
      const { code, output } = await person.machine.npm(major, 'publish', `--otp=${person.app?.wrong()}`);
      expect(code).toBe(1);
      expect(output).toContain('EOTP');
      const puts = world()
        .wire.exchanges()
        .filter(({ method }) => method === 'PUT');
      expect(puts.map(({ status }) => status)).toEqual([401]);
      expect((await person.ask('GET', `/@${person.name}/hello`)).status).toBe(404);
    });
  }

  for (const major of [6, 11, 12] as const) {
    test(`auth 30: npm publish without a terminal names --otp and exits with EOTP (npm ${major})`, async () => {
      const person = await world().person();
      await person.protect();
      person.machine.writePackage(`@${person.name}/hello`, '1.0.0');
      const { code, output } = await person.machine.npm(major, 'publish');
      expect(code).toBe(1);
      expect(output).toContain('EOTP');
      expect(output).toContain('--otp=');
    });
  }

  test('auth 32: after five wrong codes the right one has to wait (npm 11)', async () => {
    const person = await world().person();
    await person.protect();
    const name = `@${person.name}/hello`;
    const body = { password: person.password, readonly: false, cidr_whitelist: [] };
    for (let guess = 1; guess <= 5; guess += 1) {
      const otp = person.app?.wrong(guess) ?? '';
      expect((await person.ask('POST', '/-/npm/v1/tokens', { otp, body })).status).toBe(401);
    }
    person.machine.writePackage(name, '1.0.0');
    const { code, stderr } = await person.machine.npm(11, 'publish', `--otp=${await person.code()}`);
    expect(code).toBe(1);
    expect(stderr).toContain('E429');
    expect((await person.ask('GET', `/${name}`)).status).toBe(404);
  });

  test('auth 55: npm shows the notice of a wrong code (npm 11)', async () => {
    const person = await world().person();
    await person.protect();
    person.machine.writePackage(`@${person.name}/hello`, '1.0.0');
    const { stderr } = await person.machine.npm(11, 'publish', `--otp=${person.app?.wrong()}`);
    expect(stderr).toMatch(/npm notice .*Invalid OTP/i);
  });
});
