/** Ann, of whom mails are written. */
import { type AccountRow, readAccount } from '../../src/accounts/accounts.sql.ts';
import type { Actor } from '../../src/policy/actor.ts';
import type { Permit } from '../../src/policy/permit.ts';
import { mintPermit } from '../../src/policy/permit-mint.ts';
import type { Action } from '../../src/policy/policy.ts';
import type { Token } from '../../src/tokens/token.ts';
import { signUp } from '../site/people.ts';
import type { TestApp } from '../support/app.ts';
import { openWorld } from './people.ts';

export const ann = 'ann@example.com';
const client = 'npm/11.19.1 node/v24.21.0';

/** What a mail is written of. */
export interface Scene {
  readonly world: TestApp;
  readonly actor: Actor;
  readonly owner: AccountRow;
  readonly token: Token;
}

/** The right that the gate would mint for ann. */
export const permitOf = <A extends Action>(action: A, { actor }: Scene): Permit<A> =>
  mintPermit<A>({
    action,
    actor,
    account: actor.account,
    target: { on: 'account', name: 'ann' },
    factor: 'none',
  });

/** Ann and bob with confirmed addresses; ann acts with a session of the website. */
export async function openScene(): Promise<Scene> {
  const world = await openWorld();
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
