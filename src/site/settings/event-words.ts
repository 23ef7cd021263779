/** The security log in words: what happened, how it ended, and with which factor. */
import type { AuditRecord } from '../../ledger/audit.ts';
import { type Action, policy } from '../../policy/policy.ts';

const events: Partial<Record<Action, string>> = {
  'account.create': 'Account created',
  'account.login': 'Logged in on the command line',
  'account.signIn': 'Signed in on the website',
  'account.halfSignIn': 'Began to sign in on the website',
  'account.finishSignIn': 'Second step of a sign-in on the website',
  'account.confirmSignIn': 'Sign-in on the website confirmed, by the link in a mail',
  'account.signOut': 'Signed out of the website',
  'account.endSession': 'Ended a session, a known device or a login',
  'account.update': 'Changed the profile or the email address',
  'account.password': 'Changed the password',
  'account.sendConfirmation': 'Asked for the link that confirms the email address',
  'account.confirmEmail': 'Email address confirmed',
  'account.undoEmail': 'Change of the email address undone, by the link in a mail',
  'account.freezeByLink': 'Account frozen, by the link in a mail',
  'account.endSessionByLink': 'Session ended, by the link in a mail',
  'account.staff': 'Made staff, or no longer',
  'account.freeze': 'Account frozen',
  'account.unfreeze': 'Account works again',
  'account.becomeStaff': 'Became staff, by the link of the first start',
  'staff.invite': 'Invited somebody',
  'staff.freeze': 'Froze an account',
  'staff.unfreeze': 'Let a frozen account go on',
  'handoff.approveLogin': 'Approved a login of the command line',
  'handoff.collect': 'Logged in on the command line, as approved on the website',
  'handoff.approveOtp': 'Approved an act of the command line',
  'handoff.deny': 'Denied a request of the command line',
  'factor.enable': 'Began to add two-factor authentication',
  'factor.confirm': 'Added an authentication app',
  'factor.mode': 'Changed the mode of two-factor authentication',
  'factor.replace': 'Began to replace the authentication app',
  'factor.regenerate': 'Regenerated the recovery codes',
  'factor.addKey': 'Added a security key',
  'factor.renameKey': 'Renamed a security key',
  'factor.removeKey': 'Removed a security key',
  'factor.createCode': 'Made a code with a security key',
  'factor.disable': 'Removed two-factor authentication',
  'factor.reset': 'Two-factor authentication removed by the people who run this registry',
  'sshKey.add': 'Added an SSH key',
  'sshKey.remove': 'Removed an SSH key',
  'token.create': 'Generated an access token',
  'token.revoke': 'Revoked an access token',
  'token.resume': 'Access token no longer suspended, by the people who run this registry',
  'token.resumeOwn': 'Let a suspended access token work again',
  'token.revokeHeld': 'Logged out, or revoked an access token by itself',
  'token.revokeForOwner': 'Access token revoked by the people who run this registry',
  'token.revokeLeaked': 'Access token revoked: it was published',
  'hold.mailLink': 'Asked for the link that ends the hold early',
  'hold.endByLink': 'Ended the hold early, by the link in a mail',
  'hold.endByKey': 'Ended the hold early, with a security key',
  'package.publish': 'Published',
  'package.unpublish': 'Unpublished',
  'package.deprecate': 'Deprecated',
  'package.tag': 'Changed a tag',
  'package.tagLatest': 'Changed the tag "latest"',
  'package.access': 'Changed who may read a package',
  'package.require2fa': 'Changed the two-factor rule of a package',
  'package.owners': 'Changed the maintainers',
};

/** Events of the server itself, which no row of the policy is. */
const serverEvents: Readonly<Record<string, string>> = {
  'limit.reached': 'Too many requests',
  'signIn.wait': 'Sign-in on the website waits for the link in a mail',
  'hold.start': 'Account held',
  'hold.end': 'Hold ended',
  'freeze.start': 'Account frozen',
  'freeze.end': 'Account works again',
};

/** What happened, as its owner reads it. What nobody has put into words is told by its command. */
export const sayEvent = ({ action }: Pick<AuditRecord, 'action'>): string =>
  events[action as Action] ?? serverEvents[action] ?? policy[action as Action]?.command ?? action;

/** Whether an event has words of its own. */
export const hasWords = (action: string): boolean => action in events || action in serverEvents;

/** What an entry of the log may be about, in words, by its action. */
export const eventNames: readonly (readonly [string, string])[] = Object.entries({
  ...events,
  ...serverEvents,
});

const reasons: Readonly<Record<string, string>> = {
  otp_refused: 'wrong code',
  codes_barred: 'too many wrong codes',
  password_wrong: 'wrong password',
  password_missing: 'no password',
  address_refused: 'the token may not be used from there',
  token_suspended: 'the token is suspended',
  token_readonly: 'the token is read-only',
  token_insufficient: 'the token may not do this',
  not_allowed: 'not allowed',
  account_frozen: 'the account is frozen',
  account_held: 'the account is held',
  second_factor_missing: 'no second factor',
};

/** How it ended: `done`, `refused: wrong code`; `12 times` where the row stands for several requests. */
export function sayOutcome({
  outcome,
  reason,
  count,
}: Pick<AuditRecord, 'outcome' | 'reason' | 'count'>): string {
  const why = reason === null ? '' : `: ${reasons[reason] ?? reason}`;
  const times = (count ?? 1) > 1 ? `, ${count} times` : '';
  return `${outcome}${why}${times}`;
}

const factors: Readonly<Record<string, string>> = {
  totp: 'Pin code',
  'security-key': 'Security key',
  'recovery-code': 'Recovery code',
  page: 'Approved on the website',
  proof: 'The code of the act before',
};

/** With which factor; null where none was asked. */
export const sayFactor = ({ factor }: Pick<AuditRecord, 'factor'>): string | null =>
  factor === null || factor === 'none' ? null : (factors[factor] ?? factor);

const agents: Readonly<Record<AuditRecord['actorKind'], string>> = {
  account: '',
  stranger: 'somebody who was not signed in',
  console: 'the people who run this registry',
  server: 'the registry itself',
};

/** Who did it, where that was not the owner; null where it was. */
export function sayActor(
  { actor, actorKind }: Pick<AuditRecord, 'actor' | 'actorKind'>,
  own: string | null,
): string | null {
  if (actorKind === 'account') return actor === own || actor === null ? null : actor;
  return agents[actorKind];
}
