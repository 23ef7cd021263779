import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Terminal } from '../clients/terminal.ts';
import { root } from '../support/lock.ts';
import { node } from '../support/process.ts';
import { makeFolder, run } from './command-line.ts';

const password = 'correct-horse-battery-9';

function createOnTerminal(folder: string): Terminal {
  const args = [
    join(root, 'dist', 'cli.js'),
    'admin',
    'user',
    'create',
    'ann',
    '--email',
    'ann@acme.example',
  ];
  return new Terminal(node, args, { cwd: folder, env: { PATH: process.env.PATH ?? '/usr/bin:/bin' } });
}

test('a password is typed twice and never shown', async () => {
  const folder = makeFolder();
  const terminal = createOnTerminal(folder);
  await terminal.converse(['Password: ', `wrong\u0015${password}x\u007f`], ['The same again: ', password]);
  await terminal.expect('Created the account ann.');
  expect(await terminal.exit()).toBe(0);
  expect(terminal.raw).not.toContain(password.slice(0, 4));
  const list = await run(['admin', 'user', 'list', '--json'], { folder });
  expect(JSON.parse(list.stdout)).toMatchObject([{ name: 'ann' }]);
});

test('both may be pasted at once', async () => {
  const terminal = createOnTerminal(makeFolder());
  await terminal.converse(['Password: ', `${password}\r${password}`]);
  await terminal.expect('Created the account ann.');
  expect(terminal.raw).not.toContain(password);
});

test('two that differ change nothing', async () => {
  const terminal = createOnTerminal(makeFolder());
  await terminal.converse(['Password: ', password], ['The same again: ', `${password}0`]);
  await terminal.expect('The two passwords differ. Nothing was changed.');
  expect(await terminal.exit()).toBe(2);
});

test('Ctrl+C ends it', async () => {
  const terminal = createOnTerminal(makeFolder());
  await terminal.converse(['Password: ', 'secret\u0003']);
  await terminal.expect('Interrupted. Nothing was changed.');
  expect(await terminal.exit()).toBe(130);
});
