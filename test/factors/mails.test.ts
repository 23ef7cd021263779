import { expect, test } from 'vitest';
import { mailKeyAdded, mailKeyRemoved, mailPossibleCopy } from '../../src/factors/keys-mails.ts';
import * as mails from '../../src/factors/mails.ts';
import { resetFactors } from '../../src/factors/reset.ts';
import { composeMail, type MailWish } from '../../src/ledger/mail.ts';
import type { ProvenFactor } from '../../src/policy/permit.ts';
import type { Writing } from '../../src/store/store.ts';
import { readMailsOf } from '../support/mails.ts';
import { eachStore, type TestStore } from '../support/stores.ts';
import { actorOf, createHolder, disable, permitFor } from './people.ts';

const site = { name: 'Acme Registry', publicUrl: 'https://npm.example.com' };

/** The newest mail that waits, as it would leave. */
async function lastMail({ store, vault }: TestStore): Promise<string> {
  const row = await store.read((tx) =>
    tx.sql
      .selectFrom('outbox')
      .select(['id', 'message'])
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .executeTakeFirst(),
  );
  const wish = JSON.parse(vault.open(row?.message ?? '', ['outbox', row?.id ?? '']).toString()) as MailWish;
  const { to, subject, text } = composeMail(wish, row?.id ?? '', site);
  return `${to}\n${subject}\n${text.replace(/\n+/g, ' ')}`;
}

eachStore((open) => {
  test('a mail says what happened, when, from where, and what to do if it was not you', async () => {
    const world = await open();
    const holder = await createHolder(world);
    await disable(world, holder.person, 'recovery-code');
    const mail = await lastMail(world);
    expect(mail).toContain('ada@example.com');
    expect(mail).toContain('Two-factor authentication is off for ada on npm.example.com');
    expect(mail).toContain('with the password and a recovery code');
    expect(mail).toContain('When: 2026-01-15 12:01:00 UTC.');
    expect(mail).toContain('From: 198.51.100.7.');
    expect(mail).toContain('If it was not you');
  });

  test('the mail on a used recovery code counts what is left, and urges when few are', async () => {
    const world = await open();
    const holder = await createHolder(world);
    const said: string[] = [];
    for (const [index] of holder.recoveryCodes.entries()) {
      await holder.present({ code: holder.recoveryCode(index) });
      said.push(await lastMail(world));
      world.clock.advance(1000);
    }
    expect(said[0]).toContain('You have 9 recovery codes left');
    expect(said[5]).not.toContain('before they run out');
    expect(said[6]).toContain('You have 3 recovery codes left. Get new ones before they run out');
    expect(said[8]).toContain('You have 1 recovery code left');
    expect(said[9]).toContain('You have no recovery code left. Get new ones now');
  });

  test('no mail holds a code or a secret', async () => {
    const world = await open();
    const holder = await createHolder(world);
    const on = await lastMail(world);
    const code = holder.recoveryCode();
    await holder.present({ code });
    for (const mail of [on, await lastMail(world)]) {
      expect(mail).not.toMatch(/\d{4} \d{4} \d{4} \d{4}/);
      expect(mail).not.toContain('otpauth:');
    }
  });

  test('the mails about the second factor say what stands in mails.snapshot.txt', async () => {
    const world = await open();
    const holder = await createHolder(world);
    const { id } = holder.person;
    const actor = actorOf(world, holder.person, { token: 'abcdef0123456789' });
    const spendCodes = (left: number) => (tx: Writing) =>
      tx.sql
        .updateTable('recovery_codes')
        .set({ used_at: tx.now })
        .where('account_id', '=', id)
        .where('used_at', 'is', null)
        .where('hash', 'in', (codes) =>
          codes
            .selectFrom('recovery_codes')
            .select('hash')
            .orderBy('hash')
            .limit(10 - left),
        )
        .execute();
    const factors: readonly ProvenFactor[] = ['totp', 'recovery-code', 'security-key', 'page'];
    const said = await readMailsOf(world, [
      (tx) => mails.mailFactorOn(tx, id, actor, 'auth-only'),
      (tx) => mails.mailFactorOn(tx, id, actor, 'auth-and-writes'),
      (tx) => mails.mailAppAdded(tx, id, actor),
      (tx) => mails.mailAppReplaced(tx, id, actor),
      (tx) => mails.mailCodesRegenerated(tx, id, actor),
      (tx) => mails.mailModeChanged(tx, id, actor, { from: 'auth-only', to: 'auth-and-writes' }),
      ...factors.map((factor) => (tx: Writing) => mails.mailFactorOff(tx, id, actor, factor)),
      ...[10, 4, 3, 1, 0].flatMap((left) => [
        spendCodes(left),
        (tx: Writing) => mails.mailRecoveryCodeUsed(tx, id, actor),
      ]),
      (tx) => mails.mailWrongCodes(tx, id, actor, 10, false),
      (tx) => mails.mailWrongCodes(tx, id, actor, 20, true),
      (tx) => mails.mailTokenSuspended(tx, id, actor),
      (tx) => mailKeyAdded(tx, id, actor, { name: 'my\nkey', mode: null }),
      (tx) => mailKeyAdded(tx, id, actor, { name: 'my key', mode: 'auth-only' }),
      (tx) => mailKeyRemoved(tx, id, actor, 'my key'),
      (tx) => mailPossibleCopy(tx, id, actor, 'my key'),
      (tx) =>
        resetFactors(tx, permitFor('factor.reset', actor, holder.person), {
          name: holder.person.name,
          reason: 'Asked by telephone, and called back.',
        }),
    ]);
    await expect(said).toMatchFileSnapshot('mails.snapshot.txt');
  });

  test('nobody is mailed about an account that is gone', async () => {
    const world = await open();
    const holder = await createHolder(world);
    const actor = actorOf(world, holder.person);
    expect(await readMailsOf(world, [(tx) => mails.mailAppAdded(tx, 'nobody', actor)])).toBe('\n');
  });
});
