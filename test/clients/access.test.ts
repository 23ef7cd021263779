import { expect, test } from 'vitest';
import { generations, type Major, majors } from './install.ts';
import { stock } from './stock.ts';
import { withClients } from './suite.ts';
import { type Person, pick } from './world.ts';

/** The package's rule on second factors: whether one is asked, and whether tokens may stand in. */
async function ruleOf(person: Person, name: string): Promise<unknown[]> {
  const { json } = await person.must(200, 'GET', `/-/package/${name}/access`);
  return [pick(json, 'publish_requires_tfa'), pick(json, 'automation_token_overrides_tfa')];
}

const list = (major: Major, what: 'packages' | 'collaborators', ...about: string[]): string[] =>
  major <= 8 ? ['access', `ls-${what}`, ...about] : ['access', 'list', what, ...about, '--json'];

withClients((world) => {
  for (const major of majors) {
    test(`auth 44: npm access sets the rule on second factors (npm ${major})`, async () => {
      const alice = await world().person();
      const name = `hello-${alice.name}`;
      await stock(alice, name);
      await alice.protect('auth-only');
      // The rule asks for a code by itself once it is there.
      const set = async (...verb: string[]): Promise<void> => {
        const otp = `--otp=${alice.recoveryCode()}`;
        const { code, stderr } = await alice.machine.npm(major, 'access', ...verb, name, otp);
        expect(code, stderr).toBe(0);
      };
      if (major <= 8) {
        await set('2fa-required');
        expect(await ruleOf(alice, name)).toEqual([true, true]);
        const plain = await alice.machine.npm(major, 'access', '2fa-not-required', name);
        expect(plain.code).toBe(1);
        expect(plain.stderr).toContain('EOTP');
        await set('2fa-not-required');
        expect(await ruleOf(alice, name)).toEqual([false, true]);
        return;
      }
      for (const [level, expected] of [
        ['publish', [true, false]],
        ['automation', [true, true]],
        ['none', [false, true]],
      ] as const) {
        await set('set', `mfa=${level}`);
        expect(await ruleOf(alice, name)).toEqual(expected);
      }
    });

    test(`auth 45: npm access lists packages and collaborators, never hidden ones (npm ${major})`, async () => {
      const alice = await world().person();
      const bob = await world().person('bob');
      const [open, hidden] = [`hello-${alice.name}`, `@${alice.name}/secret`];
      await stock(alice, open);
      await stock(alice, hidden, { access: 'restricted' });
      const run = async (person: Person, ...args: string[]): Promise<unknown> => {
        const { code, stdout, stderr } = await person.machine.npm(major, ...args);
        expect(code, stderr).toBe(0);
        return JSON.parse(stdout);
      };
      const all = { [hidden]: 'read-write', [open]: 'read-write' };
      expect(await run(alice, ...list(major, 'packages'))).toEqual(all);
      expect(await run(alice, ...list(major, 'packages', alice.name))).toEqual(all);
      expect(await run(bob, ...list(major, 'packages', alice.name))).toEqual({ [open]: 'read-write' });
      expect((await run(bob, ...list(major, 'packages'))) ?? {}).toEqual({});
      expect((await bob.machine.npm(major, ...list(major, 'packages', 'nobody-here'))).code).toBe(1);

      expect(await run(alice, ...list(major, 'collaborators', hidden))).toEqual({
        [alice.name]: 'read-write',
      });
      const absent = [];
      for (const name of [hidden, `@${alice.name}/missing`]) {
        const { code, stderr } = await bob.machine.npm(major, ...list(major, 'collaborators', name));
        expect(code).toBe(1);
        expect(stderr).toContain('E404');
        absent.push((await bob.ask('GET', `/-/package/${name}/collaborators`)).text);
      }
      expect(absent[0]).toBe(absent[1]);
    });
  }

  for (const major of generations) {
    test(`npm access grant says that there are no teams (npm ${major})`, async () => {
      const alice = await world().person();
      const name = `@${alice.name}/hello`;
      await stock(alice, name);
      const grant = ['access', 'grant', 'read-write', `${alice.name}:devs`, name];
      const { code, stderr } = await alice.machine.npm(major, ...grant);
      expect(code).toBe(1);
      expect(stderr).toContain('There are no teams here yet');
    });
  }
});
