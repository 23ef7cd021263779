import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { mustPublish, packumentOf, publish, signUp } from './publisher.ts';

const words = ['parse', 'parser', 'http', 'router', 'left', 'pad', 'data', 'stream', 'crème', 'データ'];
const word = (index: number): string => words[index % words.length] ?? '';

/** The same few packages with much in common in every application; one person may not see some of them. */
async function fill(app: TestApp): Promise<string> {
  const people = { ann: await signUp(app, 'ann'), ben: await signUp(app, 'ben') };
  for (let index = 0; index < 24; index += 1) {
    const [name, token] = index % 2 === 0 ? ['ann', people.ann] : ['ben', people.ben];
    const bare = `${word(index)}-${word(index * 3 + 1)}${index}`
      .normalize('NFKD')
      .replace(/[^a-z0-9-]/g, 'x');
    const draft = {
      name: index % 3 === 0 ? `@${name}/${bare}` : bare,
      version: `${index % 4}.1.0`,
      manifest: {
        description: `${word(index * 7)} ${word(index + 2)}, a "${word(index * 5)}" for ${word(index * 11 + 3)}`,
        keywords: [word(index + 1), `${word(index)} ${word(index + 4)}`],
        author: { name: `${name} of ${word(index)}` },
      },
      access: index % 6 === 0 ? ('restricted' as const) : ('public' as const),
    };
    await mustPublish(app, token, draft);
    if (index % 5 === 0) {
      const document = await packumentOf(app, draft.name, token);
      document.versions[draft.version].deprecated = 'old';
      const answer = await app.ask('PUT', `/${draft.name.replace('/', '%2f')}`, { token, body: document });
      expect(answer.statusCode).toBe(200);
    }
  }
  return people.ann;
}

const beginning = fc
  .tuple(fc.constantFrom(...words), fc.nat({ max: 6 }))
  .map(([text, length]) => text.slice(0, length + 1));
const part = fc.oneof(
  { weight: 4, arbitrary: beginning },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'author:ann',
      'maintainer:ben',
      'scope:ann',
      'keywords:http,data',
      'keywords:http,-data',
      'not:unstable',
      'is:deprecated',
      'not:deprecated',
      'boost-exact:false',
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant('-'), beginning).map((pair) => pair.join('')) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '"',
      "'",
      '(',
      ')',
      '*',
      ':*',
      '&',
      '|',
      '!',
      '<->',
      'NEAR(a b)',
      'AND',
      '\\',
      '^',
      '%',
      '{}',
    ),
  },
);
const wish = fc.record({
  text: fc.array(part, { maxLength: 6 }).map((parts) => parts.join(' ')),
  size: fc.nat({ max: 12 }),
  from: fc.nat({ max: 20 }),
});

const anything = fc.oneof(
  fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.parse(JSON.stringify(value).toWellFormed())),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '🎉',
    '---',
    "it's",
    'a\\b',
    'https://x.example/',
    'javascript:alert(1)',
    'Ann <a@x> (http://y.example)',
  ),
);
const about = fc.record(
  {
    description: anything,
    keywords: fc.oneof(anything, fc.array(anything, { maxLength: 6 })),
    author: fc.oneof(anything, fc.record({ name: anything, email: anything, url: anything })),
    homepage: anything,
    bugs: fc.oneof(anything, fc.record({ url: anything })),
    repository: fc.oneof(anything, fc.record({ type: fc.constant('git'), url: anything })),
  },
  { requiredKeys: [] },
);

describe.skipIf(inject('postgresPort') === 0)('SQLite and PostgreSQL', () => {
  it('find the same in the same order, whatever is asked, and never stumble', async () => {
    const one = await openApp('sqlite');
    const other = await openApp('postgres');
    const tokens = [await fill(one), await fill(other)];
    const answers = async (query: { text: string; size: number; from: number }, isAnn: boolean) => {
      const path = `/-/v1/search?text=${encodeURIComponent(query.text.toWellFormed())}&size=${query.size}&from=${query.from}`;
      return Promise.all(
        [one, other].map((app, index) => app.ask('GET', path, isAnn ? { token: tokens[index] ?? '' } : {})),
      );
    };
    let found = 0;
    await fc.assert(
      fc.asyncProperty(wish, fc.boolean(), async (query, isAnn) => {
        const [left, right] = await answers(query, isAnn);
        expect([200, 400]).toContain(left?.statusCode);
        expect(right?.statusCode).toBe(left?.statusCode);
        expect(right?.json()).toEqual(left?.json());
        found += left?.json().objects?.length ?? 0;
      }),
      { numRuns: 150, seed: 20260115 },
    );
    expect(found).toBeGreaterThan(150);
  }, 300_000);

  it('take whatever packages say of themselves', async () => {
    const apps = [await openApp('sqlite'), await openApp('postgres')];
    const tokens = await Promise.all(apps.map((app) => signUp(app, 'ann')));
    let published = 0;
    await fc.assert(
      fc.asyncProperty(about, async (manifest) => {
        published += 1;
        const name = `package-${published}`;
        const answers = await Promise.all(
          apps.map(async (app, index) => {
            const token = tokens[index] ?? '';
            const answer = await publish(app, token, { name, version: '1.0.0', manifest });
            expect(answer.statusCode, answer.body).toBe(201);
            return (await app.ask('GET', `/-/v1/search?text=${name}&size=1`)).json();
          }),
        );
        expect(answers[1]).toEqual(answers[0]);
        expect(answers[0].objects[0].package.name).toBe(name);
      }),
      { numRuns: 40, seed: 20260115 },
    );
  }, 300_000);
});
