/** What a client gets for a request that was answered on the page, and what it gets instead (LK4). */
import { describe, expect, test } from 'vitest';
import { sweepHandoffs } from '../../src/accounts/handoffs.ts';
import { hashSecret } from '../../src/kernel/secrets.ts';
import { createPerson, waitingMails } from '../accounts/acting.ts';
import { eachStore } from '../support/stores.ts';
import { office, openDesk } from './desk.ts';
import { create, day, recogniserOf } from './making.ts';

const second = 1000;
const minute = 60 * second;
const cafe = '203.0.113.9';
const over = (reason: string) => ({ code: 'handoff_over', details: { reason } });
const missing = { code: 'not_found' };

eachStore((open) => {
  describe('a login', () => {
    test('is nothing while nobody answers, then a token that works, and the same one for half a minute', async () => {
      const { startAt, approve, collect, isReady, store, clock, person } = await openDesk(open);
      const { page, done } = await startAt();
      expect([await isReady(done), await collect(done)]).toEqual([false, undefined]);
      await approve(page);
      expect(await isReady(done)).toBe(true);
      const token = (await collect(done)) ?? '';
      const { recognise } = recogniserOf(store, clock);
      expect(await recognise(token)).toMatchObject({ alive: true, kind: 'session', account: person });
      clock.advance(30 * second - 1);
      expect([await isReady(done), await collect(done)]).toEqual([true, token]);
      clock.advance(1);
      const gone = over('The access token of this login was handed out already: run npm login again.');
      await expect(collect(done)).rejects.toMatchObject(gone);
      await expect(isReady(done)).rejects.toMatchObject(gone);
    });

    test('is written to the log for whom it was, with its token', async () => {
      const { startAt, approve, collect, store, person } = await openDesk(open);
      const { page, done } = await startAt();
      await approve(page);
      await collect(done);
      const rows = await store.read((tx) => tx.sql.selectFrom('audit').selectAll().execute());
      const token = await store.read((tx) => tx.sql.selectFrom('tokens').select('id').executeTakeFirst());
      expect(rows.map(({ entry }) => JSON.parse(entry))).toMatchObject([
        {
          action: 'handoff.collect',
          outcome: 'done',
          account: person.id,
          actor: 'hannah',
          actorKind: 'account',
          tokenKey: token?.id,
          address: office,
          userAgent: 'npm/11.0.0',
          requestId: 'request-1',
        },
      ]);
    });

    test.each<[string, string | null]>([
      ['another address', '198.51.100.8'],
      ['an unknown address', null],
    ])('is not handed out again to %s', async (_whom, address) => {
      const { startAt, approve, collect } = await openDesk(open);
      const { page, done } = await startAt();
      await approve(page);
      await collect(done, { address });
      await expect(collect(done, { address: address === null ? null : office })).rejects.toMatchObject({
        code: 'handoff_over',
      });
    });

    test('is not handed out again when the clock was set back by more than clocks differ', async () => {
      const { startAt, approve, collect, clock } = await openDesk(open);
      const { page, done } = await startAt();
      await approve(page);
      const token = await collect(done);
      clock.advance(-5 * second);
      expect(await collect(done)).toBe(token);
      clock.advance(-1);
      await expect(collect(done)).rejects.toMatchObject({ code: 'handoff_over' });
    });

    test('that was denied, or not answered in time, says so', async () => {
      const { startAt, deny, collect, isReady, clock } = await openDesk(open);
      const denied = await startAt();
      const late = await startAt();
      await deny(denied.page);
      const no = over('The login was denied in the browser.');
      await expect(collect(denied.done)).rejects.toMatchObject(no);
      await expect(isReady(denied.done)).rejects.toMatchObject(no);
      clock.advance(10 * minute - 1);
      expect(await collect(late.done)).toBeUndefined();
      clock.advance(1);
      await expect(collect(late.done)).rejects.toMatchObject(
        over('The login was not approved in time: run npm login again.'),
      );
    });

    test('that nobody answered in time stays over when the clock is set back', async () => {
      const { startAt, approve, collect, store, clock } = await openDesk(open);
      const { page, done } = await startAt();
      await approve(page);
      clock.advance(10 * minute);
      await sweepHandoffs(store);
      clock.advance(-5 * minute);
      await expect(collect(done)).rejects.toMatchObject(
        over('The login was not approved in time: run npm login again.'),
      );
    });

    test.each<[string, object]>([
      ['was frozen', { frozen_at: 1 }],
      ['got another password', { password_version: 7 }],
    ])('of an account that %s since the approval is worth nothing', async (_what, set) => {
      const { startAt, approve, collect, isReady, change } = await openDesk(open);
      const { page, done } = await startAt();
      await approve(page);
      await change('accounts', set);
      const gone = over('The account changed since the login was approved: run npm login again.');
      await expect(collect(done)).rejects.toMatchObject(gone);
      await expect(isReady(done)).rejects.toMatchObject(gone);
    });

    test('is handed to whoever has its id, whatever token comes along', async () => {
      const world = await openDesk(open);
      const { startAt, approve, collect } = world;
      const other = await create(world, await createPerson(world, 'someone'));
      const { page, done } = await startAt();
      await approve(page);
      expect(await collect(done, { bearer: other.token })).toMatch(/^npm_/);
    });

    test('behind an id that nobody has is unknown', async () => {
      const { collect, isReady, startAt, approve } = await openDesk(open);
      const { page } = await startAt();
      await approve(page);
      await expect(collect('0'.repeat(64))).rejects.toMatchObject(missing);
      await expect(isReady(page)).rejects.toMatchObject(missing);
    });

    test.each([
      ['in one network', office, office, office, false],
      ['and fetched in another network than it was approved in', office, office, cafe, true],
      ['in another network than it was approved in', cafe, office, office, true],
    ] as const)('begun %s is mailed so', async (_where, begun, approved, fetched, isFar) => {
      const world = await openDesk(open);
      const { page, done } = await world.startAt(begun);
      await world.approve(page, approved);
      await world.collect(done, { address: fetched });
      const mails = (await waitingMails(world)).map(({ what }) => what);
      expect(mails.includes('Login in another network')).toBe(isFar);
      const networks = await world.store.read((tx) =>
        tx.sql.selectFrom('sign_in_networks').select('known_at').execute(),
      );
      expect(networks.map(({ known_at }) => known_at === null)).toEqual([isFar]);
    });
  });

  describe('the proof of an act', () => {
    test('is a value whose hash is kept for five minutes, given again for half a minute', async () => {
      const { approvedProof, collect, row, clock } = await openDesk(open);
      const { done } = await approvedProof();
      const value = (await collect(done)) ?? '';
      expect(value).toMatch(/^[0-9a-f]{64}$/);
      expect(await row()).toMatchObject({
        state: 'handed-out',
        value_hash: hashSecret(value),
        value_until: clock.now() + 5 * minute,
        handed_at: clock.now(),
        handed_address: office,
      });
      expect(JSON.stringify(await row())).not.toContain(value);
      clock.advance(29 * second);
      expect(await collect(done)).toBe(value);
    });

    test('of a release lives as long as the release', async () => {
      const { approvedProof, collect, row, clock } = await openDesk(open);
      const { done } = await approvedProof(true);
      const until = clock.now() + 20 * minute;
      clock.advance(minute);
      await collect(done);
      expect(await row()).toMatchObject({ value_until: until });
    });

    test('that was denied, or is too old, is unknown', async () => {
      const { askFor, deny, collect, clock } = await openDesk(open);
      const denied = await askFor('password');
      const late = await askFor('token');
      await deny(denied.page);
      await expect(collect(denied.done)).rejects.toMatchObject(missing);
      clock.advance(10 * minute);
      await expect(collect(late.done)).rejects.toMatchObject(missing);
    });

    test('is unknown to whoever asks with a living token of another account', async () => {
      const world = await openDesk(open);
      const { approvedProof, collect, isReady, clock } = world;
      const { done, token } = await approvedProof();
      const stranger = await createPerson(world, 'someone');
      const living = await create(world, stranger, { days: 1 });
      await expect(collect(done, { bearer: living.token })).rejects.toMatchObject(missing);
      await expect(isReady(done, { bearer: living.token })).rejects.toMatchObject(missing);
      expect(await isReady(done, { bearer: token.token })).toBe(true);
      expect(await isReady(done, { bearer: 'npm_of_nobody' })).toBe(true);
      clock.advance(minute);
      await world.store.write((tx) =>
        tx.sql.updateTable('tokens').set({ expires_at: tx.now }).where('id', '=', living.key).execute(),
      );
      expect(await isReady(done, { bearer: living.token })).toBe(true);
      const revoked = await create(world, stranger);
      await world.store.write((tx) =>
        tx.sql.updateTable('tokens').set({ revoked_at: tx.now }).where('id', '=', revoked.key).execute(),
      );
      expect(await isReady(done, { bearer: revoked.token })).toBe(true);
    });

    test.each<[string, object]>([
      ['was revoked', { revoked_at: 1 }],
      ['was suspended', { suspended_at: 1 }],
      ['has ended', { expires_at: 1 }],
    ])('for a token that %s since the approval is worth nothing', async (_what, set) => {
      const { approvedProof, collect, change } = await openDesk(open);
      const { done } = await approvedProof();
      await change('tokens', set);
      await expect(collect(done)).rejects.toMatchObject(missing);
    });

    test('for a token that is gone is worth nothing, for a password it needs no token', async () => {
      const { askFor, approveAct, collect } = await openDesk(open);
      const gone = await askFor('f'.repeat(32));
      const typed = await askFor('password');
      for (const { page } of [gone, typed]) await approveAct(page);
      await expect(collect(gone.done)).rejects.toMatchObject(missing);
      expect(await collect(typed.done)).toMatch(/^[0-9a-f]{64}$/);
    });

    test('for a login token that its last use keeps alive is handed out', async () => {
      const world = await openDesk(open);
      const { approvedProof, collect, change } = world;
      const { done } = await approvedProof();
      await change('tokens', { expires_at: null, idle_life: day });
      expect(await collect(done)).toMatch(/^[0-9a-f]{64}$/);
    });
  });
});
