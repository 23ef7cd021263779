import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Answer, type Person, pick, pickText, World } from './clients/world.ts';
import { eachDialect } from './support/dialects.ts';
import { contentOf, documentOf } from './support/document.ts';
import { createDatabase } from './support/postgres.ts';
import type { ServerProcess } from './support/process.ts';

const fifty = Array.from({ length: 50 }, (_, index) => index);

const count = (answers: readonly Answer[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

eachDialect('fifty at once', (dialect) => {
  const processes = dialect === 'postgres' ? 'two server processes' : 'one server process';
  let world: World;
  let second: ServerProcess | undefined;

  /** The server that takes the request of this number: by turns where there are two. */
  const at = (index: number): string =>
    second !== undefined && index % 2 === 1 ? second.url : world.server.url;

  beforeAll(async () => {
    if (dialect === 'postgres') {
      world = await World.open({ database: await createDatabase(inject('postgresPort')) });
      second = await world.startAnother();
    } else {
      world = await World.open();
    }
  });
  afterAll(async () => {
    await second?.stop();
    await world.close();
  });

  const createTokens = (person: Person, otp: string): Promise<Answer[]> => {
    const body = { password: person.password, readonly: false, cidr_whitelist: [] };
    return Promise.all(
      fifty.map((index) => person.ask('POST', '/-/npm/v1/tokens', { otp, body, at: at(index) })),
    );
  };
  const listedTokens = async (person: Person): Promise<unknown> =>
    pick((await person.must(200, 'GET', '/-/npm/v1/tokens')).json, 'total');

  test(`one code of an app makes exactly one token (${processes})`, async () => {
    const person = await world.person();
    await person.protect();
    const before = Number(await listedTokens(person));
    const answers = await createTokens(person, await person.code());
    expect(count(answers, 201)).toBe(1);
    expect(count(answers, 401)).toBe(49);
    for (const { status, headers } of answers)
      if (status === 401) expect(headers.get('www-authenticate')).toBe('otp');
    expect(await listedTokens(person)).toBe(before + 1);
  });

  test(`one recovery code makes exactly one token (${processes})`, async () => {
    const person = await world.person();
    await person.protect();
    const before = Number(await listedTokens(person));
    const answers = await createTokens(person, person.recoveryCode());
    expect(count(answers, 201)).toBe(1);
    expect(count(answers, 401)).toBe(49);
    expect(await listedTokens(person)).toBe(before + 1);
    await person.makeToken({}, person.recoveryCode());
  });

  test(`fifty publishes of one version store exactly one (${processes})`, async () => {
    const person = await world.person();
    const name = `hello-${person.name}`;
    const drafts = fifty.map((index) => ({
      name,
      version: '1.0.0',
      manifest: { description: `number ${index}` },
    }));
    const answers = await Promise.all(
      drafts.map((draft, index) => person.ask('PUT', `/${name}`, { body: documentOf(draft), at: at(index) })),
    );
    expect(count(answers, 201)).toBe(1);
    expect(count(answers, 403)).toBe(49);
    const winner = drafts[answers.findIndex(({ status }) => status === 201)];
    if (winner === undefined) throw new Error('nobody won');
    for (const base of [0, 1]) {
      const { json } = await person.must(200, 'GET', `/${name}/1.0.0`, { at: at(base) });
      const { bytes } = await person.must(200, 'GET', `/${name}/-/${name}-1.0.0.tgz`, { at: at(base) });
      expect(bytes.equals(contentOf(winner))).toBe(true);
      expect(pick(json, 'description')).toBe(winner.manifest.description);
      const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
      expect(pickText(pick(json, 'dist'), 'integrity')).toBe(integrity);
    }
  });

  test(`fifty publishes of fifty versions store all (${processes})`, async () => {
    const person = await world.person();
    const name = `hello-${person.name}`;
    const drafts = fifty.map((index) => ({ name, version: `1.0.${index}` }));
    const answers = await Promise.all(
      drafts.map((draft, index) => person.ask('PUT', `/${name}`, { body: documentOf(draft), at: at(index) })),
    );
    expect(answers.map(({ status }) => status)).toEqual(fifty.map(() => 201));
    const { json } = await person.must(200, 'GET', `/${name}?write=true`);
    expect(Object.keys(pick(json, 'versions') ?? {})).toHaveLength(50);
    for (const draft of drafts) {
      const { bytes } = await person.must(200, 'GET', `/${name}/-/${name}-${draft.version}.tgz`);
      expect(bytes.equals(contentOf(draft))).toBe(true);
    }
  });
});
