/** Known devices (RL3): browsers that completed a sign-in with both factors. They never replace a factor. */
import { fail } from '../kernel/failure.ts';
import { newId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/ports.ts';
import { hashSecret } from '../kernel/secrets.ts';
import type { Actor } from '../policy/actor.ts';
import type { Permit } from '../policy/permit.ts';
import type { Reading, Writing } from '../store/store.ts';
import {
  type DeviceRow,
  insertDevice,
  markDeviceEnded,
  noteDeviceUse,
  readDeviceByHash,
  readLivingDevices,
} from './sessions.sql.ts';

const secretBytes = 32;

/** A device as its owner sees it. */
export interface Device {
  readonly id: string;
  readonly createdAt: Instant;
  readonly lastUsedAt: Instant;
  readonly address: string | null;
  readonly userAgent: string;
}

/**
 * The living device of this account that a browser's cookie stands for, or undefined: a device of another account is
 * none. `hash` is that of the cookie's value, or null.
 */
export async function recogniseDevice(
  tx: Reading,
  account: string,
  hash: string | null,
): Promise<DeviceRow | undefined> {
  if (hash === null) return undefined;
  const row = await readDeviceByHash(tx, hash);
  const isAlive = row?.account_id === account && row.ended_at === null && row.expires_at > tx.now;
  return isAlive ? row : undefined;
}

/** Makes a browser a known device, or notes that a known one was used; returns its id and, where new, its cookie. */
export async function rememberDevice(
  tx: Writing,
  { address, userAgent }: Actor,
  account: string,
  known: DeviceRow | undefined,
  life: number,
): Promise<{ id: string; cookie: string | undefined }> {
  const used = { last_used_at: tx.now, expires_at: tx.now + life, address, user_agent: userAgent };
  if (known) {
    await noteDeviceUse(tx, known.id, used);
    return { id: known.id, cookie: undefined };
  }
  const id = newId(tx.now, tx.random);
  const cookie = tx.random.bytes(secretBytes).toString('base64url');
  await insertDevice(tx, {
    id,
    account_id: account,
    hash: hashSecret(cookie),
    created_at: tx.now,
    ended_at: null,
    ...used,
  });
  return { id, cookie };
}

/** The known devices of an account, the latest used first. */
export async function listDevices(tx: Reading, account: string): Promise<Device[]> {
  return (await readLivingDevices(tx, account)).map((row) => ({
    id: row.id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    address: row.address,
    userAgent: row.user_agent,
  }));
}

/** Makes a device unknown that guesses too often. */
export async function forgetDevice(tx: Writing, account: string, id: string): Promise<void> {
  await markDeviceEnded(tx, account, id);
}

/** Makes one of one's own devices unknown. Fails with `not_found` for anybody else's. */
export async function endDevice(
  tx: Writing,
  permit: Permit<'account.endSession'>,
  id: string,
): Promise<void> {
  const account = permit.account ?? fail('session_ended');
  if (!(await markDeviceEnded(tx, account.id, id))) fail('not_found');
}
