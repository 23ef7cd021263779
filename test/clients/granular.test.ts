import { expect, test } from 'vitest';
import { withClients } from './suite.ts';
import { type Person, pick, pickText } from './world.ts';

const tokenShape = /npm_[A-Za-z0-9]{36}/;

/** `npm token create` with the given flags; the password by flag, as scripts give it. */
async function create(person: Person, major: 11 | 12, ...flags: string[]): Promise<string> {
  const { code, stdout, output } = await person.machine.npm(
    major,
    'token',
    'create',
    `--password=${person.password}`,
    ...flags,
  );
  expect(code, output).toBe(0);
  const [token = ''] = tokenShape.exec(stdout) ?? [];
  expect(stdout).toContain(`Created token ${token}`);
  return person.world.secret(token);
}

const publish = (person: Person, major: 11 | 12, name: string, version = '1.0.0') => {
  person.machine.writePackage(name, version);
  return person.machine.npm(major, 'publish');
};

withClients((world) => {
  for (const major of [11, 12] as const) {
    test(`auth 38: npm token create makes a token that is limited as its flags say (npm ${major})`, async () => {
      const person = await world().person();
      const token = await create(
        person,
        major,
        '--name=release',
        '--token-description=for the pipeline',
        `--packages=@${person.name}/one,@${person.name}/two`,
        '--packages-and-scopes-permission=read-write',
        '--expires=30',
        '--cidr=127.0.0.0/8',
      );
      const listed = await person.must(200, 'GET', '/-/npm/v1/tokens');
      const objects = pick(listed.json, 'objects');
      expect(Array.isArray(objects) && objects[0]).toMatchObject({
        name: 'release',
        description: 'for the pipeline',
        cidr_whitelist: ['127.0.0.0/8'],
        packages_and_scopes_permission: 'read-write',
        bypass_2fa: false,
      });
      person.machine.writeSettings({ token });
      expect((await publish(person, major, `@${person.name}/one`)).stdout).toContain('one@1.0.0');
      const refused = await publish(person, major, `@${person.name}/three`);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('limited to other packages');
    });

    test(`auth 38: --scopes, --bypass-2fa and a code; publishing asks none after that (npm ${major})`, async () => {
      const person = await world().person();
      await person.protect();
      const token = await create(
        person,
        major,
        `--scopes=${person.name}`,
        '--bypass-2fa',
        '--packages-and-scopes-permission=read-write',
        `--otp=${await person.code()}`,
      );
      person.machine.writeSettings({ token });
      expect((await publish(person, major, `@${person.name}/one`)).stdout).toContain('one@1.0.0');
      const outside = await publish(person, major, `outside-${person.name}`);
      expect(outside.stderr).toContain('E403');
      const profile = await person.machine.npm(major, 'profile', 'set', 'fullname', 'Eve');
      expect(profile.code).toBe(1);
      expect(profile.stderr).toContain('bypasses two-factor authentication');
      expect(profile.stderr).not.toContain('EOTP');
    });

    test(`auth 38: without a permission it reads; one that contradicts is told (npm ${major})`, async () => {
      const person = await world().person();
      await publish(person, major, `@${person.name}/one`);
      const token = await create(person, major, '--packages-all');
      const bad = await person.machine.npm(
        major,
        'token',
        'create',
        `--password=${person.password}`,
        '--bypass-2fa',
      );
      expect(bad.code).toBe(1);
      expect(bad.stderr).toContain('--packages-all or --scopes');
      person.machine.writeSettings({ token });
      const seen = await person.machine.npm(major, 'view', `@${person.name}/one`, 'version');
      expect(seen.stdout.trim()).toBe('1.0.0');
      expect((await publish(person, major, `@${person.name}/one`, '2.0.0')).stderr).toContain('E403');
    });

    test(`auth 41: npm token list tells limited tokens in every form, unmasked; revoking ends them (npm ${major})`, async () => {
      const person = await world().person();
      const { key, token } = await person.makeToken({ packages: ['a'], bypass_2fa: true });
      const json: unknown = JSON.parse((await person.machine.npm(major, 'token', 'list', '--json')).stdout);
      const found = Array.isArray(json) ? json.find((each: unknown) => pick(each, 'key') === key) : undefined;
      expect(pickText(found, 'token')).toBe(token.slice(0, 8));
      expect(pick(found, 'cidr_whitelist')).toBeNull();
      const parseable = (await person.machine.npm(major, 'token', 'list', '--parseable')).stdout;
      expect(parseable).toContain(key);
      expect(parseable).not.toContain('***');
      const plain = (await person.machine.npm(major, 'token', 'list')).stdout;
      expect(plain).not.toContain('IP whitelist');
      const revoked = await person.machine.npm(major, 'token', 'revoke', key.slice(0, 12));
      expect(revoked.stdout).toContain('Removed 1 token');
      expect((await world().ask('GET', '/-/whoami', { token })).status).toBe(401);
    });
  }

  test('npm 12 sends a permission to stage; npm 11 drops it, and the token only reads', async () => {
    const person = await world().person();
    const flags = ['--packages-all', '--packages-and-scopes-permission=read-write-stage-only'] as const;
    await create(person, 11, ...flags, '--name=eleven');
    await create(person, 12, ...flags, '--name=twelve');
    const { json } = await person.must(200, 'GET', '/-/npm/v1/tokens');
    const objects = pick(json, 'objects');
    const permissionOf = (name: string): unknown =>
      Array.isArray(objects)
        ? pick(
            objects.find((each: unknown) => pick(each, 'name') === name),
            'packages_and_scopes_permission',
          )
        : undefined;
    expect(permissionOf('twelve')).toBe('read-write-stage-only');
    expect(permissionOf('eleven')).toBe('read-only');
  });
});
