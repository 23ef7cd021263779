import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { createAccount, makeFolder, password, run, serve } from './command-line.ts';

describe('tallystick', () => {
  test('help is printed for every command and leaves nothing behind', async () => {
    const folder = makeFolder();
    for (const words of [
      [],
      ['start'],
      ['config'],
      ['migrate'],
      ['admin', 'user', 'create'],
      ['audit', 'verify'],
    ]) {
      const { code, stdout, stderr } = await run([...words, '--help'], { folder });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: tallystick /);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a word that is not understood ends with 2 and one sentence', async () => {
    const { code, stdout, stderr } = await run(['sart']);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: 'tallystick: There is no command "sart". Did you mean "tallystick start"?\n',
    });
  });

  test('with --json an error is JSON too', async () => {
    const { code, stdout, stderr } = await run(['config', '--json', '--port', 'x']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: '--port must be a whole number from 0 to 65535, not "x".',
      exitCode: 2,
    });
  });
});

describe('tallystick config', () => {
  test('prints every value and where it came from, secrets hidden', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'my.yaml'), 'siteName: Acme\n');
    const env = { TALLYSTICK_SMTP_URL: 'smtp://user:hunter2@mail.example', TALLYSTICK_CONFIG: 'my.yaml' };
    const { code, stdout } = await run(['config', '--port', '5000'], { folder, env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^port +5000 +flag --port$/m);
    expect(stdout).toMatch(/^siteName +Acme +file siteName in .+my\.yaml$/m);
    expect(stdout).toMatch(/^smtpUrl +\(hidden\) +environment TALLYSTICK_SMTP_URL$/m);
    expect(stdout).toMatch(/^signupLimit +100\/1h +default$/m);
    expect(stdout).toMatch(/^databaseUrl +\(none\) +default$/m);
    expect(stdout).not.toContain('hunter2');
    expect(readdirSync(folder)).toEqual(['my.yaml']);
  });

  test('prints JSON', async () => {
    const folder = makeFolder();
    const { stdout } = await run(
      ['config', '--json', '--insecure', '--public-url', 'http://npm.acme.example'],
      { folder },
    );
    const { settings, warnings } = JSON.parse(stdout);
    expect(settings.publicUrl).toEqual({
      value: 'http://npm.acme.example',
      from: 'flag',
      where: '--public-url',
    });
    expect(settings.tokenLifeMax).toEqual({ value: '365d', from: 'default', where: 'default' });
    expect(settings.databaseUrl.value).toBeNull();
    expect(warnings).toHaveLength(1);
  });
});

describe('tallystick migrate', () => {
  test('makes the database of a first start, and does nothing to one that is up to date', async () => {
    const folder = makeFolder();
    const dataDir = join(folder, 'tallystick-data');
    expect(await run(['migrate'], { folder })).toMatchObject({
      code: 0,
      stdout: 'The database is up to date.\n',
    });
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    for (const file of ['keyring.json', 'tallystick.db'])
      expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600);
    const keyring = readFileSync(join(dataDir, 'keyring.json'), 'utf8');
    expect(await run(['migrate', '--json'], { folder })).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(dataDir, 'keyring.json'), 'utf8')).toBe(keyring);
  });

  test('refuses a database of a newer version', async () => {
    const folder = makeFolder();
    await run(['migrate'], { folder });
    const database = new DatabaseSync(join(folder, 'tallystick-data', 'tallystick.db'));
    database.exec(`insert into migrations (name, ran_at) values ('9999', 0)`);
    database.close();
    const { code, stderr } = await run(['migrate'], { folder });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'tallystick: The database was written by a newer Tallystick (migration 9999).\n',
    });
  });
});

