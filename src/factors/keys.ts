/** The security keys and passkeys of an account: add, name, remove, list (OT6, WA3–WA6). */
import { checkKeyName } from '../accounts/key-names.ts';
import { fail } from '../kernel/failure.ts';
import { newId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/ports.ts';
import type { Permit } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Writing } from '../store/store.ts';
import { takeCeremony } from './ceremonies.sql.ts';
import { countFactors, type FactorMode, removePending, setMode } from './factors.sql.ts';
import {
  insertKey,
  type KeyRow,
  readKey,
  readKeyByCredential,
  readKeys,
  removeKeyRow,
  updateKeyName,
} from './keys.sql.ts';
import { mailKeyAdded, mailKeyRemoved } from './keys-mails.ts';
import { refuseKey } from './keys-response.ts';
import type { CheckedRegistration } from './keys-verification.ts';
import { replaceRecoveryCodes } from './recovery-codes.ts';
import { forgetSecondFactor } from './turning-off.ts';

const mostKeys = 10;

const ownerOf = (permit: Permit<Action>): { id: string; name: string } =>
  permit.account ?? fail('credential_missing');

/** A key as its owner sees it. */
export interface SecurityKey {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Instant;
  readonly lastUsedAt: Instant | null;
  /** Whether its maker may copy it to the owner's other devices: a passkey. */
  readonly synced: boolean;
  /** Whether the owner can sign in with it alone, as far as the site knows. */
  readonly verifiesUser: boolean;
  /** When it looked as if somebody had a copy of it. */
  readonly possibleCopyAt: Instant | null;
}

const present = (row: KeyRow): SecurityKey => ({
  id: row.id,
  name: row.name,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  synced: row.backup_eligible === 1,
  verifiesUser: row.uv === 1,
  possibleCopyAt: row.possible_copy_at,
});

/** An account's keys, by the account's id, oldest first. */
export const listKeys = async (tx: Reading, account: string): Promise<SecurityKey[]> =>
  (await readKeys(tx, account)).map(present);

/** What adding a key led to. */
export interface AddedKey {
  readonly id: string;
  /** Ten recovery codes, told this once, where the key is the account's first factor; else null. */
  readonly recoveryCodes: readonly string[] | null;
}

/**
 * Adds a key whose answer `checkRegistration` found right, and uses its challenge up. The first factor of an account turns
 * its two-factor authentication on, in the mode of the wish. Fails with `request_invalid` (an eleventh key, a name of more
 * than one line or 64 characters) and with `key_refused` when the challenge is used up or of another account, or when the
 * key is registered already, with whatever account.
 */
export async function addKey(
  tx: Writing,
  permit: Permit<'factor.addKey'>,
  checked: CheckedRegistration,
  wish: { readonly name: string; readonly mode?: FactorMode },
): Promise<AddedKey> {
  const owner = ownerOf(permit);
  const name = checkKeyName(wish.name);
  if (checked.ceremony.account !== owner.id) refuseKey('the challenge is of another account');
  if (!(await takeCeremony(tx, checked.ceremony.hash))) refuseKey('the challenge is unknown, used or old');
  if ((await readKeys(tx, owner.id)).length >= mostKeys)
    fail('request_invalid', {
      reason: `An account has at most ${mostKeys} security keys: remove one first.`,
    });
  if (await readKeyByCredential(tx, checked.credentialId)) refuseKey('the key is registered already');
  const isFirst = (await countFactors(tx, owner.id)) === 0;

  const id = newId(tx.now, tx.random);
  await insertKey(tx, {
    id,
    account_id: owner.id,
    credential_id: checked.credentialId,
    public_key: checked.publicKey,
    algorithm: checked.algorithm,
    counter: checked.counter,
    name,
    transports: JSON.stringify(checked.transports),
    uv: checked.userVerified ? 1 : 0,
    backup_eligible: checked.backupEligible ? 1 : 0,
    backed_up: checked.backedUp ? 1 : 0,
    possible_copy_at: null,
    last_used_at: null,
  });
  const mode = wish.mode ?? 'auth-and-writes';
  if (isFirst) {
    await setMode(tx, owner.id, mode);
    // Begun while the password alone opened the account, so no factor stands behind it.
    await removePending(tx, owner.id);
  }
  await mailKeyAdded(tx, owner.id, permit.actor, { name, mode: isFirst ? mode : null });
  return { id, recoveryCodes: isFirst ? await replaceRecoveryCodes(tx, owner.id) : null };
}

const readOwn = async (tx: Reading, owner: { id: string }, id: string): Promise<KeyRow> =>
  (await readKey(tx, owner.id, id)) ?? fail('not_found');

/** Gives a key another name. Fails with `not_found` and with `request_invalid` as `addKey` does. */
export async function renameKey(
  tx: Writing,
  permit: Permit<'factor.renameKey'>,
  wish: { readonly id: string; readonly name: string },
): Promise<void> {
  const name = checkKeyName(wish.name);
  const { id } = await readOwn(tx, ownerOf(permit), wish.id);
  await updateKeyName(tx, id, name);
}

/**
 * Removes a key. With the last factor of an account its two-factor authentication goes off, and the recovery codes with it
 * (WA6): whoever must not allow that asks `countFactors` before. Says which it was. Fails with `not_found`.
 */
export async function removeKey(
  tx: Writing,
  permit: Permit<'factor.removeKey'>,
  wish: { readonly id: string },
): Promise<'removed' | 'off'> {
  const owner = ownerOf(permit);
  const { id, name } = await readOwn(tx, owner, wish.id);
  await removeKeyRow(tx, id);
  if ((await countFactors(tx, owner.id)) === 0) {
    await forgetSecondFactor(tx, owner.id, permit);
    return 'off';
  }
  await mailKeyRemoved(tx, owner.id, permit.actor, name);
  return 'removed';
}
