/** The reading side of packages: documents as bytes, their compressed forms, tarballs; all caches are here and bounded. */
import type { Blobs, Clock } from '../kernel/ports.ts';
import type { Store } from '../store/store.ts';
import { ByteCache } from './cache.ts';
import { compress, type Encoding, wholeOf } from './encoding.ts';
import { createFactsKeeper, type FactsKeeper, type PackageFacts } from './facts.ts';
import type { Form } from './fragment.ts';
import { deflatedIn, longestCarried } from './listing.ts';
import { readPackage } from './packages.sql.ts';
import { assembleManifest, assemblePackument, type Document } from './packument.ts';
import { readTarballPlace } from './reading.sql.ts';
import { editionOf } from './revision.ts';

const mebibyte = 1024 * 1024;
/** A document may take a quarter of it (cache.ts). */
const documentBytes = 4 * longestCarried;
const tarballBytes = 16 * mebibyte;
const placeBytes = 4 * mebibyte;
/** How many packuments are assembled at a time: a hostile one has 64 MiB, and twice that while it is put together. */
const mostAssembled = 2;
/** Tarballs up to here are read in one go and kept; larger ones are streamed (design §5). */
export const smallTarball = 64 * 1024;

interface Held {
  document: Document;
  encoded: Map<Encoding, Promise<Buffer>>;
  /** Those of `encoded` that are made. */
  made: Map<Encoding, Buffer>;
}

/** Where a version's tarball lies; its SHA-512 in hex is its key. */
export interface TarballPlace {
  blob: string;
  /** In bytes. */
  size: number;
}

/** A packument that memory holds, with those of its encodings that are made. */
export interface ReadyDocument {
  document: Document;
  encoded(encoding: Encoding): Buffer | undefined;
}

export interface Library extends FactsKeeper {
  /** The packument at the edition of the facts, or a newer one; undefined where the package went meanwhile. */
  packument(facts: PackageFacts, form: Form): Promise<Document | undefined>;
  /** A packument in an encoding without waiting; undefined where it must be assembled or compressed first. */
  ready(facts: PackageFacts, form: Form): ReadyDocument | undefined;
  /** One manifest by version or tag. */
  manifest(facts: PackageFacts, version: string, form: Form): Promise<Document | undefined>;
  /** The bytes of a document in an encoding; those of packuments are kept. */
  encoded(document: Document, encoding: Encoding): Promise<Buffer>;
  tarball(facts: PackageFacts, version: string): Promise<TarballPlace | undefined>;
  /** The bytes of a small tarball. */
  bytes(place: TarballPlace): Promise<Buffer | undefined>;
}

/** Runs work once for all who ask for the same at the same time. */
function createFlights<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const flights = new Map<string, Promise<T>>();
  return (key, work) => {
    const under = flights.get(key);
    if (under) return under;
    const flight = work().finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };
}

/** Lets so many works run at a time; the others wait in the order of asking. */
function createQueue(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Whoever waited takes the place over.
      if (next) next();
      else running -= 1;
    }
  };
}

