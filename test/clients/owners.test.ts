import { expect, test } from 'vitest';
import { documentOf } from '../support/document.ts';
import { stock } from './stock.ts';
import { withClients } from './suite.ts';
import { pick } from './world.ts';

withClients((world) => {
  for (const major of [6, 11] as const) {
    test(`packages 35: npm owner add, ls and rm; the last one stays, and nobody unknown comes (npm ${major})`, async () => {
      const alice = await world().person();
      const bob = await world().person('bob');
      const name = `hello-${alice.name}`;
      await stock(alice, name);
      const add = await alice.machine.npm(major, 'owner', 'add', bob.name, name);
      expect(add.stdout).toContain(`+ ${bob.name} (${name})`);
      expect(add.code).toBe(0);
      const list = await bob.machine.npm(major, 'owner', 'ls', name);
      expect(list.stdout.trim().split('\n').sort()).toEqual(
        [alice, bob].map((person) => `${person.name} <${person.email}>`),
      );
      await stock(bob, name, { versions: ['1.0.1'] });

      const remove = await bob.machine.npm(major, 'owner', 'rm', alice.name, name);
      expect(remove.stdout).toContain(`- ${alice.name} (${name})`);
      const late = await alice.ask('PUT', `/${name}`, { body: documentOf({ name, version: '1.0.2' }) });
      expect(late.status).toBe(403);

      const last = await bob.machine.npm(major, 'owner', 'rm', bob.name, name);
      expect(last.code).toBe(1);
      expect(last.stderr).toContain('Cannot remove all owners of a package');
      const unknown = await bob.machine.npm(major, 'owner', 'add', 'nobody-of-that-name', name);
      expect(unknown.code).toBe(1);
      expect(unknown.stderr).toMatch(/Error getting user data|E404/);
      const { json } = await bob.must(200, 'GET', `/${name}`);
      expect(pick(json, 'maintainers')).toEqual([{ name: bob.name, email: bob.email }]);
    });

    test(`packages 37: npm star, stars and unstar change the own star only, without a code (npm ${major})`, async () => {
      const alice = await world().person();
      const bob = await world().person('bob');
      const name = `hello-${alice.name}`;
      await stock(alice, name);
      await bob.protect();
      expect((await alice.machine.npm(major, 'star', name)).code).toBe(0);
      expect((await bob.machine.npm(major, 'star', name)).code).toBe(0);
      const users = async (): Promise<unknown> =>
        pick((await alice.must(200, 'GET', `/${name}?write=true`)).json, 'users');
      expect(await users()).toEqual({ [alice.name]: true, [bob.name]: true });
      expect((await bob.machine.npm(major, 'stars')).stdout).toContain(name);
      expect((await bob.machine.npm(major, 'unstar', name)).code).toBe(0);
      expect(await users()).toEqual({ [alice.name]: true });
    });
  }
});
