import { expect, test } from 'vitest';
import { generations } from './install.ts';
import type { Program } from './programs.ts';
import { stock } from './stock.ts';
import { withPrograms } from './suite.ts';
import type { Person } from './world.ts';

const path = '/-/npm/v1/security/';

/** The audits that were asked since the wire was last forgotten: end point, status, and whether compressed. */
const askedBy = (person: Person): string[] =>
  person.world.wire
    .exchanges()
    .filter(({ url }) => url.startsWith(path))
    .map(({ url, status, headers }) =>
      [url.slice(path.length), status, headers['content-encoding'] ?? 'plain'].join(' '),
    );

/** A project with one dependency, installed by npm 11. */
async function install(person: Person, name: string): Promise<void> {
  await stock(person, name);
  person.machine.writeFiles({
    'package.json': JSON.stringify({
      name: 'project',
      version: '1.0.0',
      private: true,
      dependencies: { [name]: '1.0.0' },
    }),
  });
}

const bulk = 'advisories/bulk 200 gzip';

await withPrograms(['pnpm 10', 'pnpm 12', 'berry', 'bun'], (world) => {
  for (const major of generations) {
    test(`packages 41: npm audit finds nothing (npm ${major})`, async () => {
      const person = await world().person();
      await install(person, `@${person.name}/hello`);
      world().wire.forget();
      const installed = await person.machine.npm(major, 'install', '--audit');
      expect(installed.code, installed.stderr).toBe(0);
      expect(askedBy(person)).toEqual([major === 6 ? 'audits/quick 200 gzip' : bulk]);
      expect(installed.stdout).toContain('found 0 vulnerabilities');
      world().wire.forget();
      const audit = await person.machine.npm(major, 'audit');
      expect(audit.code, audit.output).toBe(0);
      expect(audit.stdout).toContain('found 0 vulnerabilities');
      if (major === 6) expect(audit.stdout).toContain('1 scanned package');
      expect(askedBy(person)).toEqual([major === 6 ? 'audits 200 gzip' : bulk]);
    });
  }

  const programs: readonly (readonly [Program, readonly string[], readonly string[], string])[] = [
    ['pnpm 10', ['install'], ['audit'], 'audits/quick 200 plain'],
    ['pnpm 12', ['install'], ['audit'], 'advisories/bulk 200 plain'],
    ['berry', ['install'], ['npm', 'audit'], 'advisories/bulk 200 plain'],
    ['bun', ['install'], ['audit'], bulk],
  ];
  test.each(programs)('packages 41: %s audit finds nothing', async (program, first, audit, asked) => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await install(person, name);
    if (program === 'berry') person.machine.writeBerrySettings({ token: person.token });
    const installed = await person.machine.run(program, ...first);
    expect(installed.code, installed.output).toBe(0);
    world().wire.forget();
    const { code, output } = await person.machine.run(program, ...audit);
    expect(code, output).toBe(0);
    expect(output).toMatch(/No known vulnerabilities found|No audit suggestions|No vulnerabilities found/);
    expect(askedBy(person)).toEqual([asked]);
  });
});
