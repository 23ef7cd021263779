import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('upload-memory.mjs', import.meta.url));

/** What a process of its own measured; sizes in MiB. */
async function measure(tarball: number, document: number): Promise<{ tarball: number; growth: number }> {
  const asked = [script, String(tarball), String(document)];
  const { stdout } = await promisify(execFile)(process.execPath, asked);
  return JSON.parse(stdout);
}

describe('the memory that an upload takes', () => {
  it('stays below 64 MiB while a tarball of 64 MiB arrives', async () => {
    const measured = await measure(64, 0);
    expect(measured.tarball).toBeGreaterThan(63);
    expect(measured.growth).toBeLessThan(64);
  });
});
