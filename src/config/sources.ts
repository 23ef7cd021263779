/** Gathers what was written, and where, from the three sources; judges names, not values. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { flagOf, nearest, variableOf } from './names.ts';
import { type SettingName, settingNames, settingOf } from './settings.ts';

/** Where a value came from: `where` is the flag, the variable or the file as written. */
export interface Origin {
  readonly from: 'flag' | 'environment' | 'file' | 'default';
  readonly where: string;
}

/** One value as written; `base` is the folder that its relative paths count from. */
export interface Written {
  readonly text: string;
  readonly origin: Origin;
  readonly base: string;
}

export type Source = Map<SettingName, Written>;

interface Spelling {
  readonly name: SettingName;
  /** The spelling holds the path of a file that has the value. */
  readonly isFile: boolean;
}

/** Every spelling of one source; secrets have a second one for a file. */
function spellings(spell: (name: string) => string): Map<string, Spelling> {
  const all = new Map<string, Spelling>();
  for (const name of settingNames) {
    all.set(spell(name), { name, isFile: false });
    if (settingOf(name).secret !== false) all.set(spell(`${name}File`), { name, isFile: true });
  }
  return all;
}

const flagSpellings = spellings((name) => `--${flagOf(name)}`);
const variableSpellings = spellings(variableOf);
const keySpellings = spellings((name) => name);

/** The flags that set something, with whether they may stand without a value. */
export const settingFlags: readonly { flag: string; alone: boolean }[] = [
  ...[...flagSpellings].map(([flag, { name, isFile }]) => ({
    flag,
    alone: !isFile && settingOf(name).kind.shape === 'flag',
  })),
];

const configVariable = 'TALLYSTICK_CONFIG';

function readSecret(file: string, where: string, problems: string[]): string | undefined {
  try {
    const content = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (content !== '') return content;
    problems.push(`${where}: the file ${file} is empty.`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    problems.push(
      `${where}: the file ${file} cannot be read (${code === 'ENOENT' ? 'there is none' : code}).`,
    );
  }
  return undefined;
}

/** Enters one spelling's value into a source, following it to its file where it names one. */
function enter(source: Source, { name, isFile }: Spelling, written: Written, problems: string[]): void {
  const { where } = written.origin;
  const earlier = source.get(name);
  if (earlier !== undefined) {
    problems.push(`${earlier.origin.where} and ${where} say the same thing: set one of them.`);
    return;
  }
  if (!isFile || settingOf(name).secret === 'file') {
    source.set(name, written);
    return;
  }
  const path = written.text.startsWith('/') ? written.text : `${written.base}/${written.text}`;
  const content = readSecret(path, where, problems);
  if (content !== undefined) source.set(name, { ...written, text: content });
}

/** Flags by their spelling (`--public-url`) and their text. */
export function fromFlags(flags: ReadonlyMap<string, string>, base: string, problems: string[]): Source {
  const source: Source = new Map();
  for (const [flag, text] of flags) {
    const spelling = flagSpellings.get(flag);
    if (spelling === undefined) {
      problems.push(`${flag} is not a setting. Did you mean ${nearest(flag, [...flagSpellings.keys()])}?`);
      continue;
    }
    enter(source, spelling, { text, base, origin: { from: 'flag', where: flag } }, problems);
  }
  return source;
}

/** Variables that begin with `TALLYSTICK_`; an empty one counts as not set, as compose files write it. */
export function fromEnvironment(
  environment: Readonly<NodeJS.ProcessEnv>,
  base: string,
  problems: string[],
): Source {
  const source: Source = new Map();
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith('TALLYSTICK_') || variable === configVariable) continue;
    const spelling = variableSpellings.get(variable);
    if (spelling === undefined) {
      const known = nearest(variable, [...variableSpellings.keys()]);
      problems.push(`The environment variable ${variable} is not a setting. Did you mean ${known}?`);
      continue;
    }
    if (text === undefined || text === '') continue;
    enter(source, spelling, { text, base, origin: { from: 'environment', where: variable } }, problems);
  }
  return source;
}

/** The settings file that the environment names, if any. */
export const configFileIn = (environment: Readonly<NodeJS.ProcessEnv>): string | undefined =>
  environment[configVariable] === '' ? undefined : environment[configVariable];

/** The text of one YAML value, or undefined for what no setting can be. */
function textOf(value: unknown, name: SettingName): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (!Array.isArray(value) || settingOf(name).kind.shape !== 'list') return undefined;
  return value.every((member) => typeof member === 'string' && !member.includes(','))
    ? value.join(',')
    : undefined;
}

/** The settings file; YAML, of which JSON is a part. An empty value counts as not set. */
export async function fromFile(file: string, problems: string[]): Promise<Source> {
  const source: Source = new Map();
  const { parse } = await import('yaml');
  let document: unknown;
  try {
    document = parse(readFileSync(file, 'utf8'), { prettyErrors: true, maxAliasCount: 0, logLevel: 'error' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT' ? 'there is no such file.' : (message.split('\n')[0] ?? '').replace(/:$/, '.');
    problems.push(`The settings file ${file} cannot be read: ${reason}`);
    return source;
  }
  if (document === null) return source;
  if (typeof document !== 'object' || Array.isArray(document)) {
    problems.push(
      `The settings file ${file} must be a list of lines such as "publicUrl: https://npm.acme.example".`,
    );
    return source;
  }
  for (const [key, value] of Object.entries(document)) {
    const where = `${key} in ${file}`;
    const spelling = keySpellings.get(key);
    if (spelling === undefined) {
      problems.push(`${where} is not a setting. Did you mean ${nearest(key, [...keySpellings.keys()])}?`);
      continue;
    }
    if (value === null) continue;
    const text = textOf(value, spelling.name);
    if (text === undefined) problems.push(`${where} must be ${settingOf(spelling.name).kind.expects}.`);
    else enter(source, spelling, { text, base: dirname(file), origin: { from: 'file', where } }, problems);
  }
  return source;
}
