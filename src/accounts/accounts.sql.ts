import type { AccountsTable, SignInNetworksTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

/** Everything about an account but its password's hash, which `readSecret` alone reads. */
const columns = [
  'id',
  'name',
  'email',
  'email_verified_at',
  'password_version',
  'mode',
  'fullname',
  'homepage',
  'github',
  'twitter',
  'freenode',
  'staff',
  'frozen_at',
  'created_at',
  'updated_at',
] as const;

export type AccountRow = Omit<AccountsTable, 'password' | 'recovery_used_at' | 'recovering_since'>;

export async function readAccount(tx: Reading, name: string): Promise<AccountRow | undefined> {
  return tx.sql.selectFrom('accounts').select(columns).where('name', '=', name).executeTakeFirst();
}

export async function readAccountById(tx: Reading, id: string): Promise<AccountRow | undefined> {
  return tx.sql.selectFrom('accounts').select(columns).where('id', '=', id).executeTakeFirst();
}

/** By name, so that a list looks the same on both databases. */
export async function readAccounts(tx: Reading): Promise<AccountRow[]> {
  return tx.sql.selectFrom('accounts').select(columns).orderBy('name').execute();
}

/** The names of at most two accounts with an e-mail address. */
export async function readNamesByEmail(tx: Reading, email: string): Promise<string[]> {
  const rows = await tx.sql
    .selectFrom('accounts')
    .select('name')
    .where('email', '=', email)
    .limit(2)
    .execute();
  return rows.map(({ name }) => name);
}

export interface Secret {
  id: string;
  password: string;
  version: number;
}

/** The hash of an account's password, by the account's name. */
export async function readSecret(tx: Reading, name: string): Promise<Secret | undefined> {
  return tx.sql
    .selectFrom('accounts')
    .select(['id', 'password', 'password_version as version'])
    .where('name', '=', name)
    .executeTakeFirst();
}

export async function isNameUsed(tx: Reading, name: string): Promise<boolean> {
  const row = await tx.sql.selectFrom('names').select('name').where('name', '=', name).executeTakeFirst();
  return row !== undefined;
}

/** Whether the name was free and is taken now. */
export async function takeName(tx: Writing, name: string): Promise<boolean> {
  const taken = await tx.sql
    .insertInto('names')
    .values({ name, kind: 'account', created_at: tx.now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('name')
    .executeTakeFirst();
  return taken !== undefined;
}

export async function insertAccount(
  tx: Writing,
  row: Pick<AccountsTable, 'id' | 'name' | 'email' | 'password'>,
): Promise<void> {
  const defaults = { password_version: 1, mode: 'auth-and-writes', staff: 0 } as const;
  await tx.sql
    .insertInto('accounts')
    .values({ ...row, ...defaults, created_at: tx.now, updated_at: tx.now })
    .execute();
}

export type AccountChange = Partial<
  Pick<
    AccountsTable,
    | 'fullname'
    | 'homepage'
    | 'github'
    | 'twitter'
    | 'freenode'
    | 'email'
    | 'email_verified_at'
    | 'staff'
    | 'frozen_at'
  >
>;

export async function updateAccount(tx: Writing, id: string, change: AccountChange): Promise<void> {
  await tx.sql
    .updateTable('accounts')
    .set({ ...change, updated_at: tx.now })
    .where('id', '=', id)
    .execute();
}

/** Whether the password was still that of the version, and is the new one now. */
export async function replacePassword(
  tx: Writing,
  id: string,
  expected: number,
  password: string,
): Promise<boolean> {
  const row = await tx.sql
    .updateTable('accounts')
    .set({ password, password_version: expected + 1, updated_at: tx.now })
    .where('id', '=', id)
    .where('password_version', '=', expected)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Stores the same password under a newer hash, unless it was changed meanwhile. */
export async function replaceHash(
  tx: Writing,
  id: string,
  expected: number,
  password: string,
): Promise<void> {
  await tx.sql
    .updateTable('accounts')
    .set({ password })
    .where('id', '=', id)
    .where('password_version', '=', expected)
    .execute();
}

/** When an account signed in from a network, as far as that counts for one thing or the other. */
type SeenNetwork = Pick<SignInNetworksTable, 'last_at' | 'known_at'>;

/**
 * Notes a sign-in with all that was asked from a network; returns what was known of it before, if anything. `makesKnown`:
 * whether logins from there need not be guarded from now on (SE7).
 */
export async function noteNetwork(
  tx: Writing,
  accountId: string,
  network: string,
  { makesKnown }: { makesKnown: boolean },
): Promise<SeenNetwork | undefined> {
  const before = await readNetwork(tx, accountId, network);
  const seen = { last_at: tx.now, ...(makesKnown ? { known_at: tx.now } : {}) };
  await tx.sql
    .insertInto('sign_in_networks')
    .values({ account_id: accountId, network, known_at: null, ...seen })
    .onConflict((conflict) => conflict.columns(['account_id', 'network']).doUpdateSet(seen))
    .execute();
  return before;
}

/** When the account last signed in from the network, if ever. */
export async function readNetwork(
  tx: Reading,
  accountId: string,
  network: string,
): Promise<SeenNetwork | undefined> {
  return tx.sql
    .selectFrom('sign_in_networks')
    .select(['last_at', 'known_at'])
    .where('account_id', '=', accountId)
    .where('network', '=', network)
    .executeTakeFirst();
}
