/** A row of the table (policy.ts): what each of its columns means. */
import type { CredentialKind, Target } from './actor.ts';

/** `auth`: in both modes. `write`: in auth-and-writes, or where the package demands it. */
export type Asks = 'never' | 'auth' | 'write';

/**
 * `anyone`: no account needed. `visitor`: nor here, unless the operator turned anonymous reading off. `newcomer`: as the
 * operator's registration setting says, or with a link that invites them. `self`: the account itself. `reader`,
 * `writer`: of the package; `member`: a reader with an account; `founder`: also who may give life to a new name. `staff`:
 * accounts that the operator made staff, while they have a second factor (RN6). `operator`: the console only.
 */
export type Who =
  | 'anyone'
  | 'visitor'
  | 'newcomer'
  | 'self'
  | 'reader'
  | 'member'
  | 'writer'
  | 'founder'
  | 'staff'
  | 'operator';

export interface Row {
  readonly on: Target['on'];
  readonly who: Who;
  readonly asks: Asks;
  /** Whether the act wants the account's password beside the credential. */
  readonly password: boolean;
  /**
   * On the website: whether a factor (or, without one, the password) that was proven in this session within the last
   * five minutes suffices (SE3). Where not, the password is asked too if the row wants it, each time anew.
   */
  readonly window: boolean;
  /** Whether no factor suffices but a security key that was there before whatever holds the account, for a week (RV6). */
  readonly oldKey: boolean;
  /** Credentials other than none that may stand in. */
  readonly credentials: readonly CredentialKind[];
  /**
   * Acts that one code may open together (OT8); null where a spent code opens nothing again: sign-in, changes of the
   * second factor, creation of tokens.
   */
  readonly proof: string | null;
  /** Whether doing it is written to the audit log. */
  readonly audited: boolean;
  readonly command: string;
}

type Flag = 'password' | 'once' | 'quiet' | 'each' | 'old-key';

/** Writes a row: `credentials` are words with spaces between them, or `none`. */
export const row = (
  on: Row['on'],
  who: Who,
  asks: Asks,
  credentials: string,
  command: string,
  flags: readonly Flag[] = [],
): Row => ({
  on,
  who,
  asks,
  password: flags.includes('password'),
  window: !flags.includes('each'),
  oldKey: flags.includes('old-key'),
  credentials: credentials
    .split(' ')
    .filter((kind) => kind !== 'none')
    // What a login on the command line may, a session of the website may too.
    .flatMap((kind) => (kind === 'session' ? ['session', 'browser'] : [kind])) as CredentialKind[],
  proof: flags.includes('once') || asks === 'never' ? null : command,
  audited: !flags.includes('quiet'),
  command,
});
