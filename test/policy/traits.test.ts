/** What follows from the table beside the decision, written down by hand. */
import { describe, expect, test } from 'vitest';
import { coversSite, noGrants } from '../../src/policy/grants.ts';
import { seasonedAfter } from '../../src/policy/hold.ts';
import { type Action, actions, policy } from '../../src/policy/policy.ts';
import { heldBy, isWrite, needOf } from '../../src/policy/traits.ts';

const those = (holds: (action: Action) => boolean): string[] => actions.filter(holds).sort();
const packageWrites = [
  'package.access',
  'package.deprecate',
  'package.owners',
  'package.publish',
  'package.require2fa',
  'package.star',
  'package.tag',
  'package.tagLatest',
  'package.unpublish',
  'package.unpublishTail',
];
const widening = ['package.owners', 'package.require2fa'];

describe('the table', () => {
  test('holds back, where power was just widened, whatever gives somebody more power', () => {
    const stopped = those((action) => heldBy(action) === 'any');
    expect(stopped).toEqual([
      'account.becomeStaff',
      'factor.addKey',
      'factor.disable',
      'factor.enable',
      'factor.mode',
      'factor.regenerate',
      'factor.removeKey',
      'factor.renameKey',
      'factor.replace',
      ...widening,
      'sshKey.add',
      'sshKey.remove',
      'staff.freeze',
      'staff.invite',
      'staff.unfreeze',
      'token.create',
      'token.resumeOwn',
    ]);
  });

  test('holds back package changes under a full hold, and nothing else', () => {
    expect(those((action) => heldBy(action) === 'full')).toEqual(
      packageWrites.filter((action) => !widening.includes(action)),
    );
    const rest = actions.filter((action) => !['any', 'full'].includes(heldBy(action)));
    expect(new Set(rest.map(heldBy))).toEqual(new Set(['nothing']));
  });

  test('counts as writes what changes packages, the profile and tokens, never what defends an account', () => {
    expect(those(isWrite)).toEqual(['account.update', ...packageWrites, 'token.create']);
  });

  test('lets a limited token that reads do what nobody is asked a factor for and changes no package of its own', () => {
    const reading = those((action) => needOf(action) === 'read');
    expect(reading).toEqual(
      those(
        (action) =>
          policy[action].asks === 'never' &&
          !['self', 'writer', 'founder', 'newcomer', 'operator'].includes(policy[action].who),
      ),
    );
    expect(reading).toEqual(
      expect.arrayContaining(['site.read', 'site.search', 'package.read', 'package.star', 'site.changes']),
    );
  });

  test('takes a key for seasoned after seven days', () => {
    expect(seasonedAfter).toBe(7 * 86_400_000);
  });

  test('lets one code open a publish and its tag together, and every other act by itself', () => {
    const shared = actions.filter((action) => ![null, action as string].includes(policy[action].proof));
    expect(shared).toEqual(['package.tagLatest']);
    expect(policy['package.tagLatest'].proof).toBe('package.publish');
  });

  test('lets a spent code open again package writes and small changes alone', () => {
    expect(those((action) => policy[action].proof !== null)).toEqual([
      'account.update',
      ...packageWrites.filter((action) => policy[action as Action].asks === 'write'),
      'staff.freeze',
      'staff.invite',
      'staff.unfreeze',
      'token.revoke',
    ]);
  });

  test('asks anew each time, on the website too, for what an open session must not do', () => {
    expect(those((action) => !policy[action].window)).toEqual([
      'account.password',
      'factor.createCode',
      'factor.disable',
      'factor.mode',
      'factor.regenerate',
      'factor.replace',
      'hold.endByKey',
      'staff.freeze',
      'staff.unfreeze',
    ]);
  });

  test('wants the password beside the credential for what changes how an account is opened', () => {
    expect(those((action) => policy[action].password)).toEqual([
      'account.halfSignIn',
      'account.login',
      'account.password',
      'account.signIn',
      'factor.addKey',
      'factor.disable',
      'factor.enable',
      'factor.mode',
      'factor.regenerate',
      'factor.removeKey',
      'factor.renameKey',
      'factor.replace',
      'hold.endByLink',
      'token.create',
      'token.resumeOwn',
    ]);
  });

  test('asks for a factor in both modes, in the stricter one, or never, as is written here', () => {
    expect(those((action) => policy[action].asks === 'auth')).toEqual([
      'account.becomeStaff',
      'account.finishSignIn',
      'account.login',
      'account.password',
      'account.signIn',
      'account.update',
      'factor.addKey',
      'factor.createCode',
      'factor.disable',
      'factor.enable',
      'factor.mode',
      'factor.regenerate',
      'factor.removeKey',
      'factor.renameKey',
      'factor.replace',
      'handoff.approveLogin',
      'handoff.approveOtp',
      'hold.endByKey',
      'hold.endByLink',
      'sshKey.add',
      'sshKey.remove',
      'staff.freeze',
      'staff.invite',
      'staff.unfreeze',
      'token.create',
      'token.resumeOwn',
      'token.revoke',
    ]);
    const rest = actions.filter((action) => policy[action].asks !== 'auth');
    expect(new Set(rest.map((action) => policy[action].asks))).toEqual(new Set(['never', 'write']));
  });

  test('leaves out of the log what changes nothing, and what its use-case writes there itself', () => {
    expect(those((action) => !policy[action].audited)).toEqual([
      'account.confirmEmail',
      'account.confirmSignIn',
      'account.describe',
      'account.endSessionByLink',
      'account.freezeByLink',
      'account.halfSignIn',
      'account.identify',
      'account.log',
      'account.packages',
      'account.read',
      'account.sessions',
      'account.stars',
      'account.undoEmail',
      'factor.beginCeremony',
      'handoff.collect',
      'handoff.read',
      'handoff.start',
      'package.read',
      'package.star',
      'package.unpublishTail',
      'site.audit',
      'site.changes',
      'site.downloads',
      'site.metrics',
      'site.read',
      'site.search',
      'staff.accounts',
      'staff.audit',
      'token.list',
    ]);
  });

  test('keeps to a session of the website what no terminal does', () => {
    expect(those((action) => policy[action].credentials.join() === 'browser')).toEqual([
      'account.becomeStaff',
      'account.sendConfirmation',
      'factor.createCode',
      'factor.mode',
      'factor.regenerate',
      'factor.replace',
      'handoff.approveLogin',
      'handoff.approveOtp',
      'handoff.deny',
      'handoff.read',
      'hold.endByKey',
      'hold.endByLink',
      'hold.mailLink',
      'sshKey.add',
      'sshKey.remove',
      'staff.accounts',
      'staff.audit',
      'staff.freeze',
      'staff.invite',
      'staff.unfreeze',
      'token.resumeOwn',
    ]);
    expect(those((action) => policy[action].credentials.includes('halfway'))).toEqual([
      'account.finishSignIn',
      'account.signOut',
      'factor.beginCeremony',
    ]);
  });

  test('takes no credential for what a link, a new name or the console opens', () => {
    expect(those((action) => policy[action].credentials.length === 0)).toEqual([
      'account.confirmEmail',
      'account.confirmSignIn',
      'account.create',
      'account.endSessionByLink',
      'account.freeze',
      'account.freezeByLink',
      'account.staff',
      'account.undoEmail',
      'account.unfreeze',
      'factor.reset',
      'handoff.collect',
      'handoff.start',
      'site.rotateKeyring',
      'site.rotateSigningKey',
      'token.resume',
      'token.revokeForOwner',
    ]);
  });

  test('says on what each act is done, and by which command', () => {
    expect(those((action) => policy[action].on === 'package')).toEqual(
      those((action) => action.startsWith('package.')),
    );
    expect(those((action) => policy[action].on === 'site')).toEqual([
      'factor.beginCeremony',
      'handoff.collect',
      'handoff.start',
      'site.audit',
      'site.changes',
      'site.downloads',
      'site.metrics',
      'site.read',
      'site.rotateKeyring',
      'site.rotateSigningKey',
      'site.search',
      'staff.accounts',
      'staff.audit',
      'staff.invite',
    ]);
    expect(new Set(actions.map((action) => policy[action].on))).toEqual(
      new Set(['site', 'account', 'package']),
    );
    expect(actions.filter((action) => policy[action].command === '')).toEqual([]);
  });
});

describe('a token that should be limited and has lost its limits', () => {
  test('is limited to nothing', () => {
    expect(noGrants).toEqual({
      all: false,
      packages: [],
      scopes: [],
      permission: 'no-access',
      organisations: [],
      organisationsPermission: 'no-access',
    });
  });

  test('is not the token without limits, which covers what concerns all packages', () => {
    expect(coversSite(null, 'write')).toBe(true);
    expect(coversSite(noGrants, 'read')).toBe(false);
  });
});
