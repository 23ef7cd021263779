/** What an approval on a page opens, and what it does not (LK5, SE5). */
import { describe, expect, test } from 'vitest';
import { approveOtp, openProof } from '../../src/accounts/handoffs.ts';
import { isReleasing, useRelease } from '../../src/factors/approvals.ts';
import { spendCode } from '../../src/factors/spend.ts';
import { Failure } from '../../src/kernel/failure.ts';
import type { Actor } from '../../src/policy/actor.ts';
import type { Action } from '../../src/policy/policy.ts';
import { collectHandoff } from '../../src/tokens/handoffs.ts';
import { eachStore, type OpenStore } from '../support/stores.ts';
import { rules } from '../tokens/making.ts';
import { actorOf, createPerson, createTokenFor, permitFor } from './people.ts';

const second = 1000;
const minute = 60 * second;
const subject = 'left-pad@1.0.0 sha512-x';

interface Attempt {
  readonly actor?: Partial<Actor>;
  readonly action?: Action;
  readonly subject?: string | undefined;
}

/** A person whose publish with a token, or an act with the password, is approved on the page. */
async function openApproved(
  open: OpenStore,
  { credential = 'token-1', action = 'package.publish' as Action, release = false } = {},
) {
  const world = await open();
  const { store, clock } = world;
  const person = await createPerson(world);
  await createTokenFor(world, person, 'token-1');
  const asker = actorOf(world, person);
  const ids = await store.write((tx) =>
    openProof(tx, { account: person, actor: asker, credential, action, subject }),
  );
  await store.write((tx) =>
    approveOtp(
      tx,
      permitFor('handoff.approveOtp', asker, person),
      { id: ids.page, release },
      { releaseWindow: 20 * minute },
    ),
  );
  const collect = async () =>
    (await store.write((tx) =>
      collectHandoff(
        tx,
        permitFor('handoff.collect', actorOf(world, person, { token: null }), person),
        { id: ids.done, bearer: null },
        rules,
      ),
    )) ?? '';
  const act = (told: Attempt) => ({
    account: person,
    actor: actorOf(world, person, told.actor),
    action: told.action ?? action,
    subject: 'subject' in told ? told.subject : subject,
  });
  const outcome = async (work: Promise<unknown>): Promise<unknown> => {
    try {
      return await work;
    } catch (thrown) {
      if (thrown instanceof Failure) return thrown.code;
      throw thrown;
    }
  };
  const spend = (code: string, told: Attempt = {}) =>
    outcome(store.write((tx) => spendCode(tx, { ...act(told), code })));
  const publish = (told: Attempt = {}) => store.write((tx) => useRelease(tx, act(told)));
  const releasing = (told: Attempt = {}) => store.read((tx) => isReleasing(tx, act(told)));
  const changePassword = () =>
    store.write((tx) => tx.sql.updateTable('accounts').set({ password_version: 2 }).execute());
  return { ...world, clock, person, collect, spend, publish, releasing, changePassword };
}

const others: readonly [string, Attempt][] = [
  ['another act', { action: 'package.deprecate' }],
  ['another package', { subject: 'left-pad@1.0.1 sha512-y' }],
  ['an act that no page can approve', { subject: undefined }],
  ['another token', { actor: { token: 'token-2' } }],
];

