import { expect, test } from 'vitest';
import { run } from '../cli/command-line.ts';
import { stock } from './stock.ts';
import { withClients } from './suite.ts';
import { pick, pickText } from './world.ts';

interface Page {
  results: { id: string; deleted?: boolean }[];
  last_seq: number;
}

withClients(
  (world) => {
    test('packages 54: three installs are counted as three', async () => {
      const person = await world().person();
      const name = `counted-${person.name}`;
      await stock(person, name);
      for (let installs = 0; installs < 3; installs += 1) {
        const { code, output } = await world().machine().npm(12, 'install', name);
        expect(code, output).toBe(0);
      }
      // What was counted is written now and then, and by a server that stops.
      expect(await world().server.stop()).toBe(0);
      await world().revive();
      const { json } = await world().must(200, 'GET', `/downloads/point/last-week/${name}`);
      expect([pickText(json, 'package'), pick(json, 'downloads')]).toEqual([name, 3]);
    });

    test('packages 30: a version past the window that others need is not unpublished; deprecating is advised', async () => {
      const person = await world().person();
      const [needed, needing] = [`needed-${person.name}`, `needing-${person.name}`];
      await stock(person, needed, { versions: ['1.0.0', '1.0.1'] });
      await stock(person, needing, { manifest: { dependencies: { [needed]: '^1.0.0' } } });
      for (const args of [[`${needed}@1.0.0`], [needed, '--force']]) {
        const { code, stderr } = await person.machine.npm(12, 'unpublish', ...args);
        expect(code).toBe(1);
        expect(stderr).toContain('403');
        expect(stderr).toContain(`other packages need it (${needing})`);
        expect(stderr).toContain('npm deprecate');
      }
      await world().must(200, 'GET', `/${needed}/1.0.0`);
    });

    test('packages 53: a mirror follows what npm publishes and unpublishes, and nobody else does', async () => {
      const [mirror, person] = [await world().person('mirror'), await world().person()];
      await mirror.protect();
      const { env } = world().server;
      const staff = await run(['admin', 'user', 'staff', mirror.name], { env: { ...env } });
      expect(staff.code, staff.stderr).toBe(0);
      /** Everything from there on, two at a time. */
      const follow = async (since: number): Promise<Page> => {
        const results: Page['results'] = [];
        let next = since;
        for (let pages = 0; pages < 100; pages += 1) {
          const { json } = await mirror.must(200, 'GET', `/-/_changes?since=${next}&limit=2`);
          const page = json as Page;
          expect(page.results.length).toBeLessThanOrEqual(2);
          if (page.results.length === 0) return { results, last_seq: next };
          results.push(...page.results);
          next = page.last_seq;
        }
        throw new Error('the pages do not end');
      };
      for (const word of ['one', 'two', 'three']) await stock(person, `${word}-${person.name}`);
      const before = await follow(0);
      expect(before.results.map(({ id }) => id)).toEqual(
        expect.arrayContaining(['one', 'two', 'three'].map((word) => `${word}-${person.name}`)),
      );

      const name = `hello-${person.name}`;
      person.machine.writePackage(name, '1.0.0');
      expect((await person.machine.npm(12, 'publish')).code).toBe(0);
      const published = await follow(before.last_seq);
      expect(published.results).toMatchObject([{ id: name }]);
      expect(published.results[0]?.deleted).toBeUndefined();
      expect((await person.machine.npm(12, 'unpublish', '--force', name)).code).toBe(0);
      expect((await follow(published.last_seq)).results).toMatchObject([{ id: name, deleted: true }]);

      expect((await person.ask('GET', '/-/_changes')).status).toBe(403);
      await world().must(401, 'GET', '/-/_changes');
    });

    for (const [level, allowed] of [
      ['publish', false],
      ['automation', true],
    ] as const)
      test(`auth 46: with mfa=${level} a token that bypasses the second factor ${allowed ? 'publishes' : 'is refused, and told why'}`, async () => {
        const person = await world().person();
        await person.protect();
        const name = `@${person.name}/hello`;
        const { machine } = person;
        machine.writePackage(name, '1.0.0');
        const first = await machine.npm(12, 'publish', '--access=public', `--otp=${await person.code()}`);
        expect(first.code, first.stderr).toBe(0);
        const set = await machine.npm(
          12,
          'access',
          'set',
          `mfa=${level}`,
          name,
          `--otp=${person.recoveryCode()}`,
        );
        expect(set.code, set.stderr).toBe(0);
        const { token } = await person.makeToken(
          {
            name: 'pipeline',
            bypass_2fa: true,
            packages_all: true,
            packages_and_scopes_permission: 'read-write',
          },
          await person.code(),
        );
        machine.writeSettings({ token });
        machine.writePackage(name, '1.0.1');
        const { code, stderr } = await machine.npm(12, 'publish');
        if (allowed) expect(code, stderr).toBe(0);
        else {
          expect([code, stderr]).toEqual([1, expect.stringContaining('E403')]);
          expect(stderr).not.toContain('EOTP');
        }
        expect((await world().ask('GET', `/${name}/1.0.1`)).status).toBe(allowed ? 200 : 404);
      });
  },
  { env: { TALLYSTICK_UNPUBLISH_WINDOW: '0' } },
);
