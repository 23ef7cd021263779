import { describe, expect, test } from 'vitest';
import { readArguments } from '../../src/cli/arguments.ts';
import { commands } from '../../src/cli/commands.ts';
import { helpFor } from '../../src/cli/help.ts';
import { CommandProblem } from '../../src/cli/problem.ts';

/** The parsed line as plain data. */
function read(line: string) {
  const asked = readArguments(line.split(' ').filter((word) => word !== ''));
  if ('about' in asked) return asked;
  return {
    command: asked.command.words.join(' '),
    operands: asked.operands,
    flags: Object.fromEntries(asked.flags),
    settings: Object.fromEntries(asked.settings),
    json: asked.json,
    configFile: asked.configFile,
  };
}

describe('what is understood', () => {
  test.each([
    ['start', { command: 'start', settings: {} }],
    ['start --port 1 --site-name=a=b', { settings: { '--port': '1', '--site-name': 'a=b' } }],
    ['--data-dir x start', { command: 'start', settings: { '--data-dir': 'x' } }],
    ['start --insecure', { settings: { '--insecure': 'true' } }],
    ['start --insecure false', { settings: { '--insecure': 'false' } }],
    ['start --insecure --port 2', { settings: { '--insecure': 'true', '--port': '2' } }],
    ['start --port 1 --port 2', { settings: { '--port': '2' } }],
    ['start --port -1', { settings: { '--port': '-1' } }],
    ['start --smtp-url-file f', { settings: { '--smtp-url-file': 'f' } }],
    ['config --json --config f', { command: 'config', json: true, configFile: 'f' }],
    [
      'admin user create ann --email a@b --staff',
      { operands: ['ann'], flags: { '--email': 'a@b', '--staff': 'true' } },
    ],
    ['admin --json user show ann', { command: 'admin user show', operands: ['ann'], json: true }],
    ['admin explain ann package.read -- -x', { operands: ['ann', 'package.read', '-x'] }],
    ['', { about: 'help', words: [] }],
    ['-h', { about: 'help', words: [] }],
    ['help start', { about: 'help', words: ['start'] }],
    ['admin user create --help', { about: 'help', words: ['admin', 'user', 'create'] }],
    ['start --version', { about: 'version' }],
  ])('tallystick %s', (line, expected) => {
    expect(read(line)).toMatchObject(expected);
  });
});

describe('what is not', () => {
  test.each([
    ['strat', 'There is no command "strat". Did you mean "tallystick start"?'],
    [
      'admin user delete ann',
      'There is no command "admin user delete". Did you mean "tallystick admin user create"?',
    ],
    ['admin user', '"tallystick admin user" goes on with one of: create, list, show, staff'],
    ['admin', '"tallystick admin" goes on with one of: user, '],
    ['start now', 'tallystick start does not take "now". See tallystick start --help.'],
    ['admin user show', 'tallystick admin user show needs NAME: tallystick admin user show NAME'],
    ['start --prot 1', 'There is no flag --prot. Did you mean --port?'],
    ['start -p', 'There is no flag -p. Did you mean --'],
    ['start --email x', 'tallystick start has no flag --email. Did you mean --'],
    ['start --port', '--port needs a value: --port VALUE.'],
    ['start --port --insecure', '--port needs a value: --port VALUE.'],
    ['config --json=yes', '--json stands alone: it takes no value.'],
  ])('tallystick %s', (line, sentence) => {
    expect(() => read(line)).toThrow(sentence);
    try {
      read(line);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(CommandProblem);
      expect(thrown).toMatchObject({ exitCode: 2 });
    }
  });
});

test('every command has a help that names its operands, its flags and every setting', () => {
  for (const command of commands) {
    const help = helpFor(command.words);
    expect(help).toContain(`Usage: tallystick ${[...command.words, ...command.operands].join(' ')} [FLAGS]`);
    for (const { flag } of [...command.flags, { flag: '--json' }, { flag: '--sign' }])
      expect(help).toContain(flag);
    expect(help).toContain('--public-url VALUE');
  }
});

test('the help of a group lists its commands only', () => {
  const help = helpFor(['admin', 'user']);
  expect(help).toContain('admin user create NAME');
  expect(help).not.toContain('audit verify');
  expect(helpFor([])).toContain('audit verify');
});
