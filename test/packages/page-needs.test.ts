import { beforeEach, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { look } from './page-reader.ts';
import { mustPublish, packumentOf, signUp } from './publisher.ts';

eachDialect('the facts of a package page', (dialect) => {
  let app: TestApp;
  let ada: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    ada = await signUp(app, 'ada');
  });

  it('link what a version needs where the reader may see it, under the name that it means', async () => {
    await mustPublish(app, ada, { name: 'left', version: '1.0.0' });
    await mustPublish(app, ada, { name: '@ada/hidden', version: '1.0.0' });
    const manifest = {
      dependencies: { left: '^1.0.0', alias: 'npm:left@1', gone: '*', elsewhere: 'github:a/b' },
      optionalDependencies: { '@ada/hidden': '1' },
      peerDependencies: { left: '1', gone: '2' },
      peerDependenciesMeta: { gone: { optional: true } },
      devDependencies: { left: 'file:../left' },
    };
    await mustPublish(app, ada, { name: 'hello', version: '1.0.0', manifest });
    const line = (name: string, range: string, page?: string, optional = false) => ({
      name,
      range,
      page,
      optional,
    });
    const { needs } = (await look(app, 'hello')).shown;
    expect(needs.dependencies).toEqual([
      line('left', '^1.0.0', 'left'),
      line('alias', 'npm:left@1', 'left'),
      line('gone', '*'),
      line('elsewhere', 'github:a/b'),
    ]);
    expect(needs.peer).toEqual([line('left', '1', 'left'), line('gone', '2', undefined, true)]);
    expect(needs.development).toEqual([line('left', 'file:../left')]);
    expect(needs.optional).toEqual([line('@ada/hidden', '1')]);
    expect((await look(app, 'hello', 'ada')).shown.needs.optional).toEqual([
      line('@ada/hidden', '1', '@ada/hidden'),
    ]);
  });

  it('name the first of many, and say how many there are', async () => {
    const many = (kind: string) =>
      Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`${kind}-${index}`, '*']));
    const manifest = { dependencies: many('plain'), devDependencies: many('development') };
    await mustPublish(app, ada, { name: 'hello', version: '1.0.0', manifest });
    const { needs } = (await look(app, 'hello')).shown;
    expect(needs.dependencies).toHaveLength(100);
    expect(needs.development).toHaveLength(50);
    expect(needs).toMatchObject({ needed: 120, more: 90 });
  });

  it('name the packages that need it, and of hidden ones not even their number', async () => {
    const bob = await signUp(app, 'bob');
    await mustPublish(app, ada, { name: 'left', version: '1.0.0' });
    const manifest = { dependencies: { left: '1' } };
    for (const version of ['1.0.0', '1.0.1'])
      await mustPublish(app, ada, { name: 'open', version, manifest });
    await mustPublish(app, ada, { name: '@ada/hidden', version: '1.0.0', manifest });
    await mustPublish(app, bob, { name: '@bob/hidden', version: '1.0.0', manifest });
    await mustPublish(app, bob, { name: 'gone', version: '1.0.0', manifest });
    const { _rev } = await packumentOf(app, 'gone', bob);
    expect((await app.ask('DELETE', `/gone/-rev/${_rev}`, { token: bob })).statusCode).toBeLessThan(300);
    expect((await look(app, 'left')).dependants).toEqual({ names: ['open'], total: 1, more: false });
    expect((await look(app, 'left', 'ada')).dependants.names).toEqual(['@ada/hidden', 'open']);
    expect((await look(app, 'left', 'bob')).dependants.names).toEqual(['@bob/hidden', 'open']);
  });
});