describe('tallystick admin user', () => {
  test('makes, lists and shows accounts, and makes them staff', async () => {
    const folder = makeFolder();
    expect(await createAccount(folder, 'ann', '--staff')).toMatchObject({
      code: 0,
      stdout: 'Created the staff account ann.\n',
    });
    expect(await createAccount(folder, 'bob')).toMatchObject({
      code: 0,
      stdout: 'Created the account bob.\n',
    });

    const list = await run(['admin', 'user', 'list'], { folder });
    expect(list.stdout).toMatch(
      /^NAME +E-MAIL +TWO-FACTOR +STAFF +CREATED\nann +ann@acme.example +off +yes +\d{4}-\d\d-\d\d\nbob .+ no .+\n$/,
    );

    const show = JSON.parse((await run(['admin', 'user', 'show', 'bob', '--json'], { folder })).stdout);
    expect(show).toEqual({
      name: 'bob',
      email: 'bob@acme.example',
      emailVerified: false,
      twoFactor: 'off',
      staff: false,
      frozenAt: null,
      hold: null,
      createdAt: expect.stringMatching(/^\d{4}-.+Z$/),
      updatedAt: expect.stringMatching(/^\d{4}-.+Z$/),
    });

    const staff = await run(['admin', 'user', 'staff', 'bob'], { folder });
    expect(staff).toMatchObject({ code: 0, stdout: 'bob is staff now.\n' });
    const off = await run(['admin', 'user', 'staff', 'bob', '--off', '--json'], { folder });
    expect(JSON.parse(off.stdout)).toMatchObject({ name: 'bob', staff: false });
  });

  test('refuses a taken name, an unknown account, a weak password, and tells why', async () => {
    const folder = makeFolder();
    await createAccount(folder, 'ann');
    expect(await createAccount(folder, 'ann')).toMatchObject({
      code: 1,
      stderr: 'tallystick: The username "ann" is taken.\n',
    });
    expect(await run(['admin', 'user', 'show', 'zed'], { folder })).toMatchObject({
      code: 1,
      stderr: 'tallystick: There is no user with the username "zed".\n',
    });
    const weak = await run(['admin', 'user', 'create', 'eve', '--email', 'e@acme.example'], {
      folder,
      input: 'short\n',
    });
    expect(weak.code).toBe(1);
    expect(weak.stderr).toMatch(/^tallystick: .*12 characters/);
    const list = JSON.parse((await run(['admin', 'user', 'list', '--json'], { folder })).stdout);
    expect(list.map(({ name }: { name: string }) => name)).toEqual(['ann']);
  });

  test.each([
    ['no address', ['--json'], `${password}\n`, 'An account needs an address'],
    ['no password', ['--email', 'a@b.example'], '', 'There is no password on standard input'],
    ['two lines', ['--email', 'a@b.example'], 'a\nb\n', 'more than one line'],
    ['an endless line', ['--email', 'a@b.example'], 'x'.repeat(5000), 'too long'],
  ])('refuses to make an account with %s', async (_, flags, input, sentence) => {
    const folder = makeFolder();
    const { code, stderr } = await run(['admin', 'user', 'create', 'ann', ...flags], { folder, input });
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('refuses a folder that holds no database, and makes none there', async () => {
    const folder = makeFolder();
    const { code, stderr } = await run(['admin', 'user', 'list'], { folder });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `tallystick: There is no database in ${join(folder, 'tallystick-data')}. Start the server once, or name its data folder with --data-dir.\n`,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('works beside a running server, which knows the account at once', async () => {
    const folder = makeFolder();
    const dataDir = join(folder, 'tallystick-data');
    const server = await serve(dataDir);
    expect(await createAccount(folder, 'ann')).toMatchObject({ code: 0 });
    const answer = await fetch(`${server.url}/-/user/org.couchdb.user:ann`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'ann', password, type: 'user', roles: [] }),
    });
    expect(answer.status).toBe(201);
    const { token } = (await answer.json()) as { token: string };
    const who = await fetch(`${server.url}/-/whoami`, { headers: { authorization: `Bearer ${token}` } });
    expect(await who.json()).toEqual({ username: 'ann' });
  });
});

describe('tallystick admin explain', () => {
  test('shows facts, rule and verdict', async () => {
    const folder = makeFolder();
    await createAccount(folder, 'ann');
    const text = await run(['admin', 'explain', 'ann', 'package.publish', 'hello'], { folder });
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/without a code +allowed/);
    expect(text.stdout).toMatch(/who may +founder/);
    const args = [
      'admin',
      'explain',
      'ann',
      'package.publish',
      'hello',
      '--credential',
      'readonly',
      '--json',
    ];
    const { verdict, row, facts } = JSON.parse((await run(args, { folder })).stdout);
    expect(verdict).toEqual({ verdict: 'refuse', because: 'token_readonly' });
    expect(row).toMatchObject({ on: 'package', asks: 'write', command: 'npm publish' });
    expect(facts).toMatchObject({ credential: 'readonly', account: { mode: 'off' } });
  });

  test.each([
    ['ann package.pubish x', 'There is no action "package.pubish". Did you mean package.publish?', 2],
    ['ann package.publish x --credential magic', '--credential is one of anonymous, password, session', 2],
    ['zed package.publish x', 'There is no user with the username "zed".', 1],
  ])('refuses %s', async (line, sentence, code) => {
    const folder = makeFolder();
    await createAccount(folder, 'ann');
    const ended = await run(['admin', 'explain', ...line.split(' ')], { folder });
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toContain(sentence);
  });
});
