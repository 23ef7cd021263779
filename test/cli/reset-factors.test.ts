import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { makeFolder, run } from './command-line.ts';

const reason = 'called back on the number from the contract';

test('admin user reset-2fa wants a reason, removes the factor and says what happens next', async () => {
  const folder = makeFolder();
  await run(['admin', 'user', 'create', 'ann', '--email', 'ann@acme.example'], {
    folder,
    input: 'correct-horse-battery-9\n',
  });
  const database = new DatabaseSync(join(folder, 'tallystick-data', 'tallystick.db'));
  database.exec(
    `insert into factors (id, account_id, kind, secret, highest_step, created_at)
     select 'f', id, 'totp', (select sealed from data_keys limit 1), 0, created_at from accounts`,
  );
  const reset = (...more: string[]) => run(['admin', 'user', 'reset-2fa', 'ann', ...more], { folder });
  const mute = await reset();
  expect(mute).toMatchObject({ code: 2, stdout: '' });
  expect(mute.stderr).toContain('--reason');
  const short = await reset('--reason', 'lost her phone');
  expect(short).toMatchObject({ code: 1, stdout: '' });
  expect(short.stderr).toContain('at least 20 characters');
  expect(database.prepare('select count(*) as n from factors').get()).toEqual({ n: 1 });

  const done = await reset('--reason', reason);
  expect(done, done.stderr).toMatchObject({ code: 0 });
  expect(done.stdout).toContain('There is no link to hand over');
  expect(database.prepare('select count(*) as n from factors').get()).toEqual({ n: 0 });
  expect(done.stdout).toContain('Its writes are held for 3d');
  const hold = database.prepare('select kind, reason, until - since as time from holds').get();
  expect(hold).toEqual({ kind: 'full', reason: 'reset', time: 72 * 3_600_000 });
  const shown = await run(['admin', 'user', 'show', 'ann'], { folder });
  expect(shown.stdout).toMatch(/held +Until \d{4}-.+ publishes and changes nothing/);
  const row = database.prepare("select entry from audit where action = 'factor.reset'").get();
  database.close();
  expect(JSON.parse(String(row?.entry))).toMatchObject({ actorKind: 'console', target: 'ann', reason });
});
