import type { Selectable } from 'kysely';
import type { Instant } from '../kernel/ports.ts';
import type { TokenKind, TokensTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

export type TokenRow = Selectable<TokensTable>;

export async function insertToken(tx: Writing, row: TokenRow): Promise<void> {
  await tx.sql.insertInto('tokens').values(row).execute();
}

/** More than anybody looks through; build machines that log in again and again leave many behind. */
const mostLogins = 200;

export interface HeldToken extends TokenRow {
  account_name: string;
  account_frozen_at: Instant | null;
}

/** A token by the hash of itself, with its owner's name. */
export async function readByHash(tx: Reading, hash: string): Promise<HeldToken | undefined> {
  return tx.sql
    .selectFrom('tokens')
    .innerJoin('accounts', 'accounts.id', 'tokens.account_id')
    .selectAll('tokens')
    .select(['accounts.name as account_name', 'accounts.frozen_at as account_frozen_at'])
    .where('tokens.hash', '=', hash)
    .executeTakeFirst();
}

export async function readOwn(tx: Reading, accountId: string, id: string): Promise<TokenRow | undefined> {
  return tx.sql
    .selectFrom('tokens')
    .selectAll()
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
}

export async function readTokenById(tx: Reading, id: string): Promise<TokenRow | undefined> {
  return tx.sql.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst();
}

/** At most two living tokens of an account whose key begins so. The text is hex digits. */
export async function readOwnByPrefix(tx: Reading, accountId: string, prefix: string): Promise<TokenRow[]> {
  return living(tx, accountId).selectAll().where('id', 'like', `${prefix}%`).limit(2).execute();
}

/** Lets a suspended token go on, its wrong codes forgotten for itself; says whether it was suspended. */
export async function liftSuspension(tx: Writing, id: string): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('tokens')
    .set({ suspended_at: null, updated_at: tx.now })
    .where('id', '=', id)
    .where('suspended_at', 'is not', null)
    .executeTakeFirst();
  await tx.sql.updateTable('attempts').set({ token_id: null }).where('token_id', '=', id).execute();
  return numUpdatedRows > 0n;
}

/** The tokens of an account that open something now; the same question as `isAlive` of life.ts. */
const living = (tx: Reading, accountId: string) =>
  tx.sql
    .selectFrom('tokens')
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    .where('expired_at', 'is', null)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', tx.now)]))
    .where((where) =>
      where.or([
        where('idle_life', 'is', null),
        where(
          where(where.fn.coalesce('last_used_at', 'created_at'), '+', where.ref('idle_life')),
          '>',
          tx.now,
        ),
      ]),
    );

/** One page of an account's living tokens, newest first. */
export async function readLiving(
  tx: Reading,
  accountId: string,
  { limit, offset }: { limit: number; offset: number },
): Promise<TokenRow[]> {
  return living(tx, accountId)
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .offset(offset)
    .execute();
}

/** The living login tokens of an account, the latest used first. */
export async function readLivingLogins(tx: Reading, accountId: string): Promise<TokenRow[]> {
  return living(tx, accountId)
    .selectAll()
    .where('kind', '=', 'session')
    .orderBy((order) => order.fn.coalesce('last_used_at', 'created_at'), 'desc')
    .orderBy('id')
    .limit(mostLogins)
    .execute();
}

/** A living token of an account by its key. */
export async function readLivingOwn(
  tx: Reading,
  accountId: string,
  id: string,
): Promise<TokenRow | undefined> {
  return living(tx, accountId).selectAll().where('id', '=', id).executeTakeFirst();
}

export async function countLiving(tx: Reading, accountId: string): Promise<number> {
  const row = await living(tx, accountId)
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** The living access tokens of an account that bear a name. */
export async function readNamed(tx: Reading, accountId: string, name: string): Promise<TokenRow[]> {
  return living(tx, accountId).selectAll().where('name', '=', name).where('kind', '!=', 'session').execute();
}

export async function shortenLife(tx: Writing, id: string, end: Instant, warnings: number): Promise<void> {
  await tx.sql
    .updateTable('tokens')
    .set({ expires_at: end, warnings, updated_at: tx.now })
    .where('id', '=', id)
    .execute();
}

/** Whether the token was not revoked yet and is now. */
export async function markRevoked(tx: Writing, id: string): Promise<boolean> {
  const row = await tx.sql
    .updateTable('tokens')
    .set({ revoked_at: tx.now, updated_at: tx.now })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Writes down that a life was over at an instant. */
export async function markExpired(tx: Writing, id: string, at: Instant): Promise<void> {
  await tx.sql
    .updateTable('tokens')
    .set({ expired_at: at })
    .where('id', '=', id)
    .where('expired_at', 'is', null)
    .execute();
}

/** Notes the latest use of a token, never an earlier one. */
export async function noteUse(tx: Writing, id: string, at: Instant): Promise<void> {
  await tx.sql
    .updateTable('tokens')
    .set({ last_used_at: at })
    .where('id', '=', id)
    .where((where) => where.or([where('last_used_at', 'is', null), where('last_used_at', '<', at)]))
    .execute();
}

export interface EndingToken {
  id: string;
  prefix: string;
  name: string | null;
  kind: TokenKind;
  expires_at: Instant;
  warnings: number;
  account_name: string;
  email: string;
}

/** Living access tokens that end before an instant and got fewer warnings than so many, with their owners. */
export async function readEnding(
  tx: Reading,
  before: Instant,
  fewerThan: number,
  limit: number,
): Promise<EndingToken[]> {
  return tx.sql
    .selectFrom('tokens')
    .innerJoin('accounts', 'accounts.id', 'tokens.account_id')
    .select(['tokens.id', 'tokens.prefix', 'tokens.name', 'tokens.kind', 'tokens.warnings', 'accounts.email'])
    .select((select) => [
      select.ref('tokens.expires_at').$castTo<Instant>().as('expires_at'),
      select.ref('accounts.name').as('account_name'),
    ])
    .where('tokens.kind', '!=', 'session')
    .where('tokens.revoked_at', 'is', null)
    .where('tokens.expired_at', 'is', null)
    .where('tokens.expires_at', '>', tx.now)
    .where('tokens.expires_at', '<=', before)
    .where('tokens.warnings', '<', fewerThan)
    .orderBy('tokens.expires_at')
    .limit(limit)
    .execute();
}

export async function setWarnings(tx: Writing, id: string, warnings: number): Promise<void> {
  await tx.sql.updateTable('tokens').set({ warnings }).where('id', '=', id).execute();
}
