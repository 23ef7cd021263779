import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { showConfig } from '../../src/config.ts';
import { folder, load, problemsOf } from './loading.ts';

describe('secrets', () => {
  test('a secret is read from a file, without its last line end', async () => {
    writeFileSync(join(folder, 'smtp'), 'smtp://user:pass@mail.example\n');
    for (const given of [
      { flags: { '--smtp-url-file': 'smtp' } },
      { environment: { TALLYSTICK_SMTP_URL_FILE: join(folder, 'smtp') } },
      { file: 'smtpUrlFile: smtp' },
    ]) {
      expect((await load(given)).config.smtpUrl).toBe('smtp://user:pass@mail.example');
    }
  });

  test('a secret and its file at once, a missing and an empty file are told', async () => {
    writeFileSync(join(folder, 'empty'), '\n');
    const both = { TALLYSTICK_SMTP_URL: 'smtp://mail.example', TALLYSTICK_SMTP_URL_FILE: 'empty' };
    expect(await problemsOf({ environment: both })).toEqual([expect.stringContaining('say the same thing')]);
    expect(await problemsOf({ flags: { '--database-url-file': 'none' } })).toEqual([
      expect.stringMatching(/^--database-url-file: the file .+none cannot be read \(there is none\)\.$/),
    ]);
    expect(await problemsOf({ flags: { '--database-url-file': 'empty' } })).toEqual([
      expect.stringMatching(/^--database-url-file: the file .+empty is empty\.$/),
    ]);
  });

  test('a wrong secret is refused without being repeated', async () => {
    const problems = await problemsOf({
      environment: { TALLYSTICK_DATABASE_URL: 'mysql://user:hunter2@host/db' },
    });
    expect(problems).toEqual([
      expect.stringMatching(/^TALLYSTICK_DATABASE_URL must be a URL that begins with postgres:/),
    ]);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('a token for metrics is long, and refused without being repeated', async () => {
    const token = (text: string) => problemsOf({ environment: { TALLYSTICK_METRICS_TOKEN: text } });
    for (const wrong of ['hunter2'.repeat(2), 'hunter2 with a space in it', 'hunter2'.repeat(30)]) {
      const problems = await token(wrong);
      expect(problems).toEqual([expect.stringMatching(/^TALLYSTICK_METRICS_TOKEN must be 20 to 200/)]);
      expect(problems.join()).not.toContain('hunter2');
    }
  });

  test('secrets never appear among the shown settings, the path of the keyring does', async () => {
    const environment = {
      TALLYSTICK_DATABASE_URL: 'postgres://user:hunter2@host/db',
      TALLYSTICK_SMTP_URL: 'smtp://user:hunter2@host',
      TALLYSTICK_BLOBS_URL: 's3://key:hunter2@bucket/prefix',
      TALLYSTICK_KEYRING: '{"current":1,"keys":[{"version":1,"key":"hunter2"}]}',
    };
    const shown = showConfig(await load({ environment }));
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(shown.filter(({ value }) => value === '(hidden)').map(({ name }) => name)).toEqual([
      'databaseUrl',
      'blobsUrl',
      'keyring',
      'smtpUrl',
    ]);
    const keyring = showConfig(await load({})).find(({ name }) => name === 'keyring');
    expect(keyring?.value).toBe(join(folder, 'tallystick-data', 'keyring.json'));
  });

  test('a keyring in the environment is kept as it is', async () => {
    const text = '{"current":1,"keys":[]}';
    expect((await load({ environment: { TALLYSTICK_KEYRING: text } })).config.keyring).toBe(text);
  });
});
