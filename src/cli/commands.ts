/** Every command of `tallystick`: the parser, the help and the dispatch are derived from this table. */
import type { Command, CommandFlag } from './command.ts';

const command = (
  usage: string,
  summary: string,
  load: Command['load'],
  flags: readonly CommandFlag[] = [],
): Command => {
  const all = usage.split(' ');
  return {
    words: all.filter((word) => word === word.toLowerCase()),
    operands: all.filter((word) => word !== word.toLowerCase()),
    summary,
    flags,
    load,
  };
};

export const commands: readonly Command[] = [
  command('start', 'run the registry', async () => (await import('./start.ts')).start),
  command(
    'config',
    'show every setting, its value and where it came from',
    async () => (await import('./show-config.ts')).showSettings,
  ),
  command(
    'migrate',
    'bring the database up to this version',
    async () => (await import('./migrate.ts')).runMigrations,
  ),
  command(
    'doctor',
    'check settings, data folder, database, public URL, mail and security log, and say what to do',
    async () => (await import('./doctor.ts')).doctor,
  ),
  command(
    'admin user create NAME',
    'make an account; the password is asked for, or read from standard input',
    async () => (await import('./users.ts')).createUser,
    [
      { flag: '--email', value: 'ADDRESS', meaning: 'the address of the account (needed)' },
      { flag: '--staff', meaning: 'make it a staff account' },
    ],
  ),
  command('admin user list', 'list the accounts', async () => (await import('./users.ts')).listUsers),
  command('admin user show NAME', 'show an account', async () => (await import('./users.ts')).showUser),
  command(
    'admin user staff NAME',
    'make an account staff',
    async () => (await import('./users.ts')).makeStaff,
    [{ flag: '--off', meaning: 'make it an ordinary account again' }],
  ),
  command(
    'admin user freeze NAME',
    'refuse sign-in, tokens and changes of an account until it is unfrozen',
    async () => (await import('./freezing.ts')).freeze,
    [{ flag: '--reason', value: 'TEXT', meaning: 'why; its owner and the security log are told' }],
  ),
  command(
    'admin user unfreeze NAME',
    'let a frozen account go on',
    async () => (await import('./freezing.ts')).unfreeze,
    [{ flag: '--reason', value: 'TEXT', meaning: 'why; its owner and the security log are told' }],
  ),
  command(
    'admin user reset-2fa NAME',
    'remove the second factor of somebody who lost it all; always logged and mailed',
    async () => (await import('./reset-factors.ts')).reset,
    [
      {
        flag: '--reason',
        value: 'TEXT',
        meaning: 'who asked and how that was made sure, in 20 characters or more (needed)',
      },
    ],
  ),
  command(
    'admin token list ACCOUNT',
    'list the access tokens of an account, never the tokens themselves',
    async () => (await import('./tokens.ts')).listAccountTokens,
  ),
  command(
    'admin token resume ACCOUNT KEY',
    'let a token work again that too many wrong codes suspended',
    async () => (await import('./tokens.ts')).resumeAccountToken,
  ),
  command(
    'admin token revoke KEY',
    'end an access token at once, whosever it is',
    async () => (await import('./tokens.ts')).revokeAnyToken,
    [{ flag: '--reason', value: 'TEXT', meaning: 'why; its owner and the security log are told' }],
  ),
  command(
    'admin signing-key rotate',
    'sign versions with a new key from now on; the old ones stay known',
    async () => (await import('./signing-key.ts')).rotateKey,
  ),
  command(
    'admin explain ACCOUNT ACTION TARGET',
    'show whether an account may do something, and why',
    async () => (await import('./explain.ts')).explain,
    [
      {
        flag: '--credential',
        value: 'KIND',
        meaning: 'the credential: session (default), publish, readonly, password …',
      },
    ],
  ),
  command(
    'keys list',
    'show the keys that seal secrets, and how much each one sealed',
    async () => (await import('./keys.ts')).listKeys,
  ),
  command(
    'keys rotate',
    'seal secrets with a new key from now on, and those that are there again',
    async () => (await import('./keys.ts')).rotateKeys,
  ),
  command(
    'keys remove VERSION',
    'take a key off the keyring that nothing is sealed under any more',
    async () => (await import('./keys.ts')).removeOldKey,
  ),
  command(
    'audit export',
    'print the security log, one line for each row, oldest first',
    async () => (await import('./export-audit.ts')).exportRows,
    [{ flag: '--after', value: 'SEQUENCE', meaning: 'only rows behind this one' }],
  ),
  command(
    'audit verify',
    'check the chain of the security log',
    async () => (await import('./verify-audit.ts')).verify,
    [
      {
        flag: '--head',
        value: 'SEQUENCE:HASH',
        meaning: 'a head that was written down earlier and must be part of it',
      },
    ],
  ),
];

/** Flags of every command. */
export const commonFlags: readonly CommandFlag[] = [
  {
    flag: '--config',
    value: 'FILE',
    meaning: 'the settings file, in place of tallystick.yaml in the data folder',
  },
  { flag: '--json', meaning: 'print JSON' },
  { flag: '--help', meaning: 'print this help' },
  { flag: '--version', meaning: 'print the version' },
];
