/** What PostgreSQL and its driver say when something is wrong, and what becomes of it; no database is needed. */
import { Pool } from 'pg';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openPostgres } from '../../src/store/postgres.ts';
import type { Engine } from '../../src/store/store.ts';

afterEach(() => vi.restoreAllMocks());

const errorOf = (code: string | undefined, message = 'said by the database'): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

/** A driver whose statements fail as `answer` throws; the statements that it was sent. */
function connectTo(answer: (statement: string, times: number) => void): { engine: Engine; sent: string[] } {
  const sent: string[] = [];
  const client = {
    query: async (asked: string | { text: string }) => {
      const text = typeof asked === 'string' ? asked : asked.text;
      sent.push(text);
      answer(text, sent.filter((one) => one === text).length);
      return { command: 'SELECT', rowCount: 0, rows: [] };
    },
    release: () => undefined,
  };
  vi.spyOn(Pool.prototype, 'connect').mockImplementation(async () => client);
  return { engine: openPostgres('postgres://nowhere'), sent };
}

const failAt = (part: RegExp, thrown: Error) => (statement: string) => {
  if (part.test(statement)) throw thrown;
};

type Tx = Parameters<Parameters<Engine['write']>[0]>[0];
const work = (tx: Tx): Promise<unknown> => tx.selectFrom('packages').select('name').execute();

describe.each(['read', 'write'] as const)('a %s', (way) => {
  const run = (engine: Engine): Promise<unknown> =>
    way === 'read' ? engine.read(work) : engine.write(work, ['package:foo']);

  test.each([
    ['a full disk at a statement', /^select "name"/, errorOf('53100'), 'storage_full'],
    ['a full disk at the end', /^commit/, errorOf('53100'), 'storage_full'],
    ['memory that is used up', /^select "name"/, errorOf('53200'), 'storage_full'],
    ['a server that shuts down', /^select "name"/, errorOf('57P01'), 'unavailable'],
    ['too many connections', /./, errorOf('53300'), 'unavailable'],
    ['a connection that is gone', /./, errorOf('ECONNRESET'), 'unavailable'],
    [
      'a connection that ends on the way',
      /^(select|commit|rollback)/,
      errorOf(undefined, 'Connection terminated unexpectedly'),
      'unavailable',
    ],
    [
      'a connection that broke before',
      /./,
      errorOf(undefined, 'Client has encountered a connection error and is not queryable'),
      'unavailable',
    ],
  ])('that meets %s fails with a code', async (_what, part, thrown, code) => {
    const { engine } = connectTo(failAt(part, thrown));
    await expect(run(engine)).rejects.toMatchObject({ code });
  });

  test('that finds no server fails with unavailable', async () => {
    const { engine } = connectTo(() => undefined);
    vi.spyOn(Pool.prototype, 'connect').mockImplementation(async () => {
      throw errorOf('ECONNREFUSED');
    });
    await expect(run(engine)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('that meets a conflict is repeated, and one that meets anything else is not', async () => {
    const conflicting = connectTo((statement, times) => {
      if (statement.startsWith('select "name"') && times < 3) throw errorOf('40001');
    });
    await run(conflicting.engine);
    expect(conflicting.sent.filter((statement) => statement.startsWith('select "name"'))).toHaveLength(3);
    const broken = connectTo(failAt(/^select "name"/, errorOf('42601')));
    await expect(run(broken.engine)).rejects.toMatchObject({ code: '42601' });
    expect(broken.sent.filter((statement) => statement.startsWith('select "name"'))).toHaveLength(1);
  });
});

test('what broke a write is told, not that it could not unlock behind it', async () => {
  const { engine, sent } = connectTo((statement) => {
    if (statement.startsWith('select "name"')) throw errorOf('53100');
    if (statement.includes('unlock')) throw errorOf('57P01');
  });
  await expect(engine.write(work, ['package:foo'])).rejects.toMatchObject({ code: 'storage_full' });
  expect(sent.some((statement) => statement.includes('unlock'))).toBe(true);
});
