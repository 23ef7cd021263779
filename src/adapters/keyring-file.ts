import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fail, isFailure } from '../kernel/failure.ts';
import { createKeyring, type Keyring, parseKeyring } from '../kernel/keyring.ts';
import type { Clock, Random } from '../kernel/ports.ts';

export interface KeyringPlace {
  /** The setting: a path, or the keyring's JSON itself. */
  readonly keyring: string;
  /** Nothing was ever sealed in the database, so a new keyring loses nothing. */
  readonly isFirstStart: boolean;
  readonly clock: Clock;
  readonly random: Random;
}

export interface OpenedKeyring {
  readonly keyring: Keyring;
  /** Where it was made just now. */
  readonly made?: string;
  /** A sentence about who else may read it. */
  readonly warning?: string;
}

const code = (thrown: unknown): string => String((thrown as NodeJS.ErrnoException).code ?? thrown);

/** The same refusal with the place in front. */
function parseAt(place: string, text: string): Keyring {
  try {
    return parseKeyring(text);
  } catch (thrown) {
    if (!isFailure(thrown, 'keyring_wrong')) throw thrown;
    return fail('keyring_wrong', { reason: `${place}: ${thrown.message}` });
  }
}

/** Writes it whole and durably under another name, then gives it its own: a crash leaves all of it or nothing. */
function make(path: string, { clock, random }: KeyringPlace): void {
  const draft = `${path}.${random.bytes(6).toString('hex')}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify(createKeyring(clock.now(), random), null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    // Unlike a rename a link never replaces a keyring that another process made meanwhile.
    linkSync(draft, path);
  } catch (thrown) {
    if (code(thrown) !== 'EEXIST') throw thrown;
  } finally {
    rmSync(draft, { force: true });
  }
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (code(thrown) === 'ENOENT') return undefined;
    return fail('keyring_wrong', { reason: `The keyring ${path} cannot be read (${code(thrown)}).` });
  }
}

/**
 * Opens the keyring of the setting, and makes one on a first start (0600, its folder 0700). Failure: `keyring_wrong`
 * when it is missing beside a database in use, unreadable or malformed (KY1).
 */
export function openKeyring(place: KeyringPlace): OpenedKeyring {
  const path = place.keyring;
  if (/^\s*\{/.test(path)) return { keyring: parseAt('TALLYSTICK_KEYRING', path) };
  const before = readText(path);
  if (before === undefined && !place.isFirstStart) {
    const reason =
      `The keyring ${path} is missing, but the database holds secrets that only it can open. Put it back where it was, ` +
      'or name its place with TALLYSTICK_KEYRING_FILE.';
    return fail('keyring_wrong', { reason });
  }
  if (before === undefined) make(path, place);
  const keyring = parseAt(`The keyring ${path}`, before ?? readText(path) ?? '');
  const open = (statSync(path).mode & 0o077) !== 0;
  return {
    keyring,
    ...(before === undefined ? { made: path } : {}),
    ...(open ? { warning: `Others on this machine may read the keyring ${path}: chmod 600 it.` } : {}),
  };
}
