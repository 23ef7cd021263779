/** Accounts: signing up, the profile, the password, the e-mail address. */
import { fail } from '../kernel/failure.ts';
import { newId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/ports.ts';
import type { Permit } from '../policy/permit.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import {
  type AccountRow,
  insertAccount,
  isNameUsed,
  readAccount,
  readAccountById,
  readAccounts,
  readNamesByEmail,
  replacePassword,
  takeName,
  updateAccount,
} from './accounts.sql.ts';
import { askMoved } from './email-confirmation.ts';
import { endDevices, endLoginTokens, endSessions } from './endings.sql.ts';
import { announceEnding } from './endings.ts';
import { voidLinks } from './mailed-links.sql.ts';
import { mailEmailChanged, mailPasswordChanged } from './mails.ts';
import { checkEmail, checkName } from './names.ts';
import { hashPassword } from './passwords.ts';
import { checkNewPassword, type PasswordRule } from './strength.ts';

/** What people tell of themselves; null where they told nothing. */
interface ProfileTexts {
  fullname: string | null;
  homepage: string | null;
  github: string | null;
  twitter: string | null;
  freenode: string | null;
}

/** An account as its owner and the operator see it. */
export interface Account extends ProfileTexts {
  id: string;
  name: string;
  email: string;
  emailVerified: boolean;
  staff: boolean;
  frozenAt: Instant | null;
  createdAt: Instant;
  updatedAt: Instant;
}

/** What new passwords must satisfy here. */
export interface NewPasswordRules extends PasswordRule {
  /** The host of the public URL: nobody should build a password on it. */
  host: string;
}

const present = (row: AccountRow): Account => ({
  id: row.id,
  name: row.name,
  email: row.email,
  emailVerified: row.email_verified_at !== null,
  staff: row.staff === 1,
  frozenAt: row.frozen_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  fullname: row.fullname,
  homepage: row.homepage,
  github: row.github,
  twitter: row.twitter,
  freenode: row.freenode,
});

/** The account of a name, or undefined. */
export async function findAccount(tx: Reading, name: string): Promise<Account | undefined> {
  const row = await readAccount(tx, name);
  return row && present(row);
}

/** The name of the account with an e-mail address, where it is of one alone; undefined else. */
export async function findNameByEmail(tx: Reading, email: string): Promise<string | undefined> {
  const names = await readNamesByEmail(tx, email);
  return names.length === 1 ? names[0] : undefined;
}

/** Every account, by name. */
export async function listAccounts(tx: Reading): Promise<Account[]> {
  return (await readAccounts(tx)).map(present);
}

const accountOf = (permit: Permit<'account.update' | 'account.password'>): { id: string; name: string } =>
  permit.account ?? fail('credential_missing');

async function readOwn(tx: Reading, id: string): Promise<AccountRow> {
  return (await readAccountById(tx, id)) ?? fail('credential_invalid');
}