/** Opens the library over a store and its blobs. `publicUrl` stands without a slash at its end. */
export function createLibrary(parts: {
  store: Store;
  blobs: Blobs;
  clock: Clock;
  publicUrl: string;
}): Library {
  const { store, blobs, clock, publicUrl } = parts;
  const keeper = createFactsKeeper(store, clock);
  const held = new ByteCache<Held>(documentBytes);
  /** Documents too large to be kept, as long as somebody is being sent them: nobody needs a second copy. */
  const underWay = new Map<string, WeakRef<Held>>();
  /** Whoever sends the bytes holds them, and they hold the rest. */
  const heldByBytes = new WeakMap<Buffer, Held>();
  const inTurn = createQueue(mostAssembled);
  const holders = new WeakMap<Document, { key: string; entry: Held }>();
  const tarballs = new ByteCache<Buffer>(tarballBytes);
  const places = new ByteCache<{ place: TarballPlace | undefined; revision: number }>(placeBytes);
  const assembling = createFlights<Document | undefined>();
  const reading = createFlights<Buffer | undefined>();

  const assemble = (name: string, key: string, form: Form): Promise<Document | undefined> =>
    store.read(async (tx) => {
      const row = await readPackage(tx, name);
      if (row === undefined || row.unpublished_at !== null) return undefined;
      const before = held.get(key)?.document;
      const document = await assemblePackument(tx, row, { form, publicUrl, before });
      const entry: Held = { document, encoded: new Map(), made: new Map() };
      holders.set(document, { key, entry });
      const meanwhile = held.get(key);
      if (meanwhile === undefined || meanwhile.document.edition <= editionOf(row)) {
        held.set(key, entry, document.length);
        held.grow(key, entry, deflatedIn(document));
      }
      if (held.get(key) !== entry) keepUnderWay(key, entry);
      return document;
    });

  const keepUnderWay = (key: string, entry: Held): void => {
    for (const [other, kept] of underWay) if (kept.deref() === undefined) underWay.delete(other);
    underWay.set(key, new WeakRef(entry));
    const [bytes] = entry.document.pieces;
    if (bytes) heldByBytes.set(bytes, entry);
  };

  const keyOf = ({ row }: PackageFacts, form: Form): string => `${row.id}/${form}`;

  const heldAt = (facts: PackageFacts, form: Form): Held | undefined => {
    const key = keyOf(facts, form);
    const known = held.get(key) ?? underWay.get(key)?.deref();
    return known !== undefined && known.document.edition >= editionOf(facts.row) ? known : undefined;
  };

  const packument = async (facts: PackageFacts, form: Form): Promise<Document | undefined> => {
    const known = heldAt(facts, form);
    if (known) return known.document;
    const { row } = facts;
    const key = keyOf(facts, form);
    return assembling(`${key}/${editionOf(row)}`, () => inTurn(() => assemble(row.name, key, form)));
  };

  const encoded = async (document: Document, encoding: Encoding): Promise<Buffer> => {
    const isPlain = encoding === 'identity';
    if (isPlain && document.pieces.length === 1) return wholeOf(document);
    const holder = holders.get(document);
    const known = holder?.entry.encoded.get(encoding);
    if (known) return known;
    const deflatedBefore = deflatedIn(document);
    const made = isPlain ? Promise.resolve(wholeOf(document)) : compress(document, encoding);
    if (holder) {
      holder.entry.encoded.set(encoding, made);
      made.then(
        (found) => {
          holder.entry.made.set(encoding, found);
          // Its segments keep what was compressed, for the next edition too.
          held.grow(holder.key, holder.entry, found.length + deflatedIn(document) - deflatedBefore);
        },
        () => holder.entry.encoded.delete(encoding),
      );
    }
    return made;
  };

  const tarball = async ({ row }: PackageFacts, version: string): Promise<TarballPlace | undefined> => {
    const key = `${row.id}/${version}`;
    const known = places.get(key);
    if (known !== undefined && known.revision === row.revision) return known.place;
    const place = await store.read((tx) => readTarballPlace(tx, row.id, version));
    // A version that appeared after the facts were read is a later revision's business.
    if (place !== undefined) places.set(key, { place, revision: row.revision }, 512);
    return place;
  };

  const bytes = async (place: TarballPlace): Promise<Buffer | undefined> => {
    const known = tarballs.get(place.blob);
    if (known) return known;
    const found = await reading(place.blob, () => blobs.read(place.blob));
    if (found) tarballs.set(place.blob, found, found.length);
    return found;
  };

  return {
    ...keeper,
    packument,
    ready: (facts, form) => {
      const entry = heldAt(facts, form);
      return (
        entry && {
          document: entry.document,
          encoded: (encoding) =>
            encoding === 'identity' && entry.document.pieces.length === 1
              ? wholeOf(entry.document)
              : entry.made.get(encoding),
        }
      );
    },
    encoded,
    tarball,
    bytes,
    manifest: ({ row }, version, form) =>
      store.read(async (tx) => {
        const current = await readPackage(tx, row.name);
        if (current === undefined || current.unpublished_at !== null) return undefined;
        return assembleManifest(tx, current, { version, form, publicUrl });
      }),
  };
}
