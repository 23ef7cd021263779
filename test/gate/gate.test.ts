import { beforeEach, describe, expect, test } from 'vitest';
import { fail } from '../../src/kernel/failure.ts';
import type { Actor } from '../../src/policy/actor.ts';
import type { Dialect } from '../../src/store/store.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachStore } from '../support/stores.ts';
import { codeOfStep } from '../support/totp.ts';

const password = 'four lamps on a barge';
const target = { on: 'package', name: '@ann/hello' } as const;

interface Ann {
  readonly app: TestApp;
  readonly token: string;
  readonly actor: (told?: Partial<Actor>) => Actor;
  /** The code of the authenticator so many steps from now. */
  readonly code: (steps?: number) => string;
}

/** Ann with two-factor authentication for writes, her login token, and the app around her. */
async function signUp(dialect: Dialect): Promise<Ann> {
  const app = await openApp(dialect);
  const body = { name: 'ann', password, email: 'ann@example.com' };
  const { token } = (await app.ask('PUT', '/-/user/org.couchdb.user:ann', { body })).json();
  const profile = (tfa: unknown) => app.ask('POST', '/-/npm/v1/user', { token, body: { tfa } });
  const uri = new URL((await profile({ password, mode: 'auth-and-writes' })).json().tfa);
  const secret = uri.searchParams.get('secret') ?? '';
  const code = (steps = 0): string => codeOfStep(secret, Math.floor(app.clock.now() / 30_000) + steps);
  await profile([code()]);
  app.clock.advance(30_000);
  const { account, id } = await app.app.store.read(async (tx) => {
    const found = await tx.sql
      .selectFrom('tokens')
      .innerJoin('accounts', 'accounts.id', 'tokens.account_id')
      .select(['tokens.id', 'accounts.id as account'])
      .executeTakeFirstOrThrow();
    return found;
  });
  const actor = (told: Partial<Actor> = {}): Actor => ({
    credential: 'session',
    account: { id: account, name: 'ann' },
    token: id,
    session: null,
    device: null,
    dead: null,
    addressAllowed: true,
    grants: null,
    address: '127.0.0.1',
    userAgent: 'npm/11.0.0',
    requestId: 'request-1',
    code: null,
    claim: null,
    notice: null,
    receivedAt: app.clock.now(),
    ...told,
  });
  return { app, token, actor, code };
}

