import { type ConfigSources, type LoadedConfig, loadConfig } from '../config.ts';
import type { Invocation } from './command.ts';

/** Prints a line to standard output. */
export const print = (line: string): void => console.log(line);

/** Prints a value as JSON for programs, or as the given lines for people. */
export function show(
  invocation: Pick<Invocation, 'json'>,
  value: unknown,
  lines: () => readonly string[],
): void {
  if (invocation.json) print(JSON.stringify(value, null, 2));
  else for (const line of lines()) print(line);
}

/** Rows as columns that line up; the last is not padded. */
export function asTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** The settings of a command line. */
export function loadSettings(
  invocation: Invocation,
  more: Partial<ConfigSources> = {},
): Promise<LoadedConfig> {
  return loadConfig({
    flags: invocation.settings,
    file: invocation.configFile,
    terminal: process.stdout.isTTY === true && !invocation.json,
    ...more,
  });
}
