import { createHash, createPublicKey, verify } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { signUnsigned } from '../../src/packages/back-signing.ts';
import { listPublicKeys, prepareSigning, rotateSigningKey } from '../../src/packages/signing.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { eachStore } from '../support/stores.ts';
import { mustPublish, packumentOf, pathOf, signUp } from './publisher.ts';

interface Key {
  keyid: string;
  keytype: string;
  scheme: string;
  key: string;
  expires: string | null;
}

interface Version {
  name: string;
  version: string;
  dist: { integrity: string; signatures: { keyid: string; sig: string }[] };
}

const keysOf = async (app: TestApp): Promise<Key[]> => (await app.ask('GET', '/-/npm/v1/keys')).json().keys;

/** As npm does it: a PEM made by putting lines around the key, SHA-256, DER in base64. */
function isSigned({ name, version, dist }: Version, keys: readonly Key[], text?: string): boolean {
  const [signature] = dist.signatures;
  const key = keys.find(({ keyid }) => keyid === signature?.keyid);
  if (signature === undefined || key === undefined) return false;
  const pem = `-----BEGIN PUBLIC KEY-----\n${key.key}\n-----END PUBLIC KEY-----`;
  const message = Buffer.from(text ?? `${name}@${version}:${dist.integrity}`);
  return verify('sha256', message, pem, Buffer.from(signature.sig, 'base64'));
}

const rotate = (app: TestApp) =>
  app.app.gate.onConsole('site.rotateSigningKey', { on: 'site' }, rotateSigningKey);

