/** The operator's keys: outside the database, its backups and every image (KY1). */
import { fail } from './failure.ts';
import type { Instant, Random } from './ports.ts';

interface KeyringKey {
  readonly version: number;
  /** 32 bytes, base 64. */
  readonly key: string;
  /** When it was made, ISO 8601. */
  readonly created: string;
}

/** Versioned keys: `current` seals, all of them open. */
export interface Keyring {
  readonly current: number;
  readonly keys: readonly KeyringKey[];
}

/** A keyring with one new key, for a first start. */
export function createKeyring(now: Instant, random: Random): Keyring {
  const key = random.bytes(32).toString('base64');
  return { current: 1, keys: [{ version: 1, key, created: new Date(now).toISOString() }] };
}

/** A keyring that may be changed while this process runs. */
export interface KeyringSource {
  /** As it was last read. */
  current(): Keyring;
  /** Reads it again. Failure: `keyring_wrong`. */
  reread(): Keyring;
}

/** A source over a way to read the keyring. What was read stays when a later reading fails. */
export function followKeyring(first: Keyring, read: () => Keyring): KeyringSource {
  let known = first;
  return {
    current: () => known,
    reread: () => {
      known = read();
      return known;
    },
  };
}

/** The keyring with one more key, which seals from now on. */
export function addKey({ keys }: Keyring, now: Instant, random: Random): Keyring {
  const version = Math.max(...keys.map((key) => key.version)) + 1;
  const key = random.bytes(32).toString('base64');
  return { current: version, keys: [...keys, { version, key, created: new Date(now).toISOString() }] };
}

/** How long a process may go on sealing with the key before, until it has read the keyring again. */
export const rotationPause = 10 * 60_000;

/**
 * The keyring without one of its keys, which the caller knows to be unneeded. Fails with `request_invalid` for the current key, for an unknown
 * one, and as long as another process may still be sealing with it.
 */
export function removeKey(keyring: Keyring, version: number, now: Instant): Keyring {
  const { current, keys } = keyring;
  const refuse = (reason: string): never => fail('request_invalid', { reason });
  if (!keys.some((key) => key.version === version)) refuse(`The keyring has no key ${version}.`);
  if (version === current) refuse(`Key ${version} seals: rotate first.`);
  const since = Date.parse(keys.find((key) => key.version === current)?.created ?? '');
  if (!(now - since >= rotationPause))
    refuse(
      'The current key is too young: a server may still be sealing with an older one. Wait ten minutes.',
    );
  return { current, keys: keys.filter((key) => key.version !== version) };
}

function isKey(value: unknown): value is KeyringKey {
  const { version, key, created } = (value ?? {}) as Partial<KeyringKey>;
  if (!Number.isSafeInteger(version) || typeof key !== 'string' || typeof created !== 'string') return false;
  const bytes = Buffer.from(key, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === key;
}

/** Reads a keyring's JSON. Failure: `keyring_wrong`, with a sentence that shows nothing of it. */
export function parseKeyring(text: string): Keyring {
  let value: Partial<Keyring> | null = null;
  try {
    value = JSON.parse(text) as Partial<Keyring> | null;
  } catch {
    fail('keyring_wrong', { reason: 'The keyring is not JSON.' });
  }
  const { current, keys } = value ?? {};
  if (current === undefined || !Array.isArray(keys) || !keys.every(isKey)) {
    const shape =
      '{"current": 1, "keys": [{"version": 1, "key": <base 64 of 32 bytes>, "created": <ISO time>}]}';
    fail('keyring_wrong', { reason: `The keyring does not have the shape ${shape}.` });
  }
  const versions = keys.map(({ version }) => version);
  if (new Set(versions).size !== versions.length)
    fail('keyring_wrong', { reason: 'The keyring names a version twice.' });
  if (!versions.includes(current)) {
    fail('keyring_wrong', {
      reason: `The keyring calls version ${current} its current key but does not hold it.`,
    });
  }
  return { current, keys };
}
