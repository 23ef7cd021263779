/** Everything that is PUT to or deleted from a package itself (protocol/packages.md §3, §4, §5.1). */

import { type Asked, actOf, type BodyReader, choice, type Route, route } from '../http/route.ts';
import { deprecateVersions } from '../packages/curate.ts';
import {
  kindOfPut,
  kindOfRevisionPut,
  readDeprecations,
  readOwners,
  readRemaining,
  readStar,
  type UploadedDocument,
} from '../packages/document.ts';
import { hasEveryVersion } from '../packages/inspect.ts';
import type { Library } from '../packages/library.ts';
import { replaceOwners } from '../packages/owners.ts';
import { type PreparedPublish, preparePublish } from '../packages/prepare.ts';
import { type Published, publishVersion } from '../packages/publish.ts';
import { setStar } from '../packages/stars.ts';
import { describePublish } from '../packages/subject.ts';
import { unpublishPackage, unpublishVersions } from '../packages/unpublish.ts';
import { accessRoutes } from './access.ts';
import { attestationRoutes } from './attestations.ts';
import { refuseLeaks } from './leaks.ts';
import { ownerRoutes } from './owners.ts';
import { nameIn, type PackageParts, targetOf } from './package-parts.ts';
import { packumentRoutes } from './packuments.ts';
import { starRoutes } from './stars.ts';
import { tagRoutes } from './tags.ts';
import { tarballRoutes } from './tarballs.ts';
import { uploadReader } from './uploads.ts';

const done = (id: string, rev: string) => ({ ok: true, success: true, id, rev });

/** Explains, on a publish, that the visibility asked for is not what the package has (§3.5). */
const noticeOf = ({ visibilityKept }: Published): Record<string, string> =>
  visibilityKept === undefined
    ? {}
    : { 'npm-notice': `This package stays ${visibilityKept}: change that with npm access set status.` };

/** npm sends a star with the names of all who gave one; pnpm 12 with the whole packument. In bytes. */
const largestStar = 1024 * 1024;
const largestStarredPackument = 16 * 1024 * 1024;

/**
 * A body that can hold a star is read of everybody who may read the package; a larger one, and a compressed one, which may
 * be much more than it says, of its writers alone.
 */
const starWithin =
  (limit: number) =>
  ({ headers }: Asked): 'package.star' | undefined =>
    headers['content-encoding'] === undefined && Number(headers['content-length'] ?? limit) < limit
      ? 'package.star'
      : undefined;

/** The star of whoever acts: the one thing that such a document changes. */
const starAct = ({ forget }: Library) =>
  actOf<'package.star', UploadedDocument, undefined, string>('package.star', {
    target: targetOf,
    run: (tx, permit, asked) =>
      setStar(tx, permit, readStar(asked.body.document, permit.account?.name ?? ''), forget),
    reply: (revision, asked) => ({ body: done(nameIn(asked), revision) }),
  });

function putRoute(parts: PackageParts, reader: BodyReader<UploadedDocument>): Route {
  const { library, unpackedLimit } = parts;
  return choice({
    method: 'PUT',
    path: '/:package',
    reader,
    beside: ['token.revokeLeaked'],
    first: { action: 'package.publish', orElse: starWithin(largestStar), target: targetOf },
    pick: ({ document }) => `package.${kindOfPut(document)}`,
    oneOf: {
      'package.star': starAct(library),
      'package.publish': actOf<'package.publish', UploadedDocument, PreparedPublish, Published>(
        'package.publish',
        {
          target: targetOf,
          subject: (asked) => describePublish(nameIn(asked), asked.body),
          prepare: (asked, gate) => {
            const screen = (tokens: ReadonlySet<string>) => refuseLeaks(gate, asked, tokens);
            return preparePublish(nameIn(asked), asked.body, { unpackedLimit, screen });
          },
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
  const { library, unpublishRules } = parts;
  const { forget } = library;
  const unpublishing = { rules: unpublishRules, forget };
  return [
    choice({
      method: 'PUT',
      path: '/:package/-rev/:revision',
      reader,
      first: { action: 'package.unpublish', orElse: starWithin(largestStarredPackument), target: targetOf },
      pick: async ({ document }, asked, gate) => {
        if (kindOfRevisionPut(document) === 'owners') return 'package.owners';
        const isWhole = (): Promise<boolean> =>
          gate.look(asked.actor, 'package.read', targetOf(asked), (tx) =>
            hasEveryVersion(tx, nameIn(asked), readRemaining(document)),
          );
        const mayBeStar = document.users !== undefined;
        return mayBeStar && (document.versions === undefined || (await isWhole()))
          ? 'package.star'
          : 'package.unpublish';
      },
      oneOf: {
        'package.star': starAct(library),
        'package.owners': actOf<'package.owners', UploadedDocument, Set<string>, string>('package.owners', {
          target: targetOf,
          prepare: async (asked) => readOwners(asked.body.document),
          run: (tx, permit, asked, names) =>
            replaceOwners(tx, permit, { names, revision: asked.params.revision ?? '' }, forget),
          reply: (revision, asked) => ({ body: done(nameIn(asked), revision) }),
        }),
        'package.unpublish': actOf<'package.unpublish', UploadedDocument, Set<string>, string>(
          'package.unpublish',
          {
            target: targetOf,
            prepare: async (asked) => readRemaining(asked.body.document),
            run: (tx, permit, asked, remaining) =>
              unpublishVersions(
                tx,
                permit,
                { remaining, revision: asked.params.revision ?? '' },
                unpublishing,
              ),
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
        unpublishPackage(tx, permit, { revision: asked.params.revision ?? '' }, unpublishing),
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
    ...ownerRoutes(parts),
    ...starRoutes(parts),
    ...attestationRoutes,
  ];
}
