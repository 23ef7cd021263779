/** Stars: what people like. They change packuments, but belong to whoever gave them (protocol/packages.md §5.4). */
import { fail } from '../kernel/failure.ts';
import type { Permit } from '../policy/permit.ts';
import type { Writing } from '../store/store.ts';
import { type Forget, nameOf, requirePackage, revisionOf } from './revision.ts';
import { countStarChange, deleteStar, insertStar } from './stars.sql.ts';

/**
 * Gives or takes back the star of the acting account, and of nobody else. Whatever revision the client saw: stars of
 * others are not touched, so nothing can be lost. Called by: npm lib/commands/star.js (npm 6–11), pnpm 12.
 */
export async function setStar(
  tx: Writing,
  permit: Permit<'package.star'>,
  isStarred: boolean,
  forget: Forget,
): Promise<string> {
  const { id } = permit.account ?? fail('credential_missing');
  const row = await requirePackage(tx, nameOf(permit));
  const hasChanged = await (isStarred ? insertStar : deleteStar)(tx, row.id, id);
  if (hasChanged) {
    await countStarChange(tx, row.id);
    tx.afterCommit(() => forget(row.name));
  }
  return revisionOf(row);
}
