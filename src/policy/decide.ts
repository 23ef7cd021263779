import type { FailureCode } from '../kernel/failure.ts';
import type { CredentialKind } from './actor.ts';
import { type Hold, sayHeld } from './hold.ts';
import { type Action, policy, type Row } from './policy.ts';
import { heldBy } from './traits.ts';

/** The state of an account's second factor as decisions see it. */
export type Mode = 'off' | 'auth-only' | 'auth-and-writes';

/**
 * How the actor stands to a package. `hidden`: may not know of it, or there is none. `founder`: the name is free and
 * the actor may take it.
 */
export type Standing = 'hidden' | 'reader' | 'writer' | 'founder';

/** All that a decision needs, read in the transaction that acts on it. */
export interface Facts {
  readonly credential: CredentialKind;
  /** The account behind the credential; null for strangers. */
  readonly account: { readonly mode: Mode; readonly frozen: boolean } | null;
  readonly addressAllowed: boolean;
  /** A token whose codes were guessed at too often: whatever asks a factor is refused (RL2). */
  readonly tokenSuspended: boolean;
  /** A login from a network that was not known: for a while each of its writes asks a factor in both modes (SE7). */
  readonly tokenGuarded: boolean;
  /** Whether a limited token covers the target. */
  readonly covered: boolean;
  readonly passwordProven: boolean;
  readonly factorProven: boolean;
  /** Where that was a security key: whether it was there for a week, and before whatever holds the account (RV6). */
  readonly oldKeyProven?: boolean;
  /** Whether the session of the website proved a factor, or the password, within the window of step-up (SE3). */
  readonly factorFresh: boolean;
  readonly passwordFresh: boolean;
  /** Only for packages. */
  readonly standing: Standing;
  /** The package's own rule: everyone needs a factor; whether tokens that bypass 2FA are let through. */
  readonly packageRule: { readonly requiresFactor: boolean; readonly bypassAllowed: boolean };
  /** What holds the account, where that may stop this action. */
  readonly hold: Hold | null;
  /** Whether the account is one of the operator's staff. */
  readonly staff: boolean;
  readonly registration: 'open' | 'invite' | 'closed';
  /** Whether a link came that lets its bearer have an account here, not used yet. */
  readonly invited: boolean;
  readonly anonymousRead: boolean;
}

export type Decision =
  | { readonly verdict: 'admit' }
  | { readonly verdict: 'challenge' }
  | { readonly verdict: 'refuse'; readonly because: FailureCode; readonly reason?: string };

const admit: Decision = { verdict: 'admit' };
const challenge: Decision = { verdict: 'challenge' };
const refuse = (because: FailureCode, reason?: string): Decision =>
  reason === undefined ? { verdict: 'refuse', because } : { verdict: 'refuse', because, reason };

const isBypass = (credential: CredentialKind): boolean => credential === 'automation';

/** What a frozen account may still do: read, and give its tokens up (RV8). */
const frozenMay: readonly Row['who'][] = ['anyone', 'visitor', 'reader'];

function refuseCredential(row: Row, facts: Facts): Decision | null {
  if (facts.credential === 'anonymous') return null;
  if (!facts.addressAllowed && row.who !== 'anyone') return refuse('address_refused');
  if (facts.account?.frozen && !frozenMay.includes(row.who)) return refuse('account_frozen');
  if (row.credentials.includes(facts.credential)) return null;
  if (row.credentials.length === 0) return null;
  if (facts.credential === 'readonly') return refuse('token_readonly');
  if (isBypass(facts.credential))
    return refuse(
      'token_insufficient',
      'An access token that bypasses two-factor authentication publishes, deprecates, unpublishes and tags packages and ' +
        `does nothing else (${row.command}): run npm login and do it as yourself.`,
    );
  return refuse(
    'token_insufficient',
    facts.credential === 'password'
      ? 'This does not take a password: run npm login and use the access token.'
      : `An access token of this kind cannot do this (${row.command}): run npm login and do it as yourself.`,
  );
}

function refuseStanding(row: Row, facts: Facts): Decision | null {
  const known = facts.account !== null;
  switch (row.who) {
    case 'anyone':
      return null;
    case 'visitor':
      return known || facts.anonymousRead ? null : refuse('credential_missing');
    case 'newcomer':
      return facts.registration === 'open' || facts.invited ? null : refuse('registration_closed');
    case 'operator':
      return refuse('not_allowed', 'This is done on the console of the server.');
    case 'staff':
      if (!known) return refuse('credential_missing');
      if (!facts.staff) return refuse('not_allowed', 'Only staff accounts of this registry may do this.');
      if (facts.account?.mode === 'off')
        return refuse(
          'second_factor_missing',
          'Staff accounts work with two-factor authentication alone: add it, then you may do this.',
        );
      return facts.covered
        ? null
        : refuse('token_insufficient', 'An access token that is limited to packages cannot do this.');
    case 'self':
      return known ? null : refuse('credential_missing');
    case 'reader':
    case 'member':
      if (!known && (row.who === 'member' || !facts.anonymousRead)) return refuse('credential_missing');
      return facts.standing === 'hidden' || facts.standing === 'founder' || !facts.covered
        ? refuse('package_not_found')
        : null;
    case 'writer':
    case 'founder':
      return known ? refuseWriter(row, facts) : refuse('credential_missing');
  }
}

