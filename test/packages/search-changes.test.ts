import { beforeEach, describe, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { hour, packumentOf, signUp } from './publisher.ts';
import { type Put, putAs, search } from './searching.ts';

eachDialect('searching', (dialect) => {
  let app: TestApp;
  let alice: string;
  let put: Put;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
    put = putAs(app, alice);
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
});
