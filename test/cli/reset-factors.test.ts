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
  const row = database.prepare("select entry from audit where action = 'factor.reset'").get();
  database.close();
  expect(JSON.parse(String(row?.entry))).toMatchObject({ actorKind: 'console', target: 'ann', reason });
});
