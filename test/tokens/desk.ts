import { approveLogin, approveOtp, denyHandoff, openProof, startLogin } from '../../src/accounts/handoffs.ts';
import type { Actor } from '../../src/policy/actor.ts';
import { collectHandoff, isAnswered } from '../../src/tokens/handoffs.ts';
import { type Person, permitFor } from '../accounts/acting.ts';
import type { OpenStore } from '../support/stores.ts';
import { create, openWorld, rules } from './making.ts';

const minute = 60_000;
export const office = '198.51.100.7';
const noLimit = { loginLimit: 'off', loopbackExempt: false } as const;

/** A store with one account, and both sides of a request that is answered on a page: the client, and whoever answers. */
export async function openDesk(open: OpenStore) {
  const world = await openWorld(open);
  const { store, clock, person } = world;
  const at = (address: string | null): Partial<Actor> => ({ address, userAgent: 'npm/11.0.0' });
  const startAt = (address: string | null = office) =>
    store.write((tx) =>
      startLogin(tx, permitFor('handoff.start', null, at(address)), { wantsAccount: false }, noLimit),
    );
  const approve = (id: string, address = office, who: Person = person) =>
    store.write((tx) =>
      approveLogin(tx, permitFor('handoff.approveLogin', who, at(address)), { id, anotherNetwork: true }),
    );
  const askFor = (credential: string, account: Person = person) =>
    store.write((tx) =>
      openProof(tx, {
        account,
        actor: { address: office, userAgent: 'npm' },
        credential,
        action: 'package.publish',
        subject: 'a@1.0.0 sha512-x',
      }),
    );
  const approveAct = (id: string, release = false) =>
    store.write((tx) =>
      approveOtp(
        tx,
        permitFor('handoff.approveOtp', person, at(office)),
        { id, release },
        { releaseWindow: 20 * minute },
      ),
    );
  const deny = (id: string) =>
    store.write((tx) => denyHandoff(tx, permitFor('handoff.deny', person), { id }));
  const collect = (id: string, { address = office as string | null, bearer = null as string | null } = {}) =>
    store.write((tx) =>
      collectHandoff(tx, permitFor('handoff.collect', null, at(address)), { id, bearer }, rules),
    );
  const isReady = (id: string, { address = office as string | null, bearer = null as string | null } = {}) =>
    store.read((tx) => isAnswered(tx, { id, bearer }, { address }));
  const row = async () =>
    (await store.read((tx) => tx.sql.selectFrom('handoffs').selectAll().executeTakeFirst())) ?? undefined;
  /** An approved proof of a token's publish. */
  const approvedProof = async (release = false) => {
    const token = await create(world, person);
    const ids = await askFor(token.key);
    await approveAct(ids.page, release);
    return { ...ids, token };
  };
  const change = (what: 'accounts' | 'tokens', set: object) =>
    store.write((tx) => tx.sql.updateTable(what).set(set).execute());
  return {
    ...world,
    clock,
    startAt,
    approve,
    askFor,
    approveAct,
    approvedProof,
    deny,
    collect,
    isReady,
    row,
    change,
  };
}