eachStore((open) => {
  describe('the approval of one act', () => {
    test('opens that act once, and a repeated request is a proof of it', async () => {
      const { collect, spend, store } = await openApproved(open);
      const value = await collect();
      expect(await spend(value)).toBe('page');
      expect(await spend(value)).toBe('proof');
      const uses = await store.read((tx) => tx.sql.selectFrom('handoff_uses').selectAll().execute());
      expect(uses).toMatchObject([{ number: 1, subject }]);
    });

    test.each(others)('does not open %s', async (_what, told) => {
      const { collect, spend } = await openApproved(open);
      const value = await collect();
      expect(await spend(value, told)).toBe('otp_refused');
      expect(await spend(value)).toBe('page');
    });

    test('with a token opens it from any address, with a password from the one that asked', async () => {
      const elsewhere = { actor: { address: '203.0.113.9' } };
      const nowhere = { actor: { address: null } };
      for (const told of [elsewhere, nowhere]) {
        const one = await openApproved(open);
        expect(await one.spend(await one.collect(), told)).toBe('page');
      }
      const typed = await openApproved(open, { credential: 'password', action: 'account.update' });
      const bare = { credential: 'password', token: null } as const;
      const value = await typed.collect();
      for (const { actor } of [elsewhere, nowhere])
        expect(await typed.spend(value, { actor: { ...bare, ...actor } })).toBe('otp_refused');
      expect(await typed.spend(value, { actor: bare })).toBe('page');
    });

    test('opens nothing five minutes after it was handed out, by the arrival of the headers', async () => {
      const { collect, spend, clock } = await openApproved(open);
      const value = await collect();
      const handed = clock.now();
      clock.advance(6 * minute);
      expect(await spend(value, { actor: { receivedAt: handed + 5 * minute } })).toBe('otp_refused');
      expect(await spend(value, { actor: { receivedAt: handed + 5 * minute - 1 } })).toBe('page');
    });

    test('opens nothing when the clock was set back by more than clocks differ', async () => {
      const { collect, spend, clock } = await openApproved(open);
      const value = await collect();
      clock.advance(-5 * second - 1);
      expect(await spend(value)).toBe('otp_refused');
      clock.advance(1);
      expect(await spend(value)).toBe('page');
    });

    test('opens nothing under another password, and is no release', async () => {
      const { collect, spend, changePassword, publish, releasing } = await openApproved(open);
      const value = await collect();
      expect([await releasing(), await publish()]).toEqual([false, false]);
      await changePassword();
      expect(await spend(value)).toBe('otp_refused');
      expect(await spend('0'.repeat(64))).toBe('otp_refused');
    });
  });

  describe('the approval of a release', () => {
    const openRelease = () => openApproved(open, { release: true });

    test('opens every publish with the same token from the same address, without a value and with it', async () => {
      const { collect, spend, publish, releasing, store } = await openRelease();
      expect([await releasing(), await publish()]).toEqual([true, true]);
      expect(await publish({ subject: 'right-pad@1.0.0 sha512-z' })).toBe(true);
      const value = await collect();
      expect(await spend(value, { subject: 'third@1.0.0 sha512-z' })).toBe('page');
      expect(await spend(value, { subject: 'fourth@1.0.0 sha512-z' })).toBe('page');
      const uses = await store.read((tx) =>
        tx.sql.selectFrom('handoff_uses').select(['number', 'subject']).orderBy('number').execute(),
      );
      expect(uses.map(({ subject: of }) => of)).toEqual([
        subject,
        'right-pad@1.0.0 sha512-z',
        'third@1.0.0 sha512-z',
        'fourth@1.0.0 sha512-z',
      ]);
    });

    test.each<[string, Attempt]>([
      ['anything but a publish', { action: 'package.deprecate' }],
      ['another address', { actor: { address: '203.0.113.9' } }],
      ['an unknown address', { actor: { address: null } }],
      ['another token', { actor: { token: 'token-2' } }],
    ])('opens nothing for %s', async (_what, told) => {
      const { collect, spend, publish, releasing } = await openRelease();
      expect([await releasing(told), await publish(told)]).toEqual([false, false]);
      const value = await collect();
      expect(await spend(value, told)).toBe('otp_refused');
    });

    test('opens nothing without a token', async () => {
      const { releasing } = await openRelease();
      expect(await releasing({ actor: { token: null, credential: 'password' } })).toBe(false);
    });

    test('serves two hundred publishes, then no more', async () => {
      const { collect, spend, publish, releasing, store } = await openRelease();
      const value = await collect();
      await store.write((tx) => tx.sql.updateTable('handoffs').set({ uses: 199 }).execute());
      expect(await publish()).toBe(true);
      expect([await releasing(), await publish(), await spend(value)]).toEqual([false, false, 'otp_refused']);
    });

    test('ends with its time, with another password, and is not there before it was approved', async () => {
      const { clock, releasing, changePassword } = await openRelease();
      clock.advance(-5 * second - 1);
      expect(await releasing()).toBe(false);
      clock.advance(1);
      expect(await releasing()).toBe(true);
      clock.advance(5 * second + 20 * minute - 1);
      expect(await releasing()).toBe(true);
      await changePassword();
      expect(await releasing()).toBe(false);
      await openRelease().then(async (other) => {
        other.clock.advance(20 * minute);
        expect(await other.releasing()).toBe(false);
      });
    });
  });
});
