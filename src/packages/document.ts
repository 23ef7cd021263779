/**
 * The documents that clients PUT to a package, told apart and read (protocol/packages.md §3, §4.1, §5). They are whole
 * packuments that a client edited: we take the one change that the request may make and never store the rest (MD5).
 */
import { z } from 'zod';
import { fail } from '../kernel/failure.ts';
import type { BlobDraft } from '../kernel/ports.ts';
import { asJsonObject, isJsonObject, type JsonObject } from './json.ts';
import { refuseTag, refuseVersion } from './manifest.ts';
import { refuseNewName, splitName } from './names.ts';
import type { AttachedBundle, AttachedTarball, Upload } from './upload/read-upload.ts';

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

/** A document with what came attached to it. */
export interface UploadedDocument extends Upload<BlobDraft> {
  readonly document: PackageDocument;
}

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
  tarball: AttachedTarball<BlobDraft>;
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

/** Everything that the document attaches must have come. */
function holdAttachments({ document, tarball, bundle }: UploadedDocument): void {
  for (const key of Object.keys(document._attachments ?? {}))
    if (key !== tarball?.key && key !== bundle?.key) refuse(`The attachment "${key}" has no data.`);
}

function holdLength({ key, bytes, declaredLength = bytes }: AttachedTarball<BlobDraft>): void {
  if (bytes === 0) refuse(`The attachment "${key}" is empty.`);
  if (typeof declaredLength !== 'number') refuse(`The attachment "${key}" has no number as length.`);
  if (declaredLength !== bytes)
    refuse(`The attachment "${key}" says it has ${declaredLength} bytes but has ${bytes}.`);
}

/** The version whose tarball is attached, and the bundle beside it (§3.2: the keys of a scoped package hold a slash). */
function findTarball(
  name: string,
  upload: UploadedDocument,
): { version: string; tarball: AttachedTarball<BlobDraft>; bundle: AttachedBundle | undefined } {
  const { document, tarball, bundle } = upload;
  const names = [name, splitName(name).bare];
  holdAttachments(upload);
  if (tarball === undefined) return refuse('A publish has exactly one .tgz attachment.');
  const version = Object.keys(document.versions ?? {}).find((candidate) =>
    names.some((base) => tarball.key === `${base}-${candidate}.tgz`),
  );
  if (version === undefined)
    return refuse(`The attachment "${tarball.key}" is not named after the package and its version.`);
  if (bundle !== undefined && !names.some((base) => bundle.key === `${base}-${version}.sigstore`)) {
    return refuse(`The attachment "${bundle.key}" is not named after the package and its version.`);
  }
  holdLength(tarball);
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
export function readPublish(name: string, upload: UploadedDocument): PublishWish {
  const { document } = upload;
  const reason = refuseNewName(name);
  if (reason !== undefined) refuse(reason);
  if (document.name !== name || (document._id ?? name) !== name) {
    refuse('"_id", "name" and the name in the URL must be the same.');
  }
  const versions = document.versions ?? {};
  const { version, tarball, bundle } = findTarball(name, upload);
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
    tarball,
    claimed: { integrity: textOf(dist.integrity), shasum: textOf(dist.shasum) },
    access: document.access ?? undefined,
    readme: textOf(manifest.readme) ?? textOf(document.readme),
    provenance: bundle?.text,
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

const nameOfOwner = (owner: unknown): string => {
  const name = isJsonObject(owner) ? owner.name : owner;
  return typeof name === 'string' && name !== '' ? name : refuse('"maintainers" must be a list of names.');
};

/** The names of those who shall maintain the package (§5.3). Fails with `document_invalid`. */
export function readOwners(document: PackageDocument): Set<string> {
  return new Set((document.maintainers ?? []).map(nameOfOwner));
}

/** Whether a document holds the star of an account; what it says of others' stars is overlooked (§5.4). */
export function readStar(document: PackageDocument, account: string): boolean {
  const users = asJsonObject(document.users);
  return Object.hasOwn(users, account) && users[account] !== false && users[account] !== null;
}

/** The versions that shall remain after an unpublish (§4.1). Fails with `document_invalid` where the document has none. */
export function readRemaining(document: PackageDocument): Set<string> {
  if (document.versions === undefined) return refuse('The document has no "versions".');
  return new Set(Object.keys(document.versions));
}
