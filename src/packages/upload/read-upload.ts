/**
 * The one reader of every document that is PUT to a package (requirements IN1, IN3; protocol/packages.md §3.2). What is
 * attached goes where it is kept while the document is still arriving: memory holds the document without its tarball.
 */
import { setImmediate } from 'node:timers/promises';
import { fail } from '../../kernel/failure.ts';
import { asJsonObject } from '../json.ts';
import { buildJson, type DocumentLimits } from './build-json.ts';
import { openRoom, type Place } from './room.ts';
import { scanJson, type TextTarget } from './scan-json.ts';
import {
  type ArrivedTarball,
  type Sink,
  sliceLength,
  type TarballIntake,
  takeTarball,
} from './take-tarball.ts';

/** What an upload may be; sizes in bytes. */
export interface UploadLimits extends DocumentLimits {
  /** The whole body, inflated. */
  readonly body: number;
  /** The document without what is attached. */
  readonly document: number;
  readonly tarball: number;
}

interface Attachment {
  /** As the client wrote it: the key of a scoped package holds a slash, and is never the name of a file. */
  readonly key: string;
  readonly contentType: string | undefined;
  /** What the document says of its length, whatever that is. */
  readonly declaredLength: unknown;
}

export type AttachedTarball<S extends Sink> = Attachment & ArrivedTarball<S>;
export interface AttachedBundle extends Attachment {
  readonly text: string;
}

/** An upload that has arrived. Its sinks are the caller's now, to keep or to discard. */
export interface Upload<S extends Sink> {
  /** The parsed document; attachments stand in it without their `data`. */
  readonly document: unknown;
  readonly tarball: AttachedTarball<S> | undefined;
  readonly bundle: AttachedBundle | undefined;
}

const MiB = 1024 * 1024;
const largestDocument = 64 * MiB;
const largestBundle = MiB;
/** What a key or an element takes in memory beside its text, in bytes; measured. */
const cell = 64;

/** How many versions a document may hold. */
export const mostVersions = 20_000;
/** `time` knows the versions that are gone, too; tags and maintainers are read by people. */
const widths: ReadonlyMap<string, number> = new Map([
  ['versions', mostVersions],
  ['time', 2 * mostVersions],
  ['users', 2 * mostVersions],
  ['dist-tags', 5000],
  ['maintainers', 1000],
  ['_attachments', 16],
]);

const bounds: DocumentLimits = { depth: 64, keys: 1_000_000, width: 20_000, widths, manifest: 20_000 };

/** The limits of IN1 around a largest tarball: at 64 MiB the whole may have 96 MiB. */
export function uploadLimits(tarball: number): UploadLimits {
  const body = Math.max(largestDocument, Math.ceil((tarball * 4 + 32 * MiB) / 3));
  return { body, document: largestDocument, tarball, ...bounds };
}

function takeBundle(key: string): TextTarget & { text(): string } {
  let text = '';
  return {
    take(part) {
      text += part;
      if (text.length > largestBundle)
        fail('document_invalid', {
          reason: `The attachment ${JSON.stringify(key)} is larger than ${largestBundle} characters.`,
        });
    },
    close: () => undefined,
    text: () => text,
  };
}

/** Recognises the data of attachments by their place; npm adds to the one tarball at most a provenance bundle. */
function takeAttachments<S extends Sink>(limit: number, open: () => Promise<S>) {
  let tarball: { key: string; intake: TarballIntake<S> } | undefined;
  let bundle: { key: string; intake: ReturnType<typeof takeBundle> } | undefined;
  const refuse = (): never =>
    fail('document_invalid', {
      reason: 'A publish has exactly one .tgz attachment and at most one .sigstore attachment.',
    });

  return {
    diversion: {
      first: '_attachments',
      last: 'data',
      open(key: string): TextTarget {
        if (key.endsWith('.tgz') && tarball === undefined) {
          tarball = { key, intake: takeTarball(key, limit, open) };
          return tarball.intake;
        }
        if (!key.endsWith('.sigstore') || bundle !== undefined) return refuse();
        bundle = { key, intake: takeBundle(key) };
        return bundle.intake;
      },
    },
    flush: async () => tarball?.intake.flush(),
    discard: async () => tarball?.intake.discard(),
    async arrived(document: unknown): Promise<Upload<S>> {
      const attachments = asJsonObject(asJsonObject(document)._attachments);
      const describe = (key: string): Attachment => {
        const { content_type: type, length } = asJsonObject(attachments[key]);
        return { key, contentType: typeof type === 'string' ? type : undefined, declaredLength: length };
      };
      return {
        document,
        tarball: tarball && { ...describe(tarball.key), ...(await tarball.intake.arrived()) },
        bundle: bundle && { ...describe(bundle.key), text: bundle.intake.text() },
      };
    },
  };
}

/** The body in pieces small enough that each is dealt with in a millisecond or two, with other work between them. */
async function* slices(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let sinceTurn = 0;
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += sliceLength) {
      const slice = chunk.subarray(at, at + sliceLength);
      sinceTurn += slice.length;
      yield slice;
      if (sinceTurn < sliceLength) continue;
      sinceTurn = 0;
      await setImmediate();
    }
  }
}

/**
 * Reads the body of a PUT to a package; `open` makes the place for a tarball once one comes. Fails with
 * `request_too_large`, `tarball_too_large`, `request_invalid` (not JSON within the limits) or `document_invalid` (what is
 * attached is not what a publish attaches, or not strict base64), with `busy` (other documents take too much memory now),
 * or as the body or the sink fails; in each case the sink is discarded. The place is the caller's to leave.
 */
export async function readUpload<S extends Sink>(
  body: AsyncIterable<Buffer>,
  limits: UploadLimits,
  open: () => Promise<S>,
  place: Place = openRoom().enter(),
): Promise<Upload<S>> {
  const attachments = takeAttachments(limits.tarball, open);
  const builder = buildJson(limits, attachments.diversion);
  const scanner = scanJson(builder);
  let size = 0;
  try {
    for await (const slice of slices(body)) {
      size += slice.length;
      if (size > limits.body) fail('request_too_large', { limit: limits.body });
      scanner.take(slice);
      const document = size - scanner.diverted();
      if (document > limits.document) fail('request_too_large', { limit: limits.document });
      place.hold(document + cell * builder.count());
      await attachments.flush();
    }
    scanner.end();
    return await attachments.arrived(builder.result());
  } catch (thrown) {
    await attachments.discard();
    throw thrown;
  }
}
