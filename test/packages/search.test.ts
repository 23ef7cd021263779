import { beforeEach, describe, expect, inject, it } from 'vitest';
import { findAccount } from '../../src/accounts/accounts.ts';
import { searchPackages } from '../../src/packages/search.ts';
import { type Grants, noGrants } from '../../src/policy/grants.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { hour, mustPublish, packumentOf, signUp } from './publisher.ts';

type Query = Record<string, string | number>;

interface Found {
  package: {
    name: string;
    version: string;
    description: string;
    publisher: { username: string };
    maintainers: { username: string; email: string }[];
  };
  score: { final: number };
  flags?: object;
}

const ask = (app: TestApp, query: Query, wish: Wish = {}) => {
  const parameters = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return app.ask('GET', `/-/v1/search?${parameters.join('&')}`, wish);
};

const search = async (app: TestApp, query: Query, token?: string) => {
  const answer = await ask(app, query, token === undefined ? {} : { token });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<{ objects: Found[]; total: number; time: string }>();
};

const namesOf = async (app: TestApp, text: string, token?: string): Promise<string[]> =>
  (await search(app, { text, size: 250 }, token)).objects.map((found) => found.package.name);

describe.each(['sqlite', 'postgres'] as const)('searching on %s', (dialect) => {
  const missing = dialect === 'postgres' && inject('postgresPort') === 0;
  describe.skipIf(missing)('', () => {
    let app: TestApp;
    let alice: string;
    beforeEach(async () => {
      app = await openApp(dialect);
      alice = await signUp(app, 'alice');
    });

    const put = (
      name: string,
      manifest: Record<string, unknown> = {},
      more: { version?: string; token?: string; tag?: string; access?: 'public' | 'restricted' } = {},
    ) => {
      const { version = '1.0.0', token = alice, ...rest } = more;
      return mustPublish(app, token, { name, version, manifest, ...rest });
    };

    it('answers in the shape that clients read', async () => {
      const manifest = {
        description: 'Pads a text on its left',
        keywords: ['pad', 'text tools'],
        homepage: 'https://pad.example/',
        repository: { type: 'git', url: 'git+https://git.example/alice/left-pad.git' },
        bugs: { url: 'https://git.example/alice/left-pad/issues' },
        author: { name: 'Alice A.', email: 'a@pad.example' },
      };
      await put('@alice/left-pad', manifest, { version: '0.2.0' });
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

    it('shows a package that says nothing about itself, and no link but http', async () => {
      await put('bare', { homepage: 'javascript:alert(1)', repository: 'git@git.example:a/b.git', bugs: 7 });
      const { objects } = await search(app, { text: 'bare' });
      expect(objects[0]?.package).toMatchObject({
        description: '',
        keywords: [],
        links: { npm: 'http://localhost:4873/package/bare', repository: 'https://git.example/a/b' },
      });
      expect(objects[0]).not.toHaveProperty('flags');
    });

    it('finds by name before keywords before description, the exact name first, else the newest', async () => {
      await put('said', { description: 'all about parsing' });
      await put('tagged', { keywords: ['parsing'] });
      await put('parsing-old');
      await put('parsing-new');
      await put('parsings');
      await put('@alice/parsing', {}, { access: 'public' });
      await put('parsing');
      await put('other', { description: 'nothing of the kind' });
      expect(await namesOf(app, 'parsing')).toEqual([
        'parsing',
        '@alice/parsing',
        'parsing-new',
        'parsing-old',
        'parsings',
        'tagged',
        'said',
      ]);
      const { objects } = await search(app, { text: 'parsing' });
      const scores = objects.map(({ score }) => score.final);
      expect(scores).toEqual([...scores].sort((one, other) => other - one));
    });

    it('boosts the exact name unless it is told not to', async () => {
      await put('left-pad');
      await put('left-pad-more');
      expect(await namesOf(app, 'left-pad')).toEqual(['left-pad', 'left-pad-more']);
      expect(await namesOf(app, 'leftpad')).toEqual(['left-pad', 'left-pad-more']);
      expect(await namesOf(app, 'left-pad boost-exact:false')).toEqual(['left-pad-more', 'left-pad']);
      expect(await namesOf(app, 'left-pad boost-exact:true')).toEqual(['left-pad', 'left-pad-more']);
    });

    it('wants every word, each where it likes, and takes beginnings of words', async () => {
      await put('router', { keywords: ['http'], description: 'Finds ways for requests' });
      await put('web', { description: 'A router for http' });
      expect(await namesOf(app, 'router http')).toEqual(['router', 'web']);
      expect(await namesOf(app, 'ROUT requ')).toEqual(['router']);
      expect(await namesOf(app, 'router nothing')).toEqual([]);
      expect(await namesOf(app, 'outer')).toEqual([]);
      expect(await namesOf(app, 'f')).toEqual([]);
    });

    it('overlooks case and accents, and finds what is not Latin', async () => {
      await put('one', { description: 'Crème brûlée für Zürich' });
      await put('two', { keywords: ['データベース'] });
      expect(await namesOf(app, 'creme BRULEE zurich')).toEqual(['one']);
      expect(await namesOf(app, 'データ')).toEqual(['two']);
    });

    describe('with qualifiers', () => {
      beforeEach(async () => {
        const bob = await signUp(app, 'bob');
        await put('alpha', { keywords: ['gulp', 'Big Data'], author: 'Carol Cook <carol@mail.example>' });
        await put('beta', { keywords: ['gulp', 'plugin'] }, { version: '0.3.0' });
        await put('gamma', { keywords: ['plugin', 'robin'] }, { token: bob, version: '1.0.0-rc.1' });
        await put('@bob/delta', { keywords: ['gulp', 'robin'] }, { token: bob, access: 'public' });
        const document = await packumentOf(app, 'alpha');
        document.versions['1.0.0'].deprecated = 'use beta';
        expect((await app.ask('PUT', '/alpha', { token: alice, body: document })).statusCode).toBe(200);
      });

      const all = ['@bob/delta', 'alpha', 'beta', 'gamma'];
      const cases: [string, string[]][] = [
        ['author:alice', ['alpha', 'beta']],
        ['author:carol', ['alpha']],
        ['author:"Carol Cook"', ['alpha']],
        ['author:carol@mail.example', ['alpha']],
        ['author:alice,bob', all],
        ['-author:alice', ['@bob/delta', 'gamma']],
        ['maintainer:bob', ['@bob/delta', 'gamma']],
        ['maintainer:carol', []],
        ['scope:bob', ['@bob/delta']],
        ['scope:@bob', ['@bob/delta']],
        ['keywords:gulp', ['@bob/delta', 'alpha', 'beta']],
        ['keywords:GULP,plugin', all],
        ['keywords:gulp+plugin', ['beta']],
        ['keywords:robin,gulp+plugin', ['@bob/delta', 'beta', 'gamma']],
        ['keywords:gulp,-robin', ['alpha', 'beta']],
        ['keywords:-robin', ['alpha', 'beta']],
        ['keywords:"big data"', ['alpha']],
        ['not:unstable', ['@bob/delta', 'alpha']],
        ['is:unstable', ['beta', 'gamma']],
        ['not:deprecated', ['@bob/delta', 'beta', 'gamma']],
        ['is:deprecated', ['alpha']],
        ['not:unstable,deprecated', ['@bob/delta']],
        ['not:insecure', all],
        ['is:insecure', []],
        ['-is:unstable keywords:gulp author:alice', ['alpha']],
        ['gulp -robin', ['alpha', 'beta']],
        ['gulp maintainer:bob', ['@bob/delta']],
        ['-gulp', ['gamma']],
        ['', all],
        ['boost-exact:false', all],
        // Not known, and so words like any other.
        ['score-effect:14', []],
        ['is:gulp', []],
        ['plugin:', ['beta', 'gamma']],
      ];
      it('finds what they leave, and counts it', async () => {
        for (const [text, expected] of cases) {
          expect((await namesOf(app, text)).sort(), text).toEqual(expected);
          expect((await search(app, { text, size: 1 })).total, text).toBe(expected.length);
        }
      });

      it('takes unknown ones for words', async () => {
        await put('words', { description: 'sort:name and is:funny' });
        expect(await namesOf(app, 'sort:name')).toEqual(['words']);
        expect(await namesOf(app, 'is:funny')).toEqual(['words']);
      });
    });

    it('pages through everything once, whatever the size of a page', async () => {
      for (let index = 0; index < 7; index += 1) await put(`page-${index}`);
      for (let index = 0; index < 5; index += 1) await put(`tag-${index}`, { keywords: ['page'] });
      await put('page');
      const whole = await namesOf(app, 'page');
      expect(whole).toHaveLength(13);
      for (const size of [1, 3, 5, 12]) {
        const pages: string[] = [];
        for (let from = 0; from < 20; from += size) {
          const { objects, total } = await search(app, { text: 'page', size, from });
          expect(total).toBe(13);
          pages.push(...objects.map((found) => found.package.name));
        }
        expect(pages).toEqual(whole);
      }
      expect((await search(app, { text: 'page' })).objects).toHaveLength(13);
      expect(await search(app, { text: 'page', size: 0 })).toMatchObject({ objects: [], total: 13 });
      expect(await search(app, { text: 'page', from: 9_999_999 })).toMatchObject({ objects: [], total: 13 });
      expect((await search(app, { text: 'page', size: 9_999_999 })).objects).toHaveLength(13);
    });

    it('shows twenty without a size', async () => {
      for (let index = 0; index < 21; index += 1) await put(`many-${index}`);
      const { objects, total } = await search(app, {
        text: 'many',
        size: '',
        quality: 0.65,
        popularity: 0.98,
      });
      expect([objects.length, total]).toEqual([20, 21]);
    });

    describe('private packages', () => {
      let bob: string;
      beforeEach(async () => {
        bob = await signUp(app, 'bob');
        await put('@alice/secret-tool', { description: 'hush', keywords: ['hush'] });
        await put('open-tool', { keywords: ['hush'] });
      });

      it('are found by their readers only, and count for nobody else', async () => {
        const mine = ['open-tool', '@alice/secret-tool'];
        expect(await namesOf(app, 'tool', alice)).toEqual(mine);
        expect(await namesOf(app, 'keywords:hush', alice)).toEqual(mine);
        for (const token of [bob, undefined])
          for (const text of ['tool', '@alice/secret-tool', 'hush', 'scope:alice', 'maintainer:alice', '']) {
            const { objects, total } = await search(app, { text }, token);
            expect(objects.map((found) => found.package.name)).not.toContain('@alice/secret-tool');
            expect(total).toBe(objects.length);
          }
      });

      it('appear and vanish with their visibility', async () => {
        const set = (access: string) =>
          app.ask('POST', '/-/package/@alice%2fsecret-tool/access', { token: alice, body: { access } });
        expect((await set('public')).statusCode).toBe(200);
        expect(await namesOf(app, 'secret', bob)).toEqual(['@alice/secret-tool']);
        expect((await set('restricted')).statusCode).toBe(200);
        expect(await namesOf(app, 'secret', bob)).toEqual([]);
        expect(await namesOf(app, 'secret', alice)).toEqual(['@alice/secret-tool']);
      });

      it('are found by whoever becomes a maintainer, as long as they are one', async () => {
        const owners = '/-/package/@alice%2fsecret-tool/owners';
        const added = await app.ask('PUT', owners, { token: alice, body: { user: 'bob' } });
        expect(added.statusCode, added.body).toBe(200);
        const { objects } = await search(app, { text: 'secret maintainer:bob' }, bob);
        expect(objects.map((found) => found.package.maintainers.map(({ username }) => username))).toEqual([
          ['alice', 'bob'],
        ]);
        expect((await app.ask('DELETE', `${owners}/bob`, { token: alice })).statusCode).toBe(200);
        expect(await namesOf(app, 'secret', bob)).toEqual([]);
        expect(await namesOf(app, 'maintainer:bob', alice)).toEqual([]);
      });

      it('are not shown from an index that is wrong', async () => {
        await put('@alice/open', { keywords: ['hush'] }, { access: 'public' });
        await app.app.store.write((tx) =>
          tx.sql
            .updateTable('packages')
            .set({ visibility: 'restricted' })
            .where('name', '=', '@alice/open')
            .execute(),
        );
        expect(await namesOf(app, 'keywords:hush', bob)).toEqual(['open-tool']);
      });
    });

    it('shows a limited token what strangers see and what it covers', async () => {
      await put('@alice/secret-tool');
      await put('@alice/other-tool');
      await put('open-tool');
      await put('@bob/hidden-tool', {}, { token: await signUp(app, 'bob') });
      const found = (limits: Partial<Grants>, anonymousRead: boolean) =>
        app.app.store.read(async (tx) => {
          const { id, name } = (await findAccount(tx, 'alice')) ?? expect.fail('no such account');
          const grants = { ...noGrants, permission: 'read-only' as const, ...limits };
          const wish = { text: 'tool', size: 20, from: 0 };
          const site = { publicUrl: '', anonymousRead };
          const result = await searchPackages(tx, wish, { account: { id, name }, grants }, site);
          expect(result.total).toBe(result.found.length);
          return result.found.map((one) => one.package.name).sort();
        });
      const mine = ['@alice/other-tool', '@alice/secret-tool'];
      expect(await found({ all: true }, false)).toEqual([...mine, 'open-tool']);
      expect(await found({ scopes: ['@alice'] }, true)).toEqual([...mine, 'open-tool']);
      expect(await found({ scopes: ['@alice'] }, false)).toEqual(mine);
      expect(await found({ packages: ['@alice/secret-tool'] }, false)).toEqual(['@alice/secret-tool']);
      expect(await found({ packages: ['@bob/hidden-tool', 'open-tool'] }, false)).toEqual(['open-tool']);
      expect(await found({}, true)).toEqual(['open-tool']);
      expect(await found({}, false)).toEqual([]);
      expect(await found({ all: true, permission: 'no-access' }, true)).toEqual(['open-tool']);
      expect(await found({ scopes: ['@alice'], permission: 'no-access' }, false)).toEqual([]);
    });

    it('wants an account where reading does', async () => {
      const closed = await openApp(dialect, { TALLYSTICK_ANONYMOUS_READ: 'false' });
      const token = await signUp(closed, 'carol');
      await mustPublish(closed, token, { name: 'foo', version: '1.0.0' });
      const refused = await ask(closed, { text: 'foo' });
      expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([401, 'Bearer']);
      expect(refused.json().error).toContain('You must be logged in');
      expect(await namesOf(closed, 'foo', token)).toEqual(['foo']);
    });

    describe('follows', () => {
      const shown = async (text: string) => {
        const { objects } = await search(app, { text });
        return objects.map((found) => [found.package.version, found.package.description]);
      };

      it('the tag latest, and no other', async () => {
        await put('foo', { description: 'first' });
        await put('foo', { description: 'second' }, { version: '2.0.0', tag: 'beta' });
        expect(await shown('foo')).toEqual([['1.0.0', 'first']]);
        const latest = { token: alice, body: '2.0.0' };
        expect((await app.ask('PUT', '/-/package/foo/dist-tags/latest', latest)).statusCode).toBe(200);
        expect(await shown('foo')).toEqual([['2.0.0', 'second']]);
        expect(await shown('first')).toEqual([]);
        await put('foo', { description: 'third' }, { version: '3.0.0' });
        expect(await shown('third')).toEqual([['3.0.0', 'third']]);
      });

      it('an unpublish back to the version before, and away', async () => {
        await put('foo', { description: 'first' });
        await put('foo', { description: 'second' }, { version: '2.0.0' });
        const document = await packumentOf(app, 'foo');
        delete document.versions['2.0.0'];
        const path = `/foo/-rev/${document._rev}`;
        expect((await app.ask('PUT', path, { token: alice, body: document })).statusCode).toBe(200);
        expect(await shown('foo')).toEqual([['1.0.0', 'first']]);
        const { _rev } = await packumentOf(app, 'foo');
        expect((await app.ask('DELETE', `/foo/-rev/${_rev}`, { token: alice })).statusCode).toBe(200);
        expect(await shown('foo')).toEqual([]);
        app.clock.advance(25 * hour);
        await put('foo', { description: 'again' }, { version: '3.0.0' });
        expect(await shown('foo')).toEqual([['3.0.0', 'again']]);
      });

      it('a deprecation and its undoing, without moving to the front', async () => {
        await put('pad-one');
        await put('pad-two');
        for (const message of ['old', '']) {
          const document = await packumentOf(app, 'pad-one');
          document.versions['1.0.0'].deprecated = message;
          expect((await app.ask('PUT', '/pad-one', { token: alice, body: document })).statusCode).toBe(200);
          const { objects } = await search(app, { text: 'pad' });
          expect(objects.map((found) => [found.package.name, found.flags])).toEqual([
            ['pad-two', undefined],
            ['pad-one', message === '' ? undefined : { deprecated: true }],
          ]);
        }
      });

      it('nothing that was refused', async () => {
        await put('foo', { description: 'first' });
        const again = await app.ask('PUT', '/foo', {
          token: await signUp(app, 'mallory'),
          body: { _id: 'foo', name: 'foo', versions: { '1.0.0': { deprecated: 'mine' } } },
        });
        expect(again.statusCode).toBe(403);
        expect((await search(app, { text: 'foo' })).objects[0]).not.toHaveProperty('flags');
      });
    });

    it('refuses what nobody means, with a sentence', async () => {
      const cases: [string, string][] = [
        ['size=many', '"size"'],
        ['size=-1', '"size"'],
        ['from=NaN', '"from"'],
        ['from=-1', '"from"'],
        [`text=${'x'.repeat(513)}`, 'at most 512 characters'],
        [`text=${'a+'.repeat(25)}`, 'at most 24 words and qualifiers'],
        [`text=${Array.from({ length: 13 }, (_, index) => `w${index}`).join('+')}`, 'at most 12 words'],
        ['text=a&text=b', 'more than once'],
      ];
      for (const [query, sentence] of cases) {
        const answer = await app.ask('GET', `/-/v1/search?${query}`);
        expect(answer.statusCode, query).toBe(400);
        expect(answer.json().error).toContain(sentence);
        expect(answer.json().message).toBe(answer.json().error);
      }
    });

    it('does not hand out the list of everything', async () => {
      for (const path of ['/-/all', '/-/all/since?stale=update_after&startkey=1']) {
        const answer = await app.ask('GET', path);
        expect(answer.statusCode).toBe(404);
        expect(answer.json().error).toContain('does not hand out the list of all packages');
      }
    });
  });
});
