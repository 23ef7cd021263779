/** Everything that is PUT to or deleted from a package itself (protocol/packages.md §3, §4, §5.1). */

import { actOf, type BodyReader, choice, type Route, route } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import { deprecateVersions } from '../packages/curate.ts';
import {
  kindOfPut,
  kindOfRevisionPut,
  readDeprecations,
  readRemaining,
  type UploadedDocument,
} from '../packages/document.ts';
import { type PreparedPublish, preparePublish } from '../packages/prepare.ts';
import { type Published, publishVersion } from '../packages/publish.ts';
import { unpublishPackage, unpublishVersions } from '../packages/unpublish.ts';
import { accessRoutes } from './access.ts';
import { nameIn, type PackageParts, targetOf } from './package-parts.ts';
import { packumentRoutes } from './packuments.ts';
import { tagRoutes } from './tags.ts';
import { tarballRoutes } from './tarballs.ts';
import { uploadReader } from './uploads.ts';

const done = (id: string, rev: string) => ({ ok: true, success: true, id, rev });

/** Explains, on a publish, that the visibility asked for is not what the package has (§3.5). */
const noticeOf = ({ visibilityKept }: Published): Record<string, string> =>
  visibilityKept === undefined
    ? {}
    : { 'npm-notice': `This package stays ${visibilityKept}: change that with npm access set status.` };

function putRoute(parts: PackageParts, reader: BodyReader<UploadedDocument>): Route {
  const { library, unpackedLimit } = parts;
  return choice({
    method: 'PUT',
    path: '/:package',
    reader,
    first: { action: 'package.publish', target: targetOf },
    pick: ({ document }) => {
      const kind = kindOfPut(document);
      return kind === 'star'
        ? fail('document_invalid', { reason: 'Stars are not kept here yet.' })
        : `package.${kind}`;
    },
    oneOf: {
      'package.publish': actOf<'package.publish', UploadedDocument, PreparedPublish, Published>(
        'package.publish',
        {
          target: targetOf,
          prepare: (asked) => preparePublish(nameIn(asked), asked.body, unpackedLimit),
          run: (tx, permit, _asked, prepared) => publishVersion(tx, permit, prepared, library.forget),
          reply: (published, asked) => ({
            status: 201,
            headers: noticeOf(published),
            body: done(nameIn(asked), published.revision),
          }),
        },
      ),
      'package.deprecate': actOf<'package.deprecate', UploadedDocument, Map<string, string>, string>(
        'package.deprecate',
        {
          target: targetOf,
          prepare: async (asked) => readDeprecations(asked.body.document),
          run: (tx, permit, asked, messages) =>
            deprecateVersions(tx, permit, { messages, revision: asked.body.document._rev }, library.forget),
          reply: (revision, asked) => ({ body: done(nameIn(asked), revision) }),
        },
      ),
    },
  });
}

function unpublishRoutes(parts: PackageParts, reader: BodyReader<UploadedDocument>): Route[] {
  const { forget } = parts.library;
  return [
    choice({
      method: 'PUT',
      path: '/:package/-rev/:revision',
      reader,
      first: { action: 'package.unpublish', target: targetOf },
      pick: ({ document }) =>
        kindOfRevisionPut(document) === 'owners'
          ? fail('document_invalid', { reason: 'Owners cannot be changed here yet.' })
          : 'package.unpublish',
      oneOf: {
        'package.unpublish': actOf<'package.unpublish', UploadedDocument, Set<string>, string>(
          'package.unpublish',
          {
            target: targetOf,
            prepare: async (asked) => readRemaining(asked.body.document),
            run: (tx, permit, asked, remaining) =>
              unpublishVersions(tx, permit, { remaining, revision: asked.params.revision ?? '' }, forget),
            reply: (revision, asked) => ({ body: done(nameIn(asked), revision) }),
          },
        ),
      },
    }),
    route({
      action: 'package.unpublish',
      method: 'DELETE',
      path: '/:package/-rev/:revision',
      target: targetOf,
      run: (tx, permit, asked) =>
        unpublishPackage(tx, permit, { revision: asked.params.revision ?? '' }, forget),
      reply: (revision, asked) => ({ body: done(nameIn(asked), revision) }),
    }),
  ];
}

/** Every route of packages. */
export function packageRoutes(parts: PackageParts): Route[] {
  const reader = uploadReader(parts.blobs, parts.tarballLimit);
  return [
    putRoute(parts, reader),
    ...unpublishRoutes(parts, reader),
    ...packumentRoutes(parts),
    ...tarballRoutes(parts),
    ...tagRoutes(parts),
    ...accessRoutes(parts),
  ];
}
