import type { Invocation } from './command.ts';
import { onConsole } from './console.ts';
import { show } from './output.ts';

/** `tallystick migrate`: what `start` does by itself, for those who want it as a step of its own. */
export function runMigrations(invocation: Invocation): Promise<number> {
  const work = async (): Promise<number> => {
    show(invocation, { migrated: true }, () => ['The database is up to date.']);
    return 0;
  };
  return onConsole(invocation, work, { create: true });
}
