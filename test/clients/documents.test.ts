import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { documentOf, type PublishDocument } from '../support/document.ts';
import { withClients } from './suite.ts';
import { type Person, pick, pickText } from './world.ts';

function only<T>(record: Record<string, T>): T {
  const [found] = Object.values(record);
  if (found === undefined) throw new Error('empty');
  return found;
}

type Version = PublishDocument['versions'][string];

const version =
  (change: (version: Version) => Version) =>
  (document: PublishDocument): PublishDocument => ({
    ...document,
    versions: { '1.0.0': change(only(document.versions)) },
  });
const dist = (change: Partial<Version['dist']>) =>
  version((found) => ({ ...found, dist: { ...found.dist, ...change } }));
const attachment =
  (change: (found: PublishDocument['_attachments'][string]) => object) =>
  (document: PublishDocument): PublishDocument => {
    const [[key, found]] = Object.entries(document._attachments) as [
      [string, PublishDocument['_attachments'][string]],
    ];
    return { ...document, _attachments: { [key]: { ...found, ...change(found) } } };
  };

/** Each changes a correct document of version 1.0.0 in one point. */
const alterations: readonly (readonly [string, number, (document: PublishDocument) => PublishDocument])[] = [
  ['a shasum of other bytes', 422, dist({ shasum: '0'.repeat(40) })],
  ['an integrity of other bytes', 422, dist({ integrity: `sha512-${Buffer.alloc(64).toString('base64')}` })],
  ['a length that is not that of the bytes', 400, attachment(({ length }) => ({ length: length + 1 }))],
  ['data that is not base64', 400, attachment(({ data }) => ({ data: `*${data.slice(1)}` }))],
  ['a name that is not the path', 400, (document) => ({ ...document, name: 'something-else' })],
  ['an _id that is not the name', 400, (document) => ({ ...document, _id: 'something-else' })],
  [
    'two versions',
    400,
    (document) => ({
      ...document,
      versions: { ...document.versions, '1.0.1': { ...only(document.versions), version: '1.0.1' } },
    }),
  ],
  ['a range as its tag', 400, (document) => ({ ...document, 'dist-tags': { '^1.0.0': '1.0.0' } })],
  [
    'a dependency that the tarball does not have',
    422,
    version((found) => ({ ...found, dependencies: { 'left-out': '^1.0.0' } })),
  ],
  [
    'an install script that the tarball does not have',
    422,
    version((found) => ({ ...found, scripts: { postinstall: 'node evil.js' } })),
  ],
];

withClients((world) => {
  const expectNothing = async (person: Person, name: string): Promise<void> => {
    expect((await person.ask('GET', `/${name}`)).status).toBe(404);
  };

  test.each(alterations)(
    'packages 7 and 8: a document with %s is refused and nothing stored',
    async (_title, status, alter) => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      const answer = await person.ask('PUT', `/${name}`, {
        body: alter(documentOf({ name, version: '1.0.0' })),
      });
      expect(answer.status, answer.text).toBe(status);
      expect(pickText(answer.json, 'error')).toBe(pickText(answer.json, 'message'));
      await expectNothing(person, name);
      await person.must(201, 'PUT', `/${name}`, { body: documentOf({ name, version: '1.0.0' }) });
    },
  );

  test.each(['1.0', 'v1.0.0', '1.0.0+build', '01.0.0', 'latest'])(
    'packages 7: version %s is refused',
    async (version) => {
      const person = await world().person();
      const name = `hello-${person.name}`;
      const answer = await person.ask('PUT', `/${name}`, { body: documentOf({ name, version }) });
      expect(answer.status, answer.text).toBe(400);
      await expectNothing(person, name);
    },
  );

  test.each(['Foo', 'node_modules', '.hidden', '_private'])(
    'packages 7: the name %s is refused',
    async (name) => {
      const person = await world().person();
      const answer = await person.ask('PUT', `/${name}`, { body: documentOf({ name, version: '1.0.0' }) });
      expect(answer.status, answer.text).toBe(400);
      expect(typeof pick(answer.json, 'error')).toBe('string');
    },
  );

  test('auth 32 and packages 8: a refused document spends no code', async () => {
    const person = await world().person();
    await person.protect();
    const name = `hello-${person.name}`;
    const otp = await person.code();
    const document = documentOf({ name, version: '1.0.0' });
    const spoilt = dist({ shasum: '0'.repeat(40) })(document);
    expect((await person.ask('PUT', `/${name}`, { body: spoilt, otp })).status).toBe(422);
    await person.makeToken({}, otp);
  });

  test('packages 9: a body over the limit is refused by its announced length', async () => {
    const person = await world().person();
    const { hostname, port } = new URL(world().server.url);
    const socket = connect(Number(port), hostname);
    const head = [
      `PUT /hello-${person.name} HTTP/1.1`,
      `host: ${hostname}:${port}`,
      `authorization: Bearer ${person.token}`,
      'content-type: application/json',
      `content-length: ${200 * 1024 * 1024}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n{`);
    const [first] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(first.toString()).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('packages 11: parallel publishes of different versions all land', async () => {
    const person = await world().person();
    const name = `hello-${person.name}`;
    const versions = Array.from({ length: 8 }, (_, index) => `1.0.${index}`);
    const publish = (version: string) =>
      person.ask('PUT', `/${name}`, { body: documentOf({ name, version }) });
    const statuses = await Promise.all(versions.map(async (version) => (await publish(version)).status));
    expect(statuses).toEqual(versions.map(() => 201));
    const { json } = await person.must(200, 'GET', `/${name}`);
    expect(Object.keys(pick(json, 'versions') ?? {}).sort()).toEqual(versions);
  });
});
