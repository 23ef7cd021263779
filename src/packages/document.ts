/**
 * The documents that clients PUT to a package, told apart and read (protocol/packages.md §3, §4.1, §5). They are whole
 * packuments that a client edited: we take the one change that the request may make and never store the rest (MD5).
 */
import { z } from 'zod';
import { fail } from '../kernel/failure.ts';
import { asJsonObject, isJsonObject, type JsonObject } from './json.ts';
import { refuseTag, refuseVersion } from './manifest.ts';
import { refuseNewName, splitName } from './names.ts';

const refuse = (reason: string): never => fail('document_invalid', { reason });

const jsonObject = z.custom<JsonObject>(isJsonObject, 'expected an object');

/** The shape of every document that is PUT to a package; what it means depends on what it holds. */
export const packageDocument = z.looseObject({
  _id: z.string().optional(),
  _rev: z.string().optional(),
  name: z.string().optional(),
  access: z.enum(['public', 'restricted']).nullish(),
  'dist-tags': jsonObject.optional(),
  versions: jsonObject.optional(),
  _attachments: jsonObject.optional(),
  readme: z.unknown().optional(),
  users: jsonObject.optional(),
  maintainers: z.array(z.unknown()).optional(),
});
export type PackageDocument = z.infer<typeof packageDocument>;

export type DocumentKind = 'publish' | 'deprecate' | 'unpublish' | 'owners' | 'star';

const holdsSomething = (value: JsonObject | undefined): boolean =>
  value !== undefined && Object.keys(value).length > 0;

/** What a `PUT /P` is: a publish brings attachments, a deprecation all versions, a star only its users. */
export function kindOfPut(document: PackageDocument): 'publish' | 'deprecate' | 'star' {
  if (holdsSomething(document._attachments)) return 'publish';
  if (document.versions !== undefined || document.users === undefined) return 'deprecate';
  return 'star';
}

/** What a `PUT /P/-rev/REV` is: an owner change brings maintainers and no versions. */
export function kindOfRevisionPut(document: PackageDocument): 'unpublish' | 'owners' {
  return document.versions === undefined && document.maintainers !== undefined ? 'owners' : 'unpublish';
}

/** What a publisher wants, read from the document; nothing of it is verified against the tarball yet. */
export interface PublishWish {
  name: string;
  version: string;
  tags: string[];
  /** The version's manifest as posted. */
  manifest: JsonObject;
  tarball: Buffer;
  claimed: { integrity: string | undefined; shasum: string | undefined };
  access: 'public' | 'restricted' | undefined;
  readme: string | undefined;
  /** The provenance bundle as JSON text. */
  provenance: string | undefined;
  /** npm 6 sends a merged packument after a conflict: versions that must be stored already, with their hash. */
  others: { version: string; shasum: string | undefined }[];
  /** The revision that the document was edited from, where it says so. */
  revision: string | undefined;
}

interface Attachment {
  key: string;
  data: string | Buffer;
  length: number | undefined;
}

function readAttachments(document: PackageDocument): Attachment[] {
  return Object.entries(document._attachments ?? {}).map(([key, value]) => {
    const { data, length } = asJsonObject(value);
    if (typeof data !== 'string' && !Buffer.isBuffer(data))
      return refuse(`The attachment "${key}" has no data.`);
    if (length !== undefined && typeof length !== 'number')
      return refuse(`The attachment "${key}" has no number as length.`);
    return { key, data, length };
  });
}

