import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FolderInUse, lockFolder } from '../../src/adapters/lock.ts';
import { root } from '../support/lock.ts';
import { node } from '../support/process.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Another process that takes the lock and waits to be killed. */
async function lockElsewhere() {
  const script =
    `const { lockFolder } = await import(${JSON.stringify(join(root, 'src/adapters/lock.ts'))});` +
    `lockFolder(${JSON.stringify(folder)}); console.log('locked'); setInterval(() => {}, 1000);`;
  const child = spawn(node, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => child.once('close', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const kill = (): Promise<unknown> => {
    child.kill('SIGKILL');
    return gone;
  };
  return { pid: child.pid, kill };
}

const refusal = (): unknown => {
  try {
    lockFolder(folder).release();
    return undefined;
  } catch (thrown) {
    return thrown;
  }
};

test('a second lock is refused with the number of the process that holds it', () => {
  const lock = lockFolder(folder);
  expect(refusal()).toBeInstanceOf(FolderInUse);
  expect(refusal()).toMatchObject({ folder, pid: process.pid });
  lock.release();
});

test('a released lock is free, and leaves no number behind', () => {
  const lock = lockFolder(folder);
  lock.release();
  lock.release();
  expect(existsSync(join(folder, 'server.pid'))).toBe(false);
  expect(refusal()).toBeUndefined();
});

test('a process that is killed holds nothing any more', async () => {
  const other = await lockElsewhere();
  expect(refusal()).toMatchObject({ pid: other.pid });
  await other.kill();
  expect(existsSync(join(folder, 'server.pid'))).toBe(true);
  expect(refusal()).toBeUndefined();
});
