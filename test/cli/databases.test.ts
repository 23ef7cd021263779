import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { createAccount, makeFolder, run } from './command-line.ts';

describe('tallystick audit verify', () => {
  test('tells a whole log from an altered one, and a head that is not part of it', async () => {
    const folder = makeFolder();
    await createAccount(folder, 'ann');
    await createAccount(folder, 'bob');
    const whole = await run(['audit', 'verify', '--json'], { folder });
    expect(whole.code).toBe(0);
    const told = JSON.parse(whole.stdout);
    expect(told).toMatchObject({ whole: true, verified: 2, pending: 0, broken: null });
    const head = `${told.head.sequence}:${told.head.hash}`;
    expect(await run(['audit', 'verify', '--head', head], { folder })).toMatchObject({
      code: 0,
      stdout: `The security log is whole: 2 rows.\nHead: ${head}\n`,
    });
    const other = await run(['audit', 'verify', '--head', `2:${'0'.repeat(64)}`], { folder });
    expect(other.code).toBe(1);
    expect(other.stdout).toContain('altered at row 2: the chain differs from the known head');
    expect(await run(['audit', 'verify', '--head', '2'], { folder })).toMatchObject({ code: 2 });

    const database = new DatabaseSync(join(folder, 'tallystick-data', 'tallystick.db'));
    const triggers = database.prepare(
      `select name from sqlite_schema where type = 'trigger' and tbl_name = 'audit'`,
    );
    for (const { name } of triggers.all()) database.exec(`drop trigger ${String(name)}`);
    database.exec(`update audit set entry = replace(entry, 'ann', 'eve') where sequence = 1`);
    database.close();
    const altered = await run(['audit', 'verify'], { folder });
    expect(altered.code).toBe(1);
    expect(altered.stdout).toContain('altered at row 1');
  });
});

describe('keyrings', () => {
  const keyringOf = (folder: string): string => join(folder, 'tallystick-data', 'keyring.json');

  test('a missing keyring beside a database in use is refused by every command that needs it, and none is made', async () => {
    const folder = makeFolder();
    await createAccount(folder, 'ann');
    const moved = join(folder, 'moved.json');
    writeFileSync(moved, readFileSync(keyringOf(folder)), { mode: 0o600 });
    rmSync(keyringOf(folder));
    for (const words of [['start', '--port', '0'], ['migrate'], ['admin', 'user', 'list']]) {
      const { code, stdout, stderr } = await run(words, { folder });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        /^tallystick: The keyring .+keyring\.json is missing, but the database holds secrets .+\n$/,
      );
    }
    expect(existsSync(keyringOf(folder))).toBe(false);
    const env = { TALLYSTICK_KEYRING_FILE: moved };
    expect(await run(['admin', 'user', 'list'], { folder, env })).toMatchObject({ code: 0 });
    const inline = { TALLYSTICK_KEYRING: readFileSync(moved, 'utf8') };
    expect(await run(['admin', 'user', 'list'], { folder, env: inline })).toMatchObject({ code: 0 });
  });

  test('the keyring of another database is refused, also in parts', async () => {
    const [folder, other] = [makeFolder(), makeFolder()];
    await createAccount(folder, 'ann');
    await run(['migrate'], { folder: other });
    const { code, stderr } = await run(['start', '--port', '0', '--keyring-file', keyringOf(other)], {
      folder,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tallystick: The keyring does not belong to this database.+\n$/);
    const { keys } = JSON.parse(readFileSync(keyringOf(other), 'utf8'));
    writeFileSync(keyringOf(folder), JSON.stringify({ current: 2, keys: [{ ...keys[0], version: 2 }] }));
    const newer = await run(['start', '--port', '0'], { folder });
    expect(newer.code).toBe(1);
    expect(newer.stderr).toContain('The keyring lacks key version 1');
  });

  test('a keyring that others may read is warned about', async () => {
    const folder = makeFolder();
    await run(['migrate'], { folder });
    chmodSync(keyringOf(folder), 0o644);
    const { code, stderr } = await run(['migrate'], { folder });
    expect(code).toBe(0);
    expect(stderr).toContain('warning: Others on this machine may read the keyring');
  });
});

describe('a database that cannot be opened', () => {
  test('is named without its password', async () => {
    const folder = makeFolder();
    const url = 'postgres://user:hunter2@127.0.0.1:1/nowhere';
    const { code, stderr } = await run(['migrate', '--database-url', url], { folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tallystick: The database 127\.0\.0\.1:1\/nowhere cannot be opened: .+\n$/);
    expect(stderr).not.toContain('hunter2');
  });

  test('is refused when its file is no database, which stays as it is', async () => {
    const folder = makeFolder();
    const dataDir = join(folder, 'tallystick-data');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'tallystick.db'), 'something else '.repeat(100));
    const { code, stderr } = await run(['migrate'], { folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tallystick: The database in .+ cannot be opened: file is not a database\.\n$/);
    expect(readFileSync(join(dataDir, 'tallystick.db'), 'utf8')).toBe('something else '.repeat(100));
  });

  test('is told where the data folder cannot be made', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'tallystick-data'), '');
    const { code, stderr } = await run(['start', '--port', '0'], { folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tallystick: The data folder .+tallystick-data cannot be made \(EEXIST\)\..+\n$/);
  });
});
