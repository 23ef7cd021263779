import { beforeAll, expect, test } from 'vitest';
import { Authenticator } from '../support/totp.ts';
import type { Program } from './programs.ts';
import { stock } from './stock.ts';
import { withPrograms } from './suite.ts';
import { type Person, pick, pickText } from './world.ts';

/** Up to 10 pnpm hands these commands to npm. */
const own: Program = 'pnpm 12';
const tokenShape = /npm_[A-Za-z0-9]{36}/;

/** `pnpm token create` before a person who types the password; returns what was printed. */
async function createToken(person: Person, ...flags: readonly string[]): Promise<string> {
  const terminal = person.machine.sitBefore(own, 'token', 'create', ...flags);
  await terminal.converse(['assword', person.password]);
  expect(await terminal.exit(), terminal.transcript).toBe(0);
  for (const token of terminal.transcript.match(new RegExp(tokenShape, 'g')) ?? [])
    person.world.secret(token);
  return terminal.transcript;
}

/** The tokens as `pnpm token list --json` prints them. */
async function listTokens(person: Person): Promise<unknown[]> {
  const { code, stdout, output } = await person.machine.run(own, 'token', 'list', '--json');
  expect(code, output).toBe(0);
  const listed: unknown = JSON.parse(stdout);
  return Array.isArray(listed) ? listed : [];
}

