/** Every kind of mail, and what brings one about. */
import { type AccountRow, readAccount } from '../../src/accounts/accounts.sql.ts';
import { endHoldByKey, mailHoldLink } from '../../src/accounts/ending-holds.ts';
import { endHolds, startHold } from '../../src/accounts/holds.ts';
import { acceptInvitation, invite, makeStaffLink } from '../../src/accounts/invitations.ts';
import {
  mailEmailChanged,
  mailNewSignIn,
  mailPasswordChanged,
  mailSignInWaits,
  mailSshKeyAdded,
  mailSshKeyRemoved,
} from '../../src/accounts/mails.ts';
import { mailKeyAdded, mailKeyRemoved, mailPossibleCopy } from '../../src/factors/keys-mails.ts';
import * as factorMails from '../../src/factors/mails.ts';
import { resetFactors } from '../../src/factors/reset.ts';
import { mailOwnersChanged } from '../../src/packages/mails.ts';
import type { Actor } from '../../src/policy/actor.ts';
import type { Writing } from '../../src/store/store.ts';
import * as tokenMails from '../../src/tokens/mails.ts';
import { freeze, unfreeze } from '../accounts/freezing.ts';
import { Browser } from '../site/browser.ts';
import { linkIn } from '../site/mailed.ts';
import { enable } from '../site/people.ts';
import { ann, permitOf, type Scene } from './mail-scene.ts';

const day = 24 * 3_600_000;
export const bob = 'bob@example.com';
const moved = 'ann@new.example';
const reason = 'Asked by telephone, and called back.';
const key = { name: 'laptop', fingerprint: 'SHA256:abc' };

type Cause = (tx: Writing, scene: Scene) => Promise<unknown>;

/** A kind of mail, and what brings one about. */
export interface Kind {
  /** As the subject begins; what is filled in is written "…". */
  readonly what: string;
  readonly cause: (scene: Scene) => Promise<unknown>;
  /** Why there is no link that freezes the account; left out where there is one. */
  readonly noFreeze?: string;
  /** Whom it goes to; ann without it. */
  readonly to?: string;
  /** What stands after "From:"; the client's address without it. */
  readonly from?: string;
}

const operator = 'the people who run this registry';
const itself = 'the registry itself';
const unconfirmed = (owner: AccountRow): AccountRow => ({ ...owner, email_verified_at: null });

const driven = (what: string, cause: Kind['cause'], rest: Partial<Kind> = {}): Kind => ({
  what,
  cause,
  ...rest,
});
const named = (what: string, cause: Cause, rest: Partial<Kind> = {}): Kind =>
  driven(what, (scene) => scene.world.app.store.write((tx) => cause(tx, scene)), rest);
const factor =
  (mail: (tx: Writing, account: string, actor: Actor) => Promise<void>): Cause =>
  (tx, { owner, actor }) =>
    mail(tx, owner.id, actor);

/** Somebody who may be gone, or come, as a change of maintainers tells it. */
const owners =
  (added: boolean, own: boolean): Cause =>
  async (tx, scene) => {
    const other = (await readAccount(tx, 'bob')) ?? scene.owner;
    const change = added
      ? { before: [scene.owner], added: [other], removed: [] }
      : { before: [scene.owner, other], added: [], removed: [other] };
    const by = own ? scene : { ...scene, actor: { ...scene.actor, account: other } };
    await mailOwnersChanged(tx, permitOf('package.owners', by), 'left-pad', change);
  };
const notTheirs = 'it was not done with the account of the one who reads it, so freezing that stops nobody';

/** Presses the button of ann's latest link, at the address of the client. */
async function follow({ world, actor }: Scene, label: string): Promise<void> {
  const path = await linkIn(world, ann, label);
  const browser = await new Browser(world).open(path);
  browser.address = actor.address ?? '';
  await browser.submit(path);
}

/** Moves ann's address and takes the change back with the link to the old one. */
async function undo(scene: Scene): Promise<void> {
  const { world, owner, actor } = scene;
  await world.app.store.write(async (tx) => {
    await mailEmailChanged(tx, { actor }, { before: owner, after: moved });
    await tx.sql
      .updateTable('accounts')
      .set({ email: moved, email_verified_at: null })
      .where('id', '=', owner.id)
      .execute();
  });
  await follow(scene, 'Take my address back');
}

