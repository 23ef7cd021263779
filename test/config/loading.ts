/** Loads settings in a folder of its own for each test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { ConfigProblem, type ConfigSources, loadConfig } from '../../src/config.ts';

export const build = { version: '1.2.3', upstream: 'https://upstream.example' };
/** The folder that the program is started in. */
export let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Given {
  flags?: Record<string, string>;
  environment?: Record<string, string>;
  file?: string;
  terminal?: boolean;
}

/** Loads settings; `file` is the text of the settings file that `--config` names. */
export async function load({ flags = {}, environment = {}, file, terminal }: Given) {
  const sources: ConfigSources = {
    flags: new Map(Object.entries(flags)),
    environment,
    folder,
    build,
    ...(terminal === undefined ? {} : { terminal }),
  };
  if (file === undefined) return loadConfig(sources);
  writeFileSync(join(folder, 'settings.yaml'), file);
  return loadConfig({ ...sources, file: 'settings.yaml' });
}

/** What is wrong with them, told line by line. */
export async function problemsOf(given: Given): Promise<readonly string[]> {
  try {
    await load(given);
  } catch (thrown) {
    if (thrown instanceof ConfigProblem) return thrown.problems;
    throw thrown;
  }
  throw new Error('the settings were accepted');
}