await withPrograms([own], (world) => {
  // It looks for pages whatever it is told; web-login.test.ts shows it finding some.
  beforeAll(() => world().wire.hidePages());

  test('auth 15: pnpm 12 login with name and password, and with a code, where there is no web login', async () => {
    const person = await world().person();
    const machine = world().machine();
    const identity = [
      ['Username', person.name],
      ['Password', person.password],
      ['Email', person.email],
    ] as const;
    const plain = machine.sitBefore(own, 'login');
    await plain.converse(...identity);
    expect(await plain.exit()).toBe(0);
    expect(plain.transcript).toContain('Logged in');
    expect((await machine.run(own, 'whoami')).stdout.trim()).toBe(person.name);
    expect((await machine.run(own, 'logout')).output).toContain('Logged out');
    expect((await machine.run(own, 'whoami')).code).toBe(1);

    await person.protect();
    world().wire.forget();
    const guarded = machine.sitBefore(own, 'login');
    await guarded.converse(...identity, ['Enter OTP', person.recoveryCode()]);
    expect(await guarded.exit()).toBe(0);
    expect((await machine.run(own, 'whoami')).stdout.trim()).toBe(person.name);
    const challenge = world()
      .wire.exchanges()
      .find(({ status, method }) => method === 'PUT' && status === 401);
    expect(challenge?.answerHeaders['www-authenticate']).toBe('otp');
  });

  test('auth 27: pnpm 12 profile enable-2fa, and disable-2fa with --otp', async () => {
    const person = await world().person();
    const terminal = person.machine.sitBefore(own, 'profile', 'enable-2fa', 'auth-and-writes');
    await terminal.converse(['assword', person.password]);
    await terminal.expect('Or enter code: ');
    await terminal.expect('uthenticator');
    const [, key = ''] = /Or enter code: (\S+)/.exec(terminal.transcript) ?? [];
    person.app = new Authenticator(world().secret(key));
    await terminal.answer(await person.code());
    expect(await terminal.exit()).toBe(0);
    expect(await person.secondFactor()).toBe('auth-and-writes');
    const codes = terminal.transcript.match(/\b\d{4} \d{4} \d{4} \d{4}\b/g);
    person.keepRecoveryCodes(codes);

    const disable = person.machine.sitBefore(
      own,
      ...['profile', 'disable-2fa', `--otp=${person.recoveryCode()}`],
    );
    await disable.converse(['assword', person.password]);
    expect(await disable.exit()).toBe(0);
    expect(disable.transcript).toContain('Two factor authentication disabled.');
    expect(await person.secondFactor()).toBe('disabled');
  });

  test('auth 37: pnpm 12 token create prints a token that publishes, and one to read with that does not', async () => {
    const person = await world().person();
    const printed = await createToken(person);
    expect(printed).toContain('Created token npm_');
    expect(printed).not.toContain('IP whitelist');
    const name = `@${person.name}/hello`;
    await stock(Object.assign(person, { token: tokenShape.exec(printed)?.[0] ?? '' }), name);

    const reading = await createToken(person, '--read-only', '--cidr=127.0.0.0/8', '--json');
    const json: unknown = JSON.parse(reading.slice(reading.indexOf('{')));
    expect(json).toMatchObject({ readonly: true, cidr_whitelist: ['127.0.0.0/8'] });
    expect(Date.parse(pickText(json, 'expires'))).toBeGreaterThan(Date.now());
    person.machine.writeSettings({ token: pickText(json, 'token') });
    expect((await person.machine.run(own, 'whoami')).stdout.trim()).toBe(person.name);
    person.machine.writePackage(name, '1.0.1');
    const { code, output } = await person.machine.run(own, 'publish', '--no-git-checks');
    expect(code).toBe(1);
    expect(output).toContain('read-only');
  });

  test('auth 40: pnpm 12 leaves judging ranges to the registry, which tells what is none', async () => {
    const person = await world().person();
    const six = await createToken(person, '--cidr=2001:db8::/32');
    expect(six).toContain('with IP whitelist: 2001:db8::/32');
    const terminal = person.machine.sitBefore(own, 'token', 'create', '--cidr=10.0.0.0/33');
    await terminal.converse(['assword', person.password]);
    expect(await terminal.exit()).toBe(1);
    expect(terminal.transcript).toContain('10.0.0.0/33');
  });

  test('auth 41: pnpm 12 token list shows all pages in every form', async () => {
    const person = await world().person();
    for (let count = 0; count < 10; count += 1) await person.makeToken();
    const { key, token } = await person.makeToken({ cidr_whitelist: ['127.0.0.0/8'] });
    world().wire.forget();
    const listed = await listTokens(person);
    expect(world().wire.lines()).toEqual(['GET /-/npm/v1/tokens', 'GET /-/npm/v1/tokens?page=1&perPage=10']);
    expect(listed).toHaveLength(12);
    expect(listed.find((each) => pick(each, 'key') === key)).toMatchObject({ token: token.slice(0, 8) });
    const parseable = await person.machine.run(own, 'token', 'list', '--parseable');
    for (const each of listed) expect(parseable.stdout).toContain(pickText(each, 'key'));
    const plain = await person.machine.run(own, 'token', 'list');
    expect(plain.stdout).toContain(`Token ${token.slice(0, 8)}… with id ${key.slice(0, 6)}`);
    // Only what is limited has a line about it.
    expect(plain.stdout.match(/IP whitelist/g)).toHaveLength(1);
  });

  test('auth 42: pnpm 12 token revoke by prefix and by full token; what is unknown or ambiguous it refuses', async () => {
    const person = await world().person();
    const [first, second] = [await person.makeToken(), await person.makeToken()];
    for (const [named, { token }] of [
      [first.key.slice(0, 12), first],
      [second.token, second],
    ] as const) {
      const { output } = await person.machine.run(own, 'token', 'revoke', named);
      expect(output).toContain('Removed 1 token');
      expect((await world().ask('GET', '/-/whoami', { token })).status).toBe(401);
    }
    // Seventeen keys of hex digits: two begin alike.
    for (let count = 0; count < 16; count += 1) await person.makeToken();
    const digits = (await listTokens(person)).map((each) => pickText(each, 'key').charAt(0));
    const shared = digits.find((digit, index) => digits.indexOf(digit) !== index) ?? '';
    world().wire.forget();
    for (const [named, complaint] of [
      ['no-such-token', 'TOKEN_NOT_FOUND'],
      [shared, 'TOKEN_AMBIGUOUS'],
    ] as const) {
      const { code, output } = await person.machine.run(own, 'token', 'revoke', named);
      expect(code).toBe(1);
      expect(output).toContain(complaint);
    }
    expect(world().wire.lines().join()).not.toContain('DELETE');
  });

  test('auth 37 and 42: with a second factor pnpm 12 creates and revokes tokens with --otp, and asks nothing', async () => {
    const person = await world().person();
    const { key, token } = await person.makeToken();
    await person.protect('auth-only');
    // It takes every 401 for a missing login, and has no question to ask.
    const refused = await person.machine.run(own, 'token', 'revoke', key);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('You must be logged in');
    const creating = person.machine.sitBefore(own, 'token', 'create');
    await creating.converse(['assword', person.password]);
    expect(await creating.exit()).toBe(1);
    expect(creating.transcript).not.toMatch(tokenShape);

    const otp = await person.code();
    expect(await createToken(person, `--otp=${otp}`)).toMatch(tokenShape);
    const revoked = await person.machine.run(own, 'token', 'revoke', key, `--otp=${person.recoveryCode()}`);
    expect(revoked.output).toContain('Removed 1 token');
    expect((await world().ask('GET', '/-/whoami', { token })).status).toBe(401);
  });
});
