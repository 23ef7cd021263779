import { expect, test } from 'vitest';
import { type AccountRow, readAccount } from '../../src/accounts/accounts.sql.ts';
import { noGrants } from '../../src/policy/grants.ts';
import * as mails from '../../src/tokens/mails.ts';
import type { Token } from '../../src/tokens/token.ts';
import { permitFor } from '../accounts/acting.ts';
import { readMailsOf } from '../support/mails.ts';
import { eachStore } from '../support/stores.ts';
import { openWorld } from './making.ts';

const day = 24 * 3_600_000;
const at = Date.UTC(2026, 0, 15, 12);

const token: Token = {
  key: 'a'.repeat(32),
  prefix: 'npm_abcd',
  kind: 'publish',
  name: 'ci',
  description: null,
  ranges: null,
  grants: null,
  createdAt: at,
  createdAddress: null,
  createdAgent: null,
  updatedAt: at,
  lastUsedAt: null,
  expiresAt: at + day,
  suspendedAt: null,
  guardedUntil: null,
};
const unnamed: Token = { ...token, name: null };
const release = { ...token, kind: 'automation' } as const;
const granted = (permission: typeof noGrants.permission) => ({
  ...noGrants,
  packages: ['left-pad', '@acme/one'],
  scopes: ['@acme'],
  permission,
});
const publish = (name: string, address: string | null = '192.0.2.1') => ({
  package: name,
  version: '1.0.0',
  at,
  address,
});

eachStore((open) => {
  test('the mails about access tokens say what stands in mails.snapshot.txt', async () => {
    const world = await openWorld(open);
    const read = await world.store.read((tx) => readAccount(tx, world.person.name));
    const owner = read as AccountRow;
    const by = permitFor('token.create', world.person);
    const operator = permitFor('token.resume', null, { credential: 'console' });
    const said = await readMailsOf(world, [
      (tx) => mails.mailTokenCreated(tx, by, owner, token),
      (tx) => mails.mailTokenCreated(tx, by, owner, { ...unnamed, kind: 'session', expiresAt: null }),
      (tx) => mails.mailTokenCreated(tx, by, owner, { ...token, ranges: ['10.0.0.0/8', '2001:db8::/32'] }),
      ...(['no-access', 'read-only', 'read-write-stage-only', 'read-write'] as const).map(
        (permission) => (tx: Parameters<typeof mails.mailTokenCreated>[0]) =>
          mails.mailTokenCreated(tx, by, owner, { ...token, kind: 'granular', grants: granted(permission) }),
      ),
      (tx) => mails.mailTokenCreated(tx, by, owner, { ...release, grants: noGrants }),
      (tx) =>
        mails.mailTokenCreated(tx, by, owner, {
          ...release,
          grants: { ...noGrants, permission: 'read-write' },
        }),
      (tx) =>
        mails.mailTokenCreated(tx, by, owner, {
          ...release,
          grants: { ...noGrants, all: true, permission: 'read-write' },
        }),
      (tx) => mails.mailTokenRevoked(tx, by, owner, { ...unnamed, kind: 'readonly' }),
      (tx) => mails.mailTokenRevokedByOperator(tx, owner, { token, reason: undefined }),
      (tx) => mails.mailTokenRevokedByOperator(tx, owner, { token, reason: 'It was in a public log.' }),
      (tx) => mails.mailTokenResumed(tx, by, owner, token),
      (tx) => mails.mailTokenResumed(tx, operator, owner, token),
      (tx) =>
        mails.mailBypassPublishes(tx, owner, release, [
          publish('one'),
          publish('two'),
          publish('three', null),
        ]),
      (tx) =>
        mails.mailBypassPublishes(
          tx,
          owner,
          release,
          Array.from({ length: 50 }, (_, index) => publish(`p${index}`)),
        ),
      (tx) => mails.mailTokenLeaked(tx, by, owner, { token, place: 'README.md of left-pad', isOwn: true }),
      (tx) => mails.mailTokenLeaked(tx, by, owner, { token, place: 'files of ann', isOwn: false }),
      (tx) => mails.mailNewNetwork(tx, by, owner),
      (tx) => mails.mailNewNetwork(tx, by, owner, at + day),
      (tx) => mails.mailFarLogin(tx, by, owner, { token, approvedFrom: '203.0.113.9' }),
      (tx) => mails.mailFarLogin(tx, by, owner, { token, approvedFrom: null }),
      (tx) =>
        mails.mailTokenEnding(tx, {
          ...token,
          id: token.key,
          expires_at: at + day,
          warnings: 0,
          account_name: owner.name,
          email: owner.email,
        }),
    ]);
    await expect(said).toMatchFileSnapshot('mails.snapshot.txt');
  });
});
