/** What `tallystick doctor` looks at outside of the database. Each check changes nothing and tells what it found. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { greetSmtp } from '../adapters/mail-smtp.ts';
import type { Config } from '../config.ts';

/** What a check found, in one sentence; `todo` says what to do where that is not well. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly found: string;
  readonly todo?: string;
}

const mebibyte = 1024 ** 2;
const patience = 10_000;

const reasonOf = (thrown: unknown): string => {
  const { cause, code, message } = thrown as NodeJS.ErrnoException;
  return cause === undefined ? (code ?? message) : reasonOf(cause);
};

/** The Node that runs this; the server needs 24.7 (see `package.json`). */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const good = major > 24 || (major === 24 && minor >= 7);
  return good
    ? { check: 'node', state: 'ok', found: `Node ${version}.` }
    : {
        check: 'node',
        state: 'problem',
        found: `Node ${version} is too old.`,
        todo: 'Install Node 24.7 or newer.',
      };
}

/** Whether enough of the disk is left; `free` in bytes. */
export function judgeSpace(free: number): Finding {
  const found = `${Math.floor(free / mebibyte)} MiB are free.`;
  if (free >= 1024 * mebibyte) return { check: 'disk', state: 'ok', found };
  const state = free < 100 * mebibyte ? 'problem' : 'warning';
  return { check: 'disk', state, found, todo: 'Make room: publishes and the security log need it.' };
}

/** Who may read what lies in the data folder, and whether the disk is full. */
export function checkFolder({ dataDir }: Pick<Config, 'dataDir'>): Finding[] {
  const check = 'data folder';
  if (!existsSync(dataDir))
    return [
      {
        check,
        state: 'problem',
        found: `There is no folder ${dataDir}.`,
        todo: 'Start the server once, or name its folder with --data-dir.',
      },
    ];
  const { bavail, bsize } = statfsSync(dataDir);
  const open = ['', 'tallystick.db', 'keyring.json', 'outbox']
    .map((name) => join(dataDir, name))
    .filter((path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0);
  const folder: Finding =
    open.length === 0
      ? { check, state: 'ok', found: `${dataDir} is closed to others on this machine.` }
      : {
          check,
          state: 'warning',
          found: `Others on this machine may look into ${open.join(', ')}.`,
          todo: `chmod go= ${open.join(' ')}`,
        };
  return [folder, judgeSpace(bavail * bsize)];
}

/** Whether addresses of clients can be told: this server never speaks TLS itself. */
export function checkProxies(config: Pick<Config, 'publicUrl' | 'trustedProxies'>): Finding {
  const check = 'proxies';
  const behind = config.publicUrl.startsWith('https:');
  if (behind && config.trustedProxies.length === 0)
    return {
      check,
      state: 'warning',
      found: 'The public URL is https, so a proxy stands in front, but no proxy is trusted.',
      todo: 'Set trustedProxies to its address: else all people share one address and its limits.',
    };
  return {
    check,
    state: 'ok',
    found: behind ? `Trusted: ${config.trustedProxies.join(', ')}.` : 'No proxy is needed for plain http.',
  };
}

async function ask(url: string): Promise<unknown> {
  const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(patience) });
  if (answer.status !== 200) throw new Error(`status ${answer.status}`);
  return answer.json();
}

const keyIds = (told: unknown): unknown[] => {
  const keys = (told as { keys?: unknown } | null)?.keys;
  return Array.isArray(keys) ? keys.map((key: { keyid?: unknown } | null) => key?.keyid) : [];
};

/**
 * Whether the public URL leads to this registry: it pings, and knows the key that this database signs versions with
 * (undefined where that could not be read).
 */
export async function checkPublicUrl(publicUrl: string, signingKey: string | undefined): Promise<Finding> {
  const check = 'public URL';
  try {
    await ask(`${publicUrl}/-/ping`);
    const known = keyIds(await ask(`${publicUrl}/-/npm/v1/keys`));
    if (signingKey === undefined || known.includes(signingKey))
      return { check, state: 'ok', found: `${publicUrl} answers${signingKey ? ' as this registry' : ''}.` };
    return {
      check,
      state: 'problem',
      found: `${publicUrl} is answered by another registry than this one.`,
      todo: 'Set publicUrl, or what the proxy passes on to, right.',
    };
  } catch (thrown) {
    return {
      check,
      state: 'problem',
      found: `${publicUrl}/-/ping does not answer as it should (${reasonOf(thrown)}).`,
      todo: 'See that the server runs, that the name leads here, and that the proxy passes the whole path on.',
    };
  }
}

/** Whether mails can be handed over. */
export async function checkMail(config: Pick<Config, 'smtpUrl' | 'dataDir' | 'loopback'>): Promise<Finding> {
  const check = 'mail';
  if (config.smtpUrl === undefined) return checkOutbox(config);
  const { host } = new URL(config.smtpUrl);
  try {
    await greetSmtp(config.smtpUrl);
    return { check, state: 'ok', found: `${host} takes mails.` };
  } catch (thrown) {
    return {
      check,
      state: 'problem',
      found: `${host} takes no mails (${reasonOf(thrown)}).`,
      todo: 'Correct smtpUrl, or see to the mail server. Mails wait for 72 hours.',
    };
  }
}

function checkOutbox({ dataDir, loopback }: Pick<Config, 'dataDir' | 'loopback'>): Finding {
  const check = 'mail';
  const folder = join(dataDir, 'outbox');
  try {
    accessSync(existsSync(folder) ? folder : dataDir, constants.W_OK);
  } catch (thrown) {
    return {
      check,
      state: 'problem',
      found: `Mails cannot be written to ${folder} (${reasonOf(thrown)}).`,
      todo: 'Give the folder to the user that runs the server.',
    };
  }
  const found = `Mails are written to ${folder}.`;
  return loopback
    ? { check, state: 'ok', found }
    : { check, state: 'warning', found, todo: 'Set smtpUrl: else nobody gets them.' };
}

/**
 * Whether sign-ins from new browsers wait for a mailed link (SE7), which is advised on where mails leave and keeps people out
 * where they do not. `mail` is what `checkMail` found.
 */
export function checkNewBrowsers(
  { confirmNewDevice, smtpUrl }: Pick<Config, 'confirmNewDevice' | 'smtpUrl'>,
  mail: Finding,
): Finding {
  const check = 'new browsers';
  const leaves = smtpUrl !== undefined && mail.state === 'ok';
  if (!confirmNewDevice)
    return {
      check,
      state: 'ok',
      found: 'A password and a typed code sign in there at once.',
      ...(leaves
        ? { todo: 'Mails leave, so set confirmNewDevice: the sign-in then waits for a mailed link.' }
        : {}),
    };
  if (leaves) return { check, state: 'ok', found: 'A sign-in there waits for a mailed link.' };
  return {
    check,
    state: smtpUrl === undefined ? 'warning' : 'problem',
    found: 'A sign-in there waits for a mailed link, and mails do not leave.',
    todo: 'Set smtpUrl right, or turn confirmNewDevice off: else only known browsers and security keys sign in.',
  };
}
