import { beforeEach, describe, expect, inject, it } from 'vitest';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { mustPublish, packumentOf, pathOf, signUp } from './publisher.ts';

interface Result {
  package: { name: string; version: string; description: string; maintainers: { username: string }[] };
  score: { final: number };
  searchScore: number;
  flags?: object;
}

const ask = (app: TestApp, query: Record<string, string | number>, wish: Wish = {}) => {
  const text = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return app.ask('GET', `/-/v1/search?${text.join('&')}`, wish);
};

const search = async (app: TestApp, query: Record<string, string | number>, token?: string) => {
  const answer = await ask(app, query, token === undefined ? {} : { token });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<{ objects: Result[]; total: number; time: string }>();
};

const namesOf = async (app: TestApp, text: string, token?: string): Promise<string[]> =>
  (await search(app, { text, size: 250 }, token)).objects.map((found) => found.package.name);

describe.each(['sqlite', 'postgres'] as const)('searching on %s', (dialect) => {
  const missing = dialect === 'postgres' && inject('postgresPort') === 0;
  describe.skipIf(missing)('', () => {
    let app: TestApp;
    let alice: string;
    let bob: string;
    beforeEach(async () => {
      app = await openApp(dialect);
      alice = await signUp(app, 'alice');
      bob = await signUp(app, 'bob');
    });

    const put = (name: string, manifest: Record<string, unknown> = {}, version = '1.0.0', token = alice) =>
      mustPublish(app, token, { name, version, manifest });

    it('answers in the shape that clients read', async () => {
      await put(
        '@alice/left-pad',
        {
          description: 'Pads a text on its left',
          keywords: ['pad', 'text tools'],
          homepage: 'https://pad.example/',
          repository: { type: 'git', url: 'git+https://git.example/alice/left-pad.git' },
          bugs: { url: 'https://git.example/alice/left-pad/issues' },
          author: { name: 'Alice A.', email: 'a@pad.example' },
          license: 'MIT',
        },
        '0.2.0',
      );
      const person = { username: 'alice', email: 'alice@example.com' };
      expect(await search(app, { text: 'pad' }, alice)).toEqual({
        objects: [
          {
            package: {
              name: '@alice/left-pad',
              scope: 'alice',
              version: '0.2.0',
              description: 'Pads a text on its left',
              keywords: ['pad', 'text tools'],
              date: '2026-01-15T12:00:00.000Z',
              links: {
                npm: 'http://localhost:4873/package/@alice/left-pad',
                homepage: 'https://pad.example/',
                repository: 'https://git.example/alice/left-pad',
                bugs: 'https://git.example/alice/left-pad/issues',
              },
              author: { name: 'Alice A.', email: 'a@pad.example' },
              publisher: person,
              maintainers: [person],
            },
            score: { final: 0.8, detail: { quality: 0.8, popularity: 0.8, maintenance: 0.8 } },
            searchScore: 0.8,
            flags: { unstable: true },
          },
        ],
        total: 1,
        time: '2026-01-15T12:00:00.000Z',
      });
    });
  });
});
