import { beforeEach, expect, it } from 'vitest';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import type { Draft } from '../support/document.ts';
import { attested, type Bundle, bundleOf, inPayload, predicateType, statementOf } from './bundles.ts';
import { mustPublish, packumentOf, pathOf, signUp } from './publisher.ts';

const scoped: Draft = { name: '@alice/foo', version: '1.0.0', access: 'public' };
const plain: Draft = { name: 'foo', version: '1.0.0' };

eachDialect('provenance', (dialect) => {
  let app: TestApp;
  let alice: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
  });

  const put = (draft: Draft, bundle: unknown) =>
    app.ask('PUT', pathOf(draft.name), { token: alice, body: attested(draft, bundle) });

  it.each([scoped, plain])('of %j is kept and served under every spelling', async (draft) => {
    const bundle = bundleOf(draft);
    expect((await put(draft, bundle)).statusCode).toBe(201);
    const { attestations } = (await packumentOf(app, draft.name)).versions['1.0.0'].dist;
    expect(attestations).toEqual({
      url: `http://localhost:4873/-/npm/v1/attestations/${draft.name}@1.0.0`,
      provenance: { predicateType },
    });
    const paths = [draft.name, draft.name.replace('/', '%2f'), draft.name.replace('/', '%2F')].map(
      (name) => `/-/npm/v1/attestations/${name}@1.0.0`,
    );
    for (const path of [...paths, new URL(attestations.url).pathname]) {
      const answer = await app.ask('GET', path);
      expect([path, answer.statusCode, answer.json()]).toEqual([
        path,
        200,
        { attestations: [{ predicateType, bundle }] },
      ]);
    }
    const short = await app.ask('GET', `${pathOf(draft.name)}/1.0.0`, {
      headers: { accept: 'application/vnd.npm.install-v1+json' },
    });
    expect(short.json().dist.attestations).toEqual(attestations);
  });

  it('has its URL under the prefix of the public URL', async () => {
    app = await openApp(dialect, { TALLYSTICK_PUBLIC_URL: 'http://localhost:4873/npm' });
    alice = await signUp(app, 'alice');
    await put(scoped, bundleOf(scoped));
    const { url } = (await packumentOf(app, '@alice/foo')).versions['1.0.0'].dist.attestations;
    const { pathname } = new URL(url);
    expect(pathname).toBe('/npm/-/npm/v1/attestations/@alice/foo@1.0.0');
    expect((await app.ask('GET', pathname)).statusCode).toBe(200);
  });

  it('is 404 where there is none, of versions that went, and of packages that are hidden', async () => {
    await mustPublish(app, alice, plain);
    await put(scoped, bundleOf(scoped));
    await mustPublish(app, alice, { name: '@alice/foo', version: '1.1.0' });
    for (const specifier of ['foo@1.0.0', '@alice/foo@1.1.0', '@alice/foo@9.9.9', 'bar@1.0.0', 'foo', '@1'])
      expect((await app.ask('GET', `/-/npm/v1/attestations/${specifier}`)).statusCode, specifier).toBe(404);
    const path = '/-/npm/v1/attestations/@alice%2ffoo@1.0.0';
    const hide = { access: 'restricted' };
    await app.ask('POST', '/-/package/@alice%2ffoo/access', { token: alice, body: hide });
    expect((await app.ask('GET', path)).statusCode).toBe(404);
    expect((await app.ask('GET', path, { token: alice })).statusCode).toBe(200);
    const document = await packumentOf(app, '@alice/foo', alice);
    delete document.versions['1.0.0'];
    const removal = { token: alice, body: document };
    expect((await app.ask('PUT', `/@alice%2ffoo/-rev/${document._rev}`, removal)).statusCode).toBe(200);
    expect((await app.ask('GET', path, { token: alice })).statusCode).toBe(404);
  });

  it('cannot be claimed by the document itself', async () => {
    await mustPublish(app, alice, plain);
    const document = await packumentOf(app, 'foo');
    document.versions['1.0.0'].dist.attestations = { url: 'http://evil.invalid/', provenance: {} };
    await app.ask('PUT', '/foo', { token: alice, body: document });
    expect((await packumentOf(app, 'foo')).versions['1.0.0'].dist.attestations).toBeUndefined();
  });

  const altered = (change: (bundle: Bundle) => void): Bundle => {
    const bundle = bundleOf(plain);
    change(bundle);
    return bundle;
  };
  const speaking = (change: (statement: Record<string, unknown>) => void): Bundle => {
    const statement = statementOf(plain);
    change(statement);
    return altered((bundle) => {
      bundle.dsseEnvelope.payload = inPayload(statement);
    });
  };
  const [subject] = statementOf(plain).subject as { name: string; digest: object }[];
  const cases: [string, () => unknown][] = [
    ['no JSON', () => 'hello'],
    ['a list', () => []],
    ['nothing', () => ({})],
    ['no media type', () => altered((bundle) => Object.assign(bundle, { mediaType: undefined }))],
    ['another media type', () => altered((bundle) => Object.assign(bundle, { mediaType: 'text/plain' }))],
    ['no envelope', () => ({ ...bundleOf(plain), dsseEnvelope: undefined })],
    ['no payload', () => altered((bundle) => Object.assign(bundle.dsseEnvelope, { payload: 7 }))],
    [
      'a payload of another type',
      () => altered((bundle) => Object.assign(bundle.dsseEnvelope, { payloadType: 'x' })),
    ],
    [
      'a payload that is no JSON',
      () => altered((bundle) => Object.assign(bundle.dsseEnvelope, { payload: 'AAAA' })),
    ],
    ['no signature', () => altered((bundle) => Object.assign(bundle.dsseEnvelope, { signatures: [] }))],
    [
      'signatures that are none',
      () => altered((bundle) => Object.assign(bundle.dsseEnvelope, { signatures: [{}] })),
    ],
    [
      'two signatures',
      () =>
        altered((bundle) => Object.assign(bundle.dsseEnvelope, { signatures: [{ sig: 'a' }, { sig: 'b' }] })),
    ],
    [
      'a signature by a key',
      () =>
        altered((bundle) =>
          Object.assign(bundle.dsseEnvelope, { signatures: [{ sig: 'a', keyid: 'SHA256:x' }] }),
        ),
    ],
    [
      'no certificate',
      () => altered((bundle) => Object.assign(bundle.verificationMaterial, { certificate: undefined })),
    ],
    [
      'no log entries',
      () => altered((bundle) => Object.assign(bundle.verificationMaterial, { tlogEntries: undefined })),
    ],
    [
      'log entries that are none',
      () => altered((bundle) => Object.assign(bundle.verificationMaterial, { tlogEntries: [7] })),
    ],
    ['no subject', () => speaking((statement) => Object.assign(statement, { subject: [] }))],
    [
      'two subjects',
      () => speaking((statement) => Object.assign(statement, { subject: [subject, subject] })),
    ],
    [
      'another package',
      () =>
        speaking((statement) =>
          Object.assign(statement, { subject: [{ ...subject, name: 'pkg:npm/bar@1.0.0' }] }),
        ),
    ],
    [
      'another version',
      () =>
        speaking((statement) =>
          Object.assign(statement, { subject: [{ ...subject, name: 'pkg:npm/foo@1.0.1' }] }),
        ),
    ],
    [
      'another tarball',
      () =>
        speaking((statement) =>
          Object.assign(statement, { subject: [{ ...subject, digest: { sha512: '00' } }] }),
        ),
    ],
    ['no predicate type', () => speaking((statement) => Object.assign(statement, { predicateType: '' }))],
  ];
  it('is refused with nothing stored where it has or speaks of something else', async () => {
    for (const [what, bundle] of cases) {
      const answer = await put(plain, bundle());
      expect(answer.statusCode, `${what}: ${answer.body}`).toBe(422);
      expect(answer.json().error, what).toContain('provenance bundle');
      expect((await app.ask('GET', '/foo', { token: alice })).statusCode, what).toBe(404);
    }
    expect(
      (
        await put(
          plain,
          altered((bundle) => Object.assign(bundle.dsseEnvelope, { signatures: [{ sig: 'a', keyid: '' }] })),
        )
      ).statusCode,
    ).toBe(201);
  });

  it('is refused where it is attached twice or under another name', async () => {
    const data = JSON.stringify(bundleOf(plain));
    const entry = { content_type: 'application/json', data, length: data.length };
    for (const key of ['foo-1.0.1.sigstore', 'bar-1.0.0.sigstore', 'foo-1.0.0.sigstore.sigstore']) {
      const body = attested(plain, bundleOf(plain));
      body._attachments[key] = entry;
      delete body._attachments['foo-1.0.0.sigstore'];
      expect((await app.ask('PUT', '/foo', { token: alice, body })).statusCode, key).toBe(400);
    }
    const twice = attested(plain, bundleOf(plain));
    twice._attachments['other.sigstore'] = entry;
    expect((await app.ask('PUT', '/foo', { token: alice, body: twice })).statusCode).toBe(400);
  });
});
