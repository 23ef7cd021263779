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
