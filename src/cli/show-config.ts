import { showConfig } from '../config.ts';
import type { Invocation } from './command.ts';
import { asTable, loadSettings, print, show } from './output.ts';

/** `tallystick config`: every effective value with where it came from, secrets hidden. */
export async function showSettings(invocation: Invocation): Promise<number> {
  const loaded = await loadSettings(invocation);
  const shown = showConfig(loaded);
  const asObject = Object.fromEntries(
    shown.map(({ name, value, origin }) => [
      name,
      { value: value ?? null, from: origin.from, where: origin.where },
    ]),
  );
  show(invocation, { settings: asObject, warnings: loaded.warnings }, () =>
    asTable(
      shown.map(({ name, value, origin }) => {
        const where = origin.from === 'default' ? 'default' : `${origin.from} ${origin.where}`;
        return [name, value === undefined || value === '' ? '(none)' : value, where];
      }),
    ),
  );
  if (!invocation.json) for (const warning of loaded.warnings) print(`Warning: ${warning}`);
  return 0;
}
