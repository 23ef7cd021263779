import { beforeEach, expect, it } from 'vitest';
import { versionsPerPage } from '../../src/packages/page-facts.ts';
import { goodPassword } from '../accounts/acting.ts';
import { enableFactor } from '../accounts/wire.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { attested, bundleOf, predicateType } from './bundles.ts';
import { look } from './page-reader.ts';
import { mustPublish, packumentOf, pathOf, signUp } from './publisher.ts';

const day = 86_400_000;

eachDialect('the facts of a package page', (dialect) => {
  let app: TestApp;
  let ada: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    ada = await signUp(app, 'ada');
  });

  it('are what the manifest says, bounded and with links of the web only', async () => {
    const manifest = {
      description: 'Says hello',
      keywords: ['greeting', 'greeting', 7],
      license: 'MIT',
      homepage: 'javascript:alert(1)',
      repository: {
        type: 'git',
        url: 'git+ssh://git@github.com/ada/hello.git',
        directory: 'packages/hello',
      },
      bugs: { url: 'https://example.com/bugs' },
      engines: { node: '>=20' },
      bin: { hello: 'hello.js' },
      scripts: { postinstall: 'node hello.js' },
      readme: '# Hello',
    };
    await mustPublish(app, ada, { name: 'hello', version: '1.0.0', manifest });
    const { shown, ...page } = await look(app, 'hello');
    expect(page).toMatchObject({
      name: 'hello',
      visibility: 'public',
      requiresSecondFactor: false,
      bypassAllowed: true,
      createdAt: app.clock.now(),
      latest: '1.0.0',
      tags: [{ tag: 'latest', version: '1.0.0' }],
      maintained: false,
      maintainers: [{ name: 'ada', secondFactor: undefined }],
    });
    expect(shown).toMatchObject({
      version: '1.0.0',
      publishedAt: app.clock.now(),
      publisher: 'ada',
      factor: 'none',
      deprecated: null,
      predicate: null,
      unpublishedAt: null,
      description: 'Says hello',
      keywords: ['greeting'],
      licence: 'MIT',
      links: { repository: 'https://github.com/ada/hello', bugs: 'https://example.com/bugs' },
      directory: 'packages/hello',
      commands: ['hello'],
      node: '>=20',
      installScript: true,
      fileCount: 1,
      readme: '# Hello',
    });
    expect(shown.links.homepage).toBeUndefined();
    expect(shown.size).toBeGreaterThan(0);
    expect(shown.unpackedSize).toBeGreaterThan(0);
    expect(shown.integrity).toMatch(/^sha512-/);
    expect(shown.signed).toBe(shown.signatureKey !== null);
  });

  it('are bearable of manifests of all shapes', async () => {
    const manifest = {
      license: { type: 'ISC' },
      keywords: 'a, b',
      description: 7,
      repository: 'ada/hello',
    };
    await mustPublish(app, ada, { name: 'hello', version: '1.0.0', manifest });
    expect((await look(app, 'hello')).shown).toMatchObject({
      licence: 'ISC',
      keywords: ['a', 'b'],
      description: '',
    });
    await mustPublish(app, ada, {
      name: 'hello',
      version: '1.0.1',
      manifest: { licenses: [{ type: 'MIT' }, { type: 'ISC' }], description: 'x'.repeat(5000) },
    });
    const { shown } = await look(app, 'hello');
    expect(shown).toMatchObject({ licence: 'MIT OR ISC', links: {}, installScript: false, readme: null });
    expect(shown.description).toHaveLength(1024);
  });

  it('name the factor that stood behind each publish', async () => {
    await mustPublish(app, ada, { name: 'hello', version: '1.0.0' });
    const { code, recoveryCodes } = await enableFactor(app, ada);
    await mustPublish(app, ada, { name: 'hello', version: '1.1.0' }, { otp: code() });
    await mustPublish(app, ada, { name: 'hello', version: '1.2.0' }, { otp: recoveryCodes[0] ?? '' });
    app.clock.advance(8 * day);
    const made = await app.ask('POST', '/-/npm/v1/tokens', {
      token: ada,
      otp: code(),
      body: {
        password: goodPassword,
        name: 'ci',
        bypass_2fa: true,
        packages_all: true,
        packages_and_scopes_permission: 'read-write',
      },
    });
    expect(made.statusCode, made.body).toBeLessThan(300);
    await mustPublish(app, made.json().token, { name: 'hello', version: '1.3.0' });
    const { versions } = await look(app, 'hello');
    expect(versions.lines.map(({ version, factor }) => [version, factor])).toEqual([
      ['1.3.0', 'bypass'],
      ['1.2.0', 'recovery-code'],
      ['1.1.0', 'totp'],
      ['1.0.0', 'none'],
    ]);
  });

  it('are of an older version where one is asked for, by number or tag', async () => {
    await mustPublish(app, ada, { name: 'hello', version: '1.0.0', manifest: { description: 'old' } });
    app.clock.advance(day);
    await mustPublish(app, ada, {
      name: 'hello',
      version: '2.0.0-rc.1',
      tag: 'next',
      manifest: { description: 'new' },
    });
    const old = await look(app, 'hello');
    expect([old.latest, old.shown.version, old.shown.description]).toEqual(['1.0.0', '1.0.0', 'old']);
    for (const wished of ['2.0.0-rc.1', 'next']) {
      const { latest, shown } = await look(app, 'hello', null, wished);
      expect([latest, shown.version, shown.description]).toEqual(['1.0.0', '2.0.0-rc.1', 'new']);
    }
    for (const wished of ['3.0.0', 'constructor', ''])
      await expect(look(app, 'hello', null, wished)).rejects.toMatchObject({ code: 'version_not_found' });
    await expect(look(app, 'missing')).rejects.toMatchObject({ code: 'package_not_found' });
  });

  it('tell what was deprecated, unpublished and attested', async () => {
    const draft = { name: 'hello', version: '1.0.0' };
    const body = attested(draft, bundleOf(draft));
    expect((await app.ask('PUT', '/hello', { token: ada, body })).statusCode).toBe(201);
    await mustPublish(app, ada, { name: 'hello', version: '1.1.0' });
    const document = await packumentOf(app, 'hello', ada);
    document.versions['1.0.0'].deprecated = 'use 1.1';
    expect((await app.ask('PUT', '/hello', { token: ada, body: document })).statusCode).toBeLessThan(300);
    await mustPublish(app, ada, { name: 'hello', version: '1.2.0' });
    const again = await packumentOf(app, 'hello', ada);
    delete again.versions['1.2.0'];
    const removed = await app.ask('PUT', `/hello/-rev/${again._rev}`, { token: ada, body: again });
    expect(removed.statusCode, removed.body).toBeLessThan(300);
    const { versions, latest } = await look(app, 'hello');
    expect(latest).toBe('1.1.0');
    expect(versions).toMatchObject({ page: 1, pages: 1, total: 3, unpublished: 1 });
    expect(versions.lines).toMatchObject([
      { version: '1.2.0', unpublishedAt: app.clock.now() },
      { version: '1.1.0', unpublishedAt: null, deprecated: null, predicate: null },
      { version: '1.0.0', unpublishedAt: null, deprecated: 'use 1.1', predicate: predicateType },
    ]);
    const { shown } = await look(app, 'hello', null, '1.2.0');
    expect(shown).toMatchObject({ unpublishedAt: app.clock.now(), readme: null, description: '' });
    expect(shown.needs).toMatchObject({ dependencies: [], bundled: [] });
  });

  it('list the versions in pages, the newest first', async () => {
    await mustPublish(app, ada, { name: 'hello', version: '1.0.0' });
    await app.app.store.write(async (tx) => {
      const row = await tx.sql.selectFrom('versions').selectAll().executeTakeFirstOrThrow();
      const more = Array.from({ length: 119 }, (_, index) => ({
        ...row,
        version: `1.0.${index + 1}`,
        sequence: index + 2,
      }));
      await tx.sql.insertInto('versions').values(more).execute();
    });
    const lists = await Promise.all([1, 2, 3].map((page) => look(app, 'hello', null, undefined, page)));
    const numbers = lists.flatMap(({ versions }) => versions.lines.map(({ version }) => version));
    expect(numbers).toEqual(Array.from({ length: 120 }, (_, index) => `1.0.${119 - index}`));
    expect(lists[0]?.versions).toMatchObject({ page: 1, pages: 3, total: 120 });
    expect(lists[0]?.versions.lines).toHaveLength(versionsPerPage);
    expect((await look(app, 'hello', null, undefined, 99)).versions.page).toBe(3);
    expect((await look(app, 'hello', null, undefined, -1)).versions.page).toBe(1);
  });

  it('show to maintainers alone which of them use two-factor authentication', async () => {
    await signUp(app, 'bob');
    await mustPublish(app, ada, { name: 'hello', version: '1.0.0' });
    const { _rev, maintainers } = await packumentOf(app, 'hello', ada);
    const body = {
      _id: 'hello',
      _rev,
      maintainers: [...maintainers, { name: 'bob', email: 'bob@example.com' }],
    };
    const added = await app.ask('PUT', `${pathOf('hello')}/-rev/${_rev}`, { token: ada, body });
    expect(added.statusCode, added.body).toBeLessThan(300);
    await enableFactor(app, ada, 'auth-only');
    const strangers = await look(app, 'hello');
    expect(strangers.maintainers.map(({ secondFactor }) => secondFactor)).toEqual([undefined, undefined]);
    const own = await look(app, 'hello', 'bob');
    expect(own.maintained).toBe(true);
    expect(own.maintainers).toEqual([
      { name: 'ada', secondFactor: true },
      { name: 'bob', secondFactor: false },
    ]);
  });

  it('count the downloads of half a year by weeks, the current one last', async () => {
    await mustPublish(app, ada, { name: 'hello', version: '1.0.0' });
    const today = Math.floor(app.clock.now() / day);
    await app.app.store.write(async (tx) => {
      const { id } = await tx.sql.selectFrom('packages').select('id').executeTakeFirstOrThrow();
      const counts = [
        [0, 1],
        [6, 2],
        [7, 4],
        [181, 8],
        [182, 16],
      ] as const;
      for (const [ago, count] of counts)
        await tx.sql
          .insertInto('downloads')
          .values({ package_id: id, day: today - ago, version: '1.0.0', count })
          .execute();
    });
    const { downloads } = await look(app, 'hello');
    expect(downloads).toEqual([8, ...new Array(23).fill(0), 4, 3]);
  });
});
