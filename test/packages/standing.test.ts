import type { KyselyPlugin } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { readWithMaintainers } from '../../src/packages/reading.sql.ts';
import { readStanding } from '../../src/packages/standing.sql.ts';
import type { Reading } from '../../src/store/store.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { mustPublish, signUp } from './publisher.ts';

eachDialect('how somebody stands to a package', (dialect) => {
  let app: TestApp;
  beforeEach(async () => {
    app = await openApp(dialect);
    const alice = await signUp(app, 'alice');
    await signUp(app, 'bob');
    await mustPublish(app, alice, { name: '@alice/secret', version: '1.0.0' });
    await mustPublish(app, alice, { name: 'open', version: '1.0.0' });
  });

  const accountOf = (name: string) =>
    app.app.store.read(({ sql }) =>
      sql.selectFrom('accounts').select(['id', 'name']).where('name', '=', name).executeTakeFirstOrThrow(),
    );

  /** What a read gives, and how many questions to the database it took. */
  const counted = async <T>(work: (tx: Reading) => Promise<T>): Promise<{ result: T; questions: number }> => {
    let questions = 0;
    const counter: KyselyPlugin = {
      transformQuery: ({ node }) => {
        questions += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    const result = await app.app.store.read((tx) => work({ ...tx, sql: tx.sql.withPlugin(counter) }));
    return { result, questions };
  };

  it('is found with one question, whether there is such a package or not', async () => {
    const people = [await accountOf('alice'), await accountOf('bob'), null];
    const standings: string[] = [];
    for (const name of ['@alice/secret', '@alice/missing', 'open', 'missing'])
      for (const account of people) {
        const { result, questions } = await counted((tx) => readStanding(tx, name, account));
        expect(questions, `${name} ${account?.name}`).toBe(1);
        standings.push(result.standing);
      }
    expect(standings).toEqual([
      ...['writer', 'hidden', 'hidden'],
      ...['founder', 'hidden', 'hidden'],
      ...['writer', 'reader', 'reader'],
      ...['founder', 'founder', 'hidden'],
    ]);
  });

  it('is read with its maintainers in one question too', async () => {
    await app.ask('PUT', '/-/package/open/owners', {
      body: { user: 'bob' },
      token: await signUp(app, 'alice'),
    });
    const ids = [(await accountOf('alice')).id, (await accountOf('bob')).id].sort();
    const open = await counted((tx) => readWithMaintainers(tx, 'open'));
    expect(open.questions).toBe(1);
    expect(open.result?.maintainers.sort()).toEqual(ids);
    expect(open.result?.row).toMatchObject({ name: 'open', visibility: 'public' });
    expect(open.result?.row).not.toHaveProperty('account_id');
    expect(await counted((tx) => readWithMaintainers(tx, 'missing'))).toEqual({
      result: undefined,
      questions: 1,
    });
  });
});
