/** Tarballs: served as they were published, never re-encoded (protocol/packages.md §2.5). */
import { Readable } from 'node:stream';
import { type Reply, type Route, route, serving } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import { smallTarball, type TarballPlace } from '../packages/library.ts';
import { versionOfFile } from '../packages/names.ts';
import { confirmRemoval } from '../packages/unpublish.ts';
import { isHeld, isPrivate, nameIn, type PackageParts, standingFor, targetOf } from './package-parts.ts';

const yearSeconds = 31_536_000;

async function openBytes(parts: PackageParts, place: TarballPlace): Promise<Buffer | AsyncIterable<Buffer>> {
  if (place.size > smallTarball) return parts.blobs.stream(place.blob);
  const found = await parts.library.bytes(place);
  if (found === undefined) throw new Error(`the blob ${place.blob} is missing`);
  return found;
}

const versionIn = (name: string, file: string | undefined): string =>
  versionOfFile(name, file ?? '') ?? fail('package_not_found');

/** `GET /:package/-/:file`, and the request with which npm ends an unpublish. */
export function tarballRoutes(parts: PackageParts): Route[] {
  return [
    serving({
      action: 'package.read',
      path: '/:package/-/:file',
      serve: async (gate, asked): Promise<Reply> => {
        const name = nameIn(asked);
        const facts = await parts.library.find(name, false);
        gate.glance(asked.actor, standingFor(parts, asked.actor, name, facts));
        const version = versionIn(name, asked.params.file);
        const place = facts && (await parts.library.tarball(facts, version));
        if (!facts || !place) return fail('version_not_found', { version });
        const hidden = isPrivate(parts, facts);
        const etag = `"${place.blob}"`;
        const headers = {
          etag,
          'cache-control': `${hidden ? 'private' : 'public'}, max-age=${yearSeconds}, immutable`,
          ...(hidden ? { vary: 'authorization' } : {}),
        };
        const isHead = asked.method === 'HEAD';
        if (isHeld(asked, etag))
          return { status: 304, headers, ...(isHead ? { body: Readable.from([]) } : {}) };
        const body = isHead ? Readable.from([]) : await openBytes(parts, place);
        if (!isHead && asked.headers.range === undefined)
          parts.downloads.count(facts.row.id, version, facts.row.visibility === 'public');
        return {
          headers: {
            ...headers,
            'content-type': 'application/octet-stream',
            'content-length': String(place.size),
          },
          body,
        };
      },
    }),
    route({
      action: 'package.unpublishTail',
      method: 'DELETE',
      path: '/:package/-/:file/-rev/:revision',
      target: targetOf,
      run: (tx, _permit, asked) => {
        const name = nameIn(asked);
        return confirmRemoval(tx, { name, version: versionIn(name, asked.params.file) });
      },
      reply: () => ({ body: { ok: true } }),
    }),
  ];
}
