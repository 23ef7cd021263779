import { beforeEach, expect, it } from 'vitest';
import { setStaff } from '../../src/accounts/accounts.ts';
import { insertTotp } from '../../src/factors/factors.sql.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { hour, mustPublish, packumentOf, publish, signUp } from './publisher.ts';

interface Page {
  results: { seq: number; id: string; changes: { rev: string }[]; deleted?: true }[];
  last_seq: number;
}

/** Makes an account staff, as the operator does on the console, with the second factor that staff need. */
const makeStaff = ({ app }: TestApp, name: string) =>
  app.gate.onConsole('account.staff', { on: 'account', name }, async (tx, permit) => {
    const { id } = await setStaff(tx, permit, { name, staff: true });
    await insertTotp(tx, {
      id: `app of ${name}`,
      account_id: id,
      secret: tx.vault.seal(Buffer.from('x'), ['factors', id]),
      highest_step: 0,
    });
  });

eachDialect('the feed of changes', (dialect) => {
  let app: TestApp;
  let alice: string;
  let mirror: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
    mirror = await signUp(app, 'mirror');
    await makeStaff(app, 'mirror');
  });

  const ask = (query = '', wish: Wish = { token: mirror }) => app.ask('GET', `/-/_changes${query}`, wish);
  const read = async (query = ''): Promise<Page> => {
    const answer = await ask(query);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  };
  const put = (name: string, version = '1.0.0') => mustPublish(app, alice, { name, version });
  const namesOf = ({ results }: Page): string[] => results.map(({ id }) => id);

  it('is empty at first', async () => {
    expect(await read()).toEqual({ results: [], last_seq: 0 });
    expect(await read('?since=now')).toEqual({ results: [], last_seq: 0 });
  });

  it('packages 53: pages to the end, and tells a publish and an unpublish', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await put(name);
    const pages: string[][] = [];
    let since = 0;
    for (let turns = 0; turns < 10; turns += 1) {
      const page = await read(`?since=${since}&limit=2`);
      if (page.results.length === 0) break;
      pages.push(namesOf(page));
      since = page.last_seq;
    }
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat().sort()).toEqual(['a', 'b', 'c', 'd', 'e']);

    await put('b', '1.1.0');
    const { _rev } = await packumentOf(app, 'b');
    const published = await read(`?since=${since}`);
    expect(published).toEqual({
      results: [{ seq: since + 1, id: 'b', changes: [{ rev: _rev }] }],
      last_seq: since + 1,
    });

    const document = await packumentOf(app, 'c');
    const gone = await app.ask('DELETE', `/c/-rev/${document._rev}`, { token: alice });
    expect(gone.statusCode).toBe(200);
    const removed = await read(`?since=${published.last_seq}`);
    expect(removed.results).toMatchObject([{ id: 'c', deleted: true }]);
    expect(await read(`?since=${removed.last_seq}`)).toEqual({ results: [], last_seq: removed.last_seq });
  });

  it('tells of each package its newest state once, with numbers that never come again', async () => {
    await put('a');
    await put('b');
    const first = await read();
    for (const version of ['1.1.0', '1.2.0', '1.3.0']) await put('b', version);
    const second = await read(`?since=${first.last_seq}`);
    expect(namesOf(second)).toEqual(['b']);
    expect(second.last_seq).toBeGreaterThan(first.last_seq);
    await put('b', '1.4.0');
    expect(namesOf(await read(`?since=${second.last_seq}`))).toEqual(['b']);
    expect(namesOf(await read())).toEqual(['a', 'b']);
  });

  it('tells every kind of change', async () => {
    await mustPublish(app, alice, { name: '@alice/foo', version: '1.0.0' });
    await mustPublish(app, alice, { name: '@alice/foo', version: '1.1.0' });
    let { last_seq: since } = await read();
    const path = '/-/package/@alice%2ffoo';
    const changes: [string, () => Promise<unknown>][] = [
      ['tag', () => app.ask('PUT', `${path}/dist-tags/beta`, { token: alice, body: '1.0.0' })],
      ['tag rm', () => app.ask('DELETE', `${path}/dist-tags/beta`, { token: alice })],
      ['access', () => app.ask('POST', `${path}/access`, { token: alice, body: { access: 'public' } })],
      ['owner add', () => app.ask('PUT', `${path}/owners`, { token: alice, body: { user: 'mirror' } })],
      [
        'deprecate',
        async () => {
          const document = await packumentOf(app, '@alice/foo', alice);
          for (const version of Object.values<{ deprecated?: string }>(document.versions))
            version.deprecated = 'old';
          return app.ask('PUT', '/@alice%2ffoo', { token: alice, body: document });
        },
      ],
    ];
    for (const [kind, change] of changes) {
      await change();
      const page = await read(`?since=${since}`);
      expect(namesOf(page), kind).toEqual(['@alice/foo']);
      since = page.last_seq;
    }
  });

  it('names restricted packages and revives those that were removed', async () => {
    await mustPublish(app, alice, { name: '@alice/secret', version: '1.0.0' });
    const { _rev } = await packumentOf(app, '@alice/secret', alice);
    await app.ask('DELETE', `/@alice%2fsecret/-rev/${_rev}`, { token: alice });
    const gone = await read();
    expect(gone.results).toMatchObject([{ id: '@alice/secret', deleted: true }]);
    app.clock.advance(25 * hour);
    await mustPublish(app, alice, { name: '@alice/secret', version: '2.0.0' });
    const back = await read(`?since=${gone.last_seq}`);
    expect(back.results).toHaveLength(1);
    expect(back.results[0]).not.toHaveProperty('deleted');
  });

  it('gives its places in order while many publish, in two processes', async () => {
    const other = dialect === 'postgres' ? await app.another() : app;
    const names = Array.from({ length: 24 }, (_, index) => `p${index}`);
    const seen = new Map<string, number>();
    let since = 0;
    const follow = async (): Promise<void> => {
      const page = await read(`?since=${since}&limit=5`);
      for (const { id, seq } of page.results) {
        expect(seq).toBeGreaterThan(since);
        seen.set(id, seq);
      }
      since = page.last_seq;
    };
    const publishing = names.map((name, index) =>
      publish(index % 2 === 0 ? app : other, alice, { name, version: '1.0.0' }),
    );
    for (let turns = 0; turns < 20; turns += 1) await follow();
    for (const answer of await Promise.all(publishing)) expect(answer.statusCode).toBe(201);
    for (let turns = 0; turns < 10; turns += 1) await follow();
    expect([...seen.keys()].sort()).toEqual([...names].sort());
    expect(new Set(seen.values()).size).toBe(names.length);
  });

  it('begins where it ends now for whoever asks so', async () => {
    await put('a');
    const now = await read('?since=now');
    expect(now).toEqual({ results: [], last_seq: 1 });
    await put('b');
    expect(namesOf(await read(`?since=${now.last_seq}`))).toEqual(['b']);
  });

  it('is refused to strangers and to ordinary accounts', async () => {
    const stranger = await ask('', {});
    expect([stranger.statusCode, stranger.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    const ordinary = await ask('', { token: alice });
    expect(ordinary.statusCode).toBe(403);
    expect(ordinary.json().error).toContain('Only staff accounts');
    const odd = await ask('?feed=continuous', { token: alice });
    expect(odd.statusCode).toBe(403);
  });

  it('says what else it does not do', async () => {
    const cases: [string, string][] = [
      ['?feed=continuous', 'feed=continuous'],
      ['?feed=longpoll', 'last_seq'],
      ['?include_docs=true', 'fetch the package'],
      ['?descending=true', 'since=now'],
      ['?filter=_doc_ids', 'filter=_doc_ids'],
      ['?style=all_docs', 'one revision'],
      ['?limit=10001', 'At most 10000'],
      ['?limit=0', 'from 1'],
      ['?limit=many', 'whole number'],
      ['?since=-1', 'whole number'],
      ['?since=1.5', 'whole number'],
    ];
    for (const [query, sentence] of cases) {
      const answer = await ask(query);
      expect(answer.statusCode, query).toBe(400);
      expect(answer.json().error).toContain(sentence);
    }
    expect((await ask('?feed=normal&include_docs=false&descending=false&limit=10000')).statusCode).toBe(200);
  });
});
