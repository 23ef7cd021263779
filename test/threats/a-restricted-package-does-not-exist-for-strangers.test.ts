import { expect, test } from 'vitest';
import { mustPublish, packumentOf } from '../packages/publisher.ts';
import type { TestApp } from '../support/app.ts';
import { createToken, openWorld, type Somebody, shown, signUp } from './people.ts';

const name = '@hannah/secret';
const path = '/@hannah%2fsecret';

/** Everything that may be asked about a package, of a name that is there and of one that never was. */
const questions = (at: string, bare: string): string[] => [
  at,
  `${at}?write=true`,
  `${at}/1.0.0`,
  `${at}/latest`,
  `${at}/-/${bare}-1.0.0.tgz`,
  `/-/package${at}/dist-tags`,
  `/-/package${at}/dist-tags/latest`,
  `/-/package${at}/access`,
  `/-/package${at}/visibility`,
  `/-/package${at}/collaborators`,
  `/-/npm/v1/attestations${at}@1.0.0`,
  `/downloads/point/last-week${at}`,
];

/** The answers to all questions about it, with its name taken out. */
async function answersAbout(
  { ask }: TestApp,
  bare: string,
  wish: { token?: string; headers?: Record<string, string> },
): Promise<object[]> {
  const answers: object[] = [];
  for (const method of ['GET', 'HEAD'] as const)
    for (const question of questions(`/@hannah%2f${bare}`, bare)) {
      const answer = await ask(method, question, wish);
      answers.push({ ...shown(answer), body: answer.body.replaceAll(bare, 'it') });
    }
  return answers;
}

async function openWorldWithSecret(): Promise<{ world: TestApp; hannah: Somebody; eve: Somebody }> {
  const world = await openWorld();
  const hannah = await signUp(world);
  const eve = await signUp(world, 'eve');
  await mustPublish(world, hannah.token, { name, version: '1.0.0', manifest: { description: 'invisible' } });
  return { world, hannah, eve };
}

test('every question about it is answered as about one that never was', async () => {
  const { world, hannah, eve } = await openWorldWithSecret();
  const packument = await world.ask('GET', path, { token: hannah.token });
  const tarball = await world.ask('GET', `${path}/-/secret-1.0.0.tgz`, { token: hannah.token });
  const tags = [packument, tarball].map(({ headers }) => String(headers.etag));
  const elsewhere = await createToken(world, eve, {
    packages: [name],
    packages_and_scopes_permission: 'read-write',
  });
  for (const token of [undefined, eve.token, elsewhere.token])
    for (const held of [undefined, '*', ...tags]) {
      const wish = {
        ...(token === undefined ? {} : { token }),
        ...(held === undefined ? {} : { headers: { 'if-none-match': held } }),
      };
      const about = await answersAbout(world, 'secret', wish);
      expect(about).toEqual(await answersAbout(world, 'nothere', wish));
      for (const answer of about) expect(answer).toMatchObject({ status: 404 });
    }
});

test('it cannot be changed, tagged or taken by others, and they are not told that it is there', async () => {
  const { world, eve } = await openWorldWithSecret();
  const { token } = eve;
  const acts = async (bare: string): Promise<object[]> => {
    const at = `@hannah%2f${bare}`;
    const answers = [
      await world.ask('PUT', `/-/package/${at}/dist-tags/beta`, { token, body: '1.0.0' }),
      await world.ask('DELETE', `/-/package/${at}/dist-tags/beta`, { token }),
      await world.ask('POST', `/-/package/${at}/access`, { token, body: { access: 'public' } }),
      await world.ask('DELETE', `/${at}/-rev/1-x`, { token }),
      await world.ask('PUT', `/${at}/-rev/1-x`, { token, body: { versions: {} } }),
      await world.ask('PUT', `/${at}`, { token, body: { versions: {} } }),
      await world.ask('DELETE', `/${at}/-/${bare}-1.0.0.tgz/-rev/1-x`, { token }),
    ];
    return answers.map(shown);
  };
  const refused = await acts('secret');
  expect(refused).toEqual(await acts('nothere'));
  for (const answer of refused) expect([403, 404]).toContain((answer as { status: number }).status);
});

test('neither search nor its numbers know of it', async () => {
  const { world, eve, hannah } = await openWorldWithSecret();
  for (const text of [
    'secret',
    'invisible',
    'scope:hannah',
    'maintainer:hannah',
    'author:hannah',
    name,
    '',
  ]) {
    const question = `/-/v1/search?text=${encodeURIComponent(text)}`;
    for (const wish of [{}, { token: eve.token }])
      expect((await world.ask('GET', question, wish)).json()).toMatchObject({ objects: [], total: 0 });
    const own = await world.ask('GET', question, { token: hannah.token });
    expect(own.json(), text).toMatchObject({ total: 1 });
  }
});

test('what everybody has read is gone for them once it is restricted, and no cache hands it out', async () => {
  const { world, hannah, eve } = await openWorldWithSecret();
  const { ask } = world;
  const set = (access: string) =>
    ask('POST', `/-/package${path}/access`, { token: hannah.token, body: { access } });
  expect((await set('public')).statusCode).toBe(200);
  const [packument, tarball] = [await ask('GET', path), await ask('GET', `${path}/-/secret-1.0.0.tgz`)];
  expect([packument.statusCode, tarball.statusCode]).toEqual([200, 200]);
  expect((await set('restricted')).statusCode).toBe(200);
  for (const wish of [{}, { token: eve.token }])
    for (const answer of await answersAbout(world, 'secret', wish))
      expect(answer).toMatchObject({ status: 404 });
  const held = { headers: { 'if-none-match': String(packument.headers.etag) } };
  expect((await ask('GET', path, held)).statusCode).toBe(404);
  const own = await ask('GET', path, { token: hannah.token });
  expect(own.headers['cache-control']).toContain('private');
  expect(own.headers.vary).toContain('authorization');
});

test('who maintains it no longer does not read it any longer', async () => {
  const { world, eve } = await openWorldWithSecret();
  const { app, clock, ask } = world;
  const among = (work: 'add' | 'remove') =>
    app.store.write(async (tx) => {
      const { id } = await tx.sql.selectFrom('packages').select('id').executeTakeFirstOrThrow();
      const person = await tx.sql
        .selectFrom('accounts')
        .select('id')
        .where('name', '=', 'eve')
        .executeTakeFirstOrThrow();
      const row = { package_id: id, account_id: person.id, since: tx.now };
      if (work === 'add') await tx.sql.insertInto('maintainers').values(row).execute();
      else await tx.sql.deleteFrom('maintainers').where('account_id', '=', person.id).execute();
    });
  await among('add');
  clock.advance(1000);
  expect(await packumentOf(world, name, eve.token)).toMatchObject({ name });
  expect((await ask('GET', `${path}/-/secret-1.0.0.tgz`, { token: eve.token })).statusCode).toBe(200);
  await among('remove');
  clock.advance(1000);
  for (const answer of await answersAbout(world, 'secret', { token: eve.token }))
    expect(answer).toMatchObject({ status: 404 });
});

test('with anonymous reading turned off strangers are told nothing about any package', async () => {
  const world = await openWorld({ TALLYSTICK_ANONYMOUS_READ: 'false' });
  const hannah = await signUp(world);
  await mustPublish(world, hannah.token, { name: 'hello', version: '1.0.0' });
  for (const about of ['hello', 'nothere'])
    for (const question of questions(`/${about}`, about)) {
      const answer = await world.ask('GET', question);
      expect(answer.statusCode, question).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
  expect((await world.ask('GET', '/-/v1/search?text=hello')).statusCode).toBe(401);
});
