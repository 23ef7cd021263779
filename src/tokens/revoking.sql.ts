import type { Reading } from '../store/store.ts';
import type { TokenRow } from './tokens.sql.ts';

/** A token that was not revoked, and who has it. */
export type OwnedToken = TokenRow & { readonly owner: string; readonly email: string };

/** At most two tokens of whomever whose key begins so: enough to tell one from many. */
export function readByPrefix(tx: Reading, prefix: string): Promise<OwnedToken[]> {
  return tx.sql
    .selectFrom('tokens')
    .innerJoin('accounts', 'accounts.id', 'tokens.account_id')
    .selectAll('tokens')
    .select(['accounts.name as owner', 'accounts.email'])
    .where('tokens.id', 'like', `${prefix}%`)
    .where('tokens.revoked_at', 'is', null)
    .limit(2)
    .execute();
}
