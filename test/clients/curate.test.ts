import { expect, test } from 'vitest';
import { documentOf } from '../support/document.ts';
import { generations, type Major } from './install.ts';
import { withClients } from './suite.ts';
import { type Person, pick } from './world.ts';

async function publish(person: Person, name: string, ...versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    const body = documentOf({ name, version, access: name.startsWith('@') ? 'public' : null });
    await person.must(201, 'PUT', `/${name}`, { body });
  }
  person.machine.writePackage(name, versions.at(-1) ?? '1.0.0');
}

const tags = async (person: Person, name: string): Promise<unknown> =>
  (await person.must(200, 'GET', `/-/package/${name}/dist-tags`)).json;

/** The verbs that set who may read a package, old and new. */
const setAccess = (major: Major, level: 'public' | 'restricted', name: string): string[] =>
  major <= 8
    ? ['access', level, name]
    : ['access', 'set', `status=${level === 'public' ? 'public' : 'private'}`, name];

withClients((world) => {
  for (const major of generations) {
    test(`packages 26: npm unpublish of a version (npm ${major})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      await publish(person, name, '1.0.0', '1.0.1');
      const kept = await world().must(200, 'GET', `/${name}/1.0.0`);
      world().wire.forget();
      const { code, stdout } = await person.machine.npm(major, 'unpublish', `${name}@1.0.1`);
      expect(stdout).toContain(`- ${name}@1.0.1`);
      expect(code).toBe(0);
      const writes = world()
        .wire.exchanges()
        .filter(({ method }) => method !== 'GET');
      expect(writes.map(({ method, status }) => [method, status])).toEqual([
        ['PUT', 200],
        ['DELETE', 200],
      ]);
      expect(await tags(person, name)).toEqual({ latest: '1.0.0' });
      await world().must(404, 'GET', `/${name}/-/${name}-1.0.1.tgz`);
      await world().must(404, 'GET', `/${name}/1.0.1`);
      expect((await world().must(200, 'GET', `/${name}/1.0.0`)).bytes.equals(kept.bytes)).toBe(true);
    });

    test(`packages 27: npm unpublish --otp with one code of the app (npm ${major})`, async () => {
      const person = await world().person();
      const name = `@${person.name}/hello`;
      await publish(person, name, '1.0.0', '1.0.1');
      await person.protect();
      const { code } = await person.machine.npm(
        major,
        'unpublish',
        `${name}@1.0.1`,
        `--otp=${await person.code()}`,
      );
      expect(code).toBe(0);
      await world().must(404, 'GET', `/${name}/-/hello-1.0.1.tgz`);
      expect(await tags(person, name)).toEqual({ latest: '1.0.0' });
    });

    test(`packages 28: npm unpublish of a whole package wants --force (npm ${major})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      await publish(person, name, '1.0.0');
      if (major >= 8) {
        world().wire.forget();
        expect((await person.machine.npm(major, 'unpublish', `${name}@1.0.0`)).code).toBe(1);
        expect(
          world()
            .wire.lines()
            .filter((line) => !line.startsWith('GET')),
        ).toEqual([]);
      }
      world().wire.forget();
      expect((await person.machine.npm(major, 'unpublish', name, '--force')).code).toBe(0);
      const writes = world()
        .wire.lines()
        .filter((line) => !line.startsWith('GET'));
      expect(writes).toHaveLength(1);
      expect(writes[0]).toContain(`DELETE /${name}/-rev/`);
      const view = await person.machine.npm(major, 'view', name);
      expect(view.code).toBe(1);
      expect(view.stderr).toContain('E404');
    });

    test(`packages 33: npm deprecate and its undoing (npm ${major})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      await publish(person, name, '1.0.0', '1.0.1');
      expect((await person.machine.npm(major, 'deprecate', `${name}@1.0.0`, 'use 1.0.1')).code).toBe(0);
      const view = await person.machine.npm(major, 'view', `${name}@1.0.0`, 'deprecated');
      expect(view.stdout.trim()).toBe('use 1.0.1');
      expect((await person.machine.npm(major, 'view', `${name}@1.0.1`, 'deprecated')).stdout.trim()).toBe('');
      const undo = major >= 11 ? ['undeprecate', `${name}@1.0.0`] : ['deprecate', `${name}@1.0.0`, ''];
      expect((await person.machine.npm(major, ...undo)).code).toBe(0);
      const { json } = await world().must(200, 'GET', `/${name}/1.0.0`);
      expect(pick(json, 'deprecated')).toBeUndefined();
    });

    test(`packages 34: npm dist-tag add, ls and rm (npm ${major})`, async () => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      await publish(person, name, '1.0.0', '1.0.1');
      const add = await person.machine.npm(major, 'dist-tag', 'add', `${name}@1.0.0`, 'b');
      expect(add.stdout).toContain(`+b: ${name}@1.0.0`);
      await person.machine.npm(major, 'dist-tag', 'add', `${name}@1.0.0`, 'x/y');
      expect(await tags(person, name)).toEqual({ latest: '1.0.1', b: '1.0.0', 'x/y': '1.0.0' });
      const list = await person.machine.npm(major, 'dist-tag', 'ls', name);
      expect(list.stdout.trim().split('\n').sort()).toEqual(['b: 1.0.0', 'latest: 1.0.1', 'x/y: 1.0.0']);
      const remove = await person.machine.npm(major, 'dist-tag', 'rm', name, 'b');
      expect(remove.stdout).toContain(`-b: ${name}@1.0.0`);
      const latest = await person.machine.npm(major, 'dist-tag', 'rm', name, 'latest');
      expect(latest.code).toBe(1);
      expect(latest.stderr).toContain('E403');
      expect(await tags(person, name)).toEqual({ latest: '1.0.1', 'x/y': '1.0.0' });
    });

    test(`packages 36: who has no rights gets 403 on a readable package (npm ${major})`, async () => {
      const alice = await world().person();
      const bob = await world().person('bob');
      const name = `hello-${alice.name}`;
      await publish(alice, name, '1.0.0', '1.0.1');
      bob.machine.writePackage(name, '1.0.2');
      const attempts = [
        ['publish'],
        ['deprecate', `${name}@1.0.0`, 'no'],
        ['dist-tag', 'add', `${name}@1.0.0`, 'b'],
        ['unpublish', `${name}@1.0.1`],
      ];
      for (const args of attempts) {
        const { code, stderr } = await bob.machine.npm(major, ...args);
        expect(stderr, args.join(' ')).toContain('E403');
        expect(code).toBe(1);
      }
      const { json } = await world().must(200, 'GET', `/${name}`);
      expect(Object.keys(pick(json, 'versions') ?? {})).toEqual(['1.0.0', '1.0.1']);
      expect(pick(json, 'dist-tags')).toEqual({ latest: '1.0.1' });
    });

    test(`auth 44 and packages 38: npm access sets who may read (npm ${major})`, async () => {
      const alice = await world().person();
      const name = `@${alice.name}/hello`;
      await publish(alice, name, '1.0.0');
      for (const level of ['restricted', 'public'] as const) {
        expect((await alice.machine.npm(major, ...setAccess(major, level, name))).code).toBe(0);
        const status = await alice.machine.npm(11, 'access', 'get', 'status', name);
        expect(status.stdout.trim()).toBe(`${name}: ${level === 'public' ? 'public' : 'private'}`);
        expect((await world().ask('GET', `/${name}`)).status).toBe(level === 'public' ? 200 : 404);
      }
    });
  }

  test('packages 29: a version and a name that were removed do not come back', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await publish(person, name, '1.0.0', '1.0.1');
    expect((await person.machine.npm(11, 'unpublish', `${name}@1.0.1`)).code).toBe(0);
    const again = await person.ask('PUT', `/${name}`, { body: documentOf({ name, version: '1.0.1' }) });
    expect(again.status).toBe(403);
    expect((await person.machine.npm(11, 'unpublish', name, '--force')).code).toBe(0);
    const anew = await person.ask('PUT', `/${name}`, { body: documentOf({ name, version: '2.0.0' }) });
    expect(anew.status).toBe(403);
    expect(anew.text).toContain('24 hours');
  });

  test('packages 31: a stale revision is a 409, and only the removal of versions counts', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    await publish(person, name, '1.0.0', '1.0.1', '1.0.2');
    const read = async () => (await person.must(200, 'GET', `/${name}?write=true`)).json;
    const document = structuredClone(await read());
    const versions = pick(document, 'versions');
    if (
      typeof document !== 'object' ||
      document === null ||
      typeof versions !== 'object' ||
      versions === null
    )
      throw new Error('no document');
    const revision = String(pick(document, '_rev'));
    Reflect.deleteProperty(versions, '1.0.2');
    Reflect.set(versions, '9.9.9', { name, version: '9.9.9' });
    Reflect.set(pick(pick(versions, '1.0.0'), 'dist') as object, 'integrity', 'sha512-changed');
    const body = { ...document, readme: 'another readme', 'dist-tags': { latest: '9.9.9' } };
    expect((await person.ask('PUT', `/${name}/-rev/${revision}`, { body })).status).toBe(200);
    const after = await read();
    expect(Object.keys(pick(after, 'versions') ?? {})).toEqual(['1.0.0', '1.0.1']);
    expect(pick(after, 'dist-tags')).toEqual({ latest: '1.0.1' });
    expect(JSON.stringify(after)).not.toContain('sha512-changed');
    expect(JSON.stringify(after)).not.toContain('another readme');
    expect((await person.ask('PUT', `/${name}/-rev/${revision}`, { body })).status).toBe(409);
    expect((await person.ask('DELETE', `/${name}/-rev/${revision}`)).status).toBe(409);
  });

  test('auth 48: npm access asks the code of an account with auth-and-writes (npm 11)', async () => {
    const person = await world().person();
    const name = `@${person.name}/hello`;
    await publish(person, name, '1.0.0');
    await person.protect();
    const terminal = person.machine.sit(11, ...setAccess(11, 'restricted', name));
    await terminal.converse(['Enter OTP:', await person.code()]);
    expect(await terminal.exit()).toBe(0);
    expect((await world().ask('GET', `/${name}`)).status).toBe(404);
  });
});
