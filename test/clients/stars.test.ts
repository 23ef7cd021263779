import { expect, test } from 'vitest';
import { generations } from './install.ts';
import { stock } from './stock.ts';
import { withClients } from './suite.ts';
import { type Person, pick } from './world.ts';

const usersOf = async (person: Person, name: string): Promise<unknown> =>
  pick((await person.must(200, 'GET', `/${name}?write=true`)).json, 'users');

withClients((world) => {
  // Npm 12 has no stars any more.
  for (const major of generations.filter((one) => one < 12)) {
    test(`packages 37: npm star, stars and unstar, each one's own and without a code (npm ${major})`, async () => {
      const alice = await world().person();
      const bob = await world().person('bob');
      const name = `@${alice.name}/hello`;
      const other = `hello-${alice.name}`;
      await stock(alice, name);
      await stock(alice, other);
      await bob.protect();
      for (const [person, starred] of [
        [alice, name],
        [bob, name],
        [bob, other],
      ] as const) {
        const { code, output } = await person.machine.npm(major, 'star', starred);
        expect(output).toContain(starred);
        expect(code).toBe(0);
      }
      expect(await usersOf(alice, name)).toEqual({ [alice.name]: true, [bob.name]: true });
      const mine = await bob.machine.npm(major, 'stars');
      expect(mine.stdout.trim().split('\n').sort()).toEqual([name, other]);
      const theirs = await alice.machine.npm(major, 'stars', bob.name);
      expect(theirs.stdout).toContain(name);

      expect((await bob.machine.npm(major, 'unstar', name)).code).toBe(0);
      expect(await usersOf(alice, name)).toEqual({ [alice.name]: true });
      await alice.must(200, 'POST', `/-/package/${name}/access`, { body: { access: 'restricted' } });
      expect((await bob.machine.npm(major, 'stars', alice.name)).stdout).not.toContain(name);
      expect((await alice.machine.npm(major, 'stars', alice.name)).stdout).toContain(name);
      const hidden = await bob.machine.npm(major, 'star', name);
      expect(hidden.code).toBe(1);
      expect(hidden.stderr).toContain('E404');
    });
  }
});
