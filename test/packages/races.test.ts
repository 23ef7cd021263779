import { createHash, verify } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { currentCost } from '../../src/accounts/passwords.ts';
import { rotateSigningKey } from '../../src/packages/signing.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { contentOf, documentOf, mustPublish, packumentOf, publish, signUp } from './publisher.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

eachDialect('two processes at once', (dialect) => {
  const { memory } = currentCost;
  beforeAll(() => {
    // What a hash costs is another test's matter.
    currentCost.memory = 64;
  });
  afterAll(() => {
    currentCost.memory = memory;
  });

  let apps: [TestApp, TestApp];
  let app: TestApp;
  let alice: string;
  /** The process that takes the request of this number. */
  const at = (index: number): TestApp => (index % 2 === 0 ? apps[0] : apps[1]);
  beforeEach(async () => {
    app = await openApp(dialect);
    apps = [app, await app.another()];
    alice = await signUp(app, 'alice');
  });

  const people = async (count: number): Promise<{ name: string; token: string }[]> => {
    const found: { name: string; token: string }[] = [];
    for (const index of range(count)) {
      const name = `person-${index}`;
      found.push({ name, token: await signUp(at(index), name) });
    }
    return found;
  };
  const addOwner = (index: number, token: string, user: string) =>
    at(index).ask('PUT', '/-/package/foo/owners', { token, body: { user } });
  const ownersOf = async (): Promise<string[]> =>
    (await packumentOf(app, 'foo')).maintainers.map(({ name }: { name: string }) => name);
  const statuses = (answers: readonly { statusCode: number }[]): number[] =>
    answers.map(({ statusCode }) => statusCode).sort();

  /** Holds everything that is served of each version against each other; tags point to what is there. */
  const holdTogether = async (name: string): Promise<void> => {
    for (const one of apps) {
      const packument = await packumentOf(one, name);
      for (const [version, manifest] of Object.entries(packument.versions) as [
        string,
        { dist: { integrity: string; shasum: string }; version: string },
      ][]) {
        const { rawPayload } = await one.ask('GET', `/${name}/-/${name}-${version}.tgz`);
        expect(manifest.version).toBe(version);
        expect(manifest.dist.integrity).toBe(
          `sha512-${createHash('sha512').update(rawPayload).digest('base64')}`,
        );
        expect(manifest.dist.shasum).toBe(createHash('sha1').update(rawPayload).digest('hex'));
      }
      for (const version of Object.values(packument['dist-tags']))
        expect(packument.versions).toHaveProperty([String(version)]);
      expect(packument['dist-tags'].latest).toBeDefined();
    }
  };

  it('one version of twenty publishers with different bytes is the bytes of exactly one', async () => {
    await mustPublish(app, alice, { name: 'foo', version: '0.0.1' });
    const publishers = await people(20);
    for (const { name } of publishers) expect((await addOwner(0, alice, name)).statusCode).toBe(200);
    const drafts = publishers.map(({ name }) => ({
      name: 'foo',
      version: '1.0.0',
      manifest: { description: `by ${name}` },
    }));
    const answers = await Promise.all(
      publishers.map(({ token }, index) =>
        at(index).ask('PUT', '/foo', { token, body: documentOf(drafts[index] ?? (drafts[0] as never)) }),
      ),
    );
    expect(statuses(answers)).toEqual([201, ...range(19).map(() => 403)]);
    const winner = answers.findIndex(({ statusCode }) => statusCode === 201);
    const draft = drafts[winner];
    if (draft === undefined) throw new Error('nobody won');
    await holdTogether('foo');
    for (const one of apps) {
      const { versions } = await packumentOf(one, 'foo');
      expect(versions['1.0.0'].description).toBe(draft.manifest.description);
      expect(versions['1.0.0']._npmUser.name).toBe(publishers[winner]?.name);
      const { rawPayload } = await one.ask('GET', '/foo/-/foo-1.0.0.tgz');
      expect(rawPayload.equals(contentOf(draft))).toBe(true);
    }
  });

  it('one owner who is added twenty times is added once', async () => {
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    await signUp(app, 'bob');
    const answers = await Promise.all(range(20).map((index) => addOwner(index, alice, 'bob')));
    expect(statuses(answers)).toEqual(range(20).map(() => 200));
    expect(await ownersOf()).toEqual(['alice', 'bob']);
    const rows = await app.app.store.read(({ sql }) =>
      sql.selectFrom('audit').select('entry').where('action', '=', 'package.owners').execute(),
    );
    expect(rows.filter(({ entry }) => entry.includes('added bob'))).toHaveLength(1);
  });

  it('ten owners who are added at once are all there', async () => {
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    const others = await people(10);
    const answers = await Promise.all(others.map(({ name }, index) => addOwner(index, alice, name)));
    expect(statuses(answers)).toEqual(range(10).map(() => 200));
    expect((await ownersOf()).sort()).toEqual(['alice', ...others.map(({ name }) => name)].sort());
  });

  it('lists of owners that were made from one revision replace it once, and the others are told', async () => {
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    const others = await people(10);
    const { _rev } = await packumentOf(app, 'foo');
    const answers = await Promise.all(
      others.map(({ name }, index) => {
        const body = { _id: 'foo', _rev, maintainers: [{ name: 'alice' }, { name }] };
        return at(index).ask('PUT', `/foo/-rev/${_rev}`, { token: alice, body });
      }),
    );
    expect(statuses(answers)).toEqual([200, ...range(9).map(() => 409)]);
    const winner = others[answers.findIndex(({ statusCode }) => statusCode === 200)];
    expect(await ownersOf()).toEqual(['alice', winner?.name]);
  });

  it('two owners who remove each other leave one', async () => {
    for (const round of range(5)) {
      const name = `foo-${round}`;
      const bob = await signUp(app, 'bob');
      await mustPublish(app, alice, { name, version: '1.0.0' });
      await app.ask('PUT', `/-/package/${name}/owners`, { token: alice, body: { user: 'bob' } });
      const answers = await Promise.all([
        at(0).ask('DELETE', `/-/package/${name}/owners/bob`, { token: alice }),
        at(1).ask('DELETE', `/-/package/${name}/owners/alice`, { token: bob }),
      ]);
      expect(statuses(answers)).toEqual([200, 403]);
      expect((await packumentOf(app, name)).maintainers).toHaveLength(1);
    }
  });

  it('fifty stars are fifty, and no edit is in their way', async () => {
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    const fans = await people(50);
    const { _rev } = await packumentOf(app, 'foo');
    const star = (token: string, index: number, users: object) =>
      at(index).ask('PUT', '/foo', { token, body: { _id: 'foo', _rev, users } });
    const answers = await Promise.all([
      ...fans.map(({ name, token }, index) => star(token, index, { [name]: true })),
      ...range(5).map((index) => publish(at(index), alice, { name: 'foo', version: `1.1.${index}` })),
    ]);
    expect(statuses(answers)).toEqual([...range(50).map(() => 200), ...range(5).map(() => 201)]);
    app.clock.advance(1000);
    for (const one of apps) {
      const packument = (await one.ask('GET', '/foo')).json();
      expect(Object.keys(packument.users).sort()).toEqual(fans.map(({ name }) => name).sort());
      expect(Object.keys(packument.versions)).toHaveLength(6);
    }
    const half = fans.slice(0, 25);
    await Promise.all([
      ...half.map(({ token }, index) => star(token, index, {})),
      ...half.map(({ name, token }, index) => star(token, index + 1, { [name]: true })),
      ...half.map(({ token }, index) => star(token, index, {})),
    ]);
    const settled = (await packumentOf(apps[1], 'foo')).users;
    for (const { name } of fans.slice(25)) expect(settled[name]).toBe(true);
    const stored = await app.app.store.read(({ sql }) =>
      sql.selectFrom('stars').select('account_id').execute(),
    );
    expect(Object.keys(settled)).toHaveLength(stored.length);
  });

  it('tags that move against publishes always point to a version that is there', async () => {
    await mustPublish(app, alice, { name: 'foo', version: '1.0.0' });
    const tag = (index: number, name: string) =>
      at(index).ask('PUT', `/-/package/foo/dist-tags/${name}`, { token: alice, body: '1.0.0' });
    const answers = await Promise.all([
      ...range(15).map((index) => publish(at(index), alice, { name: 'foo', version: `1.1.${index}` })),
      ...range(15).map((index) => tag(index, 'latest')),
      ...range(10).map((index) => tag(index + 1, `stable-${index}`)),
    ]);
    expect(statuses(answers)).toEqual([...range(25).map(() => 200), ...range(15).map(() => 201)]);
    await holdTogether('foo');
    const packument = await packumentOf(app, 'foo');
    expect(Object.keys(packument.versions)).toHaveLength(16);
    expect(Object.keys(packument['dist-tags'])).toHaveLength(11);
    for (const index of range(10)) expect(packument['dist-tags'][`stable-${index}`]).toBe('1.0.0');
  });

  it('deprecations against publishes are done or told to try again, and neither loses the other', async () => {
    const versions = range(5).map((index) => `1.0.${index}`);
    for (const version of versions) await mustPublish(app, alice, { name: 'foo', version });
    const done = new Map<string, string>();
    const deprecate = async (index: number): Promise<number> => {
      const version = versions[index % versions.length] ?? '';
      const packument = await packumentOf(at(index), 'foo');
      const message = `old ${index}`;
      packument.versions[version].deprecated = message;
      const answer = await at(index).ask('PUT', '/foo', { token: alice, body: packument });
      if (answer.statusCode === 200) done.set(`${version} ${message}`, answer.json().rev);
      return answer.statusCode;
    };
    const [published, deprecated] = await Promise.all([
      Promise.all(
        range(10).map((index) => publish(at(index), alice, { name: 'foo', version: `2.0.${index}` })),
      ),
      Promise.all(range(20).map(deprecate)),
    ]);
    expect(statuses(published)).toEqual(range(10).map(() => 201));
    for (const status of deprecated) expect([200, 409]).toContain(status);
    const packument = await packumentOf(app, 'foo');
    expect(Object.keys(packument.versions)).toHaveLength(15);
    await holdTogether('foo');
    // Of each version the message that was written last is the one that is there.
    const numberOf = (rev: string): number => Number(rev.split('-')[0]);
    for (const version of versions) {
      const mine = [...done].filter(([key]) => key.startsWith(`${version} `));
      mine.sort(([, one], [, other]) => numberOf(other) - numberOf(one));
      const expected = mine[0]?.[0].slice(version.length + 1);
      expect(packument.versions[version].deprecated, version).toBe(expected);
    }
  });

  it('who installs against an unpublish gets the right bytes or none', async () => {
    const versions = range(12).map((index) => `1.0.${index}`);
    for (const version of versions) await mustPublish(app, alice, { name: 'foo', version });
    const bytesOf = new Map(versions.map((version) => [version, contentOf({ name: 'foo', version })]));
    let isOver = false;
    const install = async (index: number): Promise<number> => {
      let wrong = 0;
      for (let turn = 0; !isOver && turn < 200; turn += 1) {
        const packument = (await at(index).ask('GET', '/foo')).json();
        for (const version of Object.values(packument['dist-tags']) as string[])
          if (packument.versions[version] === undefined) wrong += 1;
        const [picked = ''] = Object.keys(packument.versions).slice(-1);
        const answer = await at(index + turn).ask('GET', `/foo/-/foo-${picked}.tgz`);
        const isRight = answer.statusCode === 200 && answer.rawPayload.equals(bytesOf.get(picked) as Buffer);
        if (!isRight && answer.statusCode !== 404) wrong += 1;
      }
      return wrong;
    };
    const removeAll = async (): Promise<void> => {
      for (const version of versions.slice(1).reverse()) {
        const document = await packumentOf(apps[0], 'foo');
        delete document.versions[version];
        const path = `/foo/-rev/${document._rev}`;
        const removed = await apps[0].ask('PUT', path, { token: alice, body: document });
        expect(removed.statusCode, removed.body).toBe(200);
        // Where it was done it is gone at once, elsewhere within a second.
        expect((await apps[0].ask('GET', `/foo/-/foo-${version}.tgz`)).statusCode).toBe(404);
        app.clock.advance(1000);
        expect((await apps[1].ask('GET', `/foo/-/foo-${version}.tgz`)).statusCode).toBe(404);
      }
      isOver = true;
    };
    const [, ...wrong] = await Promise.all([removeAll(), ...range(4).map(install)]);
    expect(wrong).toEqual([0, 0, 0, 0]);
    await holdTogether('foo');
    expect(Object.keys((await packumentOf(apps[1], 'foo')).versions)).toEqual(['1.0.0']);
  });

  it('publishes against a change of the signing key are signed by a key that holds for them', async () => {
    const rotate = (index: number) =>
      at(index).app.gate.onConsole('site.rotateSigningKey', { on: 'site' }, rotateSigningKey);
    await mustPublish(app, alice, { name: 'foo', version: '0.0.1' });
    await Promise.all([
      ...range(10).map((index) => mustPublish(at(index), alice, { name: 'foo', version: `1.0.${index}` })),
      rotate(0),
      ...range(10).map((index) => mustPublish(at(index), alice, { name: 'foo', version: `1.1.${index}` })),
    ]);
    const { keys } = (await app.ask('GET', '/-/npm/v1/keys')).json();
    const packument = await packumentOf(apps[1], 'foo');
    expect(Object.keys(packument.versions)).toHaveLength(21);
    for (const [version, { dist }] of Object.entries(packument.versions) as [
      string,
      { dist: { integrity: string; signatures: { keyid: string; sig: string }[] } },
    ][]) {
      const [signature] = dist.signatures;
      const key = keys.find(({ keyid }: { keyid: string }) => keyid === signature?.keyid);
      const pem = `-----BEGIN PUBLIC KEY-----\n${key.key}\n-----END PUBLIC KEY-----`;
      const text = Buffer.from(`foo@${version}:${dist.integrity}`);
      expect(verify('sha256', text, pem, Buffer.from(signature?.sig ?? '', 'base64'))).toBe(true);
      if (key.expires !== null)
        expect(Date.parse(packument.time[version])).toBeLessThan(Date.parse(key.expires));
    }
  });
});
