/** ML1: every kind of mail, found in the sources, with what it says and its link that freezes the account (RV8). */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type AccountRow, readAccount } from '../../src/accounts/accounts.sql.ts';
import { endHoldByKey, mailHoldLink } from '../../src/accounts/ending-holds.ts';
import { freezeAccount, unfreezeAccount } from '../../src/accounts/freezing.ts';
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
import { asUtc, composeMail, type MailWish } from '../../src/ledger/mail.ts';
import { mailOwnersChanged } from '../../src/packages/mails.ts';
import type { Actor } from '../../src/policy/actor.ts';
import type { Permit } from '../../src/policy/permit.ts';
import { mintPermit } from '../../src/policy/permit-mint.ts';
import type { Action } from '../../src/policy/policy.ts';
import type { Writing } from '../../src/store/store.ts';
import * as tokenMails from '../../src/tokens/mails.ts';
import type { Token } from '../../src/tokens/token.ts';
import { keepingMails } from '../packages/publisher.ts';
import { Browser } from '../site/browser.ts';
import { linkIn, mailsOf } from '../site/mailed.ts';
import { enable, signUp } from '../site/people.ts';
import type { TestApp } from '../support/app.ts';
import { openWorld } from './people.ts';

const day = 24 * 3_600_000;
const ann = 'ann@example.com';
const bob = 'bob@example.com';
const moved = 'ann@new.example';
const site = { name: 'Acme Packages', publicUrl: 'http://localhost:4873' };
const reason = 'Asked by telephone, and called back.';
const key = { name: 'laptop', fingerprint: 'SHA256:abc' };
const client = 'npm/11.19.1 node/v24.21.0';

interface Scene {
  readonly world: TestApp;
  readonly actor: Actor;
  readonly owner: AccountRow;
  readonly token: Token;
}

type Cause = (tx: Writing, scene: Scene) => Promise<unknown>;

