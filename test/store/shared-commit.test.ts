import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { createSharedCommit } from '../../src/store/shared-commit.ts';
import { openSqlite } from '../../src/store/sqlite.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

/** A database of its own whose transactions are told, and may be told to fail. */
function openWriter() {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-shared-'));
  const connection = new DatabaseSync(join(folder, 'shared.db'));
  connection.exec('create table notes (text text primary key) strict');
  cleanups.push(() => {
    connection.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const said: string[] = [];
  let broken: string | undefined;
  const say = async (statement: string): Promise<void> => {
    said.push(statement);
    if (statement === broken) {
      broken = undefined;
      throw new Error(`${statement} fails`);
    }
    connection.exec(statement);
  };
  const write = createSharedCommit({
    connection,
    begin: () => say('begin immediate'),
    commit: () => say('commit'),
    rollback: () => say('rollback').catch(() => undefined),
    savepoint: () => say('savepoint act'),
    release: () => say('release act'),
    rollbackToSavepoint: async () => {
      await say('rollback to act');
      await say('release act');
    },
  });
  const note = (text: string) =>
    write(async (database) => {
      database.prepare('insert into notes values (?)').run(text);
      return text;
    });
  return {
    write,
    note,
    notes: () =>
      connection
        .prepare('select text from notes order by rowid')
        .all()
        .map(({ text }) => text),
    commits: () => said.filter((statement) => statement === 'commit').length,
    breakNext: (statement: string) => {
      broken = statement;
    },
  };
}

describe('acts that wait together', () => {
  it('share few commits and keep their order', async () => {
    const { note, notes, commits } = openWriter();
    const texts = Array.from({ length: 40 }, (_, index) => `note ${index}`);
    expect(await Promise.all(texts.map(note))).toEqual(texts);
    expect(notes()).toEqual(texts);
    expect(commits()).toBeLessThan(10);
  });

  it('see what was done before them, and lose what they did themselves where they refuse', async () => {
    const { write, note, notes } = openWriter();
    const refused = write(async (database) => {
      database.prepare("insert into notes values ('half')").run();
      expect(database.prepare('select count(*) as count from notes').get()).toEqual({ count: 2 });
      throw new Error('refused');
    });
    const settled = await Promise.allSettled([note('first'), refused, note('first'), note('last')]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(notes()).toEqual(['first', 'last']);
  });

  it('go on where the first of them refuses', async () => {
    const { write, note, notes } = openWriter();
    const settled = await Promise.allSettled([
      write(async () => Promise.reject(new Error('refused'))),
      note('second'),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(notes()).toEqual(['second']);
  });

  it('are told of a refusal only once what it was judged by is durable', async () => {
    const { note, write, commits } = openWriter();
    const seen: number[] = [];
    await Promise.allSettled([
      note('one'),
      write(async () => Promise.reject(new Error('refused'))).catch(() => seen.push(commits())),
    ]);
    expect(seen).toEqual([1]);
  });

  it('are each done alone where their commit fails', async () => {
    const { note, notes, commits, breakNext } = openWriter();
    breakNext('commit');
    expect(await Promise.all(['a', 'b', 'c'].map(note))).toEqual(['a', 'b', 'c']);
    expect(notes()).toEqual(['a', 'b', 'c']);
    expect(commits()).toBe(4);
  });

  it('lose nothing where one of them ends the transaction of all', async () => {
    const { write, note, notes } = openWriter();
    const breaker = write(async (database) => {
      database.exec('rollback');
      throw new Error('the disk is full');
    });
    const settled = await Promise.allSettled([note('a'), note('b'), breaker, note('c')]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(notes()).toEqual(['a', 'b', 'c']);
  });

  it('fail alone where nobody shares their commit, and the next is none the worse', async () => {
    const { note, notes, breakNext } = openWriter();
    breakNext('commit');
    await expect(note('lost')).rejects.toThrow('commit fails');
    breakNext('begin immediate');
    await expect(note('not begun')).rejects.toThrow('begin immediate fails');
    await note('kept');
    expect(notes()).toEqual(['kept']);
  });
});

describe('a store on SQLite', () => {
  it('is closed behind what waits to be written, and may be closed again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-closed-'));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    const engine = openSqlite(join(folder, 'closed.db'));
    const written = engine.write(
      (sql) => sql.schema.createTable('notes').addColumn('text', 'text').execute(),
      [],
    );
    await engine.close();
    await written;
    await engine.close();
    const reopened = new DatabaseSync(join(folder, 'closed.db'));
    expect(reopened.prepare('select count(*) as count from notes').get()).toEqual({ count: 0 });
    reopened.close();
  });
});
