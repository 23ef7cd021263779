import { beforeEach, describe, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { packumentOf, signUp } from './publisher.ts';
import { namesOf, type Put, putAs, search } from './searching.ts';

eachDialect('searching', (dialect) => {
  let app: TestApp;
  let alice: string;
  let put: Put;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
    put = putAs(app, alice);
  });

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
