import { describe, expect, test } from 'vitest';
import { freezeAccount, unfreezeAccount } from '../../src/accounts/freezing.ts';
import type { Action } from '../../src/policy/policy.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachStore } from '../support/stores.ts';
import { createPerson, permitFor, waitingMails } from './acting.ts';
import { couchBody, enableFactor, signUp, userPath } from './wire.ts';

const freezeIn = ({ app }: TestApp, name: string, reason?: string): Promise<void> =>
  app.gate.onConsole(
    'account.freeze',
    { on: 'account', name },
    (tx, permit) => freezeAccount(tx, permit, { name, reason }),
    reason,
  );
const unfreezeIn = ({ app }: TestApp, name: string): Promise<void> =>
  app.gate.onConsole('account.unfreeze', { on: 'account', name }, (tx, permit) =>
    unfreezeAccount(tx, permit, { name }),
  );

eachStore((open, dialect) => {
  describe('a frozen account', () => {
    test('is refused sign-in, reading about itself and every change at once, on every process, and goes on later', async () => {
      const one = await openApp(dialect);
      const two = await one.another();
      const token = await signUp(one);
      const factor = await enableFactor(one, token);
      const publish = { name: 'hello', _id: 'hello', versions: {} };
      const doors = async (at: TestApp) => {
        const otp = factor.code();
        const answers = [
          await at.ask('PUT', userPath('hannah'), { body: couchBody('hannah'), otp }),
          await at.ask('GET', '/-/whoami', { token }),
          await at.ask('GET', '/-/npm/v1/tokens', { token }),
          await at.ask('POST', '/-/npm/v1/user', { token, otp, body: { fullname: 'H' } }),
          await at.ask('PUT', '/hello', { token, otp, body: publish }),
        ];
        return answers.map((answer) => `${answer.statusCode} ${answer.json().error ?? ''}`);
      };
      expect((await two.ask('GET', '/-/whoami', { token })).statusCode).toBe(200);
      await freezeIn(one, 'hannah');
      for (const at of [one, two])
        expect(await doors(at)).toEqual(Array.from({ length: 5 }, () => '403 This account is frozen.'));
      const search = await two.ask('GET', '/-/v1/search?text=x', { token });
      expect(search.statusCode).toBe(200);

      await unfreezeIn(two, 'hannah');
      for (const at of [one, two]) expect((await at.ask('GET', '/-/whoami', { token })).statusCode).toBe(200);
    });

    test('tells nobody that it is frozen who does not know the password', async () => {
      const world = await openApp(dialect);
      await signUp(world);
      await freezeIn(world, 'hannah');
      const wrong = await world.ask('PUT', userPath('hannah'), { body: couchBody('hannah', 'not this one') });
      expect(wrong.statusCode).toBe(401);
      expect(wrong.body).not.toContain('frozen');
    });

    test('may still give its token up', async () => {
      const world = await openApp(dialect);
      const token = await signUp(world);
      await freezeIn(world, 'hannah');
      const revoked = await world.ask('DELETE', `/-/user/token/${token}`, { token });
      expect(revoked.statusCode).toBe(200);
      await unfreezeIn(world, 'hannah');
      expect((await world.ask('GET', '/-/whoami', { token })).statusCode).toBe(401);
    });

    test('stands in the log with the reason of whoever froze it', async () => {
      const world = await openApp(dialect);
      await signUp(world);
      await freezeIn(world, 'hannah', 'a token of hers was seen in public');
      const rows = await world.app.store.read((tx) =>
        tx.sql.selectFrom('audit').select('entry').where('action', '=', 'account.freeze').execute(),
      );
      expect(rows.map(({ entry }) => JSON.parse(entry))).toEqual([
        expect.objectContaining({
          actorKind: 'console',
          outcome: 'done',
          target: 'hannah',
          reason: 'a token of hers was seen in public',
        }),
      ]);
    });
  });

  describe('freezing', () => {
    const prepare = async () => {
      const world = await open();
      const person = await createPerson(world);
      const as = <A extends Action>(action: A) => permitFor(action, null);
      return {
        ...world,
        freeze: (reason?: string, name = person.name) =>
          world.store.write((tx) => freezeAccount(tx, as('account.freeze'), { name, reason })),
        unfreeze: (reason?: string, name = person.name) =>
          world.store.write((tx) => unfreezeAccount(tx, as('account.unfreeze'), { name, reason })),
      };
    };

    test('is mailed to the owner with its reason, and so is its end', async () => {
      const world = await prepare();
      await world.freeze('seen in public');
      world.clock.advance(1000);
      await world.unfreeze('it was a mistake');
      const mails = await waitingMails(world);
      expect(mails.map(({ to, what }) => [to, what])).toEqual([
        ['hannah@example.com', 'Account frozen'],
        ['hannah@example.com', 'Account no longer frozen'],
      ]);
      expect(mails[0]?.text).toContain('The reason that they gave: seen in public');
      expect(mails[1]?.text).toContain('it was a mistake');
    });

    test('is refused twice, for nobody, and with a reason that is not one line', async () => {
      const { freeze, unfreeze } = await prepare();
      await expect(unfreeze()).rejects.toThrow('The account hannah is not frozen.');
      await expect(freeze(undefined, 'zed')).rejects.toMatchObject({ code: 'account_unknown' });
      await expect(unfreeze(undefined, 'zed')).rejects.toMatchObject({ code: 'account_unknown' });
      for (const reason of ['', ' ', 'one\ntwo', 'x'.repeat(501)])
        await expect(freeze(reason)).rejects.toMatchObject({ code: 'request_invalid' });
      await freeze();
      await expect(freeze()).rejects.toThrow('The account hannah is frozen already.');
    });
  });
});