eachStore((_open, dialect) => {
  let ann: Ann;
  beforeEach(async () => {
    ann = await signUp(dialect);
  });

  /** Publishes nothing, but notes that it could. */
  const act = (name = 'done', told: { prepare?: () => Promise<void>; work?: () => Promise<void> } = {}) => ({
    action: 'package.publish' as const,
    target,
    prepare: told.prepare ?? (async () => undefined),
    work: async (tx: Parameters<Parameters<typeof ann.app.app.gate.perform>[1]['work']>[0]) => {
      await tx.sql.insertInto('claims').values({ name, created_at: tx.now }).execute();
      await told.work?.();
      return name;
    },
  });
  const done = async (): Promise<string[]> =>
    (
      await ann.app.app.store.read((tx) =>
        tx.sql.selectFrom('claims').select('name').orderBy('name').execute(),
      )
    ).map(({ name }) => name);
  const entries = async (): Promise<
    { action: string; outcome: string; reason: string | null; factor: string | null }[]
  > =>
    (
      await ann.app.app.store.read((tx) =>
        tx.sql.selectFrom('audit').select('entry').orderBy('sequence').execute(),
      )
    ).map(({ entry }) => JSON.parse(entry));
  const perform = (told: Partial<Actor>, ...wish: Parameters<typeof act>) =>
    ann.app.app.gate.perform(ann.actor(told), act(...wish));

  describe('an act that asks for the second factor', () => {
    test('is challenged before the request is validated when no code came', async () => {
      let validated = false;
      const prepare = async (): Promise<void> => {
        validated = true;
      };
      await expect(perform({}, 'done', { prepare })).rejects.toMatchObject({ code: 'otp_required' });
      expect([validated, await done()]).toEqual([false, []]);
    });

    test('is done with a right code, and the audit says with which factor', async () => {
      await perform({ code: ann.code() });
      expect(await done()).toEqual(['done']);
      expect((await entries()).at(-1)).toMatchObject({
        action: 'package.publish',
        outcome: 'done',
        factor: 'totp',
        target: '@ann/hello',
        actor: 'ann',
      });
    });

    test('is refused with a wrong code, which is counted and recorded, and nothing is done', async () => {
      await expect(perform({ code: '000000' })).rejects.toMatchObject({ code: 'otp_refused' });
      expect(await done()).toEqual([]);
      expect((await entries()).at(-1)).toMatchObject({
        action: 'package.publish',
        outcome: 'refused',
        reason: 'otp_refused',
      });
    });

    test('is judged again when it is done, whatever was true when its headers came', async () => {
      const { store, gate } = ann.app.app;
      const change = (table: 'accounts' | 'tokens', set: object) =>
        store.write((tx) => tx.sql.updateTable(table).set(set).execute());
      const judgedThen = async (set: () => Promise<unknown>) => {
        const actor = ann.actor({ code: ann.code() });
        await gate.judge(actor, 'package.publish', target);
        await set();
        return gate.perform(actor, act());
      };
      await change('accounts', { mode: 'auth-only' });
      const asking = judgedThen(() => change('accounts', { mode: 'auth-and-writes' }));
      await expect(asking).rejects.toMatchObject({ code: 'otp_required' });
      const freezing = judgedThen(() => change('accounts', { frozen_at: ann.app.clock.now() }));
      await expect(freezing).rejects.toMatchObject({ code: 'account_frozen' });
      await change('accounts', { frozen_at: null });
      const revoking = judgedThen(() => change('tokens', { revoked_at: ann.app.clock.now() }));
      await expect(revoking).rejects.toMatchObject({ code: 'credential_invalid' });
      expect(await done()).toEqual([]);
    });

    test('is judged for its own target, not for the one that the headers named', async () => {
      const { gate } = ann.app.app;
      const actor = ann.actor({ code: ann.code() });
      await gate.judge(actor, 'package.publish', target);
      const foreign = { ...act(), target: { on: 'package', name: '@bob/hello' } as const };
      await expect(gate.perform(actor, foreign)).rejects.toMatchObject({ code: 'not_allowed' });
      await expect(gate.perform(actor, { ...act(), action: 'package.unpublish' })).rejects.toMatchObject({
        code: 'package_not_found',
      });
    });

    test('spends no code when the request turns out to be invalid', async () => {
      const code = ann.code();
      const prepare = async (): Promise<void> => fail('document_invalid', { reason: 'no' });
      await expect(perform({ code }, 'invalid', { prepare })).rejects.toMatchObject({
        code: 'document_invalid',
      });
      const elsewhere = { code, address: '127.0.0.2' };
      expect(await perform(elsewhere, 'valid')).toBe('valid');
    });

    test('spends no code and counts no guess when the act itself is refused, and leaves nothing behind', async () => {
      const code = ann.code();
      const work = async (): Promise<void> => fail('version_exists', { version: '1.0.0' });
      for (let times = 0; times < 7; times += 1)
        await expect(perform({ code }, 'refused', { work })).rejects.toMatchObject({
          code: 'version_exists',
        });
      expect(await done()).toEqual([]);
      expect(await perform({ code, address: '127.0.0.2' }, 'accepted')).toBe('accepted');
    });

    test('takes the same code again for the same kind of act from the same place, and from nowhere else', async () => {
      const code = ann.code();
      await perform({ code }, 'first');
      await perform({ code }, 'second');
      await expect(perform({ code, address: '127.0.0.2' }, 'third')).rejects.toMatchObject({
        code: 'otp_refused',
      });
      expect(await done()).toEqual(['first', 'second']);
    });
  });

  test('a token that dies while its request is under way does nothing any more', async () => {
    const prepare = async (): Promise<void> => {
      await ann.app.ask('DELETE', `/-/user/token/${ann.token}`, { token: ann.token });
    };
    await expect(perform({ code: ann.code() }, 'late', { prepare })).rejects.toMatchObject({
      code: 'credential_invalid',
    });
    expect(await done()).toEqual([]);
  });

  test('a second factor that comes on while a request is under way is asked for, and no code is looked at', async () => {
    const rows = await ann.app.app.store.write(async (tx) => {
      const kept = await tx.sql.selectFrom('factors').selectAll().execute();
      await tx.sql.deleteFrom('factors').execute();
      return kept;
    });
    const prepare = (): Promise<void> =>
      ann.app.app.store.write(async (tx) => void (await tx.sql.insertInto('factors').values(rows).execute()));
    await expect(perform({ code: ann.code() }, 'late', { prepare })).rejects.toMatchObject({
      code: 'otp_required',
    });
    expect(await done()).toEqual([]);
  });

  test('a dead credential is told that it is dead instead of that somebody must log in', async () => {
    const stranger = ann.actor({
      credential: 'anonymous',
      account: null,
      token: null,
      dead: { expiredAt: 0 },
    });
    await expect(ann.app.app.gate.perform(stranger, act())).rejects.toMatchObject({
      code: 'credential_expired',
    });
  });

  test('an act on the console is done without a factor and recorded as such', async () => {
    await ann.app.app.gate.onConsole('package.publish', target, act('console').work);
    expect(await done()).toEqual(['console']);
    expect((await entries()).at(-1)).toMatchObject({
      actorKind: 'console',
      action: 'package.publish',
      outcome: 'done',
    });
  });
});