eachDialect('signatures', (dialect) => {
  let app: TestApp;
  let alice: string;
  const foo = { name: 'foo', version: '1.0.0' };
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
  });

  it('has one key from the first start on, the same for every process and for strangers', async () => {
    const answer = await app.ask('GET', '/-/npm/v1/keys');
    expect(answer.statusCode).toBe(200);
    const [key, ...others] = answer.json().keys as Key[];
    expect(others).toEqual([]);
    expect(key).toMatchObject({
      keytype: 'ecdsa-sha2-nistp256',
      scheme: 'ecdsa-sha2-nistp256',
      expires: null,
    });
    const der = Buffer.from(key?.key ?? '', 'base64');
    expect(key?.keyid).toBe(`SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`);
    const opened = createPublicKey({ key: der, format: 'der', type: 'spki' });
    expect(opened.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(await keysOf(await app.another())).toEqual([key]);
  });

  it('says that the list of keys did not change, and never lets anybody hold it unasked', async () => {
    const { headers } = await app.ask('GET', '/-/npm/v1/keys');
    expect(headers['cache-control']).toBe('public, no-cache');
    const ask = () =>
      app.ask('GET', '/-/npm/v1/keys', { headers: { 'if-none-match': String(headers.etag) } });
    expect((await ask()).statusCode).toBe(304);
    await rotate(app);
    expect((await ask()).statusCode).toBe(200);
  });

  it('signs each version over name, version and integrity, in every document', async () => {
    await mustPublish(app, alice, foo);
    await mustPublish(app, alice, { name: 'foo', version: '1.1.0' });
    await mustPublish(app, alice, { name: '@alice/bar', version: '1.0.0', access: 'public' });
    const keys = await keysOf(app);
    for (const name of ['foo', '@alice/bar']) {
      const { versions } = await packumentOf(app, name);
      for (const version of Object.values(versions) as Version[]) {
        expect(isSigned(version, keys)).toBe(true);
        expect(isSigned(version, keys, `${name}@9.9.9:${version.dist.integrity}`)).toBe(false);
        expect(isSigned(version, keys, `${name}@${version.version}:sha512-AAAA`)).toBe(false);
        const one = (await app.ask('GET', `${pathOf(name)}/${version.version}`)).json();
        expect(one.dist.signatures).toEqual(version.dist.signatures);
        const accept = 'application/vnd.npm.install-v1+json';
        const short = (await app.ask('GET', pathOf(name), { headers: { accept } })).json();
        expect(short.versions[version.version].dist.signatures).toEqual(version.dist.signatures);
      }
    }
  });

  it('keeps the integrity and the signature of a version whatever is changed about it', async () => {
    await mustPublish(app, alice, foo);
    const before = (await packumentOf(app, 'foo')).versions['1.0.0'].dist;
    const packument = await packumentOf(app, 'foo');
    packument.versions['1.0.0'].deprecated = 'old';
    packument.versions['1.0.0'].dist = { integrity: 'sha512-AAAA', signatures: [] };
    expect((await app.ask('PUT', '/foo', { token: alice, body: packument })).statusCode).toBe(200);
    expect((await packumentOf(app, 'foo')).versions['1.0.0'].dist).toEqual(before);
  });

  it('goes on with another key after a rotation, and what the old one signed still verifies', async () => {
    await mustPublish(app, alice, foo);
    app.clock.advance(60_000);
    const other = await app.another();
    await rotate(other);
    app.clock.advance(1000);
    await mustPublish(app, alice, { name: 'foo', version: '1.1.0' });
    const keys = await keysOf(app);
    expect(keys).toHaveLength(2);
    const { versions, time } = await packumentOf(app, 'foo');
    const keyOf = (version: string) =>
      keys.find(({ keyid }) => keyid === versions[version].dist.signatures[0].keyid);
    expect(keyOf('1.0.0')?.keyid).not.toBe(keyOf('1.1.0')?.keyid);
    expect(keyOf('1.1.0')?.expires).toBeNull();
    expect(Date.parse(time['1.0.0'])).toBeLessThan(Date.parse(keyOf('1.0.0')?.expires ?? ''));
    for (const version of Object.values(versions) as Version[]) expect(isSigned(version, keys)).toBe(true);
    await rotate(app);
    expect((await keysOf(app)).map(({ expires }) => expires === null)).toEqual([false, false, true]);
  });

  it('signs what was stored without a signature, and every process shows it', async () => {
    const { store } = app.app;
    const other = await app.another();
    const versions = ['1.0.0', '1.1.0', '1.2.0'];
    for (const version of versions) await mustPublish(app, alice, { name: 'foo', version });
    await mustPublish(app, alice, { name: 'bar', version: '1.0.0' });
    await store.write((tx) =>
      tx.sql.updateTable('versions').set({ signature: null, signature_key: null }).execute(),
    );
    expect((await packumentOf(other, 'foo')).versions['1.0.0'].dist.signatures).toBeUndefined();
    expect(await signUnsigned(store, () => undefined)).toBe(4);
    expect(await signUnsigned(store, () => undefined)).toBe(0);
    app.clock.advance(1000);
    const keys = await keysOf(other);
    for (const name of ['foo', 'bar']) {
      const found = (await other.ask('GET', `/${name}`)).json().versions;
      for (const version of Object.values(found) as Version[]) expect(isSigned(version, keys)).toBe(true);
    }
  });

  it('signs what an earlier process left unsigned when it starts', async () => {
    await mustPublish(app, alice, foo);
    await app.app.store.write((tx) =>
      tx.sql.updateTable('versions').set({ signature: null, signature_key: null }).execute(),
    );
    const other = await app.another();
    await other.app.close();
    const { versions } = await packumentOf(app, 'foo');
    expect(isSigned(versions['1.0.0'], await keysOf(app))).toBe(true);
  });

  it('needs no signature on a tombstone', async () => {
    await mustPublish(app, alice, foo);
    await mustPublish(app, alice, { name: 'foo', version: '1.1.0' });
    const document = await packumentOf(app, 'foo');
    delete document.versions['1.1.0'];
    const path = `/foo/-rev/${document._rev}`;
    expect((await app.ask('PUT', path, { token: alice, body: document })).statusCode).toBe(200);
    const { store } = app.app;
    await store.write((tx) =>
      tx.sql.updateTable('versions').set({ signature: null, signature_key: null }).execute(),
    );
    expect(await signUnsigned(store, () => undefined)).toBe(1);
  });
});

eachStore((open) => {
  it('processes that start at once agree on one key', async () => {
    const { store, another } = await open();
    const stores = [store, another(), another()];
    await Promise.all(stores.map((one) => prepareSigning(one)));
    for (const one of stores) {
      const keys = await one.read(listPublicKeys);
      expect(keys).toHaveLength(1);
    }
  });

  it('a private key opens for its own row alone', async () => {
    const { store, vault } = await open();
    await prepareSigning(store);
    const row = await store.read(({ sql }) =>
      sql.selectFrom('signing_keys').selectAll().executeTakeFirstOrThrow(),
    );
    expect(vault.open(row.sealed, ['signing_keys', row.id])[0]).toBe(0x30);
    expect(() => vault.open(row.sealed, ['signing_keys', 'SHA256:other'])).toThrow();
  });
});