async function freezeByLink(scene: Scene): Promise<void> {
  const { world, owner, actor } = scene;
  await world.app.store.write((tx) => mailPasswordChanged(tx, { actor }, owner));
  await follow(scene, 'freeze');
}

const published = (at: number) => ({ package: 'left-pad', version: '1.0.0', at, address: '198.51.100.7' });

export const kinds: readonly Kind[] = [
  named('New sign-in', (tx, { owner, actor }) =>
    mailNewSignIn(tx, { actor }, owner, { id: 'session', until: tx.now + day }),
  ),
  named('Confirm your sign-in', (tx, { owner, actor }) =>
    mailSignInWaits(tx, { actor }, owner, {
      path: '/login/confirm/x',
      factor: 'recovery code',
      until: tx.now + 60_000,
    }),
  ),
  named('Password changed', (tx, { owner, actor }) => mailPasswordChanged(tx, { actor }, owner)),
  named('Email address changed', (tx, { owner, actor }) =>
    mailEmailChanged(tx, { actor }, { before: owner, after: moved }),
  ),
  named(
    'Email address changed',
    (tx, { owner, actor }) => mailEmailChanged(tx, { actor }, { before: unconfirmed(owner), after: moved }),
    { noFreeze: 'nobody had confirmed the address before: it may be a stranger’s, mistyped' },
  ),
  driven('Email address changed back', undo),
  driven('Email address changed back', undo, {
    to: moved,
    noFreeze: 'nobody at that address may do anything with the account any more',
  }),
  named('An SSH key was added', (tx, { owner, actor }) => mailSshKeyAdded(tx, { actor }, owner, key)),
  named('An SSH key was removed', (tx, { owner, actor }) => mailSshKeyRemoved(tx, { actor }, owner, key)),
  driven('Confirm your email address', async () => undefined, {
    noFreeze: 'nobody has confirmed the address yet: it may be a stranger’s, mistyped',
  }),
  driven('Account frozen', ({ world }) => freeze(world, 'ann'), {
    from: operator,
    noFreeze: 'the account is frozen',
  }),
  driven('Account frozen', freezeByLink, { noFreeze: 'the account is frozen' }),
  driven(
    'Account no longer frozen',
    async ({ world }) => [await freeze(world, 'ann'), await unfreeze(world, 'ann')],
    {
      from: operator,
    },
  ),
  named('Account held', (tx, { owner, actor }) =>
    startHold(tx, { account: owner, actor, kind: 'full', reason: 'recovery-code', time: day }),
  ),
  named('Ending the hold on your account', async (tx, scene) => {
    await startHold(tx, { account: scene.owner, kind: 'full', reason: 'reset', time: day });
    await mailHoldLink(tx, permitOf('hold.mailLink', scene));
  }),
  named('Account no longer held', async (tx, scene) => {
    await startHold(tx, { account: scene.owner, kind: 'full', reason: 'reset', time: day });
    await endHoldByKey(tx, permitOf('hold.endByKey', scene));
  }),
  driven(
    'Account no longer held',
    async ({ world, owner }) => {
      const { clock } = world;
      await world.app.store.write((tx) =>
        startHold(tx, { account: owner, kind: 'full', reason: 'reset', time: day }),
      );
      clock.advance(day);
      await endHolds(world.app.store);
    },
    { from: itself },
  ),
  named(
    'Invitation',
    (tx, scene) => invite(tx, permitOf('staff.invite', scene), { email: 'new@example.com' }),
    { to: 'new@example.com', noFreeze: 'there is no account yet' },
  ),
  driven('Now staff', async (scene) => {
    const { store } = scene.world.app;
    const link = await makeStaffLink(store);
    await store.write((tx) =>
      acceptInvitation(
        tx,
        permitOf('account.becomeStaff', scene),
        { kind: 'staff', secret: link?.secret ?? '' },
        scene.owner.id,
      ),
    );
  }),
  named('Two-factor authentication is on', (tx, { owner, actor }) =>
    factorMails.mailFactorOn(tx, owner.id, actor, 'auth-only'),
  ),
  named('Two-factor authentication is on', (tx, { owner, actor }) =>
    mailKeyAdded(tx, owner.id, actor, { name: 'key', mode: 'auth-only' }),
  ),
  named('A security key was added', (tx, { owner, actor }) =>
    mailKeyAdded(tx, owner.id, actor, { name: 'key', mode: null }),
  ),
  named('A security key was removed', (tx, { owner, actor }) => mailKeyRemoved(tx, owner.id, actor, 'key')),
  named('There may be a copy of your security key', (tx, { owner, actor }) =>
    mailPossibleCopy(tx, owner.id, actor, 'key'),
  ),
  named('An authenticator app was added', factor(factorMails.mailAppAdded)),
  named('The authenticator app was replaced', factor(factorMails.mailAppReplaced)),
  named('New recovery codes', factor(factorMails.mailCodesRegenerated)),
  named('Two-factor authentication was changed', (tx, { owner, actor }) =>
    factorMails.mailModeChanged(tx, owner.id, actor, { from: 'auth-only', to: 'auth-and-writes' }),
  ),
  named('Two-factor authentication is off', (tx, { owner, actor }) =>
    factorMails.mailFactorOff(tx, owner.id, actor, 'totp'),
  ),
  named('A recovery code was used', factor(factorMails.mailRecoveryCodeUsed)),
  named('… wrong codes were tried', (tx, { owner, actor }) =>
    factorMails.mailWrongCodes(tx, owner.id, actor, 3, false),
  ),
  named('An access token was suspended', factor(factorMails.mailTokenSuspended)),
  driven(
    'Two-factor authentication was removed',
    async ({ world }) => {
      await enable(world);
      await world.app.gate.onConsole('factor.reset', { on: 'account', name: 'ann' }, (tx, permit) =>
        resetFactors(tx, permit, { name: 'ann', reason }),
      );
    },
    { from: operator },
  ),
  named('New access token', (tx, { owner, actor, token }) =>
    tokenMails.mailTokenCreated(tx, { actor }, owner, token),
  ),
  named('Access token revoked', (tx, { owner, actor, token }) =>
    tokenMails.mailTokenRevoked(tx, { actor }, owner, token),
  ),
  named(
    'Access token revoked',
    (tx, { owner, token }) => tokenMails.mailTokenRevokedByOperator(tx, owner, { token, reason }),
    { from: operator },
  ),
  named('Access token works again', (tx, { owner, actor, token }) =>
    tokenMails.mailTokenResumed(tx, { actor }, owner, token),
  ),
  named('Published without a code', (tx, { owner, token }) =>
    tokenMails.mailBypassPublishes(tx, owner, token, [published(tx.now)]),
  ),
  named('Access token found and revoked', (tx, { owner, actor, token }) =>
    tokenMails.mailTokenLeaked(tx, { actor }, owner, { token, place: 'left-pad', isOwn: true }),
  ),
  named(
    'Access token found and revoked',
    (tx, { owner, actor, token }) =>
      tokenMails.mailTokenLeaked(tx, { actor }, owner, { token, place: 'files', isOwn: false }),
    { from: itself },
  ),
  named('Sign-in from a new network', (tx, { owner, actor }) =>
    tokenMails.mailNewNetwork(tx, { actor }, owner),
  ),
  named('Login in another network', (tx, { owner, actor, token }) =>
    tokenMails.mailFarLogin(tx, { actor }, owner, { token, approvedFrom: '192.0.2.1' }),
  ),
  named(
    'Access token about to expire',
    (tx, { owner, token }) =>
      tokenMails.mailTokenEnding(tx, {
        ...token,
        id: token.key,
        expires_at: tx.now + day,
        warnings: 0,
        account_name: 'ann',
        email: owner.email,
      }),
    { noFreeze: 'a reminder: nobody did anything' },
  ),
  named('The maintainers of … changed', owners(true, true)),
  named('The maintainers of … changed', owners(true, false), { noFreeze: notTheirs }),
  named('You maintain a package', owners(true, true), { to: bob, noFreeze: notTheirs }),
  named('You do not maintain a package any more', owners(false, true), { to: bob, noFreeze: notTheirs }),
  named('You do not maintain a package any more', owners(false, false), { to: bob }),
];
