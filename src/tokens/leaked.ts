/** Access tokens that are found where everybody can read them (TK7). */
import { readAccountById } from '../accounts/accounts.sql.ts';
import { announceEnding } from '../accounts/endings.ts';
import { fail } from '../kernel/failure.ts';
import { hashSecret } from '../kernel/secrets.ts';
import { record } from '../ledger/audit.ts';
import type { Permit } from '../policy/permit.ts';
import type { Reading, Writing } from '../store/store.ts';
import { endOfLife } from './life.ts';
import { mailTokenLeaked } from './mails.ts';
import { present } from './token.ts';
import { type HeldToken, markRevoked, readByHash } from './tokens.sql.ts';

/** Those of the texts that are tokens which still open something. */
async function findLiving(tx: Reading, texts: ReadonlySet<string>): Promise<HeldToken[]> {
  const living: HeldToken[] = [];
  for (const text of texts) {
    const row = await readByHash(tx, hashSecret(text));
    if (row === undefined || row.revoked_at !== null) continue;
    if ((endOfLife(row) ?? Number.POSITIVE_INFINITY) > tx.now) living.push(row);
  }
  return living;
}

/** Whether any of the texts is a token that still opens something. */
export async function isAnyAlive(tx: Reading, texts: ReadonlySet<string>): Promise<boolean> {
  return (await findLiving(tx, texts)).length > 0;
}

/**
 * Revokes every living token among the texts and mails its owner, whoever he is: who can show a token may end it (TK6).
 * `where` completes "was found in …" for the one who published it. Returns the beginnings of the tokens.
 */
export async function revokeLeakedTokens(
  tx: Writing,
  permit: Permit<'token.revokeLeaked'>,
  { texts, where }: { texts: ReadonlySet<string>; where: string },
): Promise<string[]> {
  const { account, actor } = permit;
  const publisher = account ?? fail('credential_missing');
  const gone: string[] = [];
  for (const row of await findLiving(tx, texts)) {
    if (!(await markRevoked(tx, row.id))) continue;
    announceEnding(tx, { token: row.id });
    gone.push(row.prefix);
    const owner = (await readAccountById(tx, row.account_id)) ?? fail('credential_invalid');
    const isOwn = owner.id === publisher.id;
    // Of a package that its owner may not know, he learns only who had the token in hand.
    const place = isOwn ? where : `files that ${publisher.name} was about to publish`;
    await mailTokenLeaked(tx, permit, owner, { token: present(row), place, isOwn });
    if (isOwn) continue;
    await record(tx, {
      action: permit.action,
      outcome: 'done',
      account: owner.id,
      actor: publisher.name,
      actorKind: 'account',
      tokenKey: row.id,
      requestId: actor.requestId,
      target: owner.name,
    });
  }
  return gone;
}
