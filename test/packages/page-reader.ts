import { readPackagePage } from '../../src/packages/page-facts.ts';
import type { TestApp } from '../support/app.ts';

/** Who reads: a stranger, or an account by its name. */
async function readerOf({ app }: TestApp, name: string | null) {
  const account =
    name === null
      ? null
      : await app.store.read((tx) =>
          tx.sql
            .selectFrom('accounts')
            .select(['id', 'name'])
            .where('name', '=', name)
            .executeTakeFirstOrThrow(),
        );
  return { actor: { account, grants: null }, anonymousRead: true };
}

/** The facts of a package's page, as a stranger or an account sees it. */
export async function look(
  app: TestApp,
  name: string,
  as: string | null = null,
  version?: string,
  page?: number,
) {
  const reader = await readerOf(app, as);
  return app.app.store.read((tx) => readPackagePage(tx, { name, version, page }, reader));
}
