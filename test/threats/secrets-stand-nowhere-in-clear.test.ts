import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { basic } from '../accounts/wire.ts';
import { mustPublish, publish } from '../packages/publisher.ts';
import type { TestApp } from '../support/app.ts';
import { createToken, goodPassword, login, openWorld, protect, shown, tokens, user } from './people.ts';

/** Every column of every row of the database, as text. */
async function dump({ app }: TestApp): Promise<string> {
  return app.store.read(async (tx) => {
    const tables = await sql<{ name: string }>`select name from sqlite_master where type = 'table'`.execute(
      tx.sql,
    );
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await sql`select * from ${sql.table(name)}`.execute(tx.sql);
      texts.push(JSON.stringify(rows));
    }
    return texts.join('\n');
  });
}

test('neither log, database, mails nor refusals hold a password, token, code or secret', async () => {
  const world = await openWorld();
  const { ask, clock, log } = world;
  const me = await protect(world);
  const told: string[] = [];
  const note = (answer: Awaited<ReturnType<TestApp['ask']>>): void => {
    told.push(JSON.stringify(shown(answer)));
  };
  const wrongPassword = 'a password that is wrong';
  const newPassword = 'six lamps on a barge';
  const codes = [me.code()];
  const made = await createToken(world, me, { name: 'robot' }, me.code());
  clock.advance(60_000);
  codes.push(me.code());
  await mustPublish(world, me.token, { name: 'hello', version: '1.0.0' }, { otp: me.code() });
  const [recovery = ''] = me.recoveryCodes;
  note(await login(world, 'hannah', { otp: '135790' }));
  note(await login(world, 'hannah', {}, wrongPassword));
  note(await ask('GET', user, { headers: basic('hannah', wrongPassword) }));
  note(await ask('GET', '/-/whoami', { token: `${made.token}x` }));
  note(await ask('GET', `/${made.token}`, {}));
  note(await publish(world, made.token, { name: 'hello', version: '2.0.0' }, { otp: '246801' }));
  note(await ask('DELETE', `${tokens}/token/${made.token}`));
  note(await ask('DELETE', `/-/user/token/${made.token}`, { token: made.token }));
  note(
    await ask('POST', user, {
      token: me.token,
      body: { password: { old: wrongPassword, new: newPassword } },
    }),
  );
  const signedIn = await login(world, 'hannah', { otp: recovery });
  expect(signedIn.statusCode).toBe(201);
  clock.advance(60_000);
  codes.push(me.code());
  const changed = await ask('POST', user, {
    token: me.token,
    otp: me.code(),
    body: { password: { old: goodPassword, new: newPassword } },
  });
  expect(changed.statusCode, changed.body).toBe(200);

  const secrets = [
    goodPassword,
    newPassword,
    wrongPassword,
    me.token,
    made.token,
    signedIn.json().token as string,
    me.secret,
    ...me.recoveryCodes,
    ...me.recoveryCodes.map((code) => code.replaceAll(' ', '')),
    Buffer.from(`hannah:${wrongPassword}`).toString('base64'),
  ];
  const database = await dump(world);
  const written = JSON.stringify(log.lines);
  for (const secret of secrets) {
    expect(database.includes(secret), `the database has ${secret}`).toBe(false);
    expect(written.includes(secret), `the log has ${secret}`).toBe(false);
    expect(told.join('\n').includes(secret), `a refusal has ${secret}`).toBe(false);
  }
  // Six digits alone may be part of anything; as a text of their own they are a code.
  for (const code of [...codes, '135790', '246801'])
    for (const place of [database, written, told.join('\n')])
      expect(new RegExp(`(?<![0-9a-zA-Z])${code}(?![0-9a-zA-Z])`).test(place), code).toBe(false);
});

test('a stolen database opens no account: hashes and seals are bound to what they were made for', async () => {
  const world = await openWorld();
  const hannah = await protect(world);
  const eve = await protect(world, 'eve');
  await world.app.store.write(async (tx) => {
    const accounts = await tx.sql.selectFrom('accounts').select(['id', 'name']).execute();
    const idOf = (name: string): string => accounts.find((one) => one.name === name)?.id ?? '';
    const theirs = await tx.sql
      .selectFrom('factors')
      .select('secret')
      .where('account_id', '=', idOf('eve'))
      .executeTakeFirstOrThrow();
    await tx.sql
      .updateTable('factors')
      .set({ secret: theirs.secret })
      .where('account_id', '=', idOf('hannah'))
      .execute();
    const hash = await tx.sql
      .selectFrom('recovery_codes')
      .selectAll()
      .where('account_id', '=', idOf('eve'))
      .executeTakeFirstOrThrow();
    await tx.sql
      .insertInto('recovery_codes')
      .values({ ...hash, id: 'copied', account_id: idOf('hannah') })
      .execute();
  });
  expect((await login(world, 'hannah', { otp: eve.code() })).statusCode).toBe(500);
  for (const otp of eve.recoveryCodes.slice(0, 3)) {
    const answer = await login(world, 'hannah', { otp });
    expect(answer.headers['www-authenticate'], answer.body).toBe('otp');
  }
  expect((await login(world, 'eve', { otp: eve.code() })).statusCode).toBe(201);
  expect(hannah.name).toBe('hannah');
});
