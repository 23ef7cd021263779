/** Documents that are PUT to a package: real ones of every kind, damaged as values and as text. */
import fc from 'fast-check';
import { documentOf } from '../support/document.ts';
import { damages, seldom, tarballs } from './bytes.ts';

export interface Put {
  /** After the package's own path: nothing, or a revision's. */
  readonly suffix: string;
  readonly body: Buffer;
}

/** Stands for the revision that the package has when the document is sent. */
export const revision = '0-revision';

type Value = unknown;
type Change = (document: Value) => Value;

const strange = fc.oneof(
  fc.constantFrom<Value>(
    ...[
      null,
      true,
      false,
      0,
      -1,
      1.5,
      1e308,
      2 ** 53,
      '',
      '\0',
      '\ud800',
      '__proto__',
      'constructor',
      'latest',
    ],
    ...['1.0.0', 'v1.0.0', '1.0', '^1.0.0', '1.0.0-a.b+c', '../x', '@a/b', 'a/b', '%2f', 'x'.repeat(5000)],
    ...[
      [],
      {},
      [[]],
      [null],
      { a: {} },
      ['1.0.0'],
      { '1.0.0': null },
      { '1.0.0': { dist: {} } },
      { data: 'AAAA' },
    ],
    ...['sha512-', 'sha512-AAAA', 'sha1-AAAA sha512-BBBB', 'AAAA', 'AA==', 'A===', '====', ' AAAA', 'AAA\n'],
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

const isObject = (value: Value): value is Record<string, Value> =>
  typeof value === 'object' && value !== null;

/** Every object in a value, itself first. */
function objectsIn(value: Value): Record<string, Value>[] {
  return isObject(value) ? [value, ...Object.values(value).flatMap(objectsIn)] : [];
}

/** Changes one member of one object; numbers choose which, whatever there is. */
const atMember = (change: (owner: Record<string, Value>, key: string) => void): fc.Arbitrary<Change> =>
  fc.tuple(fc.nat(60), fc.nat(60)).map(([first, second]) => (document) => {
    const copy = structuredClone(document);
    const owners = objectsIn(copy).filter((owner) => Object.keys(owner).length > 0);
    const owner = owners[first % Math.max(1, owners.length)];
    const keys = Object.keys(owner ?? {});
    const key = keys[second % Math.max(1, keys.length)];
    if (owner !== undefined && key !== undefined) change(owner, key);
    return copy;
  });

/** Also for `__proto__`, which an assignment would not make a member. The length of an array is none of JSON's. */
function define(owner: Record<string, Value>, key: string, value: Value): void {
  if (Array.isArray(owner) && key === 'length') return;
  Object.defineProperty(owner, key, { value, enumerable: true, writable: true, configurable: true });
}

const change: fc.Arbitrary<Change> = fc.oneof(
  strange.chain((value) => atMember((owner, key) => define(owner, key, value))),
  atMember((owner, key) => void Reflect.deleteProperty(owner, key)),
  fc
    .oneof(
      fc.constantFrom('__proto__', 'constructor', 'toString', '', '1.0.1', 'x/y', '@a/b-1.tgz'),
      fc.string(),
    )
    .chain((name) =>
      atMember((owner, key) => {
        define(owner, name, owner[key]);
        Reflect.deleteProperty(owner, key);
      }),
    ),
  fc
    .tuple(fc.string({ maxLength: 8 }), strange)
    .chain(([name, value]) => atMember((owner) => define(owner, name, value))),
  fc.nat(80).chain((depth) =>
    atMember((owner, key) => {
      let value = owner[key];
      for (let level = 0; level < depth; level += 1) value = [value];
      define(owner, key, value);
    }),
  ),
);

const versions = fc.oneof(
  fc.tuple(fc.nat(3), fc.nat(3), fc.nat(20)).map((parts) => parts.join('.')),
  fc.tuple(fc.nat(3), fc.constantFrom('alpha.1', 'rc-1', '0')).map(([major, end]) => `${major}.0.0-${end}`),
);

const manifests = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.constantFrom(
        ...[
          'dependencies',
          'scripts',
          'bin',
          'engines',
          'os',
          'cpu',
          'libc',
          'peerDependenciesMeta',
          'funding',
        ],
        ...['bundleDependencies', 'optionalDependencies', 'description', 'keywords', 'license', 'repository'],
        ...[
          'maintainers',
          'dist',
          'deprecated',
          'private',
          'publishConfig',
          'readme',
          'directories',
          'author',
        ],
      ),
      strange,
      { maxKeys: 4 },
    ),
  },
);

/** A publish whose tarball is whole or damaged; the document's claims about it hold. */
const publishes = (name: string): fc.Arbitrary<Value> =>
  fc
    .record({ version: versions, manifest: manifests, tag: fc.constantFrom('latest', 'beta', 'x/y') })
    .chain(({ version, manifest, tag }) =>
      fc
        .option(tarballs({ ...manifest, name, version }), { freq: 1 })
        .map((content) =>
          documentOf({ name, version, manifest, tag, ...(content === null ? {} : { content }) }),
        ),
    );

const bundled = (name: string): fc.Arbitrary<Value> =>
  fc.tuple(publishes(name), fc.oneof(fc.json(), fc.string())).map(([document, data]) => {
    const copy = structuredClone(document) as { _attachments: Record<string, Value> };
    copy._attachments['x.sigstore'] = { content_type: 'application/json', data, length: data.length };
    return copy;
  });

/** Deprecation, stars, owners, unpublishing and the merge of npm 6: whole documents that a client has edited. */
const edits = (name: string): fc.Arbitrary<Value> =>
  fc.oneof(
    fc.dictionary(versions, fc.record({ deprecated: strange }), { maxKeys: 4 }).map((edited) => ({
      _id: name,
      name,
      _rev: revision,
      versions: edited,
    })),
    fc
      .dictionary(fc.string({ maxLength: 8 }), strange)
      .map((users) => ({ _id: name, _rev: revision, users })),
    fc.array(strange, { maxLength: 3 }).map((maintainers) => ({ _id: name, _rev: revision, maintainers })),
    fc.tuple(publishes(name), publishes(name)).map(([one, other]) => {
      const [first, second] = [one, other] as { versions: object }[];
      return { ...first, _rev: revision, versions: { ...first?.versions, ...second?.versions } };
    }),
  );

/** Everything that may be sent to a package's `/:package` and `/:package/-rev/:revision`. */
export function puts(name: string): fc.Arbitrary<Put> {
  const document = fc.oneof(
    { weight: 6, arbitrary: publishes(name) },
    { weight: 1, arbitrary: bundled(name) },
    { weight: 2, arbitrary: edits(name) },
    { weight: 1, arbitrary: strange },
  );
  return fc
    .record({
      document,
      changes: fc.oneof(fc.constant<Change[]>([]), fc.array(change, { maxLength: 2 })),
      text: seldom(damages(2)),
      suffix: fc.oneof(
        { weight: 12, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.constantFrom(`/-rev/${revision}`, '/-rev/undefined', '/-rev/1-x') },
      ),
    })
    .map(({ document: whole, changes, text, suffix }) => {
      const changed = changes.reduce((value, next) => next(value), whole);
      return { suffix, body: text(Buffer.from(JSON.stringify(changed) ?? '')) };
    });
}
