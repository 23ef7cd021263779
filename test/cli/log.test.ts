import { expect, test } from 'vitest';
import { createLog, type LogOptions } from '../../src/adapters/log.ts';

function logTo(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  return {
    lines,
    log: createLog({ form: 'json', level: 'info', ...options, to: (line) => lines.push(line) }),
  };
}

test('a line is JSON with time, level and message', () => {
  const { lines, log } = logTo();
  log.info({ port: 1 }, 'listening');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/\n$/);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    port: 1,
    msg: 'listening',
  });
});

test('what is below the level is not written', () => {
  const { lines, log } = logTo({ level: 'warn' });
  log.debug({}, 'a');
  log.info({}, 'b');
  log.warn({}, 'c');
  log.error({}, 'd');
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(['warn', 'error']);
  const silent = logTo({ level: 'silent' });
  silent.log.error({}, 'e');
  expect(silent.lines).toEqual([]);
});

test.each(['json', 'pretty'] as const)('a %s line stays one line that obeys nobody', (form) => {
  const { lines, log } = logTo({ form });
  const hostile = 'a\nb\r\u001b[31mc\u009b2Jd\u2028e\u202ef\u007f';
  log.info({ agent: hostile, [`k${hostile}`]: 1 }, `m${hostile}`);
  expect(lines).toHaveLength(1);
  expect(lines[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
});

test('an escaped JSON line still says what was logged', () => {
  const { lines, log } = logTo();
  const agent = 'x\u009by\u202ez';
  log.info({ agent }, 'm');
  expect(JSON.parse(lines[0] ?? '').agent).toBe(agent);
});

test.each(['json', 'pretty'] as const)(
  'fields that are secrets by their name are hidden in a %s line',
  (form) => {
    const { lines, log } = logTo({ form });
    log.info(
      {
        password: 'hunter2',
        token: 'hunter2',
        body: { password: 'hunter2', otp: 'hunter2' },
        headers: {
          authorization: 'hunter2',
          'npm-otp': 'hunter2',
          cookie: 'hunter2',
          'set-cookie': 'hunter2',
        },
      },
      'm',
    );
    expect(lines.join()).not.toContain('hunter2');
    expect(lines.join()).toContain('(hidden)');
  },
);

test('a pretty line reads like a sentence with its fields', () => {
  const { lines, log } = logTo({ form: 'pretty' });
  log.warn({ route: '/-/ping', name: 'two words', count: 2 }, 'careful');
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d warning: careful {2}route=\/-\/ping {2}name="two words" {2}count=2\n$/,
  );
});

test('what cannot be written as JSON is logged all the same', () => {
  const { lines, log } = logTo();
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  log.info({ circle }, 'round');
  log.info({ big: 2n ** 64n }, 'big');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'round', fields: '(not serialisable)' },
    { msg: 'big', big: '18446744073709551616' },
  ]);
});

test('an error tells its code, its cause and what else it carries', () => {
  const { lines, log } = logTo();
  const error = Object.assign(new Error('away', { cause: new Error('no route') }), { code: 'ECONNREFUSED' });
  log.error({ error }, 'failed');
  expect(JSON.parse(lines[0] ?? '').error).toMatchObject({
    type: 'Error',
    message: 'away',
    code: 'ECONNREFUSED',
    cause: { message: 'no route' },
  });
});

test.each(['err', 'error'])('an error under %s keeps its stack, in both forms', (field) => {
  for (const form of ['json', 'pretty'] as const) {
    const { lines, log } = logTo({ form });
    log.error({ [field]: new Error('boom') }, 'failed');
    expect(lines.join()).toContain('boom');
    expect(lines.join()).toContain('log.test.ts');
  }
});
