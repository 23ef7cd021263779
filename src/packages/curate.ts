/** What maintainers change about published versions: deprecation, tags, visibility. */
import { fail } from '../kernel/failure.ts';
import type { Permit } from '../policy/permit.ts';
import type { Writing } from '../store/store.ts';
import { refuseTag } from './manifest.ts';
import {
  deleteTag,
  readTags,
  readVersion,
  readVersions,
  updateDeprecation,
  writeTag,
} from './packages.sql.ts';
import { storableText } from './prepare.ts';
import { advance, type Forget, holdRevision, nameOf, requirePackage, revisionOf } from './revision.ts';

const longestMessage = 1024;

/**
 * Sets or takes back (empty text) the deprecation messages of the versions named; versions that are not there are
 * overlooked. Fails with `package_not_found`, `stale_revision`. Called by: npm lib/commands/deprecate.js.
 */
export async function deprecateVersions(
  tx: Writing,
  permit: Permit<'package.deprecate'>,
  wish: { messages: Map<string, string>; revision: string | undefined },
  forget: Forget,
): Promise<string> {
  const row = await requirePackage(tx, nameOf(permit));
  holdRevision(row, wish.revision);
  let changed = false;
  for (const { version, deprecated, unpublished_at } of await readVersions(tx, row.id)) {
    const wished = wish.messages.get(version);
    if (wished === undefined || unpublished_at !== null) continue;
    const message = storableText(wished, longestMessage) || null;
    if (message === deprecated) continue;
    await updateDeprecation(tx, row.id, version, message);
    changed = true;
  }
  return changed ? advance(tx, row, forget) : revisionOf(row);
}

/**
 * Points a tag to a version. Fails with `document_invalid` for a tag that reads like a range, `version_not_found`.
 * Called by: npm lib/commands/dist-tag.js.
 */
export async function setTag(
  tx: Writing,
  permit: Permit<'package.tag'> | Permit<'package.tagLatest'>,
  wish: { tag: string; version: string },
  forget: Forget,
): Promise<string> {
  const reason = refuseTag(wish.tag);
  if (reason !== undefined) fail('document_invalid', { reason });
  const isLatest = permit.action === 'package.tagLatest';
  if (isLatest !== (wish.tag === 'latest')) throw new Error('the permit is for another kind of tag');
  const row = await requirePackage(tx, nameOf(permit));
  const version = await readVersion(tx, row.id, wish.version);
  if (version === undefined || version.unpublished_at !== null)
    fail('version_not_found', { version: wish.version });
  await writeTag(tx, row.id, wish.tag, wish.version);
  return advance(tx, row, forget);
}

/** Takes a tag away; `latest` stays as long as there is a version. Fails with `not_allowed`, `tag_not_found`. */
export async function removeTag(
  tx: Writing,
  permit: Permit<'package.tag'>,
  tag: string,
  forget: Forget,
): Promise<string> {
  if (tag === 'latest') {
    fail('not_allowed', {
      reason: 'The tag "latest" cannot be removed: point it to another version (npm dist-tag add).',
    });
  }
  const row = await requirePackage(tx, nameOf(permit));
  const known = await readTags(tx, row.id);
  if (!known.some((one) => one.tag === tag)) fail('tag_not_found', { tag });
  await deleteTag(tx, row.id, tag);
  return advance(tx, row, forget);
}

/**
 * Changes who may read the package. Fails with `document_refused` where one without a scope shall be restricted. Called
 * by: npm lib/commands/access.js.
 */
export async function setVisibility(
  tx: Writing,
  permit: Permit<'package.access'>,
  visibility: 'public' | 'restricted',
  forget: Forget,
): Promise<string> {
  const row = await requirePackage(tx, nameOf(permit));
  if (visibility === 'restricted' && !row.name.startsWith('@')) {
    fail('document_refused', { reason: 'Only scoped packages can be restricted: this one has no scope.' });
  }
  return visibility === row.visibility ? revisionOf(row) : advance(tx, row, forget, { visibility });
}

/** What `npm access set mfa` and `2fa-required` may change; undefined stays as it is. */
export interface FactorRuleWish {
  requiresSecondFactor: boolean | undefined;
  bypassAllowed: boolean | undefined;
}

const flag = (value: boolean): 0 | 1 => (value ? 1 : 0);

/** Changes whether the package's writers need a second factor, and whether tokens may stand in for it (OG6). */
export async function setFactorRule(
  tx: Writing,
  permit: Permit<'package.require2fa'>,
  wish: FactorRuleWish,
  forget: Forget,
): Promise<string> {
  const row = await requirePackage(tx, nameOf(permit));
  const { requiresSecondFactor, bypassAllowed } = wish;
  const changes = {
    ...(requiresSecondFactor === undefined ? {} : { requires_second_factor: flag(requiresSecondFactor) }),
    ...(bypassAllowed === undefined ? {} : { bypass_allowed: flag(bypassAllowed) }),
  };
  return advance(tx, row, forget, changes);
}
