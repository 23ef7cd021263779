import { argon2, timingSafeEqual } from 'node:crypto';
import type { Random } from '../kernel/ports.ts';
import type { Vault } from '../kernel/vault.ts';
import { hashingSlots } from './slots.ts';

/** Argon2id's cost: memory in KiB, passes over it, lanes. */
export interface PasswordCost {
  memory: number;
  passes: number;
  parallelism: number;
}

/** The cost of every new hash (PW4). Hashes of less are replaced at the next sign-in. */
export const currentCost: PasswordCost = { memory: 47_104, passes: 1, parallelism: 1 };

const saltBytes = 16;
const tagBytes = 32;
/** More code points than this are never a password here, so they are refused before any work (PW1). */
export const longestPassword = 256;

/**
 * The form in which a password is counted, judged and hashed: NFKC, so that the same keys pressed on two systems
 * are the same password (PW3, NIST SP 800-63B-4 §3.1.1.2).
 */
export const normalisePassword = (typed: string): string => typed.normalize('NFKC');

/** How many characters a person would count: code points, not UTF-16 units (PW3). */
export const countCodePoints = (text: string): number => [...text].length;

const tagOf = (password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> =>
  hashingSlots.take(
    () =>
      new Promise((resolve, reject) => {
        const message = Buffer.from(normalisePassword(password), 'utf8');
        argon2('argon2id', { message, nonce: salt, ...cost, tagLength: tagBytes }, (error, tag) =>
          error === null ? resolve(tag) : reject(error),
        );
      }),
  );

/** The pepper lies over the tag, so that stolen rows without the keyring cannot even be guessed at (PW4). */
const pepper = (vault: Vault, tag: Buffer): Buffer => vault.hmac('pepper', tag.toString('base64'));

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

interface StoredHash {
  cost: PasswordCost;
  salt: Buffer;
  peppered: Buffer;
}

const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

const parse = (text: string): StoredHash | undefined => {
  const [, memory, passes, parallelism, salt, tag] = phc.exec(text) ?? [];
  if (salt === undefined || tag === undefined) return undefined;
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    peppered: Buffer.from(tag, 'base64'),
  };
};

const write = ({ cost, salt, peppered }: StoredHash): string =>
  `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(salt)}$${unpadded(peppered)}`;

/**
 * Hashes a password for storage: a PHC string with Argon2id's parameters, whose tag is the peppered one. Runs on
 * libuv's threads when a slot is free, so call it before a write transaction, never inside.
 * Fails with `busy` when too many hashes wait (PW5).
 */
export async function hashPassword(
  { vault, random }: { vault: Vault; random: Random },
  password: string,
  cost: PasswordCost = currentCost,
): Promise<string> {
  const salt = random.bytes(saltBytes);
  return write({ cost, salt, peppered: pepper(vault, await tagOf(password, salt, cost)) });
}

const nobody: StoredHash = {
  cost: currentCost,
  salt: Buffer.alloc(saltBytes),
  peppered: Buffer.alloc(tagBytes),
};

/**
 * Whether a typed password is the one of a stored PHC string. Without one (an unknown account, an account that has
 * no password) it does the same work and says no, so that time tells nobody who exists (PW5, RL9).
 * Fails with `busy` when too many hashes wait.
 */
export async function matchesPassword(
  { vault }: { vault: Vault },
  stored: string | undefined,
  typed: string,
): Promise<boolean> {
  const known = stored === undefined ? undefined : parse(stored);
  const { cost, salt, peppered } = known ?? nobody;
  const possible = countCodePoints(typed) <= longestPassword && typed.isWellFormed();
  const presented = pepper(vault, await tagOf(possible ? typed : '', salt, cost));
  const equal = presented.length === peppered.length && timingSafeEqual(presented, peppered);
  return equal && possible && known !== undefined;
}

/** Whether a stored hash costs less than new ones do, so that the next sign-in should replace it. */
export function isOutdated(stored: string): boolean {
  const cost = parse(stored)?.cost;
  return (
    cost === undefined ||
    cost.memory < currentCost.memory ||
    cost.passes < currentCost.passes ||
    cost.parallelism < currentCost.parallelism
  );
}
