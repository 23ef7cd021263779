import { flagOf } from '../config/names.ts';
import { settingNames, settingOf } from '../config/settings.ts';
import type { Command, CommandFlag } from './command.ts';
import { commands, commonFlags } from './commands.ts';

const columns = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
};

const usageOf = (command: Command): string => [...command.words, ...command.operands].join(' ');
const rowOf = ({ flag, value, meaning }: CommandFlag) =>
  [value === undefined ? flag : `${flag} ${value}`, meaning] as const;

function settingRows(): (readonly [string, string])[] {
  return settingNames.map((name) => {
    const { kind, meaning, secret } = settingOf(name);
    const flag = `--${flagOf(name)}`;
    const shape = kind.shape === 'flag' ? flag : `${flag} ${kind.shape === 'list' ? 'A,B' : 'VALUE'}`;
    return [shape, `${meaning}${secret === false ? '' : ` (also ${flag}-file FILE)`}`] as const;
  });
}

/** The help of the commands that begin with the words; with none, of all. */
export function helpFor(words: readonly string[]): string {
  const shown = commands.filter((command) =>
    command.words.every((word, index) => index >= words.length || words[index] === word),
  );
  const [only] = shown;
  if (shown.length !== 1 || only === undefined || words.length === 0) {
    const listed = shown.length === 0 ? commands : shown;
    return [
      'Usage: tallystick COMMAND [FLAGS]',
      '',
      columns(listed.map((command) => [usageOf(command), command.summary] as const)),
      '',
      columns(commonFlags.map(rowOf)),
      '',
      'Every setting is a flag too: tallystick start --help lists them, tallystick config shows their values.',
    ].join('\n');
  }
  return [
    `Usage: tallystick ${usageOf(only)} [FLAGS]`,
    '',
    `${only.summary.charAt(0).toUpperCase()}${only.summary.slice(1)}.`,
    '',
    columns([...only.flags, ...commonFlags].map(rowOf)),
    '',
    'Settings, also as TALLYSTICK_… in the environment and in tallystick.yaml:',
    '',
    columns(settingRows()),
  ].join('\n');
}
