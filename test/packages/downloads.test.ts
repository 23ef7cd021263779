import { beforeEach, describe, expect, it, test } from 'vitest';
import { readPeriod, writeDay } from '../../src/packages/download-periods.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { hour, mustPublish, signUp } from './publisher.ts';

const today = Date.UTC(2026, 0, 15, 12);

describe('periods of downloads', () => {
  const read = (text: string, of: 'single' | 'several' = 'single') => {
    const { start, end } = readPeriod(text, today, of);
    return [writeDay(start), writeDay(end)];
  };

  test.each([
    ['last-day', '2026-01-15', '2026-01-15'],
    ['last-week', '2026-01-09', '2026-01-15'],
    ['last-month', '2025-12-17', '2026-01-15'],
    ['last-year', '2025-01-16', '2026-01-15'],
    ['2024-02-29', '2024-02-29', '2024-02-29'],
    ['2025-12-31:2026-01-01', '2025-12-31', '2026-01-01'],
    ['2024-07-15:2026-01-15', '2024-07-15', '2026-01-15'],
  ])('%s is from %s to %s, both included', (text, start, end) => {
    expect(read(text)).toEqual([start, end]);
  });

  test.each([
    ['', 'is not a day'],
    ['yesterday', 'is not a day'],
    ['2025-02-29', 'is not a day'],
    ['2025-2-3', 'is not a day'],
    ['2026-01-15:', 'is not a day'],
    ['last-day:last-week', 'is not a day'],
    ['2026-01-02:2026-01-01', 'a later day'],
    ['2026-01-01:2026-01-02:2026-01-03', 'a later day'],
    ['2024-07-01:2026-01-15', 'at most 550 days'],
  ])('%s is refused with a sentence', (text, sentence) => {
    expect(() => read(text)).toThrow(sentence);
  });

  test('several packages are counted over a year at most', () => {
    expect(read('last-year', 'several')).toHaveLength(2);
    expect(() => read('2025-01-15:2026-01-15', 'several')).toThrow('at most 365 days');
  });
});

