import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { mustPublish, packumentOf, publish, signUp } from '../packages/publisher.ts';
import { openApp } from '../support/app.ts';

test('a full database refuses what it cannot keep, goes on reading, and recovers by itself', async () => {
  const app = await openApp('sqlite');
  const alice = await signUp(app, 'alice');
  const foo = { name: 'foo', version: '1.0.0' };
  await mustPublish(app, alice, foo);
  const bound = (pages: string) =>
    app.app.store.write((tx) => sql.raw(`PRAGMA max_page_count = ${pages}`).execute(tx.sql));
  // SQLite takes the pages that there are for the least bound.
  await bound('1');
  const large = {
    ...foo,
    version: '1.0.1',
    manifest: { note: Array.from({ length: 20_000 }, (_, index) => index).join() },
  };
  const full = await publish(app, alice, large);
  expect(full.statusCode).toBe(507);
  expect(full.json().error).toBe('The server cannot store anything at the moment. Reading goes on.');
  expect(Object.keys((await packumentOf(app, 'foo')).versions)).toEqual(['1.0.0']);
  expect((await app.ask('GET', '/foo/-/foo-1.0.0.tgz')).statusCode).toBe(200);
  await bound('1000000');
  await mustPublish(app, alice, large);
});
