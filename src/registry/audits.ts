/** `npm audit` in its three generations (protocol/packages.md §8). */
import { z } from 'zod';
import type { JsonLimits } from '../http/body.ts';
import { question, type Route } from '../http/route.ts';
import { reportOnTree, reportOnVersions } from '../packages/audit-report.ts';

/** Bytes are what remains after inflating: a small body that unpacks to more is refused while it does. */
const limits: JsonLimits = { bytes: 5 * 1024 * 1024, depth: 64, keys: 1_000_000 };
const mostNames = 100_000;

/** Anybody may send such a question, and a record of zod's takes five times as long as this with that many names. */
function isListing(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  let names = 0;
  for (const name in body) {
    const versions: unknown = (body as Record<string, unknown>)[name];
    names += 1;
    if (names > mostNames || !Array.isArray(versions)) return false;
    if (!versions.every((version) => typeof version === 'string')) return false;
  }
  return true;
}

const versionsByName = z.custom<Record<string, string[]>>(
  isListing,
  `lists of versions by name, and at most ${mostNames} packages are asked about at once`,
);
const tree = z.looseObject({});

const headers = { 'cache-control': 'no-store' };
const shape = { action: 'site.audit', limits, target: () => ({ on: 'site' as const }) } as const;

/** The body of the older questions is a lockfile's tree. */
const treeRoute = (path: string): Route =>
  question({
    ...shape,
    path,
    input: tree,
    answer: async (_tx, { body }) => ({ headers, body: reportOnTree(body) }),
  });

/** `POST …/advisories/bulk`, `POST …/audits/quick`, `POST …/audits`. */
export const auditRoutes: readonly Route[] = [
  question({
    ...shape,
    path: '/-/npm/v1/security/advisories/bulk',
    input: versionsByName,
    answer: async () => ({ headers, body: reportOnVersions() }),
  }),
  treeRoute('/-/npm/v1/security/audits/quick'),
  treeRoute('/-/npm/v1/security/audits'),
];
