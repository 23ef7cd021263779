import { expect, it, vi } from 'vitest';
import { openApp } from '../support/app.ts';
import { mustPublish, packumentOf, publish, signUp } from './publisher.ts';

/** Whose way to the disk breaks off. */
const failing = vi.hoisted(() => ({ on: 'nothing' as 'nothing' | 'file' | 'folder' }));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>();
  const fsync = (file: number, done: (failure: Error | null) => void): void => {
    const kind = real.fstatSync(file).isDirectory() ? 'folder' : 'file';
    if (kind === failing.on) done(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    else real.fsync(file, done);
  };
  return { ...real, default: { ...real, fsync }, fsync };
});

it.each(['file', 'folder'] as const)(
  'a version is not visible whose tarball does not come to the disk: the %s fails',
  async (what) => {
    const app = await openApp('sqlite');
    const alice = await signUp(app, 'alice');
    await mustPublish(app, alice, { name: 'kept', version: '1.0.0' });
    const draft = { name: 'kept', version: '1.1.0' };
    failing.on = what;
    const refused = await publish(app, alice, draft);
    failing.on = 'nothing';
    expect([refused.statusCode, refused.json().error]).toEqual([
      507,
      expect.stringContaining('cannot store anything at the moment'),
    ]);
    expect(Object.keys((await packumentOf(app, 'kept')).versions)).toEqual(['1.0.0']);
    await mustPublish(app, alice, draft);
    expect(Object.keys((await packumentOf(app, 'kept')).versions)).toEqual(['1.0.0', '1.1.0']);
  },
);
