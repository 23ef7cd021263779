import { nearest } from '../config/names.ts';
import { settingFlags } from '../config/sources.ts';
import type { Command, Invocation } from './command.ts';
import { commands, commonFlags } from './commands.ts';
import { misunderstood } from './problem.ts';

/** What to do instead of a command. */
export interface Enquiry {
  readonly about: 'help' | 'version';
  /** The words whose commands the help shows. */
  readonly words: readonly string[];
}

const arity = new Map<string, 'alone' | 'valued'>([
  ...settingFlags.map(({ flag, alone }) => [flag, alone ? 'alone' : 'valued'] as const),
  ...[...commonFlags, ...commands.flatMap((command) => command.flags)].map(
    ({ flag, value }) => [flag, value === undefined ? 'alone' : 'valued'] as const,
  ),
]);
const settingNames = new Set(settingFlags.map(({ flag }) => flag));
const short = new Map([
  ['-h', '--help'],
  ['-v', '--version'],
]);

interface Tokens {
  readonly words: string[];
  readonly flags: Map<string, string>;
}

/** Tells flags from words. The last of equal flags counts, so that a script can add its own after `"$@"`. */
function tokenise(given: readonly string[]): Tokens {
  const words: string[] = [];
  const flags = new Map<string, string>();
  const rest = [...given];
  for (let token = rest.shift(); token !== undefined; token = rest.shift()) {
    if (token === '--') {
      words.push(...rest.splice(0));
    } else if (!token.startsWith('-') || token === '-') {
      words.push(token);
    } else {
      const [, written = '', inline] = /^([^=]+)(?:=(.*))?$/s.exec(token) ?? [];
      const flag = short.get(written) ?? written;
      const kind = arity.get(flag);
      if (kind === undefined)
        misunderstood(`There is no flag ${written}. Did you mean ${nearest(written, [...arity.keys()])}?`);
      flags.set(flag, inline ?? takeValue(flag, kind, rest));
    }
  }
  return { words, flags };
}

function takeValue(flag: string, kind: 'alone' | 'valued', rest: string[]): string {
  const [next] = rest;
  if (kind === 'alone') return next === 'true' || next === 'false' ? (rest.shift() ?? '') : 'true';
  if (next === undefined || next.startsWith('--')) misunderstood(`${flag} needs a value: ${flag} VALUE.`);
  return rest.shift() ?? '';
}

const startsWith = (words: readonly string[], begin: readonly string[]): boolean =>
  begin.every((word, index) => words[index] === word);

/** The command that the words begin with, or a sentence that names the nearest one. */
function findCommand(words: readonly string[]): Command {
  const found = commands.find((command) => startsWith(words, command.words));
  if (found !== undefined) return found;
  const group = commands.filter((command) => startsWith(command.words, words));
  const names = commands.map((command) => command.words.join(' '));
  if (group.length > 0) {
    const next = new Set(group.map((command) => command.words[words.length] ?? ''));
    misunderstood(`"tallystick ${words.join(' ')}" goes on with one of: ${[...next].join(', ')}.`);
  }
  const written = words.slice(0, 3).join(' ');
  misunderstood(`There is no command "${written}". Did you mean "tallystick ${nearest(written, names)}"?`);
}

function readOperands(command: Command, words: readonly string[]): string[] {
  const operands = words.slice(command.words.length);
  const name = `tallystick ${command.words.join(' ')}`;
  const missing = command.operands[operands.length];
  if (missing !== undefined)
    misunderstood(`${name} needs ${missing}: ${[name, ...command.operands].join(' ')}`);
  const surplus = operands[command.operands.length];
  if (surplus !== undefined)
    misunderstood(`${name} does not take ${JSON.stringify(surplus)}. See ${name} --help.`);
  return operands;
}

function readOwnFlags(command: Command, flags: ReadonlyMap<string, string>): Map<string, string> {
  const known = [...command.flags, ...commonFlags].map(({ flag }) => flag);
  const own = new Map<string, string>();
  for (const [flag, value] of flags) {
    if (settingNames.has(flag)) continue;
    if (!known.includes(flag)) {
      const name = `tallystick ${command.words.join(' ')}`;
      misunderstood(
        `${name} has no flag ${flag}. Did you mean ${nearest(flag, [...known, ...settingNames])}?`,
      );
    }
    if (arity.get(flag) === 'alone' && value !== 'true' && value !== 'false') {
      misunderstood(`${flag} stands alone: it takes no value.`);
    }
    own.set(flag, value);
  }
  return own;
}

/** Understands a command line, or throws a `CommandProblem` that names the nearest known word. */
export function readArguments(given: readonly string[]): Invocation | Enquiry {
  const { words, flags } = tokenise(given);
  if (flags.get('--version') === 'true') return { about: 'version', words: [] };
  if (words[0] === 'help') return { about: 'help', words: words.slice(1) };
  if (flags.get('--help') === 'true' || words.length === 0) return { about: 'help', words };
  const command = findCommand(words);
  const own = readOwnFlags(command, flags);
  return {
    command,
    operands: readOperands(command, words),
    flags: own,
    settings: new Map([...flags].filter(([flag]) => settingNames.has(flag))),
    configFile: own.get('--config'),
    json: own.get('--json') === 'true',
  };
}