interface Kind {
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

const permitOf = <A extends Action>(action: A, { actor }: Scene): Permit<A> =>
  mintPermit<A>({
    action,
    actor,
    account: actor.account,
    target: { on: 'account', name: 'ann' },
    factor: 'none',
  });

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

const onConsole = <A extends Action>(
  { world }: Scene,
  action: A,
  work: (tx: Writing, permit: Permit<A>) => Promise<void>,
) => world.app.gate.onConsole(action, { on: 'account', name: 'ann' }, work);
const freeze = (scene: Scene) =>
  onConsole(scene, 'account.freeze', (tx, permit) => freezeAccount(tx, permit, { name: 'ann' }));
const unfreeze = (scene: Scene) =>
  onConsole(scene, 'account.unfreeze', (tx, permit) => unfreezeAccount(tx, permit, { name: 'ann' }));

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

/** Moves ann's address and takes the change back with the link to the old one. */
async function undo({ world, owner, actor }: Scene): Promise<void> {
  await world.app.store.write(async (tx) => {
    await mailEmailChanged(tx, { actor }, { before: owner, after: moved });
    await tx.sql
      .updateTable('accounts')
      .set({ email: moved, email_verified_at: null })
      .where('id', '=', owner.id)
      .execute();
  });
  const path = await linkIn(world, ann, 'Take my address back');
  const browser = await new Browser(world).open(path);
  browser.address = actor.address ?? '';
  await browser.submit(path);
}

async function freezeByLink({ world, owner, actor }: Scene): Promise<void> {
  await world.app.store.write((tx) => mailPasswordChanged(tx, { actor }, owner));
  const path = await linkIn(world, ann, 'freeze');
  const browser = await new Browser(world).open(path);
  browser.address = actor.address ?? '';
  await browser.submit(path);
}

const published = (at: number) => ({ package: 'left-pad', version: '1.0.0', at, address: '198.51.100.7' });

const kinds: readonly Kind[] = [
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
  driven('Account frozen', freeze, { from: operator, noFreeze: 'the account is frozen' }),
  driven('Account frozen', freezeByLink, { noFreeze: 'the account is frozen' }),
  driven('Account no longer frozen', async (scene) => [await freeze(scene), await unfreeze(scene)], {
    from: operator,
  }),
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
    async (scene) => {
      await enable(scene.world);
      await onConsole(scene, 'factor.reset', (tx, permit) =>
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

async function openScene(): Promise<Scene> {
  const world = await openWorld(keepingMails);
  await signUp(world);
  await signUp(world, 'bob');
  const { store } = world.app;
  const owner = await store.write(async (tx) => {
    await tx.sql.updateTable('accounts').set({ email_verified_at: tx.now }).execute();
    return readAccount(tx, 'ann');
  });
  if (!owner) throw new Error('nobody signed up');
  const { id, name } = owner;
  const now = world.clock.now();
  const actor: Actor = {
    credential: 'browser',
    account: { id, name },
    token: 'a'.repeat(32),
    session: null,
    device: null,
    dead: null,
    addressAllowed: true,
    grants: null,
    address: '198.51.100.7',
    userAgent: client,
    requestId: 'request',
    code: null,
    claim: null,
    notice: null,
    receivedAt: now,
  };
  const token: Token = {
    key: 'a'.repeat(32),
    prefix: 'npm_abcd',
    kind: 'automation',
    name: 'ci',
    description: null,
    ranges: null,
    grants: null,
    createdAt: now,
    createdAddress: null,
    createdAgent: null,
    updatedAt: now,
    lastUsedAt: null,
    expiresAt: null,
    suspendedAt: null,
    guardedUntil: null,
  };
  return { world, actor, owner, token };
}

const isOf = ({ what, to = ann }: Kind, mail: MailWish): boolean =>
  mail.to === to && new RegExp(`^${what.replace('…', '.+')}$`).test(mail.what);

/** The latest mail of the kind, as it leaves, and when what it tells of was done. */
async function mailOf(kind: Kind, scene: Scene): Promise<{ text: string; html: string; at: number }> {
  const { world } = scene;
  await kind.cause(scene);
  const mails = (await mailsOf(world)).filter((mail) => isOf(kind, mail));
  const mail = mails.at(-1);
  if (!mail) throw new Error(`no mail "${kind.what}"`);
  const { text, html = '' } = composeMail(mail, 'id', site);
  return { text, html, at: world.clock.now() };
}

/** All that a mail may be called, where its sources say it. */
function kindsInSources(): Set<string> {
  const root = new URL('../../src/', import.meta.url);
  const found = new Set<string>();
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts') || !/^(accounts|factors|tokens|packages|ledger|gate)\//.test(path)) continue;
    const source = readFileSync(new URL(path, root), 'utf8');
    for (const [, said = ''] of source.matchAll(/\bwhat(?:: | = )((?:[^,;\n]|\$\{)+)/g))
      for (const [, , text = ''] of said.matchAll(/(['`])(.+?)\1/g))
        if (/^[A-Z$]/.test(text)) found.add(text.replace(/\$\{[^}]+\}/g, '…'));
  }
  return found;
}

test('each kind of mail that the sources know stands in this file', () => {
  expect([...kindsInSources()].sort()).toEqual([...new Set(kinds.map(({ what }) => what))].sort());
});

test.each(kinds.filter(({ noFreeze }) => noFreeze === undefined))(
  '"$what" says when, from where and what to do, with a link that freezes the account once',
  async (kind) => {
    const scene = await openScene();
    const { world } = scene;
    const { text, html, at } = await mailOf(kind, scene);
    for (const part of [text, html]) {
      expect(part).toContain(`When: ${asUtc(at)}.`);
      expect(part).toContain(`From: ${kind.from ?? '198.51.100.7'}.`);
    }
    expect(text.replace(/\s+/g, ' ')).toContain('freeze your account with the link below');
    const [path = ''] = /\/login\/freeze\/[0-9a-f]{64}/.exec(text) ?? [];
    expect(html).toContain(`href="${site.publicUrl}${path}"`);

    const page = await new Browser(world).open(path);
    expect([page.status, page.heading()]).toEqual([200, 'Freeze your account']);
    const name = kind.to === bob ? 'bob' : 'ann';
    const isFrozen = () =>
      world.app.store.read(async (tx) => (await readAccount(tx, name))?.frozen_at !== null);
    expect(await isFrozen()).toBe(false);
    const again = await new Browser(world).open(path);
    await page.submit(path);
    expect([page.heading(), await isFrozen()]).toEqual(['Account frozen', true]);
    await onConsole(scene, 'account.unfreeze', (tx, permit) => unfreezeAccount(tx, permit, { name }));
    await again.submit(path);
    expect([again.status, await isFrozen()]).toEqual([410, false]);
  },
);

test.each(kinds.filter(({ noFreeze }) => noFreeze !== undefined))(
  '"$what" has no link that freezes the account: $noFreeze',
  async (kind) => {
    const { text, html } = await mailOf(kind, await openScene());
    for (const part of [text, html]) expect(part).not.toContain('/login/freeze/');
    if (kind.from !== undefined) expect(text).toContain(`From: ${kind.from}.`);
  },
);
