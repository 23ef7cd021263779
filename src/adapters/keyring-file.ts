import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
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

/** Writes a file whole and durably; fails when there is one of that name. */
function writeDraft(draft: string, keyring: Keyring): void {
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify(keyring, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes it under another name, then gives it its own: a crash leaves all of it or nothing. */
function make(path: string, { clock, random }: KeyringPlace): void {
  const draft = `${path}.${random.bytes(6).toString('hex')}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeDraft(draft, createKeyring(clock.now(), random));
  try {
    // Unlike a rename a link never replaces a keyring that another process made meanwhile.
    linkSync(draft, path);
  } catch (thrown) {
    if (code(thrown) !== 'EEXIST') throw thrown;
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(path);
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Changes a keyring in its file and returns what it became: whoever reads it meanwhile sees the one or the other, and two
 * changes take turns. Failure: `keyring_wrong` when it cannot be read, or another change is under way or was cut off.
 */
export function replaceKeyring(path: string, change: (before: Keyring) => Keyring): Keyring {
  const draft = `${path}.new`;
  const before = readText(path) ?? fail('keyring_wrong', { reason: `There is no keyring ${path}.` });
  const after = change(parseAt(`The keyring ${path}`, before));
  try {
    writeDraft(draft, after);
  } catch (thrown) {
    if (code(thrown) !== 'EEXIST') throw thrown;
    fail('keyring_wrong', {
      reason: `The keyring is being changed by another command. If none runs, remove ${draft} and try again.`,
    });
  }
  if (readText(path) !== before) {
    rmSync(draft);
    fail('keyring_wrong', { reason: 'The keyring was changed by another command meanwhile. Try again.' });
  }
  renameSync(draft, path);
  syncFolder(path);
  return after;
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
