/**
 * THE TABLE: every action, who may do it, when it asks for the second factor, and which credentials may stand in.
 * Nothing else decides. Sources: npm's two published tables of actions and modes, requirements MD1, TK4–TK8,
 * protocol/auth.md §13. `docs/actions.md` is generated from it.
 */
import { type Row, row } from './row.ts';

export type { Row, Who } from './row.ts';

const everyKind = 'session publish readonly automation granular';

/** The one-time link is the proof; the use-case writes the row of the log, as it alone knows the account. */
const byLink = (what: string): Row =>
  row('account', 'anyone', 'never', 'none', `(website) ${what}, by the link in its mail`, ['quiet']);

const rows = {
  'site.read': row('site', 'anyone', 'never', `password ${everyKind}`, 'npm ping', ['quiet']),
  'site.search': row('site', 'visitor', 'never', everyKind, 'npm search', ['quiet']),
  'site.downloads': row('site', 'visitor', 'never', everyKind, 'GET /downloads/…', ['quiet']),
  'site.metrics': row(
    'site',
    'anyone',
    'never',
    `password ${everyKind}`,
    'GET /-/metrics (with metricsToken)',
    ['quiet'],
  ),
  'site.changes': row('site', 'staff', 'never', everyKind, 'GET /-/_changes', ['quiet']),

  'site.audit': row('site', 'visitor', 'never', everyKind, 'npm audit', ['quiet']),
  'site.rotateKeyring': row('site', 'operator', 'never', 'none', 'tallystick keys rotate|remove'),
  'site.rotateSigningKey': row('site', 'operator', 'never', 'none', 'tallystick admin signing-key rotate'),

  'account.create': row('account', 'newcomer', 'never', 'none', 'npm adduser'),
  'account.login': row('account', 'self', 'auth', 'password', 'npm login', ['password', 'once']),
  'account.signIn': row('account', 'self', 'auth', 'password', '(website) sign in', ['password', 'once']),
  'account.halfSignIn': row(
    'account',
    'self',
    'never',
    'password',
    '(website) sign in, before the second step',
    ['password', 'quiet'],
  ),
  'account.finishSignIn': row('account', 'self', 'auth', 'halfway', '(website) second step', ['once']),
  'account.signOut': row('account', 'self', 'never', 'browser halfway', '(website) sign out'),
  'account.sessions': row('account', 'self', 'never', 'session', '(website) sessions and devices', ['quiet']),
  'account.endSession': row('account', 'self', 'never', 'session', '(website) end a session or device'),
  'account.log': row('account', 'self', 'never', 'session', '(website) security log', ['quiet']),
  'account.identify': row('account', 'self', 'never', everyKind, 'npm whoami', ['quiet']),
  'account.read': row('account', 'self', 'never', `password ${everyKind}`, 'npm profile get', ['quiet']),
  'account.describe': row('account', 'self', 'never', everyKind, 'npm owner (reads the user)', ['quiet']),
  'account.packages': row('account', 'visitor', 'never', everyKind, 'npm access list packages', ['quiet']),
  'account.stars': row('account', 'visitor', 'never', everyKind, 'npm stars', ['quiet']),
  'handoff.start': row('site', 'anyone', 'never', 'none', 'npm login (in the browser)', ['quiet']),
  'handoff.collect': row('site', 'anyone', 'never', 'none', 'npm login (while it waits for the page)', [
    'quiet',
  ]),
  'handoff.read': row('account', 'self', 'never', 'browser', '(website) request of the command line', [
    'quiet',
  ]),
  'handoff.approveLogin': row('account', 'self', 'auth', 'browser', '(website) approve a login', ['once']),
  'handoff.approveOtp': row('account', 'self', 'auth', 'browser', '(website) approve an act', ['once']),
  'handoff.deny': row('account', 'self', 'never', 'browser', '(website) deny a request of the command line'),

  'account.update': row('account', 'self', 'auth', 'session password', 'npm profile set'),
  'account.password': row('account', 'self', 'auth', 'session password', 'npm profile set password', [
    'password',
    'once',
    'each',
  ]),

  'account.sendConfirmation': row(
    'account',
    'self',
    'never',
    'browser',
    '(website) mail the link that confirms the email address',
  ),
  'account.confirmEmail': byLink('confirm an email address'),
  'account.undoEmail': byLink('undo the change of an email address'),
  'account.freezeByLink': byLink('freeze an account'),
  'account.endSessionByLink': byLink('end a session'),

  'account.confirmSignIn': byLink('finish a sign-in'),

  'account.staff': row('account', 'operator', 'never', 'none', 'tallystick admin user staff'),
  'account.freeze': row('account', 'operator', 'never', 'none', 'tallystick admin user freeze'),
  'account.unfreeze': row('account', 'operator', 'never', 'none', 'tallystick admin user unfreeze'),

  'account.becomeStaff': row(
    'account',
    'self',
    'auth',
    'browser',
    '(website) become staff, by the link of the first start',
    ['once'],
  ),

  'staff.accounts': row('site', 'staff', 'never', 'browser', '(website) accounts, for staff', ['quiet']),
  'staff.audit': row('site', 'staff', 'never', 'browser', '(website) audit log, for staff', ['quiet']),
  'staff.invite': row('site', 'staff', 'auth', 'browser', '(website) invite somebody'),
  'staff.freeze': row('account', 'staff', 'auth', 'browser', '(website) freeze an account', ['each']),
  'staff.unfreeze': row('account', 'staff', 'auth', 'browser', '(website) unfreeze an account', ['each']),

  'factor.enable': row('account', 'self', 'auth', 'session password', 'npm profile enable-2fa', [
    'password',
    'once',
  ]),
  'factor.confirm': row(
    'account',
    'self',
    'never',
    'session password',
    'npm profile enable-2fa (the first code)',
  ),
  'factor.mode': row('account', 'self', 'auth', 'browser', '(website) mode of two-factor authentication', [
    'password',
    'once',
    'each',
  ]),
  'factor.replace': row('account', 'self', 'auth', 'browser', '(website) replace my device', [
    'password',
    'once',
    'each',
  ]),
  'factor.regenerate': row('account', 'self', 'auth', 'browser', '(website) regenerate recovery codes', [
    'password',
    'once',
    'each',
  ]),
  'factor.addKey': row('account', 'self', 'auth', 'session password', '(website) add security key', [
    'password',
    'once',
  ]),
  'factor.renameKey': row('account', 'self', 'auth', 'session password', '(website) rename security key', [
    'password',
    'once',
  ]),
  'factor.removeKey': row('account', 'self', 'auth', 'session password', '(website) remove security key', [
    'password',
    'once',
  ]),
  'factor.beginCeremony': row(
    'site',
    'anyone',
    'never',
    'browser halfway',
    '(website) ask for a security key',
    ['quiet'],
  ),
  'factor.createCode': row('account', 'self', 'auth', 'browser', '(website) code of a security key', [
    'once',
    'each',
  ]),
  'factor.disable': row('account', 'self', 'auth', 'session password', 'npm profile disable-2fa', [
    'password',
    'once',
    'each',
  ]),
  'factor.reset': row('account', 'operator', 'never', 'none', 'tallystick admin user reset-2fa'),

  'sshKey.add': row('account', 'self', 'auth', 'browser', '(website) add SSH key', ['once']),
  'sshKey.remove': row('account', 'self', 'auth', 'browser', '(website) remove SSH key', ['once']),

  'token.create': row('account', 'self', 'auth', 'session password', 'npm token create', [
    'password',
    'once',
  ]),
  'token.list': row('account', 'self', 'never', 'session', 'npm token list', ['quiet']),
  'token.revoke': row('account', 'self', 'auth', 'session', 'npm token revoke <id>'),
  'token.resumeOwn': row(
    'account',
    'self',
    'auth',
    'browser',
    '(website) let a suspended access token work again',
    ['password', 'once'],
  ),
  'token.resume': row('account', 'operator', 'never', 'none', 'tallystick admin token resume'),
  'token.revokeForOwner': row('account', 'operator', 'never', 'none', 'tallystick admin token revoke'),
  'token.revokeHeld': row('account', 'anyone', 'never', everyKind, 'npm logout, npm token revoke <token>'),
  'token.revokeLeaked': row(
    'account',
    'self',
    'never',
    'session publish automation granular',
    'npm publish (of a file with a live token in it)',
  ),

  'hold.mailLink': row(
    'account',
    'self',
    'never',
    'browser',
    '(website) mail the link that ends a hold early',
  ),
  'hold.endByLink': row(
    'account',
    'self',
    'auth',
    'browser',
    '(website) end a hold, by the link in its mail',
    ['password', 'once'],
  ),
  'hold.endByKey': row('account', 'self', 'auth', 'browser', '(website) end a hold, by a security key', [
    'once',
    'each',
    'old-key',
  ]),

  'package.read': row('package', 'reader', 'never', everyKind, 'npm install, npm view', ['quiet']),
  'package.publish': row('package', 'founder', 'write', 'session publish automation granular', 'npm publish'),
  'package.unpublish': row(
    'package',
    'writer',
    'write',
    'session publish automation granular',
    'npm unpublish',
  ),
  'package.unpublishTail': row(
    'package',
    'writer',
    'never',
    'session publish automation granular',
    'npm unpublish (its last request)',
    ['quiet'],
  ),
  'package.deprecate': row(
    'package',
    'writer',
    'write',
    'session publish automation granular',
    'npm deprecate',
  ),
  'package.tag': row(
    'package',
    'writer',
    'never',
    'session publish automation granular',
    'npm dist-tag add|rm',
  ),
  'package.tagLatest': row(
    'package',
    'writer',
    'write',
    'session publish automation granular',
    'npm dist-tag add <package> latest',
  ),
  'package.access': row(
    'package',
    'writer',
    'write',
    'session publish',
    'npm access set status=public|restricted',
  ),
  'package.require2fa': row(
    'package',
    'writer',
    'write',
    'session publish',
    'npm access set mfa=none|publish|automation',
  ),
  'package.owners': row('package', 'writer', 'write', 'session publish', 'npm owner add|rm'),
  'package.star': row('package', 'member', 'never', 'session publish', 'npm star, npm unstar', ['quiet']),
} satisfies Record<string, Row>;

export type Action = keyof typeof rows;

/** Release tools publish and move `latest` in one command, with one code. */
const sharedProofs: Partial<Record<Action, Action>> = { 'package.tagLatest': 'package.publish' };

export const policy: Readonly<Record<Action, Row>> = Object.fromEntries(
  (Object.entries(rows) as [Action, Row][]).map(([action, told]) => [
    action,
    { ...told, proof: told.proof === null ? null : (sharedProofs[action] ?? action) },
  ]),
) as Record<Action, Row>;

export const actions = Object.keys(policy) as readonly Action[];
