import { expect, test } from 'vitest';
import { documentOf } from '../support/document.ts';
import { generations } from './install.ts';
import { stock } from './stock.ts';
import { withClients } from './suite.ts';
import { type Person, pick } from './world.ts';

const ownersOf = async (person: Person, name: string): Promise<unknown> =>
  pick((await person.must(200, 'GET', `/${name}?write=true`)).json, 'maintainers');
const shown = ({ name, email }: Person) => ({ name, email });

withClients((world) => {
  for (const major of generations) {
    test(`packages 35: npm owner add, ls and rm; the last one stays, and nobody unknown comes (npm ${major})`, async () => {
      const alice = await world().person();
      const bob = await world().person('bob');
      const name = `@${alice.name}/hello`;
      await stock(alice, name);
      world().wire.forget();
      const add = await alice.machine.npm(major, 'owner', 'add', bob.name, name);
      expect(add.stdout).toContain(`+ ${bob.name} (${name})`);
      expect(add.code).toBe(0);
      expect(world().wire.lines().at(-1)).toMatch(new RegExp(`^PUT /@${alice.name}%2fhello/-rev/1-`));
      expect(await ownersOf(alice, name)).toEqual([shown(alice), shown(bob)]);
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
      expect(await ownersOf(bob, name)).toEqual([shown(bob)]);
    });

    test(`packages 36: who has no rights cannot change owners, and is told so (npm ${major})`, async () => {
      const alice = await world().person();
      const bob = await world().person('bob');
      const name = `hello-${alice.name}`;
      await stock(alice, name);
      const { code, output } = await bob.machine.npm(major, 'owner', 'add', bob.name, name);
      expect(code).toBe(1);
      expect(output).toContain('You are not a maintainer of this package');
      expect(await ownersOf(alice, name)).toEqual([shown(alice)]);
    });

    test(`auth 49: npm owner add takes a code of the app with --otp (npm ${major})`, async () => {
      const alice = await world().person();
      const bob = await world().person('bob');
      const name = `hello-${alice.name}`;
      await stock(alice, name);
      await alice.protect();
      const without = await alice.machine.npm(major, 'owner', 'add', bob.name, name);
      expect(without.code).toBe(1);
      const otp = `--otp=${await alice.code()}`;
      expect((await alice.machine.npm(major, 'owner', 'add', bob.name, name, otp)).code).toBe(0);
      expect(await ownersOf(alice, name)).toEqual([shown(alice), shown(bob)]);
    });
  }
});