/** An account that can be created: everything is checked and its password is hashed. */
export interface ReadyAccount {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/**
 * Checks the wish for an account and hashes its password: slow, so it runs before the transaction. Fails with
 * `request_invalid`, `account_name_taken` or `busy`. Says nothing about addresses that others use (RL9).
 */
export async function prepareAccount(
  store: Store,
  wish: { readonly name: string; readonly email: string; readonly password: string },
  rules: NewPasswordRules,
): Promise<ReadyAccount> {
  const { name, email, password } = wish;
  checkName(name);
  checkEmail(email);
  const { taken, tools } = await store.read(async (tx) => ({
    taken: await isNameUsed(tx, name),
    tools: { vault: tx.vault, random: tx.random },
  }));
  if (taken) fail('account_name_taken', { name });
  await checkNewPassword(password, { name, email, host: rules.host }, rules);
  return { name, email, password: await hashPassword(tools, password) };
}

/** Creates the account. Fails with `account_name_taken` when somebody was faster. */
export async function createAccount(
  tx: Writing,
  _permit: Permit<'account.create'>,
  { name, email, password }: ReadyAccount,
): Promise<{ id: string; name: string }> {
  if (!(await takeName(tx, name))) fail('account_name_taken', { name });
  const id = newId(tx.now, tx.random);
  await insertAccount(tx, { id, name, email, password });
  return { id, name };
}

/** Makes an account staff, or no longer. Fails with `account_unknown`. */
export async function setStaff(
  tx: Writing,
  _permit: Permit<'account.staff'>,
  { name, staff }: { readonly name: string; readonly staff: boolean },
): Promise<Account> {
  const row = (await readAccount(tx, name)) ?? fail('account_unknown', { name });
  await updateAccount(tx, row.id, { staff: staff ? 1 : 0 });
  return present({ ...row, staff: staff ? 1 : 0, updated_at: tx.now });
}

const longestText = 256;
const textKeys = ['fullname', 'homepage', 'github', 'twitter', 'freenode'] as const;

function checkTexts(texts: Partial<ProfileTexts>): void {
  for (const key of textKeys) {
    const text = texts[key];
    if (text !== null && text !== undefined && [...text].length > longestText) {
      fail('request_invalid', { reason: `The field "${key}" has at most ${longestText} characters.` });
    }
    if (text !== null && text !== undefined && /\p{Cc}/u.test(text)) {
      fail('request_invalid', { reason: `The field "${key}" is one line of text.` });
    }
  }
}

/** What to change in a profile. Absent: stays. Null or empty: is removed. */
export interface ProfileChange extends Partial<ProfileTexts> {
  email?: string;
}

/**
 * Checks a wish to change a profile, before any code is looked at: `request_invalid` with the reason.
 */
export function checkProfileChange(change: ProfileChange): void {
  if (change.email !== undefined) checkEmail(change.email);
  checkTexts(change);
}

/**
 * Changes the profile. An e-mail address that stays the same stays verified; another one is unverified until
 * the link that goes there is opened; the one before hears of it (ML1, RV7). Returns the whole profile.
 */
export async function updateProfile(
  tx: Writing,
  permit: Permit<'account.update' | 'account.password'>,
  change: ProfileChange,
): Promise<Account> {
  checkProfileChange(change);
  const { id } = accountOf(permit);
  const before = await readOwn(tx, id);
  const texts: Partial<ProfileTexts> = {};
  for (const key of textKeys) {
    const text = change[key];
    if (text !== undefined) texts[key] = text === '' ? null : text;
  }
  const moved = change.email !== undefined && change.email !== before.email;
  const address = moved ? { email: change.email ?? before.email, email_verified_at: null } : {};
  await updateAccount(tx, id, { ...texts, ...address });
  const after = present(await readOwn(tx, id));
  if (moved) {
    await mailEmailChanged(tx, permit, { before, after: after.email });
    await askMoved(tx, permit, after);
  }
  return after;
}

/** A new password that is checked and hashed. */
export interface ReadyPassword {
  readonly hash: string;
}

/** Checks a new password for an account and hashes it, before the transaction. `request_invalid` or `busy`. */
export async function preparePassword(
  store: Store,
  name: string,
  password: string,
  rules: NewPasswordRules,
): Promise<ReadyPassword> {
  const { account, tools } = await store.read(async (tx) => ({
    account: await readAccount(tx, name),
    tools: { vault: tx.vault, random: tx.random },
  }));
  if (account === undefined) return fail('credential_invalid');
  await checkNewPassword(password, { name, email: account.email, host: rules.host }, rules);
  return { hash: await hashPassword(tools, password) };
}

/**
 * Changes the password and ends every login but the one that asked (PW6). The old password is proven by the gate
 * within this transaction.
 */
export async function changePassword(
  tx: Writing,
  permit: Permit<'account.password'>,
  { hash }: ReadyPassword,
): Promise<void> {
  const { id } = accountOf(permit);
  const account = await readOwn(tx, id);
  if (!(await replacePassword(tx, id, account.password_version, hash))) fail('password_wrong');
  await endLoginTokens(tx, id, permit.actor.token);
  await endSessions(tx, id, permit.actor.session);
  await endDevices(tx, id);
  await voidLinks(tx, { account: id, kind: 'end-hold', since: 0 });
  announceEnding(tx, { account: id });
  await mailPasswordChanged(tx, permit, account);
}