/** Strict base64 (RFC 4648 §4): Node's decoder overlooks strange characters, and so would hash other bytes. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return undefined;
  const bytes = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (bytes.length !== (text.length / 4) * 3 - padding) return undefined;
  const tail = bytes.subarray(bytes.length - (bytes.length % 3 || 3)).toString('base64');
  return text.endsWith(tail) ? bytes : undefined;
}

function decodeTarball({ key, data, length }: Attachment): Buffer {
  const bytes = typeof data === 'string' ? decodeBase64(data) : data;
  if (bytes === undefined) return refuse(`The attachment "${key}" is not strict base64.`);
  if (bytes.length === 0) return refuse(`The attachment "${key}" is empty.`);
  if (length !== undefined && length !== bytes.length) {
    return refuse(`The attachment "${key}" says it has ${length} bytes but has ${bytes.length}.`);
  }
  return bytes;
}

/** The version whose tarball is attached, and the bundle beside it (§3.2: the keys of a scoped package hold a slash). */
function findTarball(
  name: string,
  versions: JsonObject,
  attachments: Attachment[],
): { version: string; tarball: Attachment; bundle: Attachment | undefined } {
  const names = [name, splitName(name).bare];
  const tarballs = attachments.filter(({ key }) => key.endsWith('.tgz'));
  const bundles = attachments.filter(({ key }) => key.endsWith('.sigstore'));
  const [tarball] = tarballs;
  if (
    tarball === undefined ||
    tarballs.length > 1 ||
    bundles.length > 1 ||
    tarballs.length + bundles.length < attachments.length
  ) {
    return refuse('A publish has exactly one .tgz attachment and at most one .sigstore attachment.');
  }
  const version = Object.keys(versions).find((candidate) =>
    names.some((base) => tarball.key === `${base}-${candidate}.tgz`),
  );
  if (version === undefined)
    return refuse(`The attachment "${tarball.key}" is not named after the package and its version.`);
  const [bundle] = bundles;
  if (bundle !== undefined && !names.some((base) => bundle.key === `${base}-${version}.sigstore`)) {
    return refuse(`The attachment "${bundle.key}" is not named after the package and its version.`);
  }
  return { version, tarball, bundle };
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function readTags(document: PackageDocument, version: string, isMerged: boolean): string[] {
  const tags = Object.entries(document['dist-tags'] ?? {});
  const mine = tags.filter(([, target]) => target === version).map(([tag]) => tag);
  if (mine.length === 0 || (!isMerged && tags.length > 1))
    return refuse(`"dist-tags" must hold exactly one tag for ${version}.`);
  for (const tag of mine) {
    const reason = refuseTag(tag);
    if (reason !== undefined) refuse(reason);
  }
  return mine;
}

function checkManifest(name: string, version: string, manifest: unknown): JsonObject {
  if (!isJsonObject(manifest)) return refuse(`"versions" has no manifest for ${version}.`);
  const id = manifest._id;
  if (manifest.name !== name) refuse(`The manifest of ${version} has another name than the package.`);
  if (manifest.version !== version) refuse(`The manifest of ${version} has another version.`);
  if (id !== undefined && id !== `${name}@${version}`) refuse(`The manifest of ${version} has another _id.`);
  return manifest;
}

/**
 * Reads a publish document for the package of the path (checks 4, 5, 7, 8 and the first half of 11). Fails with
 * `document_invalid`.
 */
export function readPublish(name: string, document: PackageDocument): PublishWish {
  const reason = refuseNewName(name);
  if (reason !== undefined) refuse(reason);
  if (document.name !== name || (document._id ?? name) !== name) {
    refuse('"_id", "name" and the name in the URL must be the same.');
  }
  const versions = document.versions ?? {};
  const { version, tarball, bundle } = findTarball(name, versions, readAttachments(document));
  const wrongVersion = refuseVersion(version);
  if (wrongVersion !== undefined) refuse(wrongVersion);
  const others = Object.entries(versions).filter(([other]) => other !== version);
  if (others.length > 0 && document._rev === undefined) refuse('A publish has exactly one version.');
  const manifest = checkManifest(name, version, versions[version]);
  const dist = asJsonObject(manifest.dist);
  return {
    name,
    version,
    tags: readTags(document, version, others.length > 0),
    manifest,
    tarball: decodeTarball(tarball),
    claimed: { integrity: textOf(dist.integrity), shasum: textOf(dist.shasum) },
    access: document.access ?? undefined,
    readme: textOf(manifest.readme) ?? textOf(document.readme),
    provenance: bundle === undefined ? undefined : bundle.data.toString(),
    others: others.map(([other, value]) => ({
      version: other,
      shasum: textOf(asJsonObject(asJsonObject(value).dist).shasum),
    })),
    revision: document._rev,
  };
}

/**
 * The deprecation message of each version that a document names; an empty text takes it back (§5.1). A missing one takes
 * it back only where the document says which revision it was edited from.
 */
export function readDeprecations(document: PackageDocument): Map<string, string> {
  const wishes = new Map<string, string>();
  for (const [version, manifest] of Object.entries(document.versions ?? {})) {
    const { deprecated } = asJsonObject(manifest);
    if (deprecated === undefined && document._rev === undefined) continue;
    if (deprecated === undefined || deprecated === false) wishes.set(version, '');
    else if (typeof deprecated === 'string') wishes.set(version, deprecated);
    else refuse(`The deprecation message of ${version} is not a text.`);
  }
  return wishes;
}

/** The versions that shall remain after an unpublish (§4.1). Fails with `document_invalid` where the document has none. */
export function readRemaining(document: PackageDocument): Set<string> {
  if (document.versions === undefined) return refuse('The document has no "versions".');
  return new Set(Object.keys(document.versions));
}