function refuseWriter(row: Row, facts: Facts): Decision | null {
  if (facts.standing === 'hidden' || (facts.standing === 'founder' && row.who === 'writer'))
    return row.who === 'founder'
      ? refuse('not_allowed', 'You may not publish under this name: its scope belongs to another account.')
      : refuse('package_not_found');
  if (facts.standing === 'reader')
    return refuse(
      'not_allowed',
      'You are not a maintainer of this package: ask one of them to add you (npm owner ls).',
    );
  if (!facts.covered)
    return refuse(
      'token_insufficient',
      'This access token may not change this package: it is limited to other packages, or to reading.',
    );
  return null;
}

function refusePackageRule(row: Row, facts: Facts): Decision | null {
  if (row.asks !== 'write' || !facts.packageRule.requiresFactor) return null;
  if (facts.account?.mode === 'off')
    return refuse(
      'second_factor_missing',
      'This package requires two-factor authentication to publish: run npm profile enable-2fa.',
    );
  if (isBypass(facts.credential) && !facts.packageRule.bypassAllowed)
    return refuse(
      'token_insufficient',
      'This package does not take tokens that bypass two-factor authentication.',
    );
  return null;
}

/** What a hold waits for: that there is a second factor again. */
const enrols = (action: Action, facts: Facts): boolean =>
  action.startsWith('factor.') && facts.account?.mode === 'off';

/** Questions for which no client asks a code, so that none could answer a challenge (protocol/auth.md §13). */
const unanswerable: readonly Action[] = ['account.read'];

/** A hold is told to nobody who only claims a name. */
function refuseHeld(action: Action, facts: Facts): Decision | null {
  const { hold } = facts;
  if (hold === null) return null;
  if (facts.credential === 'password' && !facts.passwordProven) return null;
  const by = heldBy(action);
  const isHeld = by === 'any' ? !enrols(action, facts) : by === hold.kind;
  return isHeld ? refuse('account_held', sayHeld(hold)) : null;
}

/** What is said where another factor came, or none can. */
export const wantsOldKey =
  'This takes a security key that was on the account for at least seven days, and before it was held.';

/** Whether the row asks this actor for a factor, proven or not. */
function asksFactor(row: Row, facts: Facts): boolean {
  const mode = facts.account?.mode ?? 'off';
  if (mode === 'off') return false;
  // The website asks for whatever may ask at all, but not twice in a row (SE3).
  if (facts.credential === 'browser') return row.asks !== 'never' && !(row.window && facts.factorFresh);
  // A password alone is half of a sign-in, wherever it comes (protocol/auth.md §13, Basic authorization).
  // The first half of a sign-in leads to its second half and to nothing else.
  if (facts.credential === 'password')
    return row.who !== 'anyone' && row.who !== 'newcomer' && (row.asks !== 'never' || !row.password);
  if (row.asks === 'auth') return true;
  if (row.asks === 'never' || isBypass(facts.credential)) return false;
  return mode === 'auth-and-writes' || facts.packageRule.requiresFactor || facts.tokenGuarded;
}

/** Whether the row asks this actor for the account's password, proven or not. */
function asksPassword(row: Row, facts: Facts): boolean {
  if (facts.account === null) return false;
  if (facts.credential !== 'browser')
    return row.who === 'self' && (row.password || facts.credential === 'password');
  if (facts.account.mode !== 'off') return row.password && !row.window;
  return (row.password || row.asks !== 'never') && !(row.window && facts.passwordFresh);
}

/** What a form must hold for an act to be done: the fields that its page shows (design §4). */
export interface Wanted {
  readonly password: boolean;
  readonly factor: boolean;
}

/** What an act still wants of this actor, for those whom nothing else refuses. */
export function wants(action: Action, facts: Facts): Wanted {
  const row = policy[action];
  return {
    password: asksPassword(row, facts) && !facts.passwordProven,
    factor: asksFactor(row, facts) && !facts.factorProven,
  };
}

/**
 * May this actor do this now, and does it need a second factor? Pure and total. The order of the reasons is that of
 * requirements OT9: credential, address, authorisation, password, factor.
 */
export function decide(action: Action, facts: Facts): Decision {
  const row = policy[action];
  if (facts.credential === 'console') return admit;
  const refusal =
    refuseCredential(row, facts) ??
    refuseStanding(row, facts) ??
    refusePackageRule(row, facts) ??
    refuseHeld(action, facts);
  if (refusal) return refusal;
  if (asksPassword(row, facts) && !facts.passwordProven)
    return refuse(facts.credential === 'browser' ? 'password_missing' : 'password_wrong');
  if (row.oldKey && facts.account?.mode === 'off') return refuse('second_factor_missing', wantsOldKey);
  if (!asksFactor(row, facts)) return admit;
  if (unanswerable.includes(action))
    return refuse(
      'not_allowed',
      'Where two-factor authentication is on, a password alone does not read the profile: run npm login and use the ' +
        'access token.',
    );
  if (facts.tokenSuspended) return refuse('token_suspended');
  if (!facts.factorProven) return challenge;
  return row.oldKey && !facts.oldKeyProven ? refuse('not_allowed', wantsOldKey) : admit;
}
