import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, expect, test } from 'vitest';
import type { Machine } from './machine.ts';
import { stock } from './stock.ts';
import { withPrograms } from './suite.ts';
import { type Person, pick, type World } from './world.ts';

const day = 86_400_000;

/** Makes every first version ten days old, as if the server had run that long. */
async function age(world: World): Promise<void> {
  expect(await world.server.stop()).toBe(0);
  const database = new DatabaseSync(join(world.server.dataDir, 'tallystick.db'));
  database
    .prepare("update versions set published_at = published_at - ? where version = '1.0.0'")
    .run(10 * day);
  database.close();
  await world.revive();
}

/** Berry with the gate that it has by itself. */
function writeBerrySettings({ machine, token }: Person, ...more: readonly string[]): void {
  machine.writeBerrySettings({ token }, ...more);
  const path = join(machine.home, '.yarnrc.yml');
  writeFileSync(path, readFileSync(path, 'utf8').replace('npmMinimalAgeGate: 0\n', ''));
}

await withPrograms(['berry', 'pnpm 12', 'bun'], (world) => {
  let person: Person;
  /** An old version and a fresh one; nothing but fresh ones. */
  let old: string;
  let fresh: string;
  beforeAll(async () => {
    person = await world().person();
    [old, fresh] = [`@${person.name}/old`, `@${person.name}/fresh`];
    await stock(person, old, { versions: ['1.0.0', '1.1.0'] });
    await stock(person, fresh, { versions: ['2.0.0'] });
    await age(world());
  });

  /** The version of the old package that was installed in the project. */
  const installed = (): unknown =>
    pick(JSON.parse(person.machine.read(`node_modules/${old}/package.json`)), 'version');

  /** An empty project for the next client. */
  const leave = (): Machine => {
    const { machine } = person;
    rmSync(machine.project, { recursive: true });
    mkdirSync(machine.project);
    machine.writeFiles({ 'package.json': '{"name":"project","version":"1.0.0","private":true}' });
    return machine;
  };

  test('packages 51: berry by itself refuses what is younger than its gate, unless its scope is approved', async () => {
    writeBerrySettings(person);
    const refused = await person.machine.run('berry', 'add', `${fresh}@2.0.0`);
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('YN0016')]);
    writeBerrySettings(person, `npmPreapprovedPackages: ["@${person.name}/*"]`);
    const approved = await person.machine.run('berry', 'add', `${old}@1.1.0`);
    expect(approved.code, approved.output).toBe(0);
    expect(installed()).toBe('1.1.0');
  });

  test('packages 51: npm with --min-release-age takes the older version, and says so when there is none', async () => {
    const machine = leave();
    const older = await machine.npm(12, 'install', old, '--min-release-age=3');
    expect(older.code, older.output).toBe(0);
    expect(installed()).toBe('1.0.0');
    const none = await machine.npm(12, 'install', fresh, '--min-release-age=3');
    expect(none.code).toBe(1);
    expect(none.output).toContain('ENOVERSIONS');
  });

  test('packages 51: pnpm 12 takes the older version, and the newest of what is excluded', async () => {
    const machine = leave();
    const gate = '--config.minimum-release-age=1440';
    const older = await machine.run('pnpm 12', 'add', old, gate);
    expect(older.code, older.output).toBe(0);
    expect(installed()).toBe('1.0.0');
    leave();
    machine.writeFiles({ 'pnpm-workspace.yaml': `minimumReleaseAgeExclude:\n  - '${old}'\n` });
    const excluded = await machine.run('pnpm 12', 'add', old, gate);
    expect(excluded.code, excluded.output).toBe(0);
    expect(installed()).toBe('1.1.0');
  });

  test('packages 51: bun with --minimum-release-age takes the older version', async () => {
    const machine = leave();
    const older = await machine.run('bun', 'add', old, `--minimum-release-age=${(3 * day) / 1000}`);
    expect(older.code, older.output).toBe(0);
    expect(installed()).toBe('1.0.0');
  });
});
