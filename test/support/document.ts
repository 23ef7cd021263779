import { createHash } from 'node:crypto';
import { tarball } from '../packages/archives.ts';

type Fields = Record<string, unknown>;

export interface Draft {
  name: string;
  version: string;
  /** Further fields of package.json, in the tarball and in the document. */
  manifest?: Fields;
  tag?: string;
  access?: 'public' | 'restricted' | null;
  /** The tarball, when not the one that holds just this package.json. */
  content?: Buffer;
}

/** The document of `npm publish` (protocol/packages.md §3.2), with the parts that a test alters within reach. */
export interface PublishDocument {
  _id: string;
  name: string;
  'dist-tags': Fields;
  versions: Record<string, Fields & { dist: { integrity: string; shasum: string; tarball: string } }>;
  access: 'public' | 'restricted' | null;
  _attachments: Record<string, { content_type: string; data: string; length: number }>;
}

const hash = (algorithm: string, content: Buffer, encoding: 'base64' | 'hex'): string =>
  createHash(algorithm).update(content).digest(encoding);

/** A correct document; its tarball is `contentOf` the same draft. */
export function documentOf(draft: Draft): PublishDocument {
  const { name, version, manifest = {}, tag = 'latest', access = null } = draft;
  const content = contentOf(draft);
  return {
    _id: name,
    name,
    'dist-tags': { [tag]: version },
    versions: {
      [version]: {
        ...manifest,
        name,
        version,
        _id: `${name}@${version}`,
        dist: {
          integrity: `sha512-${hash('sha512', content, 'base64')}`,
          shasum: hash('sha1', content, 'hex'),
          tarball: `http://elsewhere.invalid/${name}/-/${name}-${version}.tgz`,
        },
      },
    },
    access,
    _attachments: {
      [`${name}-${version}.tgz`]: {
        content_type: 'application/octet-stream',
        data: content.toString('base64'),
        length: content.length,
      },
    },
  };
}

/** The bytes of the draft's tarball. */
export function contentOf({ name, version, manifest = {}, content }: Draft): Buffer {
  return content ?? tarball({ ...manifest, name, version });
}
