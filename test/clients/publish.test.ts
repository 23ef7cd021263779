import { expect, test } from 'vitest';
import { documentOf } from '../support/document.ts';
import { generations, majors } from './install.ts';
import { withClients } from './suite.ts';
import { pickText } from './world.ts';

withClients((world) => {
  for (const major of majors) {
    test(`packages 1: npm publish of an unscoped package (npm ${major})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      person.machine.writePackage(name, '1.0.0');
      const { code, stdout } = await person.machine.npm(major, 'publish');
      expect(stdout).toContain(`+ ${name}@1.0.0`);
      expect(code).toBe(0);
      const view = await person.machine.npm(major, 'view', name, 'version');
      expect(view.stdout.trim()).toBe('1.0.0');
    });

    test(`packages 2: npm publish of a scoped package (npm ${major})`, async () => {
      const person = await world().person();
      const name = `@${person.name}/hello`;
      person.machine.writePackage(name, '1.0.0');
      world().wire.forget();
      const { code, stdout } = await person.machine.npm(major, 'publish');
      expect(stdout).toContain(`+ ${name}@1.0.0`);
      expect(code).toBe(0);
      expect(world().wire.lines()).toContain(`PUT /@${person.name}%2fhello`);
      const view = await person.machine.npm(major, 'view', name, 'dist.tarball');
      expect(view.stdout.trim()).toBe(`${world().registry}/${name}/-/hello-1.0.0.tgz`);
    });
  }

  for (const major of generations) {
    test(`packages 4: publishing over a version is refused (npm ${major})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      // A prerelease: from version 11 on npm refuses any other by itself.
      person.machine.writePackage(name, '1.0.0-beta.1');
      await person.machine.npm(major, 'publish', '--tag=beta');
      const path = `/${name}/-/${name}-1.0.0-beta.1.tgz`;
      const before = await world().must(200, 'GET', path);

      person.machine.writeFiles({ 'index.js': 'module.exports = "replaced";\n' });
      const again = await person.machine.npm(major, 'publish', '--tag=beta');
      expect(again.code).toBe(1);
      expect(again.stderr).toContain('E403');
      expect(again.stderr).toContain('You cannot publish over the previously published versions');
      expect((await world().must(200, 'GET', path)).bytes.equals(before.bytes)).toBe(true);
    });

    test(`packages 10: the same publish with another tag is no success that changes nothing (npm ${major})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      person.machine.writePackage(name, '1.0.0-beta.1');
      expect((await person.machine.npm(major, 'publish', '--tag=beta')).code).toBe(0);
      const again = await person.machine.npm(major, 'publish', '--tag=next');
      expect(again.code).toBe(1);
      expect(again.stderr).toContain('You cannot publish over the previously published versions');
      const add = await person.machine.npm(major, 'dist-tag', 'add', `${name}@1.0.0-beta.1`, 'next');
      expect(add.stdout).toContain(`+next: ${name}@1.0.0-beta.1`);
    });

    test(`packages 10: an answer that is lost after the commit is asked again and is a success (npm ${major})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      person.machine.writePackage(name, '1.0.0');
      world().wire.forget();
      world().wire.breakNext((method) => method === 'PUT');
      const { code, stdout } = await person.machine.npm(major, 'publish');
      expect(stdout).toContain(`+ ${name}@1.0.0`);
      expect(code).toBe(0);
      const puts = world()
        .wire.exchanges()
        .filter(({ method }) => method === 'PUT');
      expect(puts.map(({ status }) => status)).toEqual([201, 201]);
    });

    test(`packages 5: a restricted package does not exist for others (npm ${major})`, async () => {
      const alice = await world().person();
      const bob = await world().person('bob');
      world().wire.forget();
      alice.machine.writePackage(`hello-${alice.name}`, '1.0.0');
      const unscoped = await alice.machine.npm(major, 'publish', '--access=restricted');
      expect(unscoped.code).toBe(1);
      if (major >= 8) {
        expect(unscoped.stderr).toContain('EUNSCOPED');
        expect(
          world()
            .wire.lines()
            .filter((line) => line.startsWith('PUT')),
        ).toEqual([]);
      }

      const name = `@${alice.name}/secret`;
      alice.machine.writePackage(name, '1.0.0');
      expect((await alice.machine.npm(major, 'publish', '--access=restricted')).code).toBe(0);
      expect((await alice.machine.npm(major, 'view', name, 'version')).stdout.trim()).toBe('1.0.0');
      const view = await bob.machine.npm(major, 'view', name, 'version');
      expect(view.code).toBe(1);
      expect(view.stderr).toContain('E404');
    });

    test(`packages 6: a first publish under another tag sets latest as well (npm ${major})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      person.machine.writePackage(name, '1.0.0');
      expect((await person.machine.npm(major, 'publish', '--tag=beta')).code).toBe(0);
      const { stdout } = await person.machine.npm(major, 'dist-tag', 'ls', name);
      expect(stdout.trim().split('\n').sort()).toEqual(['beta: 1.0.0', 'latest: 1.0.0']);
    });
  }

  for (const major of [6, 11] as const) {
    test(`packages 12: without a terminal npm publish ends with EOTP, with --otp it succeeds (npm ${major})`, async () => {
      const person = await world().person();
      await person.protect();
      const name = `hello-${person.name}`;
      person.machine.writePackage(name, '1.0.0');
      const refused = await person.machine.npm(major, 'publish');
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('EOTP');

      world().wire.forget();
      const otp = await person.code();
      expect((await person.machine.npm(major, 'publish', `--otp=${otp}`)).code).toBe(0);
      // npm 11 sends the code with the reading of its pre-check too: that must not spend it.
      const carried = world()
        .wire.exchanges()
        .filter(({ headers }) => headers['npm-otp'] === otp);
      expect(carried.map(({ method }) => method)).toEqual(major === 11 ? ['GET', 'GET', 'PUT'] : ['PUT']);
    });
  }

  for (const major of [6, 11, 12] as const) {
    test(`auth 58: a 403 and a 400 show their sentences (npm ${major})`, async () => {
      const alice = await world().person();
      const bob = await world().person('bob');
      const name = `hello-${alice.name}`;
      alice.machine.writePackage(name, '1.0.0');
      expect((await alice.machine.npm(major, 'publish')).code).toBe(0);

      bob.machine.writePackage(name, '1.0.1');
      const forbidden = await bob.machine.npm(major, 'publish');
      const refusal = await bob.ask('PUT', `/${name}`, { body: documentOf({ name, version: '1.0.1' }) });
      expect(refusal.status).toBe(403);
      expect(forbidden.stderr).toContain('403 Forbidden');
      expect(forbidden.stderr).toContain(pickText(refusal.json, 'error'));

      bob.machine.writePackage('http', '1.0.0');
      const bad = await bob.machine.npm(major, 'publish');
      const complaint = await bob.ask('PUT', '/http', {
        body: documentOf({ name: 'http', version: '1.0.0' }),
      });
      expect(complaint.status).toBe(400);
      expect(bad.stderr).toContain('400 Bad Request');
      expect(bad.stderr).toContain(pickText(complaint.json, 'error'));
    });
  }
});
