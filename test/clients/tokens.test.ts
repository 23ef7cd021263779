import { expect, test } from 'vitest';
import { generations, majors } from './install.ts';
import { withClients } from './suite.ts';
import { type Person, pick } from './world.ts';

const tokenShape = /npm_[A-Za-z0-9]{36}/;

async function listKeys(person: Person): Promise<string[]> {
  const { json } = await person.must(200, 'GET', '/-/npm/v1/tokens?perPage=100');
  const objects = pick(json, 'objects');
  return Array.isArray(objects) ? objects.map((object: unknown) => String(pick(object, 'key'))) : [];
}

withClients((world) => {
  /** Somebody with thirteen tokens, which is more than a page; made once, only ever listed. */
  const manyTokens = async () => {
    const person = await world().person();
    for (let count = 0; count < 11; count += 1) await person.makeToken();
    return { person, ...(await person.makeToken({ cidr_whitelist: ['127.0.0.0/8'] })) };
  };
  let lists: ReturnType<typeof manyTokens> | undefined;

  for (const major of majors) {
    const item = major >= 11 ? 'auth 39: a bare' : 'auth 37:';
    test(`${item} npm token create prints a token that works (npm ${major})`, async () => {
      const person = await world().person();
      const terminal = person.machine.sit(major, 'token', 'create');
      await terminal.converse(['npm password:', person.password]);
      expect(await terminal.exit()).toBe(0);
      const [token = ''] = tokenShape.exec(terminal.transcript) ?? [];
      const who = await world().ask('GET', '/-/whoami', { token });
      expect(who.json).toEqual({ username: person.name });
      person.machine.writeSettings({ token });
      person.machine.writePackage(`@${person.name}/hello`, '1.0.0');
      expect((await person.machine.npm(major, 'publish')).stdout).toContain('hello@1.0.0');
    });

    test(`auth 37: npm token create asks the code of an account with a second factor (npm ${major})`, async () => {
      const person = await world().person();
      await person.protect('auth-only');
      const terminal = person.machine.sit(major, 'token', 'create');
      await terminal.converse(
        ['npm password:', person.password],
        [major <= 8 ? 'one-time password' : 'Enter OTP:', person.recoveryCode()],
      );
      expect(await terminal.exit()).toBe(0);
      expect(terminal.transcript).toMatch(tokenShape);
    });

    test(`auth 40: npm token create refuses an IPv6 range by itself (npm ${major})`, async () => {
      const person = await world().person();
      world().wire.forget();
      const terminal = person.machine.sit(major, 'token', 'create', '--cidr=::1/128');
      if (major >= 7 && major <= 9) await terminal.converse(['npm password:', person.password]);
      expect(await terminal.exit()).toBe(1);
      expect(terminal.transcript).toContain('CIDR whitelist can only contain IPv4 addresses');
      expect(world().wire.lines()).toEqual([]);
    });

    test(`auth 41: npm token list shows all pages (npm ${major})`, async () => {
      lists ??= manyTokens();
      const { person, token, key } = await lists;
      const keys = await listKeys(person);
      expect(keys).toHaveLength(13);
      expect(keys).toContain(key);

      world().wire.forget();
      const json = await person.machine.npm(major, 'token', 'list', '--json');
      const listed: unknown = JSON.parse(json.stdout);
      expect(Array.isArray(listed) ? listed.map((object: unknown) => pick(object, 'key')) : []).toEqual(keys);
      expect(world().wire.lines().length).toBeGreaterThan(1);
      const parseable = await person.machine.npm(major, 'token', 'list', '--parseable');
      for (const each of keys) expect(parseable.stdout).toContain(each);
      const plain = await person.machine.npm(major, 'token', 'list');
      expect(plain.stdout).toContain(token.slice(0, 6));
      expect(plain.stdout).toContain('127.0.0.0/8');
      expect(plain.stdout.match(/IP whitelist: ?$/gm)).toBeNull();
      expect(plain.output).not.toContain('***');
    });

    test(`auth 42: npm token revoke by prefix and by full token (npm ${major})`, async () => {
      const person = await world().person();
      const first = await person.makeToken();
      const second = await person.makeToken();
      const byPrefix = await person.machine.npm(major, 'token', 'revoke', first.key.slice(0, 12));
      expect(byPrefix.stdout).toContain('Removed 1 token');
      expect((await world().ask('GET', '/-/whoami', { token: first.token })).status).toBe(401);
      const byToken = await person.machine.npm(major, 'token', 'revoke', second.token);
      expect(byToken.stdout).toContain('Removed 1 token');
      expect((await world().ask('GET', '/-/whoami', { token: second.token })).status).toBe(401);

      const unknown = await person.machine.npm(major, 'token', 'revoke', 'no-such-token');
      expect(unknown.code).toBe(1);
      expect(unknown.stderr).toContain(major === 6 ? 'E404' : 'Unknown token id or value');
    });
  }

  for (const major of generations) {
    test(`auth 40: a token limited to another range is refused as EAUTHIP (npm ${major})`, async () => {
      const person = await world().person();
      const { token } = await person.makeToken({ cidr_whitelist: ['10.1.0.0/16'] });
      person.machine.writeSettings({ token });
      const { code, stderr } = await person.machine.npm(major, 'whoami');
      expect(code).toBe(1);
      expect(stderr).toContain('Login is not allowed from your IP address');
    });
  }

  for (const major of [6, 7, 8, 9, 10] as const) {
    test(`auth 37: a token of npm token create --read-only cannot publish (npm ${major})`, async () => {
      const person = await world().person();
      const terminal = person.machine.sit(major, 'token', 'create', '--read-only');
      await terminal.converse(['npm password:', person.password]);
      expect(await terminal.exit()).toBe(0);
      const [token = ''] = tokenShape.exec(terminal.transcript) ?? [];
      person.machine.writeSettings({ token });
      person.machine.writePackage(`@${person.name}/hello`, '1.0.0');
      const { code, stderr } = await person.machine.npm(major, 'publish');
      expect(code).toBe(1);
      expect(stderr).toContain('E403');
      expect(stderr).toContain('read-only');
      expect((await person.machine.npm(major, 'whoami')).stdout.trim()).toBe(person.name);
    });
  }

  test('auth 42: an ambiguous prefix is refused by npm itself (npm 11)', async () => {
    const person = await world().person();
    // Seventeen keys of hex digits: two begin alike.
    for (let count = 0; count < 17; count += 1) await person.makeToken();
    const first = (await listKeys(person)).map((key) => key.charAt(0));
    const shared = first.find((digit, index) => first.indexOf(digit) !== index) ?? '';
    world().wire.forget();
    const { code, stderr } = await person.machine.npm(11, 'token', 'revoke', shared);
    expect(code).toBe(1);
    expect(stderr).toContain('ambiguous');
    expect(
      world()
        .wire.lines()
        .filter((line) => line.startsWith('DELETE')),
    ).toEqual([]);
  });

  test('auth 36: a code of one account is worth nothing with the token of another', async () => {
    const alice = await world().person();
    const bob = await world().person('bob');
    await alice.protect();
    await bob.protect();
    const body = { password: bob.password, readonly: false, cidr_whitelist: [] };
    const refused = await bob.ask('POST', '/-/npm/v1/tokens', { otp: await alice.code(), body });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('otp');
  });
});
