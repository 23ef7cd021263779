import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { run } from '../cli/command-line.ts';
import { attested, bundleOf } from '../packages/bundles.ts';
import { Machine } from './machine.ts';
import { stock } from './stock.ts';
import { withPrograms } from './suite.ts';
import type { Person, World } from './world.ts';

/**
 * From version 9 on npm first asks Sigstore's mirror on the internet whether it has this registry's keys. Here it is told
 * at once that it has none, as it would be there.
 */
const withoutMirror = `
const Module = require('node:module');
const load = Module._load;
const absent = () => Object.assign(new Error('no such target'), { code: 'TUF_FIND_TARGET_ERROR' });
Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  if (request !== '@sigstore/tuf') return loaded;
  return { ...loaded, initTUF: async () => ({ getTarget: async () => { throw absent(); } }) };
};
`;

class MachineWithoutMirror extends Machine {
  override get env(): Record<string, string> {
    const stub = join(this.home, 'without-mirror.cjs');
    writeFileSync(stub, withoutMirror);
    return { ...super.env, NODE_OPTIONS: `--require ${stub}` };
  }
}

const needing = (...names: readonly string[]): Record<string, string> => ({
  'package.json': JSON.stringify({
    name: 'project',
    version: '1.0.0',
    private: true,
    dependencies: Object.fromEntries(names.map((name) => [name, '1.0.0'])),
  }),
});

const twoPackages = async (person: Person): Promise<string[]> => {
  const names = [`hello-${person.name}`, `@${person.name}/hello`];
  for (const name of names) await stock(person, name);
  return names;
};

const change = ({ server }: World, statement: string, ...values: string[]): void => {
  const database = new DatabaseSync(join(server.dataDir, 'tallystick.db'), { timeout: 10_000 });
  database.prepare(statement).run(...values);
  database.close();
};

/** Forgets what the server holds of the package, by a change that a maintainer makes. */
const touch = (person: Person, name: string): Promise<unknown> =>
  person.must(200, 'PUT', `/-/package/${name}/dist-tags/touched`, { body: '1.0.0' });

await withPrograms(['pnpm 12'], (world) => {
  const audit = (machine: Machine, major: 8 | 10 | 11 | 12) => machine.npm(major, 'audit', 'signatures');

  test('packages 42: npm 8 audit signatures verifies what is installed', async () => {
    const person = await world().person();
    person.machine.writeFiles(needing(...(await twoPackages(person))));
    expect((await person.machine.npm(8, 'install')).code).toBe(0);
    const { code, stdout, stderr } = await audit(person.machine, 8);
    expect(stdout).toContain('2 packages have verified registry signatures');
    expect(code, stderr).toBe(0);
  });

  for (const major of [10, 11, 12] as const) {
    test(`packages 42: audit signatures verifies where the mirror knows nothing (npm ${major})`, async () => {
      const person = await world().person();
      const machine = new MachineWithoutMirror(world().registry, { token: person.token });
      try {
        machine.writeFiles(needing(...(await twoPackages(person))));
        expect((await machine.npm(major, 'install')).code).toBe(0);
        const { code, output } = await audit(machine, major);
        expect(output).toContain('2 packages have verified registry signatures');
        expect(code, output).toBe(0);
      } finally {
        machine.remove();
      }
    });
  }

  test('packages 42: pnpm 12 audit signatures verifies', async () => {
    const person = await world().person();
    person.machine.writeFiles(needing(...(await twoPackages(person))));
    const installed = await person.machine.run('pnpm 12', 'install');
    expect(installed.code, installed.output).toBe(0);
    const { code, output } = await person.machine.run('pnpm 12', 'audit', 'signatures');
    expect(output).toContain('2 packages have verified registry signatures');
    expect(code, output).toBe(0);
  });

  for (const major of [8, 11] as const) {
    test(`packages 43: a flipped byte is invalid and a missing signature is missing (npm ${major})`, async () => {
      const person = await world().person();
      const [one = '', other = ''] = await twoPackages(person);
      const machine = new MachineWithoutMirror(world().registry, { token: person.token });
      try {
        machine.writeFiles(needing(one, other));
        expect((await machine.npm(major, 'install')).code).toBe(0);
        const where = 'package_id = (select id from packages where name = ?)';
        const { json } = await person.must(200, 'GET', `/${one}`);
        const [, signature = ''] = JSON.stringify(json).match(/"sig":"([^"]+)"/) ?? [];
        const flipped = Buffer.from(signature, 'base64');
        flipped.writeUInt8(flipped.readUInt8(20) ^ 1, 20);
        change(world(), `update versions set signature = ? where ${where}`, flipped.toString('base64'), one);
        await touch(person, one);
        const invalid = await audit(machine, major);
        expect(invalid.stdout).toMatch(/1 package has an invalid registry signature/);
        expect(invalid.stdout).toContain(`${one}@1.0.0`);

        change(world(), `update versions set signature = null, signature_key = null where ${where}`, one);
        await touch(person, one);
        const missing = await audit(machine, major);
        expect(missing.stdout).toMatch(/1 package has a missing registry signature/);
        // On a Node as new as this npm 8 forgets its exit status.
        if (major > 8) expect([invalid.code, missing.code]).toEqual([1, 1]);
      } finally {
        machine.remove();
      }
    });
  }

  test('packages 44: what an old key signed still verifies beside what the new one signs (npm 8)', async () => {
    const person = await world().person();
    const [one = '', other = ''] = [`before-${person.name}`, `after-${person.name}`];
    await stock(person, one);
    const rotated = await run(['admin', 'signing-key', 'rotate'], { env: { ...world().server.env } });
    expect(rotated.code, rotated.stderr).toBe(0);
    await stock(person, other);
    person.machine.writeFiles(needing(one, other));
    expect((await person.machine.npm(8, 'install')).code).toBe(0);
    const { code, stdout, stderr } = await audit(person.machine, 8);
    expect(stdout).toContain('2 packages have verified registry signatures');
    expect(code, stderr).toBe(0);
  });

  test('packages 13: a version with a bundle installs and is listed with its attestation (npm 11)', async () => {
    const person = await world().person();
    const name = `@${person.name}/attested`;
    const draft = { name, version: '1.0.0', access: 'public' as const };
    await person.must(201, 'PUT', `/${name}`, { body: attested(draft, bundleOf(draft)) });
    const view = await person.machine.npm(11, 'view', name, 'dist.attestations.url');
    const url = view.stdout.trim();
    expect(url).toBe(`${world().registry}/-/npm/v1/attestations/${name}@1.0.0`);
    await world().must(200, 'GET', new URL(url).pathname);
    person.machine.writeFiles(needing(name));
    expect((await person.machine.npm(11, 'install')).code).toBe(0);
    expect((await audit(person.machine, 8)).stdout).toContain('1 package has a verified registry signature');
  });
});