eachDialect('downloads', (dialect) => {
  let app: TestApp;
  let alice: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    await mustPublish(app, alice, { name: 'foo', version: '1.1.0' });
  });

  const fetchTarball = async (version = '1.0.0', wish: Wish = {}, through = app) => {
    const answer = await through.ask('GET', `/foo/-/foo-${version}.tgz`, wish);
    expect(answer.statusCode).toBe(200);
    return answer;
  };
  const counts = async (path: string, wish: Wish = {}) => {
    const answer = await app.ask('GET', `/downloads/${path}`, wish);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  };
  const week = { start: '2026-01-09', end: '2026-01-15' };

  it('packages 54: three installs are three downloads', async () => {
    for (const version of ['1.0.0', '1.1.0', '1.0.0']) await fetchTarball(version);
    expect(await counts('point/last-week/foo')).toEqual({ downloads: 3, ...week, package: 'foo' });
  });

  it('are not counted for HEAD, for what the client holds, for pieces, nor for what is refused', async () => {
    const { headers } = await fetchTarball();
    const etag = String(headers.etag);
    const held = await app.ask('GET', '/foo/-/foo-1.0.0.tgz', { headers: { 'if-none-match': etag } });
    expect(held.statusCode).toBe(304);
    expect((await app.ask('HEAD', '/foo/-/foo-1.0.0.tgz')).statusCode).toBe(200);
    await app.ask('GET', '/foo/-/foo-1.0.0.tgz', { headers: { range: 'bytes=0-9' } });
    expect((await app.ask('GET', '/foo/-/foo-9.9.9.tgz')).statusCode).toBe(404);
    expect(await counts('point/last-day/foo')).toMatchObject({ downloads: 1 });
  });

  it('are told day by day, also the days without any', async () => {
    await fetchTarball();
    app.clock.advance(48 * hour);
    await fetchTarball();
    await fetchTarball('1.1.0');
    expect(await counts('range/2026-01-14:2026-01-17/foo')).toEqual({
      start: '2026-01-14',
      end: '2026-01-17',
      package: 'foo',
      downloads: [
        { day: '2026-01-14', downloads: 0 },
        { day: '2026-01-15', downloads: 1 },
        { day: '2026-01-16', downloads: 0 },
        { day: '2026-01-17', downloads: 2 },
      ],
    });
    expect(await counts('point/last-day/foo')).toMatchObject({ downloads: 2, start: '2026-01-17' });
  });

  it('of several packages leave out what is not there', async () => {
    await mustPublish(app, alice, { name: 'bar', version: '1.0.0' });
    await fetchTarball();
    expect(await counts('point/last-week/foo,nothing,bar,__proto__')).toEqual(
      Object.fromEntries([
        ['foo', { downloads: 1, ...week, package: 'foo' }],
        ['nothing', null],
        ['bar', { downloads: 0, ...week, package: 'bar' }],
        ['__proto__', null],
      ]),
    );
    const ranged = await counts('range/last-day/foo,bar');
    expect(ranged.foo.downloads).toEqual([{ day: '2026-01-15', downloads: 1 }]);
  });

  it('of all packages count the public ones', async () => {
    const name = '@alice/secret';
    await mustPublish(app, alice, { name, version: '1.0.0' });
    const secret = await app.ask('GET', '/@alice/secret/-/secret-1.0.0.tgz', { token: alice });
    expect(secret.statusCode).toBe(200);
    await fetchTarball();
    expect(await counts('point/last-day')).toEqual({
      downloads: 1,
      start: '2026-01-15',
      end: '2026-01-15',
    });
    expect(await counts('range/last-day')).toMatchObject({ downloads: [{ downloads: 1 }] });
  });

  it('of a restricted package are told to its readers only', async () => {
    await mustPublish(app, alice, { name: '@alice/secret', version: '1.0.0' });
    await app.ask('GET', '/@alice/secret/-/secret-1.0.0.tgz', { token: alice });
    const bob = await signUp(app, 'bob');
    for (const path of ['@alice/secret', '@alice%2fsecret', '@alice%2Fsecret']) {
      expect(await counts(`point/last-day/${path}`, { token: alice })).toMatchObject({
        downloads: 1,
        package: '@alice/secret',
      });
      const refused = await app.ask('GET', `/downloads/point/last-day/${path}`, { token: bob });
      const absent = await app.ask('GET', '/downloads/point/last-day/@alice/nothing', { token: bob });
      expect([refused.statusCode, refused.body]).toEqual([404, absent.body]);
      expect((await app.ask('GET', `/downloads/range/last-day/${path}`)).statusCode).toBe(404);
    }
  });

  it('want an account where reading does', async () => {
    const closed = await openApp(dialect, { TALLYSTICK_ANONYMOUS_READ: 'false' });
    const token = await signUp(closed, 'carol');
    for (const path of ['point/last-day', 'range/last-day/foo', 'point/last-day/foo,bar']) {
      const answer = await closed.ask('GET', `/downloads/${path}`);
      expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    }
    expect((await closed.ask('GET', '/downloads/point/last-day', { token })).statusCode).toBe(200);
  });

  it('are refused with a sentence where they cannot be told', async () => {
    const cases: [string, number, string][] = [
      ['point/nonsense/foo', 400, 'is not a day'],
      ['point/nonsense', 400, 'is not a day'],
      ['point/2024-01-01:2026-01-01/foo', 400, 'at most 550 days'],
      ['range/2024-12-01:2026-01-01/foo,bar', 400, 'at most 365 days'],
      ['point/last-day/foo,@alice%2fsecret', 400, 'one at a time'],
      [
        `point/last-day/${Array.from({ length: 129 }, (_, index) => `p${index}`).join(',')}`,
        400,
        'At most 128',
      ],
      ['point/last-day/nothing', 404, 'Not found'],
    ];
    for (const [path, status, sentence] of cases) {
      const answer = await app.ask('GET', `/downloads/${path}`);
      expect(answer.statusCode, path).toBe(status);
      expect(answer.json().error).toContain(sentence);
      expect(answer.json().message).toBe(answer.json().error);
    }
  });

  it('of a package that was removed are not told', async () => {
    await fetchTarball();
    const { _rev } = (await app.ask('GET', '/foo?write=true')).json();
    expect((await app.ask('DELETE', `/foo/-rev/${_rev}`, { token: alice })).statusCode).toBe(200);
    expect((await app.ask('GET', '/downloads/point/last-day/foo')).statusCode).toBe(404);
    expect(await counts('point/last-day/foo,bar')).toEqual({ foo: null, bar: null });
  });

  it('are told without the last ones while nothing can be written', async () => {
    await fetchTarball();
    expect(await counts('point/last-day/foo')).toMatchObject({ downloads: 1 });
    const { store } = app.app;
    const { write } = store;
    Object.assign(store, { write: () => Promise.reject(new Error('disk')) });
    await fetchTarball();
    expect(await counts('point/last-day/foo')).toMatchObject({ downloads: 1 });
    expect(app.log.lines.some(({ message }) => message.includes('without those of the last seconds'))).toBe(
      true,
    );
    Object.assign(store, { write });
    expect(await counts('point/last-day/foo')).toMatchObject({ downloads: 2 });
  });

  it('leave packages that are named like their path alone', async () => {
    await mustPublish(app, alice, { name: 'downloads', version: '1.0.0' });
    expect((await app.ask('GET', '/downloads')).statusCode).toBe(200);
    expect((await app.ask('GET', '/downloads/1.0.0')).statusCode).toBe(200);
    expect((await app.ask('GET', '/downloads/-/downloads-1.0.0.tgz')).statusCode).toBe(200);
    expect(await counts('point/last-day/downloads')).toMatchObject({ downloads: 1 });
  });
});
