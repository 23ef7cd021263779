import { expect, test } from 'vitest';
import { packumentOf, publish } from '../packages/publisher.ts';
import { contentOf } from '../support/document.ts';
import { openWorld, signUp } from './people.ts';

const draft = { name: 'hello', version: '1.0.0' };

test('what fails at the last step leaves nothing to be seen, and the same publish is done later', async () => {
  const world = await openWorld();
  const { ask, app } = world;
  const { token } = await signUp(world);
  await app.store.write(async (tx) => {
    const { sql } = await import('kysely');
    await sql`create trigger fails before insert on tags begin select raise(abort, 'no'); end`.execute(
      tx.sql,
    );
  });
  expect((await publish(world, token, draft)).statusCode).toBe(500);
  for (const path of ['/hello', '/hello/1.0.0', '/hello/-/hello-1.0.0.tgz', '/-/package/hello/dist-tags'])
    expect((await ask('GET', path)).statusCode, path).toBe(404);
  await app.store.write(async (tx) => {
    const { sql } = await import('kysely');
    await sql`drop trigger fails`.execute(tx.sql);
  });
  expect((await publish(world, token, draft)).statusCode).toBe(201);
});

test('whoever reads while others publish gets every tarball that is named', async () => {
  const world = await openWorld();
  const { token } = await signUp(world);
  const versions = Array.from({ length: 12 }, (_, index) => `1.0.${index}`);
  expect((await publish(world, token, { ...draft, version: '0.9.0' })).statusCode).toBe(201);
  let publishing = true;
  const writing = Promise.all(
    versions.map((version) => publish(world, token, { ...draft, version })),
  ).finally(() => {
    publishing = false;
  });
  for (let looks = 0; publishing && looks < 500; looks += 1) {
    const named = Object.keys((await packumentOf(world, 'hello')).versions);
    const newest = named.at(-1) ?? '';
    const answer = await world.ask('GET', `/hello/-/hello-${newest}.tgz`);
    expect(answer.statusCode, newest).toBe(200);
    expect(answer.rawPayload.equals(contentOf({ ...draft, version: newest })), newest).toBe(true);
  }
  for (const { statusCode } of await writing) expect(statusCode).toBe(201);
  expect(Object.keys((await packumentOf(world, 'hello')).versions)).toHaveLength(13);
});
