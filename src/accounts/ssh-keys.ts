/** The SSH keys of an account, which later prove that a request for help is its owner's (RV2): list, add, remove. */
import { fail } from '../kernel/failure.ts';
import { newId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/ports.ts';
import type { Permit } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Writing } from '../store/store.ts';
import { readAccountById } from './accounts.sql.ts';
import { checkKeyName, longestKeyName } from './key-names.ts';
import { mailSshKeyAdded, mailSshKeyRemoved } from './mails.ts';
import { insertSshKey, readSshKey, readSshKeys, removeSshKeyRow, type SshKeyRow } from './ssh-keys.sql.ts';
import { parseSshPublicKey, type SshAlgorithm, sshAlgorithms } from './ssh-public-keys.ts';

const most = 20;

const ownerOf = (permit: Permit<Action>): { id: string; name: string } =>
  permit.account ?? fail('credential_missing');

/** A key as its owner sees it. */
export interface SshKey {
  readonly id: string;
  readonly name: string;
  readonly algorithm: SshAlgorithm;
  /** As `ssh-keygen -lf` prints it: `SHA256:…`. */
  readonly fingerprint: string;
  readonly createdAt: Instant;
}

const present = ({ id, name, algorithm, fingerprint, created_at }: SshKeyRow): SshKey => ({
  id,
  name,
  algorithm: sshAlgorithms.find((one) => one === algorithm) ?? fail('unavailable'),
  fingerprint,
  createdAt: created_at,
});

/** An account's keys, by the account's id, oldest first. */
export const listSshKeys = async (tx: Reading, account: string): Promise<SshKey[]> =>
  (await readSshKeys(tx, account)).map(present);

/** One key of an account, by the account's id. Fails with `not_found`. */
export const findSshKey = async (tx: Reading, account: string, id: string): Promise<SshKey> =>
  present((await readSshKey(tx, account, id)) ?? fail('not_found'));

/** What somebody pasted, and how to call it. */
export interface SshKeyWish {
  readonly publicKey: string;
  /** Empty where the key's own comment shall be its name. */
  readonly name: string;
}

function nameFor(wish: SshKeyWish, comment: string): string {
  const name = wish.name.trim() || [...comment].slice(0, longestKeyName).join('').trim();
  if (name === '') fail('request_invalid', { reason: 'Give the key a name: it brings none along.' });
  return checkKeyName(name);
}

/**
 * Adds a key, and mails the owner. Fails with `request_invalid` when the text is no public key that is taken here, when the
 * account has it already, or has twenty, and when there is no name of one line and 64 characters.
 */
export async function addSshKey(
  tx: Writing,
  permit: Permit<'sshKey.add'>,
  wish: SshKeyWish,
): Promise<SshKey> {
  const owner = ownerOf(permit);
  const { algorithm, blob, fingerprint, comment } = parseSshPublicKey(wish.publicKey);
  const name = nameFor(wish, comment);
  const keys = await readSshKeys(tx, owner.id);
  const same = keys.find((key) => key.fingerprint === fingerprint);
  if (same) fail('request_invalid', { reason: `Your account has this key already, as "${same.name}".` });
  if (keys.length >= most)
    fail('request_invalid', { reason: `An account has at most ${most} SSH keys: remove one first.` });
  const row = {
    id: newId(tx.now, tx.random),
    account_id: owner.id,
    algorithm,
    blob,
    fingerprint,
    name,
    created_at: tx.now,
  };
  await insertSshKey(tx, row);
  const account = (await readAccountById(tx, owner.id)) ?? fail('credential_missing');
  await mailSshKeyAdded(tx, permit, account, row);
  return present(row);
}

/** Removes a key, and mails the owner. Fails with `not_found`. */
export async function removeSshKey(tx: Writing, permit: Permit<'sshKey.remove'>, id: string): Promise<void> {
  const owner = ownerOf(permit);
  const row = (await readSshKey(tx, owner.id, id)) ?? fail('not_found');
  await removeSshKeyRow(tx, row.id);
  const account = (await readAccountById(tx, owner.id)) ?? fail('credential_missing');
  await mailSshKeyRemoved(tx, permit, account, row);
}
