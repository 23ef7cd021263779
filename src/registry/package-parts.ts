/** What the routes of packages share. */
import type { Asked } from '../http/route.ts';
import type { Blobs } from '../kernel/ports.ts';
import type { DownloadCounter } from '../packages/downloads.ts';
import { type PackageFacts, standingOf } from '../packages/facts.ts';
import type { Library } from '../packages/library.ts';
import type { UnpublishRules } from '../packages/unpublish-rules.ts';
import type { Actor, Target } from '../policy/actor.ts';
import type { Standing } from '../policy/decide.ts';
import { coversPackage } from '../policy/grants.ts';

export interface PackageParts {
  readonly library: Library;
  readonly blobs: Blobs;
  readonly downloads: DownloadCounter;
  /** May a stranger read public packages? */
  readonly anonymousRead: boolean;
  /** In bytes. */
  readonly tarballLimit: number;
  /** In bytes. */
  readonly unpackedLimit: number;
  readonly unpublishRules: UnpublishRules;
}

/** The name in a route's `:package`. */
export function nameIn(asked: Asked<unknown>): string {
  return asked.params.package ?? '';
}

/** The package of a route as the target of its action. */
export function targetOf(asked: Asked<unknown>): Target {
  return { on: 'package', name: nameIn(asked) };
}

/** How the actor stands to what he wants to read; a limited token sees what strangers do, and what it covers. */
export function standingFor(
  parts: PackageParts,
  actor: Actor,
  name: string,
  facts: PackageFacts | undefined,
): Standing {
  const isOpen = parts.anonymousRead && facts?.row.visibility === 'public';
  return isOpen || coversPackage(actor.grants, 'read', name) ? standingOf(facts, actor.account) : 'hidden';
}

/** Whether only some may see the answer, so that no shared cache keeps it (WE3). */
export function isPrivate(parts: PackageParts, facts: PackageFacts): boolean {
  return facts.row.visibility === 'restricted' || !parts.anonymousRead;
}

/** Whether pnpm asks: it expects other shapes in a few places (protocol/auth.md §8.1). */
export function isPnpm({ headers }: Asked<unknown>): boolean {
  return headers['user-agent']?.startsWith('pnpm/') ?? false;
}

/** Whether the client holds these bytes already: `if-none-match`, compared weakly; dates are too coarse (§1.5). */
export function isHeld(asked: Asked<unknown>, etag: string): boolean {
  const header = asked.headers['if-none-match'];
  if (header === undefined) return false;
  if (header === etag) return true;
  const plain = (tag: string): string => tag.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some((tag) => plain(tag) === plain(etag));
}
