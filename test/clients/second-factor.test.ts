import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Authenticator } from '../support/totp.ts';
import { generations, type Major, majors } from './install.ts';
import { scan } from './qr.ts';
import { withClients } from './suite.ts';
import type { Terminal } from './terminal.ts';
import { type Person, pick } from './world.ts';

const isThere = (tool: string): boolean => {
  try {
    execFileSync('which', [tool], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
};
const zbarimg = isThere('zbarimg');
const oathtool = isThere('oathtool');

const recoveryCode = /^\t(\d{4} \d{4} \d{4} \d{4})$/gm;

/** Types the password and takes the key that npm shows beside the QR code. */
async function startEnabling(terminal: Terminal, person: Person): Promise<void> {
  await terminal.converse(['npm password:', person.password]);
  await terminal.expect('authenticator:');
  const [, key = ''] = /Or enter code: (\S+)/.exec(terminal.transcript) ?? [];
  person.app = new Authenticator(person.world.secret(key));
}

async function enable(person: Person, major: Major, ...args: readonly string[]): Promise<Terminal> {
  const terminal = person.machine.sit(major, 'profile', 'enable-2fa', ...args);
  await startEnabling(terminal, person);
  await terminal.answer(await person.code());
  expect(await terminal.exit()).toBe(0);
  person.keepRecoveryCodes([...terminal.transcript.matchAll(recoveryCode)].map(([, code]) => code));
  return terminal;
}

/** Answers the password and the code of a command that changes the second factor: old npm asks the code in advance. */
async function answerBoth(terminal: Terminal, major: Major, person: Person, code: string): Promise<void> {
  await terminal.converse(
    ['npm password:', person.password],
    [major <= 10 ? 'one-time password' : 'Enter OTP:', code],
  );
}

withClients((world) => {
  for (const major of majors) {
    test(`auth 19: npm profile enable-2fa shows key and ten recovery codes (npm ${major})`, async () => {
      const person = await world().person();
      const terminal = await enable(person, major, 'auth-and-writes');
      expect(terminal.transcript).toContain('2FA successfully enabled.');
      expect(new Set(person.recoveryCodes).size).toBe(10);
      expect(await person.secondFactor()).toBe('auth-and-writes');
      expect((await person.machine.npm(major, 'profile', 'get')).stdout).toMatch(
        /two-factor auth\W+auth-and-writes/,
      );
    });

    test(`auth 20: a wrong code at the end enables nothing, and the next try starts anew (npm ${major})`, async () => {
      const person = await world().person();
      const first = person.machine.sit(major, 'profile', 'enable-2fa');
      await startEnabling(first, person);
      const abandoned = person.app?.secret;
      await first.answer(person.app?.wrong() ?? '');
      expect(await first.exit()).toBe(1);
      expect(first.transcript).toContain('one-time pass');
      expect((await person.machine.npm(major, 'profile', 'get')).stdout).toMatch(
        /two-factor auth\W+disabled/,
      );

      world().wire.forget();
      await enable(person, major);
      const posts = world()
        .wire.exchanges()
        .filter(({ method }) => method === 'POST');
      expect(posts.map(({ body }) => pick(pick(JSON.parse(body), 'tfa'), 'mode'))).toEqual([
        'disable',
        'auth-and-writes',
        undefined,
      ]);
      expect(person.app?.secret).not.toBe(abandoned);
      expect(await person.secondFactor()).toBe('auth-and-writes');
    });

    test(`auth 24: npm profile disable-2fa takes a code of the app (npm ${major})`, async () => {
      const person = await world().person();
      await person.protect();
      const terminal = person.machine.sit(major, 'profile', 'disable-2fa');
      await answerBoth(terminal, major, person, await person.code());
      expect(await terminal.exit()).toBe(0);
      expect(terminal.transcript).toContain('Two factor authentication disabled.');
      expect(await person.secondFactor()).toBe('disabled');
    });

    test(`auth 24: npm profile disable-2fa takes a recovery code, which is dead afterwards (npm ${major})`, async () => {
      const person = await world().person();
      const { key } = await person.makeToken();
      await person.protect();
      const [code = '', other = ''] = person.recoveryCodes;
      const terminal = person.machine.sit(major, 'profile', 'disable-2fa');
      await answerBoth(terminal, major, person, code);
      expect(await terminal.exit()).toBe(0);
      expect(await person.secondFactor()).toBe('disabled');
      await person.protect();
      // Revoking goes on where the account is held, as after a recovery code; hardly anything else asks for a code then.
      for (const dead of [code, other]) {
        const refused = await person.ask('DELETE', `/-/npm/v1/tokens/token/${key}`, { otp: dead });
        expect(refused).toMatchObject({ status: 401 });
        expect(refused.headers.get('www-authenticate')).toBe('otp');
      }
    });

    test(`auth 26: npm profile set password kills the old password and the other logins (npm ${major})`, async () => {
      const person = await world().person();
      const elsewhere = await person.makeToken();
      const login = await world().must(201, 'PUT', `/-/user/org.couchdb.user:${person.name}`, {
        body: { name: person.name, password: person.password },
      });
      await person.protect();
      const next = world().secret(`walnut orbit ${person.name.slice(5)} harp`);
      const terminal = person.machine.sit(major, 'profile', 'set', 'password');
      await terminal.converse(
        ['Current password:', person.password],
        ['New password:', next],
        ['Again:', next],
      );
      await terminal.converse([major <= 8 ? 'one-time password' : 'OTP:', await person.code()]);
      expect(await terminal.exit()).toBe(0);
      expect(terminal.transcript).toMatch(/Set password/);

      const body = (password: string) => ({
        body: { name: person.name, password },
        otp: person.recoveryCode(),
      });
      const path = `/-/user/org.couchdb.user:${person.name}`;
      expect((await world().ask('PUT', path, body(person.password))).headers.get('www-authenticate')).toBe(
        'Basic',
      );
      expect((await world().ask('PUT', path, body(next))).status).toBe(201);
      expect((await person.ask('GET', '/-/whoami')).status).toBe(200);
      expect(
        (await world().ask('GET', '/-/whoami', { token: String(pick(login.json, 'token')) })).status,
      ).toBe(401);
      expect((await world().ask('GET', '/-/whoami', { token: elsewhere.token })).status).toBe(200);
    });
  }

  for (const major of generations) {
    test(`auth 18: npm profile get shows two-factor auth disabled (npm ${major})`, async () => {
      const person = await world().person();
      const { code, stdout } = await person.machine.npm(major, 'profile', 'get');
      expect(code).toBe(0);
      expect(stdout).toMatch(/two-factor auth\W+disabled/);
      expect(stdout).toContain(`${person.email}(unverified)`);
      const json = await person.machine.npm(major, 'profile', 'get', '--json');
      expect(JSON.parse(json.stdout)).toMatchObject({ name: person.name, email: person.email });
    });

    test(`auth 21: a wrong password changes nothing (npm ${major})`, async () => {
      const person = await world().person();
      const terminal = person.machine.sit(major, 'profile', 'enable-2fa');
      await terminal.converse(['npm password:', 'not the password']);
      expect(await terminal.exit()).toBe(1);
      expect(terminal.transcript).toContain('Incorrect or missing password.');
      const { json } = await person.must(200, 'GET', '/-/npm/v1/user');
      expect(pick(json, 'tfa')).toBeFalsy();
    });

    test(`auth 26: npm profile set fullname keeps all else (npm ${major})`, async () => {
      const person = await world().person();
      const before = (await person.must(200, 'GET', '/-/npm/v1/user')).json;
      const { code, stdout } = await person.machine.npm(major, 'profile', 'set', 'fullname', 'Alice Liddell');
      expect(code).toBe(0);
      expect(stdout).toContain('Alice Liddell');
      const after = (await person.must(200, 'GET', '/-/npm/v1/user')).json;
      expect(after).toMatchObject({ name: person.name, email: person.email, fullname: 'Alice Liddell' });
      for (const key of ['email_verified', 'created', 'tfa', 'homepage', 'github'])
        expect(pick(after, key)).toEqual(pick(before, key));
    });

    test.skipIf(!zbarimg)(
      `auth 19: the QR code of npm profile enable-2fa decodes to the URL (npm ${major})`,
      async () => {
        const person = await world().person();
        world().wire.forget();
        const terminal = await enable(person, major);
        const url = scan(terminal.raw);
        const [started] = world()
          .wire.exchanges()
          .filter(({ method }) => method === 'POST');
        expect(started?.status).toBe(200);
        expect(url).toBe(
          `otpauth://totp/Tallystick:${person.name}?secret=${person.app?.secret}&issuer=Tallystick&algorithm=SHA1&digits=6&period=30`,
        );
      },
    );
  }

  for (const major of [11, 12] as const) {
    test(`auth 22: enabling the same mode again says that it is on (npm ${major})`, async () => {
      const person = await world().person();
      await person.protect('auth-only');
      const { code, output } = await person.machine.npm(major, 'profile', 'enable-2fa', 'auth-only');
      expect(code).toBe(0);
      expect(output).toContain('already enabled and set to auth-only');
    });
  }

  for (const major of [7, 8, 9, 10, 11, 12] as const) {
    test(`auth 23: changing the mode keeps app and recovery codes (npm ${major})`, async () => {
      const person = await world().person();
      await person.protect('auth-and-writes');
      const terminal = person.machine.sit(major, 'profile', 'enable-2fa', 'auth-only');
      await answerBoth(terminal, major, person, await person.code());
      expect(await terminal.exit()).toBe(0);
      expect(terminal.transcript).toContain('mode changed to: auth-only');
      expect(terminal.transcript).not.toContain('Or enter code');
      expect(await person.secondFactor()).toBe('auth-only');
      await person.makeToken({}, person.recoveryCode());
      await person.makeToken({}, await person.code());
    });
  }

  for (const major of [6, 7, 9, 10, 11] as const) {
    test(`auth 25: enable-2fa with a password in the settings saves a token and completes (npm ${major})`, async () => {
      const person = await world().person();
      person.machine.writeSettings({ basic: person });
      await enable(person, major);
      expect(person.machine.settings).toMatch(/:_authToken="?npm_/);
      expect(await person.secondFactor()).toBe('auth-and-writes');
    });
  }

  for (const major of [6, 11] as const) {
    test(`auth 19 and 24: every other spelling of enable-2fa and disable-2fa does the same (npm ${major})`, async () => {
      const person = await world().person();
      for (const spelling of ['tfa', '2fa']) {
        for (const dash of ['-', '']) {
          if (dash + spelling === '-2fa') continue;
          const enabling = person.machine.sit(major, 'profile', `enable${dash}${spelling}`);
          await startEnabling(enabling, person);
          await enabling.answer(await person.code());
          expect(await enabling.exit()).toBe(0);
          person.keepRecoveryCodes([...enabling.transcript.matchAll(recoveryCode)].map(([, code]) => code));
          const disabling = person.machine.sit(major, 'profile', `disable${dash}${spelling}`);
          await answerBoth(disabling, major, person, await person.code());
          expect(await disabling.exit()).toBe(0);
          expect(await person.secondFactor()).toBe('disabled');
        }
      }
    });
  }

  test.skipIf(!oathtool)('auth 19: the codes of oathtool are accepted', async () => {
    const person = await world().person();
    const terminal = person.machine.sit(11, 'profile', 'enable-2fa');
    await startEnabling(terminal, person);
    const secret = person.app?.secret ?? '';
    const now = new Date().toISOString();
    await terminal.answer(
      execFileSync('oathtool', ['--totp', '--base32', '--now', now, secret], { encoding: 'utf8' }).trim(),
    );
    expect(await terminal.exit()).toBe(0);
    expect(await person.secondFactor()).toBe('auth-and-writes');
  });
});
