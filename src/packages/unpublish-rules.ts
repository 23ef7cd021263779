/** When versions may be taken back: npm's rules, as far as the operator keeps them (protocol/packages.md §4.3). */
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import type { Permit } from '../policy/permit.ts';
import type { Reading } from '../store/store.ts';
import { readDependants } from './dependants.sql.ts';
import { dayOf } from './download-periods.ts';
import { readDownloads } from './downloads.sql.ts';
import { keepReadable } from './lists.ts';
import { type PackageRow, readMaintainers, type VersionFacts } from './packages.sql.ts';

export interface UnpublishRules {
  /** For how long after its publication nothing but dependants stands against it, in milliseconds. */
  readonly window: Instant;
  /** Whether packages that others need may go. */
  readonly evenIfNeeded: boolean;
  /** Later its only maintainer may still do it, with fewer downloads than these in the last seven days. */
  readonly downloads: number;
}

const hour: Instant = 60 * 60 * 1000;
const mostNamed = 3;
const week = 7;

const inHours = (time: Instant): string => `${time / hour} ${time === hour ? 'hour' : 'hours'}`;

/**
 * Who needs the package, as far as the actor may know: a package that is hidden from him must not show by a refusal. It
 * is the account that counts, so that a limited token does not see fewer.
 */
async function describeDependants(
  tx: Reading,
  row: PackageRow,
  permit: Permit<'package.unpublish'>,
): Promise<string | undefined> {
  const actor = { account: permit.account, grants: null };
  const known = await keepReadable(tx, await readDependants(tx, row), { actor, anonymousRead: true });
  if (known.length === 0) return undefined;
  const names = known.slice(0, mostNamed).map(({ name }) => name);
  const more = known.length > mostNamed ? ` and ${known.length - mostNamed} more` : '';
  return `other packages need it (${names.join(', ')}${more})`;
}

async function countDownloads(tx: Reading, row: PackageRow): Promise<number> {
  const today = dayOf(tx.now);
  const days = await readDownloads(tx, [row.id], { start: today - week + 1, end: today });
  return days.reduce((sum, { count }) => sum + count, 0);
}

/** What stands against unpublishing what is older than the window; undefined where nothing does. */
async function whyTooOld(
  tx: Reading,
  row: PackageRow,
  { downloads }: UnpublishRules,
): Promise<string | undefined> {
  const maintainers = (await readMaintainers(tx, row.id)).length;
  if (maintainers > 1) return `it has ${maintainers} maintainers`;
  const count = await countDownloads(tx, row);
  return count < downloads ? undefined : `it was downloaded ${count} times in the last ${week} days`;
}

/** Fails with `unpublish_refused` and what to do instead where the rules are against it. */
export async function holdUnpublishRules(
  tx: Reading,
  permit: Permit<'package.unpublish'>,
  row: PackageRow,
  gone: readonly VersionFacts[],
  rules: UnpublishRules,
): Promise<void> {
  const old = gone.find(({ published_at }) => tx.now - published_at > rules.window);
  const named = old === undefined ? row.name : `${row.name}@${old.version}`;
  const against =
    (rules.evenIfNeeded ? undefined : await describeDependants(tx, row, permit)) ??
    (old === undefined ? undefined : await whyTooOld(tx, row, rules));
  if (against === undefined) return;
  const age = old === undefined ? '' : ` was published more than ${inHours(rules.window)} ago and`;
  fail('unpublish_refused', {
    reason:
      `${named}${age} cannot be unpublished, because ${against}. ` +
      `Deprecate it instead: npm deprecate ${named} "<message>".`,
  });
}
